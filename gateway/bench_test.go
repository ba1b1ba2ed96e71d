package gateway

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"testing"
)

// instant is an Options.Local that has its answer ready.
type instant struct{ body []byte }

func (i instant) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r, ContentLength: int64(len(i.body)),
		Header: http.Header{"Content-Type": {"application/json"}, "Content-Length": {lengthText(int64(len(i.body)))}, "Date": {"Mon, 02 Jan 2006 15:04:05 GMT"}, "Server": {"x"}},
		Body:   io.NopCloser(bytes.NewReader(i.body)),
	}, nil
}

// BenchmarkFront is what the front costs for an answer that is there: ours, and
// httputil.ReverseProxy, on the same server over one loopback connection, and
// the server that answers itself.
func BenchmarkFront(b *testing.B) {
	local := instant{body: bytes.Repeat([]byte("a"), 1024)}
	b.Run("ours", func(b *testing.B) {
		g, err := New(Options{Listen: []Listener{{Address: "127.0.0.1:0"}}, Router: routeFunc(here), Local: local, AccessLog: io.Discard, Node: "n", Location: "a"})
		if err != nil {
			b.Fatal(err)
		}
		if err := g.Start(); err != nil {
			b.Fatal(err)
		}
		defer func() { _ = g.Shutdown(b.Context()) }()
		ask(b, g.Addrs()[0].String())
	})
	target, _ := url.Parse("http://backend")
	b.Run("reverse proxy", func(b *testing.B) {
		askServer(b, &httputil.ReverseProxy{Transport: local, BufferPool: &pool{new(buffers)}, Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target); r.SetXForwarded() }})
	})
	b.Run("server alone", func(b *testing.B) {
		askServer(b, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = []string{"application/json"}
			_, _ = w.Write(local.body)
		}))
	})
}

func askServer(b *testing.B, h http.Handler) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	s := &http.Server{Handler: h}
	go func() { _ = s.Serve(l) }()
	defer s.Close()
	ask(b, l.Addr().String())
}

// ask sends b.N requests over one connection, and allocates nothing.
func ask(b *testing.B, addr string) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	request := []byte("GET /orders/42?x=1 HTTP/1.1\r\nHost: api.contoso.com\r\nUser-Agent: bench\r\nAccept: */*\r\nAuthorization: Bearer abc\r\nX-A: 1\r\n\r\n")
	br := bufio.NewReaderSize(c, 8<<10)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Write(request); err != nil {
			b.Fatal(err)
		}
		skipHeader(b, br)
		if _, err := br.Discard(1024); err != nil {
			b.Fatal(err)
		}
	}
}

func skipHeader(b *testing.B, br *bufio.Reader) {
	for {
		line, err := br.ReadSlice('\n')
		if err != nil {
			b.Fatal(err)
		}
		if len(line) == 2 {
			return
		}
	}
}
