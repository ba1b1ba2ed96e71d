package conformance

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// testReuse looks at which connections serve again.
func testReuse(t *testing.T, factory Factory) {
	play(t, factory, []scene{
		{"one after the other", oneAfterTheOther},
		{"the backend closes", func(w *world) { closesAfter(w, w.get("/"), "Connection: close\r\n") }},
		{"the backend closes, among others", func(w *world) { closesAfter(w, w.get("/"), "Connection: x, Close\r\n") }},
		{"the caller closes", func(w *world) {
			r := w.get("/")
			r.Close = true
			closesAfter(w, r, "")
		}},
		{"1.0", func(w *world) { closes10(w) }},
		{"an answer behind the answer", func(w *world) { surplus(w, w.get("/"), plain("first")+poison, "first") }},
		{"a body behind a 204", func(w *world) { surplus(w, w.get("/"), "HTTP/1.1 204 No\r\n\r\nhello", "") }},
		{"a body behind a HEAD", func(w *world) { surplus(w, w.request("HEAD", "/", nil), good+"Content-Length: 5\r\n\r\nhello", "") }},
		{"a body that was not read", unread},
		{"all are closed", closeAll},
		{"two at a time", twoAtATime},
	})
}

func oneAfterTheOther(w *world) {
	var l *link
	for _, method := range []string{"GET", "HEAD", "POST", "DELETE", "GET"} {
		call := w.send(w.request(method, "/"+method, nil))
		if l == nil {
			l = w.next()
		}
		if head := l.head(); !strings.HasPrefix(head, method+" /"+method+" ") {
			w.Fatalf("got %q", head)
		}
		answer := plain(method)
		if method == http.MethodHead {
			answer = good + "Content-Length: 100\r\n\r\n"
		}
		l.write(answer)
		if got := call.body(); got != method && method != http.MethodHead {
			w.Errorf("got %q", got)
		}
	}
	if n := w.dialled(); n != 1 {
		w.Errorf("got %d connections, want 1", n)
	}
}

// closesAfter expects the end of the connection behind an answer that has this
// line.
func closesAfter(w *world, r *http.Request, line string) {
	call := w.send(r)
	l := w.next()
	l.head()
	l.write(good + line + "Content-Length: 5\r\n\r\nhello")
	if got := call.body(); got != "hello" {
		w.Errorf("got %q", got)
	}
	if rest := l.rest(); rest != "" {
		w.Errorf("got %q behind it", rest)
	}
}

func closes10(w *world) {
	call := w.send(w.get("/"))
	l := w.next()
	l.head()
	l.write("HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello")
	if got := call.body(); got != "hello" {
		w.Errorf("got %q", got)
	}
	l.rest()
}

// surplus sends more than one answer: the connection must go.
func surplus(w *world, r *http.Request, wire, want string) {
	call := w.send(r)
	l := w.next()
	l.head()
	l.write(wire)
	if got := call.body(); got != want {
		w.Errorf("got %q, want %q", got, want)
	}
	if rest := l.rest(); rest != "" {
		w.Errorf("got %q behind it", rest)
	}
}

// unread closes bodies before their end: they must not come back as answers.
func unread(w *world) {
	go w.serve(func(target string) (string, bool) {
		switch target {
		case "/short":
			return plain("short"), false
		case "/long":
			return good + "Content-Length: 1000000\r\n\r\n" + strings.Repeat("x", 1_000_000), false
		case "/chunks":
			return good + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", false
		}
		return plain("end"), false
	})
	for _, target := range []string{"/short", "/long", "/chunks", "/short"} {
		res := w.send(w.get(target)).ok()
		res.Body.Close()
		if n, err := res.Body.Read(make([]byte, 1)); err == nil || n > 0 {
			w.Errorf("%s: got %d octets, error %v after Close", target, n, err)
		}
		if _, body, err := w.fetch("GET", "/end"); err != nil || body != "end" {
			w.Errorf("after %s: got %q, error %v", target, body, err)
		}
	}
}

func closeAll(w *world) {
	call := w.send(w.get("/"))
	l := w.next()
	l.head()
	l.write(plain("x"))
	call.body()
	settle(w, l)
}

// settle closes idle connections until l is: a RoundTripper may need a moment
// to take a connection back.
func settle(w *world, l *link) {
	w.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = io.ReadAll(l.in) // a reset is an end
	}()
	for {
		w.tripper.(closer).CloseIdleConnections()
		select {
		case <-done:
			return
		case <-pause():
		}
	}
}

// twoAtATime needs two connections, and then again both.
func twoAtATime(w *world) {
	var links []*link
	for range 2 {
		one, two := w.send(w.get("/a")), w.send(w.get("/b"))
		for len(links) < 2 {
			links = append(links, w.next())
		}
		for _, l := range links {
			path := strings.Fields(l.head())[1]
			l.write(plain(path))
		}
		if a, b := one.body(), two.body(); a != "/a" || b != "/b" {
			w.Fatalf("got %q and %q", a, b)
		}
	}
	if n := w.dialled(); n != 2 {
		w.Errorf("got %d connections, want 2", n)
	}
}
