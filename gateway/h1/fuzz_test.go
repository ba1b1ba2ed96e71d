package h1_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"meridian/gateway/h1"
)

// script is a connection whose other end says what it says, and records.
type script struct {
	answer io.Reader
	wrote  bytes.Buffer
}

func (s *script) Read(p []byte) (int, error)       { return s.answer.Read(p) }
func (s *script) Write(p []byte) (int, error)      { return s.wrote.Write(p) }
func (s *script) Close() error                     { return nil }
func (*script) LocalAddr() net.Addr                { return &net.TCPAddr{} }
func (*script) RemoteAddr() net.Addr               { return &net.TCPAddr{} }
func (*script) SetDeadline(time.Time) error        { return nil }
func (*script) SetReadDeadline(_ time.Time) error  { return nil }
func (*script) SetWriteDeadline(_ time.Time) error { return nil }

func over(s *script) *h1.Transport {
	return h1.New(h1.Options{MaxIdle: -1, Dial: func(context.Context) (net.Conn, error) { return s, nil }})
}

// FuzzResponse reads octets of a backend. What is accepted, net/http accepts,
// and reads the same.
func FuzzResponse(f *testing.F) {
	for _, wire := range []string{
		hello,
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n5;a=b\r\nhello\r\n0\r\nX-T: 1\r\n\r\n",
		"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
		"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx",
		"HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n",
		"HTTP/1.1 200\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nab",
		"HTTP/1.1 200 OK\r\nx-a: b\r\nX-A:\tc \r\n\r\nto the end",
	} {
		f.Add([]byte(wire), "GET")
		f.Add([]byte(wire), "HEAD")
	}
	f.Fuzz(func(t *testing.T, wire []byte, method string) {
		if !slices.Contains([]string{"GET", "HEAD", "POST"}, method) {
			return
		}
		r, err := http.NewRequestWithContext(t.Context(), method, "http://backend.test/", nil)
		if err != nil {
			t.Fatal(err)
		}
		ours, err := over(&script{answer: bytes.NewReader(wire)}).RoundTrip(r)
		if err != nil {
			return
		}
		defer ours.Body.Close()
		body, err := io.ReadAll(ours.Body)
		theirs, theirBody, theirErr := readAnswer(wire, r)
		if err != nil || ours.ProtoMinor == 0 {
			return
		}
		if theirErr != nil {
			t.Fatalf("we read %d %q, net/http: %v", ours.StatusCode, body, theirErr)
		}
		if ours.StatusCode != theirs.StatusCode || !bytes.Equal(body, theirBody) {
			t.Fatalf("we read %d %q, net/http %d %q", ours.StatusCode, body, theirs.StatusCode, theirBody)
		}
		for name, values := range ours.Header {
			if name != "Trailer" && !slices.Equal(values, theirs.Header[name]) {
				t.Fatalf("we read %s: %q, net/http %q", name, values, theirs.Header[name])
			}
		}
	})
}

// readAnswer reads as net/http does, past informational answers.
func readAnswer(wire []byte, r *http.Request) (*http.Response, []byte, error) {
	in := bufio.NewReader(bytes.NewReader(wire))
	for {
		res, err := http.ReadResponse(in, r)
		if err != nil {
			return nil, nil, err
		}
		b, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || res.StatusCode >= 200 {
			return res, b, err
		}
	}
}

// FuzzRequest writes requests that hold anything: what is written is one
// request, and net/http reads from it what was meant.
func FuzzRequest(f *testing.F) {
	f.Add("GET", "/a b", "x=1", "api.test", "X-A", "b", "hello", int64(5))
	f.Add("POST", "/", "", "api.test:80", "Content-Length", "7", "hello", int64(-1))
	f.Add("PUT", "//x", "a\r\nb", "a.test\r\nX: y", "Transfer-Encoding", "chunked", "", int64(3))
	f.Fuzz(func(t *testing.T, method, path, query, host, name, value, body string, length int64) {
		s := &script{answer: strings.NewReader("HTTP/1.1 204 No Content\r\n\r\n")}
		r := (&http.Request{
			Method: method, URL: &url.URL{Scheme: "http", Host: "backend.test", Path: path, RawQuery: query},
			Host: host, Header: http.Header{name: {value}}, ContentLength: length,
		}).WithContext(t.Context())
		if body != "" {
			r.Body = io.NopCloser(strings.NewReader(body))
			r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(body)), nil }
		}
		rt := over(s)
		res, err := rt.RoundTrip(r)
		if err == nil {
			res.Body.Close()
		}
		if down := rt.Shutdown(t.Context()); down != nil {
			t.Fatal(down)
		}
		if err != nil {
			return
		}
		compareRequest(t, r, body, s.wrote.Bytes())
	})
}

func compareRequest(t *testing.T, r *http.Request, body string, wire []byte) {
	t.Helper()
	in := bufio.NewReader(bytes.NewReader(wire))
	got, err := http.ReadRequest(in)
	if err != nil {
		t.Fatalf("net/http reads %q: %v", wire, err)
	}
	sent, err := io.ReadAll(got.Body)
	if err != nil {
		return // a body that is not as long as was said: the connection is closed within it
	}
	if rest, _ := io.ReadAll(in); len(rest) > 0 {
		t.Fatalf("behind the request stands %q of %q", rest, wire)
	}
	method := r.Method
	if method == "" {
		method = "GET"
	}
	if got.Method != method || got.URL.RawQuery != r.URL.RawQuery || string(sent) != body {
		t.Fatalf("net/http reads %s ?%s %q of %q", got.Method, got.URL.RawQuery, sent, wire)
	}
}
