package conformance

import (
	"io"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"strings"
	"sync/atomic"
	"testing"
)

// testContinue looks at bodies that wait to be asked for.
func testContinue(t *testing.T, factory Factory) {
	play(t, factory, []scene{
		{"asked", asked},
		{"refused", notAsked},
		{"not answered", unasked},
		{"asked after a hint", hintedFirst},
	})
}

// expecting is a request whose body waits. read: somebody read from it.
func (w *world) expecting() (r *http.Request, body *closing, read *atomic.Bool) {
	read = new(atomic.Bool)
	body = &closing{Reader: watched{strings.NewReader("hello"), read}}
	r = w.request(http.MethodPut, "/", body)
	r.ContentLength = 5
	r.Header.Set("Expect", "100-continue")
	return r, body, read
}

type watched struct {
	io.Reader
	read *atomic.Bool
}

// Read implements io.Reader.
func (w watched) Read(p []byte) (int, error) {
	w.read.Store(true)
	return w.Reader.Read(p)
}

func asked(w *world) {
	r, body, read := w.expecting()
	call := w.send(r)
	l := w.next()
	if head := l.head(); !strings.Contains(head, "\r\nExpect: 100-continue\r\n") {
		w.Errorf("got head %q", head)
	}
	if read.Load() {
		w.Error("the body was read before it was asked for")
	}
	l.write("HTTP/1.1 100 Continue\r\n\r\n")
	if got := l.octets(5); got != "hello" {
		w.Errorf("got %q", got)
	}
	l.write(plain("done"))
	if got := call.body(); got != "done" {
		w.Errorf("got %q", got)
	}
	if !body.await() {
		w.Error("the body was not closed")
	}
}

// notAsked answers for good at once: the body is sent nevertheless, or the
// connection closed. No other request may come in its place (CVE-2024-24791).
func notAsked(w *world) {
	r, body, read := w.expecting()
	call := w.send(r)
	l := w.next()
	l.head()
	l.write("HTTP/1.1 401 Who\r\nContent-Length: 2\r\n\r\nno")
	if got := call.body(); got != "no" {
		w.Errorf("got %q", got)
	}
	sent := make([]byte, 5)
	n, err := io.ReadFull(l.in, sent)
	if n > 0 && string(sent) != "hello" {
		w.Errorf("got %q behind the head", sent[:n])
	}
	if !body.await() || n == 0 && read.Load() {
		w.Error("the body was read and not sent, or not closed")
	}
	call = w.send(w.get("/next"))
	if err != nil {
		l = w.next()
	}
	l.head()
	l.write(plain("next"))
	if got := call.body(); got != "next" {
		w.Errorf("got %q", got)
	}
}

// unasked never answers 100: the body goes after a while.
func unasked(w *world) {
	r, _, _ := w.expecting()
	call := w.send(r)
	l := w.next()
	l.head()
	if got := l.octets(5); got != "hello" {
		w.Errorf("got %q", got)
	}
	l.write(plain("done"))
	if got := call.body(); got != "done" {
		w.Errorf("got %q", got)
	}
}

func hintedFirst(w *world) {
	r, _, _ := w.expecting()
	var codes []int
	r = r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{Got1xxResponse: func(code int, _ textproto.MIMEHeader) error {
		codes = append(codes, code)
		return nil
	}}))
	call := w.send(r)
	l := w.next()
	l.head()
	l.write("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n")
	if got := l.octets(5); got != "hello" {
		w.Errorf("got %q", got)
	}
	l.write(plain("done"))
	if got := call.body(); got != "done" || len(codes) != 2 || codes[0] != 103 || codes[1] != 100 {
		w.Errorf("got %q, informational %v", got, codes)
	}
}
