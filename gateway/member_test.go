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
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// rawPeer is a member that does what serve does with each connection, and
// counts them.
func rawPeer(t *testing.T, serve func(net.Conn, *http.Request)) (addr string, conns *atomic.Int64) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	conns = &atomic.Int64{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			conns.Add(1)
			req, err := http.ReadRequest(bufio.NewReader(c))
			if err == nil {
				serve(c, req)
			}
			c.Close()
		}
	}()
	t.Cleanup(func() { l.Close(); <-done })
	return l.Addr().String(), conns
}

// closedAddr is where nobody listens. A port that was free a moment ago may be
// another test's by now; this one nobody is given.
const closedAddr = "127.0.0.1:9"

// TestNextMember: a member that cannot be connected to is passed over, with
// the body untouched; an unknown one too.
func TestNextMember(t *testing.T) {
	p := newRelayPair(t, mirror{}, mirror{}, nil)
	p.peers.add(t, "dead-1", closedAddr)
	away := p.away
	away.Nodes = []string{"unknown", "dead-1", "on-1"}
	p.route.set(away)
	for i := range 6 {
		res, err := h1(t).Post(p.url(), "text/plain", strings.NewReader("the body"))
		if err != nil {
			t.Fatal(err)
		}
		data, _ := io.ReadAll(res.Body)
		res.Body.Close()
		if s := parseSeen(t, string(data)); s.Body != "the body" {
			t.Errorf("request %d: got body %q, want it whole", i, s.Body)
		}
	}
	if wait, ok := p.off.members.of("dead-1").admit(time.Now()); ok || wait <= 0 {
		t.Errorf("got %s %v after 6 failed connects, want the member out", wait, ok)
	}
}

// TestNeverTwice: once a byte of the request may have left, no other member is
// tried, however the first one ends.
func TestNeverTwice(t *testing.T) {
	for name, serve := range map[string]func(net.Conn, *http.Request){
		"closed without an answer": func(net.Conn, *http.Request) {},
		"closed in the header":     func(c net.Conn, _ *http.Request) { fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Le") },
		"nonsense":                 func(c net.Conn, _ *http.Request) { fmt.Fprint(c, "SSH-2.0-x\r\n\r\n") },
		"101 not asked for": func(c net.Conn, _ *http.Request) {
			fmt.Fprint(c, "HTTP/1.1 101 Yes\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")
		},
		"reset": func(c net.Conn, _ *http.Request) {
			_ = c.(*net.TCPConn).SetLinger(0)
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newRelayPair(t, mirror{}, mirror{}, nil)
			addr, conns := rawPeer(t, serve)
			p.peers.add(t, "odd-1", addr)
			away := p.away
			away.Nodes = []string{"odd-1", "on-1"}
			p.route.set(away)
			for range 2 {
				res, _ := get(t, h1(t), p.url())
				if res.StatusCode != http.StatusBadGateway || res.Header.Get("Meridian-Reason") != "relay_failed" {
					t.Errorf("got %d %q, want 502 relay_failed", res.StatusCode, res.Header.Get("Meridian-Reason"))
				}
			}
			if got := p.on.Counts().Outcomes[OutcomeRelayedIn].Requests; got != 0 || conns.Load() != 2 {
				t.Errorf("%d requests went on to the next member, %d to the first; want 0 and 2", got, conns.Load())
			}
		})
	}
}

// TestPeerDiesInMidAnswer: the client must see that the answer is not whole.
func TestPeerDiesInMidAnswer(t *testing.T) {
	p := newRelayPair(t, mirror{}, mirror{}, nil)
	for kind, head := range map[string]string{"length": "Content-Length: 100", "chunks": "Transfer-Encoding: chunked"} {
		addr, _ := rawPeer(t, func(c net.Conn, _ *http.Request) {
			fmt.Fprintf(c, "HTTP/1.1 200 OK\r\n%s\r\n\r\n5\r\nhello\r\n", head)
		})
		p.peers.add(t, kind, addr)
		away := p.away
		away.Nodes = []string{kind}
		p.route.set(away)
		for name, client := range map[string]*http.Client{"h1": h1(t), "h2c": h2c(t)} {
			res, err := client.Get(p.url())
			if err != nil {
				t.Fatal(err)
			}
			data, err := io.ReadAll(res.Body)
			res.Body.Close()
			if err == nil {
				t.Errorf("%s %s: got %q as a whole answer", kind, name, data)
			}
		}
	}
	eventually(t, "they are counted as errors", func() bool { return p.off.Counts().Outcomes[OutcomeRelayed].Errors == 4 })
}

// TestNobodyThere: 503 with a reason, at once while the members are out.
func TestNobodyThere(t *testing.T) {
	p := newRelayPair(t, mirror{}, mirror{}, nil)
	dials := &atomic.Int64{}
	tr := NewTransport(func(context.Context) (net.Conn, error) {
		dials.Add(1)
		return nil, errors.New("handshake failed")
	})
	p.peers.m["dead-1"] = tr
	away := p.away
	for _, nodes := range []string{"", "unknown", "dead-1"} {
		want := int64(0)
		if nodes == "dead-1" {
			want = ejectAfter
		}
		away.Nodes = strings.Fields(nodes)
		p.route.set(away)
		for range 8 {
			res, _ := get(t, h1(t), p.url())
			if res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Meridian-Reason") != "relay_unavailable" || res.Header.Get("Retry-After") == "" {
				t.Errorf("%q: got %d %v, want 503 relay_unavailable and Retry-After", nodes, res.StatusCode, res.Header)
			}
		}
		if got := dials.Load(); got != want {
			t.Errorf("%q: got %d dials, want %d", nodes, got, want)
		}
	}
}

// TestEjection walks through the states of a member.
func TestEjection(t *testing.T) {
	now := time.Now()
	m := &member{}
	try := func(at time.Duration, want bool) {
		t.Helper()
		if _, ok := m.admit(now.Add(at)); ok != want {
			t.Fatalf("at %s: admitted %v, want %v", at, ok, want)
		}
	}
	m.failed(now)
	m.failed(now)
	m.connected()
	m.failed(now)
	m.failed(now)
	try(0, true) // three failures, not in a row
	m.failed(now)
	try(0, false)
	try(ejectFor-1, false)
	try(ejectFor, true)              // the probe
	try(ejectFor, false)             // one at a time
	m.release(false)                 // its client went away
	try(ejectFor, true)              // the next one
	m.failed(now.Add(ejectFor))      // fails
	try(2*ejectFor-1, false)         // out again, no longer than before
	try(2*ejectFor, true)            // a probe that never ends
	try(2*ejectFor+probeLease, true) // is replaced
	m.connected()
	try(2*ejectFor+probeLease, true)
	try(2*ejectFor+probeLease, true)
}

// TestMembersAreBounded: names that come and go leave nothing.
func TestMembersAreBounded(t *testing.T) {
	s := newMembers()
	for i := range 3 * maxMembers {
		s.of(fmt.Sprint(i))
	}
	if len(s.m) > maxMembers {
		t.Errorf("got %d members, at most %d are kept", len(s.m), maxMembers)
	}
}

// TestOverload: above the limit of relays, 503 with a reason.
func TestOverload(t *testing.T) {
	begun, end := make(chan struct{}), make(chan struct{})
	p := newRelayPair(t, mirror{}, backend(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(begun)
		<-end
	})), func(off, _ *Options) { off.Limits.Relays = 1 })
	first := make(chan error, 1)
	client := h1(t)
	go func() {
		res, err := client.Get(p.url())
		if err == nil {
			res.Body.Close()
		}
		first <- err
	}()
	<-begun
	res, _ := get(t, h1(t), p.url())
	if res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Meridian-Reason") != "relay_overload" || res.Header.Get("Retry-After") == "" {
		t.Errorf("got %d %v, want 503 relay_overload and Retry-After", res.StatusCode, res.Header)
	}
	close(end)
	if err := <-first; err != nil {
		t.Error(err)
	}
	if got := p.off.Counts().Refused[ReasonOverload]; got != 1 {
		t.Errorf("got %d counted, want 1", got)
	}
}

// TestNoPortIsNobodysFault is scenario E12: a machine that has no port left says
// so, and no member is left out for it.
func TestNoPortIsNobodysFault(t *testing.T) {
	p := newRelayPair(t, mirror{}, mirror{}, nil)
	addr := p.on.o.Relays.Addr().String()
	var starving atomic.Bool
	starving.Store(true)
	tr := NewTransport(func(ctx context.Context) (net.Conn, error) {
		if starving.Load() {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.EADDRNOTAVAIL)}
		}
		return (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	})
	t.Cleanup(tr.CloseIdleConnections)
	p.peers.mu.Lock()
	p.peers.m["on-1"] = tr
	p.peers.mu.Unlock()
	for range 2 * ejectAfter {
		res, _ := get(t, h1(t), p.url())
		if res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Meridian-Reason") != "gateway_exhausted" || res.Header.Get("Retry-After") != "1" {
			t.Fatalf("got %d %v, want 503 gateway_exhausted", res.StatusCode, res.Header)
		}
	}
	starving.Store(false)
	if res, _ := get(t, h1(t), p.url()); res.StatusCode != http.StatusOK {
		t.Errorf("got %d %v as soon as there are ports, want 200", res.StatusCode, res.Header)
	}
}
