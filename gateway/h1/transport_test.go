package h1_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"meridian/gateway/h1"
)

// pipes is a backend in memory: what Dial opens, and how many were opened.
type pipes struct {
	dials int
	ends  chan error // how each connection ended at the backend
	wire  string     // the answer; "": none, and the connection is closed
}

func newPipes(wire string) *pipes { return &pipes{ends: make(chan error, 64), wire: wire} }

func (p *pipes) dial(context.Context) (net.Conn, error) {
	p.dials++
	near, far := net.Pipe()
	go func() {
		in := bufio.NewReader(far)
		for {
			r, err := http.ReadRequest(in)
			if err == nil {
				_, err = io.Copy(io.Discard, r.Body)
			}
			if err == nil && p.wire == "" {
				err = io.ErrClosedPipe
			}
			if err == nil {
				_, err = io.WriteString(far, p.wire)
			}
			if err != nil {
				far.Close()
				p.ends <- err
				return
			}
		}
	}()
	return near, nil
}

const hello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"

func get(t *testing.T, ctx context.Context, rt http.RoundTripper) (string, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://backend.test/", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := rt.RoundTrip(r)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return string(b), err
}

func mustGet(t *testing.T, rt http.RoundTripper) {
	t.Helper()
	if got, err := get(t, t.Context(), rt); err != nil || got != "hello" {
		t.Fatalf("got %q, error %v", got, err)
	}
}

func TestIdleConnectionsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipes(hello)
		rt := h1.New(h1.Options{Dial: p.dial, IdleTimeout: time.Minute})
		for range 3 {
			mustGet(t, rt)
			time.Sleep(59 * time.Second)
		}
		if p.dials != 1 || len(p.ends) != 0 {
			t.Fatalf("got %d connections, %d ended, within the timeout", p.dials, len(p.ends))
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if len(p.ends) != 1 {
			t.Errorf("got %d ended after the timeout, want 1", len(p.ends))
		}
		mustGet(t, rt)
		if p.dials != 2 {
			t.Errorf("got %d connections, want 2", p.dials)
		}
		rt.CloseIdleConnections()
	})
}

func TestAgeOfConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipes(hello)
		rt := h1.New(h1.Options{Dial: p.dial, MaxAge: time.Minute})
		for range 12 {
			mustGet(t, rt)
			time.Sleep(10 * time.Second)
		}
		if p.dials != 2 {
			t.Errorf("got %d connections in two minutes, want 2 of 54 to 60 s", p.dials)
		}
		rt.CloseIdleConnections()
	})
}

func TestNoneAreKept(t *testing.T) {
	p := newPipes(hello)
	rt := h1.New(h1.Options{Dial: p.dial, MaxIdle: -1})
	mustGet(t, rt)
	mustGet(t, rt)
	if p.dials != 2 {
		t.Errorf("got %d connections, want 2", p.dials)
	}
	for range 2 {
		<-p.ends
	}
}

func TestCloseWhileInUse(t *testing.T) {
	p := newPipes(hello)
	rt := h1.New(h1.Options{Dial: p.dial})
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://backend.test/", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := rt.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	rt.CloseIdleConnections()
	if b, err := io.ReadAll(res.Body); err != nil || string(b) != "hello" {
		t.Errorf("got %q, error %v", b, err)
	}
	<-p.ends // it is not kept
}

func TestShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipes("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe")
		rt := h1.New(h1.Options{Dial: p.dial})
		failed := make(chan error, 1)
		go func() {
			_, err := get(t, context.WithoutCancel(t.Context()), rt)
			failed <- err
		}()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := rt.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got error %v while an answer is read", err)
		}
		if err := <-failed; err == nil {
			t.Error("the answer goes on after Shutdown")
		}
		synctest.Wait()
		if err := rt.Shutdown(t.Context()); err != nil {
			t.Errorf("got error %v when nothing is left", err)
		}
	})
}

func TestErrors(t *testing.T) {
	for _, c := range []struct {
		name string
		wire string
		want any
	}{
		{"no HTTP", "SSH-2.0\r\n", new(*h1.AnswerError)},
		{"two framings", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", new(*h1.AnswerError)},
		{"CR in a value", "HTTP/1.1 200 OK\r\nX-A: b\rc\r\n\r\n", new(*h1.AnswerError)},
		{"NUL in a value", "HTTP/1.1 200 OK\r\nX-A: b\x00c\r\n\r\n", new(*h1.AnswerError)},
		{"folded", "HTTP/1.1 200 OK\r\nX-A: b\r\n c\r\n\r\n", new(*h1.AnswerError)},
		{"bare LF", "HTTP/1.1 200 OK\nX-A: b\n\n", new(*h1.AnswerError)},
		{"101 that nobody asked for", "HTTP/1.1 101 S\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n", new(*h1.AnswerError)},
		{"102 with a body", "HTTP/1.1 102 P\r\nContent-Length: 1\r\n\r\nx", new(*h1.AnswerError)},
		{"chunks in 1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", new(*h1.AnswerError)},
		{"blank behind a chunk size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1 \r\nx\r\n0\r\n\r\n", new(*h1.AnswerError)},
		{"LF behind a chunk size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\nx\r\n0\r\n\r\n", new(*h1.AnswerError)},
		{"many small extensions", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + strings.Repeat("1;"+strings.Repeat("a", 200)+"\r\nx\r\n", 1000), new(*h1.AnswerError)},
		{"version 9.9", "HTTP/9.9 200 OK\r\n\r\n", new(*h1.AnswerError)},
		{"600 fields", "HTTP/1.1 200 OK\r\n" + strings.Repeat("X-A: b\r\n", 600) + "\r\n", new(*h1.AnswerError)},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPipes(c.wire)
			_, err := get(t, t.Context(), h1.New(h1.Options{Dial: p.dial}))
			if !errors.As(err, c.want) {
				t.Errorf("got error %v, want one of type %T", err, c.want)
			}
			<-p.ends // the connection is closed
		})
	}
}

func TestTinyChunksAreFine(t *testing.T) {
	const n = 20_000
	p := newPipes("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + strings.Repeat("1\r\nx\r\n", n) + "0\r\n\r\n")
	rt := h1.New(h1.Options{Dial: p.dial})
	if got, err := get(t, t.Context(), rt); err != nil || len(got) != n {
		t.Errorf("got %d octets, error %v", len(got), err)
	}
	rt.CloseIdleConnections()
	<-p.ends
}

func TestErrorsOfOurs(t *testing.T) {
	rt := h1.New(h1.Options{})
	var connect *h1.ConnectError
	if _, err := get(t, t.Context(), rt); !errors.As(err, &connect) {
		t.Errorf("got error %v without Dial", err)
	}
	r, err := http.NewRequestWithContext(t.Context(), "GET", "http://backend.test/", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-A", "b\r\nc: d")
	var request *h1.RequestError
	if _, err := rt.RoundTrip(r); !errors.As(err, &request) {
		t.Errorf("got error %v for a bad field", err)
	}
}

// TestFramingInDisguise writes no field that a backend may take for framing,
// however it is spelled.
func TestFramingInDisguise(t *testing.T) {
	near, far := net.Pipe()
	rt := h1.New(h1.Options{Dial: func(context.Context) (net.Conn, error) { return near, nil }})
	r, err := http.NewRequestWithContext(t.Context(), "GET", "http://backend.test/", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"content-length", "CONTENT-LENGTH", "Content_Length", "transfer-encoding", "Transfer_Encoding", "TRANSFER_ENCODING",
		"host", "HOST", "Keep-Alive", "Proxy-Connection", "Upgrade", "trailer", "Expect",
	} {
		r.Header[name] = []string{"7"}
	}
	r.Header["Connection"] = []string{"X-Forwarded-For, Authorization"}
	go func() { _, _ = rt.RoundTrip(r) }() // its request is looked at
	got := make([]byte, 1<<10)
	n, err := far.Read(got)
	far.Close()
	if want := "GET / HTTP/1.1\r\nHost: backend.test\r\n\r\n"; err != nil || string(got[:n]) != want {
		t.Errorf("got %q, error %v, want %q", got[:n], err, want)
	}
}

// TestLateSurplus sends an answer that nobody asked for over an idle connection:
// the next request must not get it.
func TestLateSurplus(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	rt := h1.New(h1.Options{Dial: func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", l.Addr().String())
	}})
	defer rt.CloseIdleConnections()
	for range 2 {
		answered := make(chan net.Conn)
		go func() {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = http.ReadRequest(bufio.NewReader(c)) // any will do
			_, _ = io.WriteString(c, hello)             // the client looks
			answered <- c
		}()
		mustGet(t, rt)
		c := <-answered
		defer c.Close()
		if _, err := io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison"); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAllocations(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go echo(l)
	rt := h1.New(h1.Options{Dial: func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", l.Addr().String())
	}})
	defer rt.CloseIdleConnections()
	r, err := http.NewRequestWithContext(t.Context(), "GET", "http://backend.test/orders/7?x=1", nil)
	if err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 2048)
	got := testing.AllocsPerRun(100, func() {
		res, err := rt.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(res.Body, buf[:1024]); err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
	})
	if got > 15 { // a slow machine adds the watch of a context
		t.Errorf("got %v allocations for a round trip, want at most 15", got)
	}
}
