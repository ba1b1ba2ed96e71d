package conformance

import (
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"testing"
)

func testHooks(t *testing.T, factory Factory) {
	play(t, factory, []scene{
		{"order", hookOrder},
		{"no connection, no hook", func(w *world) {
			w.failure = errDial
			log := &hookLog{}
			_, err := w.send(log.on(w.get("/"))).answer()
			if err == nil || strings.Contains(log.text(), "got") {
				w.Errorf("got hooks %q, error %v", log.text(), err)
			}
		}},
	})
}

// hookLog writes down which hooks were called.
type hookLog struct {
	mu    sync.Mutex
	lines []string
}

func (l *hookLog) add(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, line)
}

func (l *hookLog) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.lines, ", ")
}

func (l *hookLog) on(r *http.Request) *http.Request {
	return r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{
		GetConn: func(string) { l.add("get") },
		GotConn: func(i httptrace.GotConnInfo) {
			if i.Reused {
				l.add("got an old one")
				return
			}
			l.add("got a new one")
		},
		WroteRequest:         func(httptrace.WroteRequestInfo) { l.add("wrote") },
		GotFirstResponseByte: func() { l.add("first") },
	}))
}

func hookOrder(w *world) {
	var l *link
	for _, want := range []string{"get, got a new one, wrote, first", "get, got an old one, wrote, first"} {
		log := &hookLog{}
		call := w.send(log.on(w.get("/")))
		if l == nil {
			l = w.next()
		}
		l.head()
		l.write(plain("x"))
		call.body()
		if got := log.text(); got != want {
			w.Errorf("got hooks %q, want %q", got, want)
		}
	}
}
