package gateway

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// localFunc is Options.Local made of a function.
type localFunc func(*http.Request) (*http.Response, error)

func (f localFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestClientGone: who waits for the end of a request's context hears that its
// client has gone, and why.
func TestClientGone(t *testing.T) {
	t.Parallel()
	asked, ended := make(chan struct{}), make(chan error)
	g := start(t, Options{Router: routeFunc(here), Local: localFunc(func(r *http.Request) (*http.Response, error) {
		child, cancel := context.WithCancel(r.Context())
		defer cancel()
		asked <- struct{}{}
		<-child.Done()
		ended <- errors.Join(context.Cause(child), r.Context().Err(), context.Cause(r.Context()))
		return nil, r.Context().Err()
	})})
	c := dial(t, g)
	fmt.Fprint(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	<-asked
	c.Close()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want canceled", err)
	}
	if got := g.Counts().Outcomes[OutcomeHere].Errors; got != 0 {
		t.Errorf("got %d errors of ours, want 0", got)
	}
}

// TestPipelined: what a client sends while its request is served is the next
// request, whole and in order, whether or not anybody looked meanwhile, with a
// body of known or unknown length or without, and the client is not taken for
// gone.
func TestPipelined(t *testing.T) {
	t.Parallel()
	asked, goOn := make(chan struct{}), make(chan struct{})
	var asks atomic.Int64
	g := start(t, Options{Router: routeFunc(here), Local: localFunc(func(r *http.Request) (*http.Response, error) {
		if strings.HasPrefix(r.URL.Path, "/look") {
			_ = r.Context().Done()
		}
		if strings.HasSuffix(r.URL.Path, "/wait") {
			asked <- struct{}{}
			<-goOn
		}
		if err := r.Context().Err(); err != nil {
			return nil, err
		}
		got, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		text := fmt.Sprintf("%d %s %s %s", asks.Add(1), r.Method, r.URL.Path, got)
		return &http.Response{StatusCode: 200, ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{}, ContentLength: int64(len(text)), Body: io.NopCloser(strings.NewReader(text)), Request: r}, nil
	})})
	c := dial(t, g)
	in := bufio.NewReader(c)
	next := []string{
		"GET /look/2 HTTP/1.1\r\nHost: x\r\n\r\n",
		"POST /3 HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\n\r\nGET /look/9 HTTP/1.1",
		"POST /look/4 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n4\r\n two\r\n0\r\n\r\n",
		"GET /5 HTTP/1.1\r\nHost: x\r\n\r\n",
	}
	bodies := []string{"GET /look/2 ", "POST /3 GET /look/9 HTTP/1.1", "POST /look/4 one two", "GET /5 "}
	n := 0
	for _, first := range []string{"/look/wait", "/wait", "/look", "/plain"} {
		fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", first)
		if strings.HasSuffix(first, "/wait") {
			<-asked
		}
		fmt.Fprint(c, strings.Join(next, ""))
		if strings.HasSuffix(first, "/wait") {
			goOn <- struct{}{}
		}
		for _, body := range append([]string{"GET " + first + " "}, bodies...) {
			n++
			want := fmt.Sprint(n, " ", body)
			res, err := http.ReadResponse(in, nil)
			if err != nil {
				t.Fatalf("%s: %v", want, err)
			}
			if got, err := io.ReadAll(res.Body); string(got) != want || err != nil {
				t.Fatalf("got %q, %v, want %q", got, err, want)
			}
		}
	}
}

// TestPipelinedFurther: of a request that comes in pieces while others are
// served, each look leaves what the one before has found.
func TestPipelinedFurther(t *testing.T) {
	t.Parallel()
	s, client := sides(t)
	_, _ = client.Write([]byte("abc"))
	for range 3 {
		if !s.lend() {
			t.Fatal("it is not lent")
		}
		if s.look() {
			t.Error("the client is taken for gone")
		}
		s.interrupt()
		s.giveBack()
	}
	got := make([]byte, 3)
	n, _ := s.read(got)
	m, err := s.read(got[n:])
	if string(got) != "abc" || n+m != 3 || err != nil {
		t.Errorf("got %q, %v, want abc", got[:n+m], err)
	}
}

// TestReadDeadlines: of a socket whose deadlines come late, each read has its
// own all the same.
func TestReadDeadlines(t *testing.T) {
	t.Parallel()
	s, client := sides(t)
	one := make([]byte, 1)
	timeout := func(name string) {
		t.Helper()
		var network net.Error
		if n, err := s.read(one); n != 0 || !errors.As(err, &network) || !network.Timeout() {
			t.Fatalf("%s: got %d, %v, want a timeout", name, n, err)
		}
	}
	_ = s.set(soon())
	timeout("a deadline")
	timeout("the same")
	_ = s.set(never())
	reached := make(chan struct{})
	go func() {
		defer close(reached)
		if n, err := s.read(one); n != 1 || err != nil {
			t.Errorf("behind a deadline that is over: got %d, %v", n, err)
		}
	}()
	_, _ = client.Write([]byte("a"))
	<-reached
	interrupted := make(chan error)
	go func() {
		_, err := s.read(one)
		interrupted <- err
	}()
	for !s.busy() {
		runtime.Gosched()
	}
	_ = s.set(past())
	var network net.Error
	if err := <-interrupted; !errors.As(err, &network) || !network.Timeout() {
		t.Errorf("got %v, want a timeout", err)
	}
	_ = s.set(never())
	_, _ = client.Write([]byte("b"))
	if n, err := s.read(one); n != 1 || err != nil || one[0] != 'b' {
		t.Errorf("after an interrupted read: got %d, %v", n, err)
	}
	_ = s.set(soon())
	_ = s.set(never()) // before the read: it does not end
	_ = s.set(soon())
	timeout("the last of three")
}

// sides are both ends of a connection.
func sides(t *testing.T) (*readSide, net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	server, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close(); server.Close() })
	return &readSide{socket: server}, client
}

func (s *readSide) busy() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reads
}

func soon() time.Time  { return time.Now().Add(20 * time.Millisecond) }
func never() time.Time { return time.Now().Add(time.Hour) }
func past() time.Time  { return time.Unix(1, 0) }

// TestReadInTime: what a client sent before a deadline is read after it, in
// several reads; a client that sends for longer is late, as is one that sent
// nothing.
func TestReadInTime(t *testing.T) {
	s, client := sides(t)
	p := make([]byte, 8)
	for _, deadline := range []time.Time{time.Now().Add(-time.Second), time.Now().Add(-time.Hour)} {
		_, _ = client.Write([]byte("in time"))
		_ = s.set(never())
		_, _ = s.read(p[:1]) // all has come
		_ = s.set(deadline)
		for _, want := range []string{"n t", "ime"} {
			if n, err := s.read(p[:3]); string(p[:n]) != want || err != nil {
				t.Errorf("got %q, %v, want %q of the rest", p[:n], err, want)
			}
		}
		if n, err := s.read(p); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("got %d octets, %v, and nothing was left", n, err)
		}
		_, _ = client.Write([]byte("late"))
		if n, err := s.read(p); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("got %d octets, %v, want the time to be over", n, err)
		}
		_ = s.set(never())
		if n, err := s.read(p); string(p[:n]) != "late" || err != nil {
			t.Errorf("got %q, %v with a new deadline", p[:n], err)
		}
	}
	_ = s.set(past())
	_, _ = client.Write([]byte("x"))
	if n, err := s.read(p); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("got %d octets, %v of a read that is to end at once", n, err)
	}
}
