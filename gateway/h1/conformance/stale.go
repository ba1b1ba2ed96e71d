package conformance

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// pause is a short wait for what cannot be waited for.
func pause() <-chan time.Time { return time.After(5 * time.Millisecond) }

// testStale looks at kept connections that are closed by the backend.
func testStale(t *testing.T, factory Factory) {
	play(t, factory, []scene{
		{"closed while idle", closedIdle},
		{"closed instead of an answer", func(w *world) { closedInstead(w, http.MethodGet, true) }},
		{"closed instead of an answer, POST", func(w *world) { closedInstead(w, http.MethodPost, false) }},
		{"closed in the answer", closedWithin},
		{"closed, and new", closedNew},
	})
}

// warm makes one kept connection.
func (w *world) warm() *link {
	w.Helper()
	call := w.send(w.get("/warm"))
	l := w.next()
	l.head()
	l.write(plain("warm"))
	call.body()
	return l
}

// closedIdle closes a kept connection, long before a POST: it must not notice.
func closedIdle(w *world) {
	l := w.warm()
	l.c.Close()
	<-pause() // the end arrives
	<-pause()
	call := w.send(w.request(http.MethodPost, "/", strings.NewReader("hello")))
	l = w.next()
	l.head()
	l.octets(5)
	l.write(plain("fine"))
	if got := call.body(); got != "fine" {
		w.Errorf("got %q", got)
	}
}

// closedInstead closes a kept connection when the next request has come.
func closedInstead(w *world, method string, again bool) {
	l := w.warm()
	var body io.Reader
	if !again {
		body = strings.NewReader("hello")
	}
	call := w.send(w.request(method, "/once", body))
	if head := l.head(); !strings.Contains(head, "/once") {
		w.Fatalf("got %q", head)
	}
	l.c.Close()
	if !again {
		if _, err := call.answer(); err == nil {
			w.Error("got no error")
		}
		if n := w.dialled(); n != 1 {
			w.Errorf("got %d connections: a POST was sent twice", n)
		}
		return
	}
	l = w.next()
	l.head()
	l.write(plain("again"))
	if got := call.body(); got != "again" {
		w.Errorf("got %q", got)
	}
}

// closedWithin closes behind the first octets of an answer: it has come.
func closedWithin(w *world) {
	l := w.warm()
	call := w.send(w.get("/once"))
	l.head()
	l.write("HTTP/1.1 2")
	l.c.Close()
	if _, err := call.answer(); err == nil {
		w.Error("got no error")
	}
	if n := w.dialled(); n != 1 {
		w.Errorf("got %d connections: a request was sent twice after an answer had begun", n)
	}
}

// closedNew closes a new connection: that is no stale one.
func closedNew(w *world) {
	call := w.send(w.get("/once"))
	l := w.next()
	l.head()
	l.c.Close()
	if _, err := call.answer(); err == nil {
		w.Error("got no error")
	}
	if n := w.dialled(); n != 1 {
		w.Errorf("got %d connections, want 1", n)
	}
}
