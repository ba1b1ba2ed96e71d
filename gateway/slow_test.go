package gateway

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// impatient are limits that tests can wait for.
func impatient() Limits {
	return Limits{Header: 200 * time.Millisecond, Idle: 200 * time.Millisecond, Stall: 400 * time.Millisecond, BodyGrace: 400 * time.Millisecond, BodyRate: 1 << 20}
}

// unhurried is impatient with bodies alone: a client that gets no processor is
// not slow.
func unhurried() Limits {
	l := impatient()
	l.Header, l.Idle = 10*time.Second, 10*time.Second
	return l
}

func dial(t *testing.T, g *Gateway) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", g.Addrs()[0].String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	return c
}

// TestSlowClients is scenario E7, one client of each kind: who sends nothing,
// half a header, nothing after an answer, a stalled body, a body byte by byte,
// and who does not read.
func TestSlowClients(t *testing.T) {
	t.Parallel()
	serve := func(l Limits) *Gateway {
		return start(t, Options{Limits: l, Router: routeFunc(here), Local: backend(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/big" {
				_, _ = io.CopyN(w, endless{}, 64<<20)
				return
			}
			_, _ = io.Copy(io.Discard, r.Body)
		}))})
	}
	g := serve(impatient())
	for name, text := range map[string]string{
		"nothing": "", "half a header": "GET / HTTP/1.1\r\nHost: x\r\nX-", "nothing more": "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "half a preface": "PRI * HTTP/2.0\r\n\r\n",
		"a stalled refused body": "POST " + StatusPath + " HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n",
	} {
		c := dial(t, g)
		fmt.Fprint(c, text)
		if _, err := io.Copy(io.Discard, c); err != nil {
			t.Errorf("%s: got %v, want the connection closed", name, err)
		}
	}
	g = serve(unhurried()) // with what comes after the header
	for name, every := range map[string]time.Duration{"a stalled body": 0, "a body byte by byte": 20 * time.Millisecond} {
		c := dial(t, g)
		fmt.Fprint(c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\nabc")
		stop := trickle(c, every)
		res, err := http.ReadResponse(bufio.NewReader(c), nil)
		stop()
		if err != nil || res.StatusCode != http.StatusRequestTimeout || res.Header.Get("Meridian-Reason") != "slow_body" {
			t.Errorf("%s: got %v %v, want 408 slow_body", name, res, err)
		}
	}
	if got := g.Counts().Outcomes[OutcomeHere]; got.Aborted != 0 {
		t.Errorf("got %+v before the last client", got)
	}
	c := dial(t, g)
	fmt.Fprint(c, "GET /big HTTP/1.1\r\nHost: x\r\n\r\n")
	eventually(t, "the answer nobody reads is given up", func() bool { return g.Counts().Outcomes[OutcomeHere].Aborted > 0 })
	if got := g.Counts().Outcomes[OutcomeHere].Errors; got != 0 {
		t.Errorf("got %d errors of ours, want 0", got)
	}
	c = dial(t, g)
	fmt.Fprint(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\nGET /big HTTP/1.1\r\nHost: x\r\n\r\n")
	eventually(t, "a second answer that nobody reads is given up", func() bool { return g.Counts().Outcomes[OutcomeHere].Aborted > 1 })
}

// endless reads zeros.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

// trickle writes a byte at a time until the returned function is called.
func trickle(c net.Conn, every time.Duration) (stop func()) {
	if every == 0 {
		return func() {}
	}
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				_, _ = c.Write([]byte("a"))
			case <-done:
				return
			}
		}
	}()
	return func() { close(done); <-ended }
}

// TestSlowStreams: a stream of unknown length may be slow, as long as it moves;
// waiting for the backend is not the client's fault.
func TestSlowStreams(t *testing.T) {
	t.Parallel()
	limits := unhurried()
	arrived := make(chan struct{})
	g := start(t, Options{Limits: limits, Router: routeFunc(here), Local: backend(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/wait" {
			timer := time.NewTimer(3 * limits.Stall)
			defer timer.Stop()
			<-timer.C
			close(arrived)
		}
		data, _ := io.ReadAll(r.Body)
		fmt.Fprint(w, len(data))
	}))})
	url := "http://" + g.Addrs()[0].String()
	for name, client := range map[string]*http.Client{"h1": h1(t), "h2c": h2c(t)} {
		r, w := io.Pipe()
		go func() {
			tick := time.NewTicker(limits.Stall / 4)
			defer tick.Stop()
			for range 10 {
				<-tick.C
				_, _ = w.Write([]byte("a"))
			}
			w.Close()
		}()
		res, err := client.Post(url+"/stream", "", r)
		if err != nil {
			t.Fatal(err)
		}
		data, _ := io.ReadAll(res.Body)
		res.Body.Close()
		if string(data) != "10" {
			t.Errorf("%s: got %q, want 10 bytes", name, data)
		}
	}
	res, err := h2c(t).Post(url+"/wait", "", strings.NewReader(strings.Repeat("a", 8<<20)))
	if err != nil {
		t.Fatal(err)
	}
	data, _ := io.ReadAll(res.Body)
	res.Body.Close()
	<-arrived
	if string(data) != fmt.Sprint(8<<20) {
		t.Errorf("got %q of a body whose reader took its time", data)
	}
}

// TestTinyWindow: an HTTP/2 client that never opens its window for an answer
// (scenario E9) is given up: while its answer is written, or, where that is
// short, when the server has all of it.
func TestTinyWindow(t *testing.T) {
	for text, aborted := range map[string]uint64{"a short answer": 0, strings.Repeat("a long answer", 1000): 1} {
		t.Run(text[:6], func(t *testing.T) {
			t.Parallel()
			tinyWindow(t, text, aborted)
		})
	}
}

func tinyWindow(t *testing.T, text string, aborted uint64) {
	g := start(t, Options{Limits: impatient(), Router: routeFunc(here), Local: backend(t, says(text))})
	c := dial(t, g)
	fmt.Fprint(c, http2.ClientPreface)
	framer := http2.NewFramer(c, c)
	_ = framer.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 0})
	var block strings.Builder
	enc := hpack.NewEncoder(&block)
	for _, f := range [][2]string{{":method", "GET"}, {":scheme", "http"}, {":authority", "x"}, {":path", "/"}} {
		_ = enc.WriteField(hpack.HeaderField{Name: f[0], Value: f[1]})
	}
	_ = framer.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: []byte(block.String()), EndStream: true, EndHeaders: true})
	for {
		f, err := framer.ReadFrame()
		if err != nil {
			t.Fatalf("got %v, want the stream reset", err)
		}
		if _, ok := f.(*http2.RSTStreamFrame); ok {
			break
		}
		if ping, ok := f.(*http2.PingFrame); ok && !ping.IsAck() {
			_ = framer.WritePing(true, ping.Data)
		}
		if s, ok := f.(*http2.SettingsFrame); ok && !s.IsAck() {
			_ = framer.WriteSettingsAck()
		}
	}
	eventually(t, "it is counted", func() bool {
		n := g.Counts().Outcomes[OutcomeHere]
		return n.Aborted == aborted && n.Requests == 1
	})
}

// TestConnectionLimit: above it connections are closed; near it they are not
// kept.
func TestConnectionLimit(t *testing.T) {
	g := start(t, Options{Limits: Limits{Connections: 2}, Router: routeFunc(here), Local: mirror{}})
	first, second := dial(t, g), dial(t, g)
	eventually(t, "both are in", func() bool { return g.Counts().Connections == 2 })
	third := dial(t, g)
	if _, err := io.Copy(io.Discard, third); err != nil && !strings.Contains(err.Error(), "reset") {
		t.Errorf("got %v, want the third one closed", err)
	}
	fmt.Fprint(first, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	res, err := http.ReadResponse(bufio.NewReader(first), nil)
	if err != nil || !res.Close {
		t.Errorf("got %v %v, want Connection: close near the limit", res, err)
	}
	if got := g.Counts().Rejected; got != 1 {
		t.Errorf("got %d rejected, want 1", got)
	}
	second.Close()
}

// TestPanic: a defect of what serves is one request's, and is counted.
func TestPanic(t *testing.T) {
	g := start(t, Options{Router: routeFunc(here), Local: roundTrip(func(*http.Request) (*http.Response, error) { panic("a defect") })})
	res, _ := get(t, h1(t), "http://"+g.Addrs()[0].String())
	if res.StatusCode != http.StatusInternalServerError || res.Header.Get("Meridian-Reason") != "internal" {
		t.Errorf("got %d %v, want 500 internal", res.StatusCode, res.Header)
	}
	res, _ = get(t, h1(t), "http://"+g.Addrs()[0].String()+StatusPath)
	if res.StatusCode != http.StatusOK || g.Counts().Panics != 1 {
		t.Errorf("got %d and %d panics, want 200 and 1", res.StatusCode, g.Counts().Panics)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestLocalFails: no answer is 502, none in time 502 too; the reason says
// which side it was.
func TestLocalFails(t *testing.T) {
	g := start(t, Options{Router: routeFunc(here), Local: roundTrip(func(*http.Request) (*http.Response, error) { return nil, context.DeadlineExceeded })})
	res, _ := get(t, h1(t), "http://"+g.Addrs()[0].String())
	if res.StatusCode != http.StatusBadGateway || res.Header.Get("Meridian-Reason") != "local_failed" {
		t.Errorf("got %d %v, want 502 local_failed", res.StatusCode, res.Header)
	}
}
