package conformance

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

func testTrailers(t *testing.T, factory Factory) {
	play(t, factory, []scene{
		{"of an answer", answerTrailers},
		{"that nobody announced", surpriseTrailers},
		{"that would be headers", framingTrailers},
		{"of a request", requestTrailers},
	})
}

// trailed answers with chunks and trailers, and returns the answer, read.
func (w *world) trailed(head, trailers string) reply {
	w.Helper()
	call := w.send(w.get("/"))
	l := w.next()
	l.head()
	l.write(good + head + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n" + trailers + "\r\n")
	res := call.ok()
	for name, values := range res.Trailer {
		if values != nil {
			w.Errorf("got trailer %s: %q before the end", name, values)
		}
	}
	if b, err := io.ReadAll(res.Body); err != nil || string(b) != "hello" {
		w.Errorf("got %q, error %v", b, err)
	}
	res.Body.Close()
	return res
}

func answerTrailers(w *world) {
	res := w.trailed("Trailer: X-Sum, X-Other\r\n", "X-Sum: 1\r\nx-other: 2\r\n")
	if res.Trailer.Get("X-Sum") != "1" || res.Trailer.Get("X-Other") != "2" || res.Header.Get("Trailer") != "" {
		w.Errorf("got trailers %v, header %v", res.Trailer, res.Header)
	}
}

func surpriseTrailers(w *world) {
	res := w.trailed("", "X-Sum: 1\r\n")
	if res.Trailer.Get("X-Sum") != "1" {
		w.Errorf("got trailers %v", res.Trailer)
	}
}

// framingTrailers must not change what was read of the head.
func framingTrailers(w *world) {
	res := w.trailed("X-A: head\r\n", "Content-Length: 1\r\nX-A: trailer\r\n")
	if res.Header.Get("X-A") != "head" || res.Header.Get("Content-Length") != "" || res.ContentLength != -1 {
		w.Errorf("got header %v, length %d", res.Header, res.ContentLength)
	}
}

// requestTrailers sets a value while the body is read, as servers do.
func requestTrailers(w *world) {
	r := w.request(http.MethodPost, "/", nil)
	r.Trailer = http.Header{"X-Sum": nil}
	r.Body = io.NopCloser(io.MultiReader(strings.NewReader("hello"), setting(func() { r.Trailer.Set("X-Sum", "42") })))
	r.ContentLength = -1
	call := w.send(r)
	l := w.next()
	if head := l.head(); !strings.Contains(head, "\r\nTrailer: X-Sum\r\n") {
		w.Errorf("got head %q", head)
	}
	const want = "5\r\nhello\r\n0\r\nX-Sum: 42\r\n\r\n"
	if got := l.octets(len(want)); got != want {
		w.Errorf("got %q, want %q", got, want)
	}
	l.write(plain("x"))
	call.body()
}

// setting is the end of a body that calls a function.
type setting func()

// Read implements io.Reader.
func (f setting) Read([]byte) (int, error) {
	f()
	return 0, io.EOF
}
