package conformance

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// world is a backend and a RoundTripper to it.
type world struct {
	*testing.T
	listener net.Listener
	address  string // where dial goes
	accepted chan *link
	tripper  http.RoundTripper
	mu       sync.Mutex
	dials    int
	failure  error // of the next dial
}

func newWorld(t *testing.T, factory Factory) *world {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &world{T: t, listener: l, address: l.Addr().String(), accepted: make(chan *link, 1024)}
	w.tripper = factory(w.dial)
	var wg sync.WaitGroup
	wg.Go(w.accept)
	t.Cleanup(func() {
		l.Close()
		wg.Wait()
		for left := range w.accepted {
			left.c.Close()
		}
		w.tripper.(closer).CloseIdleConnections()
	})
	return w
}

func (w *world) accept() {
	defer close(w.accepted)
	for {
		c, err := w.listener.Accept()
		if err != nil {
			return
		}
		w.accepted <- &link{w: w, c: c, in: bufio.NewReaderSize(c, 64<<10)}
	}
}

func (w *world) dial(ctx context.Context) (net.Conn, error) {
	w.mu.Lock()
	w.dials++
	err := w.failure
	w.mu.Unlock()
	if err != nil {
		return nil, err
	}
	return new(net.Dialer).DialContext(ctx, "tcp", w.address)
}

// dialled returns how many connections were opened, or tried.
func (w *world) dialled() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.dials
}

// next waits for a connection.
func (w *world) next() *link {
	w.Helper()
	select {
	case l, ok := <-w.accepted:
		if !ok {
			w.Fatal("the backend has ended")
		}
		w.Cleanup(func() { l.c.Close() })
		return l
	case <-time.After(patience):
		w.Fatal("no connection came")
		return nil
	}
}

// link is the backend's end of a connection.
type link struct {
	w  *world
	c  net.Conn
	in *bufio.Reader
}

// head reads up to an empty line.
func (l *link) head() string {
	l.w.Helper()
	text, err := l.readHead()
	if err != nil {
		l.w.Fatalf("reading a request after %q: %v", text, err)
	}
	return text
}

func (l *link) readHead() (string, error) {
	_ = l.c.SetReadDeadline(time.Now().Add(patience)) // a closed one fails when it is read
	var b strings.Builder
	for !strings.HasSuffix(b.String(), "\r\n\r\n") {
		line, err := l.in.ReadString('\n')
		b.WriteString(line)
		if err != nil {
			return b.String(), err
		}
	}
	return b.String(), nil
}

// octets reads n of them.
func (l *link) octets(n int) string {
	l.w.Helper()
	_ = l.c.SetReadDeadline(time.Now().Add(patience)) // as in readHead
	b := make([]byte, n)
	if got, err := io.ReadFull(l.in, b); err != nil {
		l.w.Fatalf("reading %d octets, after %q: %v", n, b[:got], err)
	}
	return string(b)
}

// rest reads until the other end closes, and fails where it does not.
func (l *link) rest() string {
	l.w.Helper()
	_ = l.c.SetReadDeadline(time.Now().Add(patience)) // as in readHead
	b, err := io.ReadAll(l.in)
	var slow net.Error
	if errors.As(err, &slow) && slow.Timeout() {
		l.w.Fatalf("the connection stays open, after %q", b)
	}
	return string(b) // a reset is an end
}

func (l *link) write(text string) {
	l.w.Helper()
	if _, err := io.WriteString(l.c, text); err != nil {
		l.w.Fatalf("answering %.64q: %v", text, err)
	}
}

// call is a request under way.
type call struct {
	w    *world
	done chan struct{}
	res  reply
	err  error
}

// reply is an answer's head, with its body still open.
type reply struct{ *http.Response }

// send starts a round trip.
func (w *world) send(r *http.Request) *call {
	c := &call{w: w, done: make(chan struct{})}
	go func() {
		defer close(c.done)
		c.res.Response, c.err = w.tripper.RoundTrip(r) //nolint:bodyclose // who waits for it closes it
	}()
	return c
}

// answer waits for the head.
func (c *call) answer() (reply, error) {
	c.w.Helper()
	select {
	case <-c.done:
	case <-time.After(patience):
		c.w.Fatal("the round trip does not end")
	}
	return c.res, c.err
}

// ok waits for the head, and fails without one.
func (c *call) ok() reply {
	c.w.Helper()
	res, err := c.answer()
	if err != nil {
		c.w.Fatalf("round trip: %v", err)
	}
	return res
}

// body waits for the head and reads the body.
func (c *call) body() string {
	c.w.Helper()
	res := c.ok()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		c.w.Fatalf("reading the body, after %q: %v", b, err)
	}
	res.Body.Close()
	return string(b)
}

// request makes one for the backend.
func (w *world) request(method, path string, body io.Reader) *http.Request {
	w.Helper()
	r, err := http.NewRequestWithContext(w.Context(), method, "http://backend.test"+path, body)
	if err != nil {
		w.Fatal(err)
	}
	r.Header.Set("User-Agent", "")
	return r
}

func (w *world) get(path string) *http.Request { return w.request(http.MethodGet, path, nil) }

// plain is an answer with a body.
func plain(body string) string {
	return "HTTP/1.1 200 OK\r\nContent-Length: " + itoa(len(body)) + "\r\n\r\n" + body
}
