package gateway

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httputil"
	"net/netip"
	"net/url"
	"testing"
)

// discard is an http.ResponseWriter that writes nothing.
type discard struct{ h http.Header }

func (d *discard) Header() http.Header         { return d.h }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }
func (d *discard) WriteHeader(int)             {}
func (d *discard) FlushError() error           { return nil }

// BenchmarkHandler is the front without the server: the handler and an answer
// that is there.
func BenchmarkHandler(b *testing.B) {
	local := instant{body: bytes.Repeat([]byte("a"), 1024)}
	g, err := New(Options{Listen: []Listener{{Address: "127.0.0.1:0"}}, Router: routeFunc(here), Local: local, AccessLog: io.Discard, Node: "n", Location: "a"})
	if err != nil {
		b.Fatal(err)
	}
	if err := g.Start(); err != nil {
		b.Fatal(err)
	}
	defer func() { _ = g.Shutdown(b.Context()) }()
	c := &conn{crowd: g.fronts[0].crowd, client: netip.MustParseAddrPort("192.0.2.1:1"), address: "192.0.2.1"}
	target, _ := url.Parse("http://backend")
	for name, h := range map[string]http.Handler{
		"ours": g.handler(false),
		"reverse proxy": &httputil.ReverseProxy{
			Transport: local, BufferPool: &pool{&g.buffers}, Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target); r.SetXForwarded() },
		},
	} {
		b.Run(name, func(b *testing.B) {
			made, err := http.NewRequestWithContext(context.WithValue(b.Context(), connKey{}, c), http.MethodGet, "/orders/42?x=1", nil)
			if err != nil {
				b.Fatal(err)
			}
			made.Host, made.RequestURI, made.RemoteAddr = "api.contoso.com", "/orders/42?x=1", "192.0.2.1:1"
			b.ReportAllocs()
			for b.Loop() {
				r, u := *made, *made.URL
				r.URL = &u
				r.Header = http.Header{"User-Agent": {"bench"}, "Accept": {"*/*"}, "Authorization": {"Bearer abc"}, "X-A": {"1"}}
				h.ServeHTTP(&discard{h: http.Header{}}, &r)
			}
		})
	}
}

// pool is an httputil.BufferPool.
type pool struct{ of *buffers }

func (p *pool) Get() []byte  { return p.of.get()[:] }
func (p *pool) Put(b []byte) { p.of.put((*[bufferSize]byte)(b)) }
