package conformance

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// smuggle is a request that must not be written as it stands.
type smuggle struct {
	name string
	make func(*http.Request)
	body io.Reader
}

const hidden = "\r\n\r\nGET /hidden HTTP/1.1\r\nHost: backend.test\r\n\r\n"

func smuggles() []smuggle {
	target := func(u url.URL) func(*http.Request) {
		return func(r *http.Request) {
			u.Scheme, u.Host = "http", "backend.test"
			r.URL = &u
		}
	}
	return []smuggle{
		{name: "request in a value", make: fields("X-A", "b"+hidden)},
		{name: "line in a value", make: fields("X-A", "b\r\nX-Injected: 1")},
		{name: "LF in a value", make: fields("X-A", "b\nX-Injected: 1")},
		{name: "CR in a value", make: fields("X-A", "b\rX-Injected: 1")},
		{name: "NUL in a value", make: fields("X-A", "b\x00c")},
		{name: "colon in a name", make: fields("X-A: 1\r\nX-Injected", "1")},
		{name: "blank in a name", make: fields("Transfer-Encoding ", "chunked")},
		{name: "empty name", make: fields("", "1")},
		{name: "request in the method", make: func(r *http.Request) { r.Method = "GET / HTTP/1.1" + hidden }},
		{name: "blank in the method", make: func(r *http.Request) { r.Method = "GET /hidden" }},
		{name: "request in the query", make: target(url.URL{Path: "/", RawQuery: "x=1 HTTP/1.1" + hidden})},
		{name: "request in opaque", make: target(url.URL{Opaque: "/ HTTP/1.1" + hidden})},
		{name: "request in the host", make: func(r *http.Request) { r.Host = "a.test" + hidden }},
		{name: "line in the host", make: func(r *http.Request) { r.Host = "a.test\r\nX-Injected: 1" }},
		{name: "no host", make: func(r *http.Request) { r.Host, r.URL = "", &url.URL{Path: "/", Scheme: "http"} }},
		{name: "length without a body", make: func(r *http.Request) { r.ContentLength = 5 }},
		{name: "body shorter than its length", body: strings.NewReader("hello"), make: func(r *http.Request) { r.ContentLength = 10 }},
		{name: "body longer than its length", body: strings.NewReader("hello" + hidden), make: func(r *http.Request) { r.ContentLength = 5 }},
		{name: "line in a trailer", body: io.MultiReader(strings.NewReader("x")), make: func(r *http.Request) {
			r.Trailer = http.Header{"X-T": {"b" + hidden}}
		}},
	}
}

// testRefusals sends what must not be sent, from memory and as a stream: there is
// an error, or what is written is one harmless request.
func testRefusals(t *testing.T, factory Factory) {
	for _, c := range smuggles() {
		t.Run(c.name, func(t *testing.T) { refusal(newWorld(t, factory), c, false) })
		if _, memory := c.body.(*strings.Reader); memory {
			t.Run(c.name+", streamed", func(t *testing.T) { refusal(newWorld(t, factory), c, true) })
		}
	}
}

// smuggler makes the request of c.
func (w *world) smuggler(c smuggle, body *closing, streamed bool) *http.Request {
	r := w.request(http.MethodGet, "/", c.body)
	if memory, ok := c.body.(*strings.Reader); ok {
		_, _ = memory.Seek(0, io.SeekStart) // it never fails
	}
	if c.body != nil {
		r.Body = body
	}
	if streamed {
		r.GetBody = nil
	}
	c.make(r)
	return r
}

func refusal(w *world, c smuggle, streamed bool) {
	closed := &closing{Reader: c.body}
	r := w.smuggler(c, closed, streamed)
	got := make(chan string, 1)
	go func() { got <- w.record() }()
	res, err := w.send(r).answer()
	if err == nil {
		res.Body.Close()
	}
	w.tripper.(closer).CloseIdleConnections()
	w.listener.Close()
	wire := <-got
	if strings.Contains(wire, "X-Injected") || strings.Contains(wire, "/hidden HTTP") || strings.Contains(wire, "\n\r\nGET") {
		w.Errorf("got on the wire %q", wire)
	}
	if err == nil && strings.Count(wire, "HTTP/1.1") != 1 {
		w.Errorf("got no error, and on the wire %q", wire)
	}
	if c.body != nil && !closed.await() {
		w.Error("the body was not closed")
	}
}

// record answers the first request once its head is there, and returns all that
// comes over the first connection.
func (w *world) record() string {
	l, ok := <-w.accepted
	if !ok {
		return ""
	}
	defer l.c.Close()
	head, err := l.readHead()
	if err != nil {
		return head
	}
	_, _ = io.WriteString(l.c, "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n") // it may be gone
	rest, _ := io.ReadAll(l.in)                                                        // a reset is an end
	return head + string(rest)
}
