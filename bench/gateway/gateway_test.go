//go:build linux

package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"meridian/bench/rig"
	"meridian/node"
)

// TestMain lets the test binary be what the benchmark starts itself as.
func TestMain(m *testing.M) {
	if slices.Contains(os.Args, "-role") {
		os.Exit(run(os.Args[1:]))
	}
	os.Exit(m.Run())
}

// TestRun makes the whole benchmark with the proxy that is always there, so that
// it does not rot.
func TestRun(t *testing.T) {
	o, err := parse(strings.Fields("-servers control -rounds 1 -duration 200ms -rate 200 -connections 4 -idle 20 -server-cpu -1 -client-cpu -1"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := newStage(t.TempDir(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.stop(); err != nil {
			t.Error(err)
		}
	}()
	if err := s.launch(peers()); err != nil {
		t.Fatal(err)
	}
	r := &report{o: o, servers: s.servers}
	if err := r.rounds(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := r.memory(t.Context()); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	r.print(&out)
	if err := r.verdict(); err != nil || strings.Count(out.String(), "| control ") != 2 {
		t.Errorf("got error %v and report:\n%s", err, &out)
	}
	paced := r.samples[sampleKey(200, s.servers[0])][0]
	if paced.sent != 40 || paced.answered != 40 || paced.perRequest <= 0 || paced.latency.Total() != 40 {
		t.Errorf("got %d sent, %d answered, %v CPU per request, %d latencies; want 40 requests in 200 ms at 200 a second",
			paced.sent, paced.answered, paced.perRequest, paced.latency.Total())
	}
}

// TestConfigurationOfMeridian has what the other proxies' programs say when they
// start.
func TestConfigurationOfMeridian(t *testing.T) {
	s := setup{Place: rig.Place{Dir: t.TempDir(), Addr: netip.MustParseAddrPort("127.0.0.1:1")}, backends: []netip.AddrPort{
		netip.MustParseAddrPort("127.0.0.1:2"), netip.MustParseAddrPort("127.0.0.1:3"),
	}}
	if _, err := prepareMeridian(s); err != nil {
		t.Fatal(err)
	}
	if _, err := node.Check(filepath.Join(s.Dir, "node.yaml")); err != nil {
		t.Error(err)
	}
}

// crooked answers every tenth request wrongly, and hangs up on every eleventh.
type crooked struct {
	mu   sync.Mutex
	seen int
}

func (c *crooked) serve(conn net.Conn) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	for {
		if _, err := http.ReadRequest(in); err != nil {
			return
		}
		c.mu.Lock()
		c.seen++
		n := c.seen
		c.mu.Unlock()
		body := answerBody()
		switch {
		case n%11 == 0:
			return
		case n%10 == 0:
			body[7] = 'x'
		}
		if _, err := fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\ncontent-LENGTH: %d\r\n\r\n%s", len(body), body); err != nil {
			return
		}
	}
}

func crookedBackend(t *testing.T) (netip.AddrPort, *crooked) {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	c := &crooked{}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go c.serve(conn)
		}
	}()
	return l.Addr().(*net.TCPAddr).AddrPort(), c
}

func TestLoadCounts(t *testing.T) {
	addr, c := crookedBackend(t)
	l, err := newLoad(addr, 4)
	if err != nil {
		t.Fatal(err)
	}
	defer l.close()
	got, err := l.paced(100*time.Millisecond, 1000)
	if err != nil {
		t.Fatal(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if got.sent != 100 || c.seen != 100 || got.lost != 9 || got.wrong != 10 || got.answered != 91 || got.latency.Total() != 91 {
		t.Errorf("got %d sent, %d answered, %d wrong, %d lost, %d latencies; the backend saw %d", got.sent, got.answered, got.wrong, got.lost, got.latency.Total(), c.seen)
	}
}

// TestLatencyCountsFromTheMoment: with one connection and a backend that takes
// 20 ms, ten requests due within 10 ms wait for each other, and that counts.
func TestLatencyCountsFromTheMoment(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		in := bufio.NewReader(conn)
		for {
			if _, err := http.ReadRequest(in); err != nil {
				return
			}
			<-time.After(20 * time.Millisecond)
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 1024\r\n\r\n"+string(answerBody())) // the client looks
		}
	}()
	load, err := newLoad(l.Addr().(*net.TCPAddr).AddrPort(), 1)
	if err != nil {
		t.Fatal(err)
	}
	defer load.close()
	got, err := load.paced(10*time.Millisecond, 1000)
	if err != nil || got.answered != 10 {
		t.Fatalf("got %d answers, error %v", got.answered, err)
	}
	if last := got.latency.Quantile(0.95); last < 160*time.Millisecond {
		t.Errorf("got %v for the last of ten, want about 190 ms", last)
	}
}

func TestJudge(t *testing.T) {
	body := string(answerBody())
	for _, c := range []struct {
		name, wire      string
		complete, right bool
	}{
		{"right", "HTTP/1.1 200 OK\r\nContent-Length: 1024\r\n\r\n" + body, true, true},
		{"half a head", "HTTP/1.1 200 OK\r\nContent-Le", false, false},
		{"half a body", "HTTP/1.1 200 OK\r\nContent-Length: 1024\r\n\r\n" + body[:1000], false, false},
		{"another status", "HTTP/1.1 503 No\r\nContent-Length: 1024\r\n\r\n" + body, true, false},
		{"another body", "HTTP/1.1 200 OK\r\nContent-Length: 1024\r\n\r\n" + strings.ToUpper(body), true, false},
		{"no length", "HTTP/1.1 200 OK\r\n\r\n" + body, true, false},
		{"more than that", "HTTP/1.1 200 OK\r\nContent-Length: 1024\r\n\r\n" + body + "x", true, false},
	} {
		f := &flow{buf: make([]byte, 8<<10), want: answerBody()}
		f.got = copy(f.buf, c.wire)
		if complete, right := f.judge(); complete != c.complete || right != c.right {
			t.Errorf("%s: got complete %v, right %v", c.name, complete, right)
		}
	}
}

func TestSettingsDefyMistakes(t *testing.T) {
	for _, args := range []string{"-rounds 0", "-connections 0", "-duration 1ms", "-rate 1", "-server-cpu 4096", "-role king", "-idle -1"} {
		if _, err := parse(strings.Fields(args)); err == nil {
			t.Errorf("%s: accepted", args)
		}
	}
}
