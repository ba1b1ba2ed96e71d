package gateway

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/websocket"
)

// TestNoRequestFails is scenario E11: clients that never resolve again, with
// and without kept connections, over HTTP/1.1, h2c and TLS, with bodies and
// WebSockets, while the location is switched off and on and connections are
// told to go. Not one request may fail.
func TestNoRequestFails(t *testing.T) {
	files, leaf := certFiles(t, t.TempDir(), "api.contoso.com")
	mux := http.NewServeMux()
	mux.Handle("/", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data, _ := io.ReadAll(r.Body)
		_, _ = w.Write(data)
	}))
	p := newRelayPair(t, backend(t, mux), backend(t, mux), func(off, _ *Options) {
		off.Listen = []Listener{{Address: "127.0.0.1:0"}, {Address: "127.0.0.1:0", TLS: true}}
		off.Certificates = []Certificate{files}
	})
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	overTLS := &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: "api.contoso.com"}}
	fresh := &http.Transport{DisableKeepAlives: true}
	t.Cleanup(overTLS.CloseIdleConnections)
	clients := []struct {
		client *http.Client
		url    string
	}{
		{h1(t), p.url()}, {h2c(t), p.url()}, {&http.Client{Transport: overTLS}, "https://" + p.off.Addrs()[1].String()}, {&http.Client{Transport: fresh}, p.url()},
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	var done, failed atomic.Int64
	var wg sync.WaitGroup
	for i, c := range clients {
		for n := range 2 {
			wg.Go(func() { load(ctx, t, c.client, fmt.Sprintf("%s/%d/%d", c.url, i, n), &done, &failed) })
		}
	}
	flips := flip(ctx, p)
	wg.Wait()
	var on, off Counts
	eventually(t, "the ends of the last requests are counted", func() bool {
		on, off = p.on.Counts(), p.off.Counts()
		return on.Outcomes[OutcomeRelayedIn].Requests == off.Outcomes[OutcomeRelayed].Requests
	})
	t.Logf("%d requests, %d switches, %d relayed, %d served here, %d connections told to go",
		done.Load(), flips, off.Outcomes[OutcomeRelayed].Requests, off.Outcomes[OutcomeHere].Requests, off.Closes)
	if failed.Load() != 0 || done.Load() == 0 {
		t.Errorf("%d of %d requests failed", failed.Load(), done.Load())
	}
	relayed := off.Outcomes[OutcomeRelayed].Requests
	if relayed == 0 || off.Outcomes[OutcomeHere].Requests == 0 || off.Closes == 0 {
		t.Errorf("got %+v, want some relayed, some served here, some told to go", off.Outcomes)
	}
	if got := on.Outcomes[OutcomeRelayedIn].Requests; got != relayed || off.RelayedTo["b"] != relayed {
		t.Errorf("relayed %d and %d to b, the peer served %d", relayed, off.RelayedTo["b"], got)
	}
}

// flip switches the location every 20 ms and returns how often.
func flip(ctx context.Context, p *relayPair) int {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return n
		}
		if n%2 == 0 {
			p.route.set(p.away)
			p.off.Apply(State{Off: true, Since: time.Now(), TTL: 5 * time.Millisecond})
			continue
		}
		p.route.set(Route{Here: true})
		p.off.Apply(State{})
	}
}

// load asks until the end, by turns without and with a body.
func load(ctx context.Context, t *testing.T, c *http.Client, url string, done, failed *atomic.Int64) {
	for i := 0; ctx.Err() == nil; i++ {
		want := ""
		if i%2 == 1 {
			want = strings.Repeat(fmt.Sprintf("%s#%d", url, i), 1+i%300)
		}
		res, err := c.Post(url, "text/plain", strings.NewReader(want))
		got := ""
		if err == nil {
			data, _ := io.ReadAll(res.Body)
			res.Body.Close()
			got = string(data)
		}
		done.Add(1)
		if err != nil || res.StatusCode != http.StatusOK || got != want {
			failed.Add(1)
			t.Errorf("%s: error %v, body %t", url, err, got == want)
		}
	}
}

// echoSocket answers every message with itself.
func echoSocket(name string) http.Handler {
	return websocket.Handler(func(ws *websocket.Conn) {
		for {
			var text string
			if websocket.Message.Receive(ws, &text) != nil || websocket.Message.Send(ws, name+text) != nil {
				return
			}
		}
	})
}

// TestWebSockets: those open here stay when the location goes off, new ones
// are tunnelled, and these stay when it comes back. Shutdown ends them.
func TestWebSockets(t *testing.T) {
	t.Parallel()
	p := newRelayPair(t, backend(t, echoSocket("here ")), backend(t, echoSocket("there ")), nil)
	p.route.set(Route{Here: true})
	addr := p.off.Addrs()[0].String()
	open := func() *websocket.Conn {
		ws, err := websocket.Dial("ws://"+addr+"/chat", "", "http://"+addr)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { ws.Close() })
		return ws
	}
	says := func(ws *websocket.Conn, text, want string) {
		t.Helper()
		var got string
		if err := websocket.Message.Send(ws, text); err != nil {
			t.Fatal(err)
		}
		if err := websocket.Message.Receive(ws, &got); err != nil || got != want {
			t.Fatalf("got %q %v, want %q", got, err, want)
		}
	}
	first := open()
	says(first, "a", "here a")
	p.route.set(p.away)
	p.off.Apply(State{Off: true, Since: time.Now()})
	second := open()
	says(second, "b", "there b")
	says(first, "c", "here c")
	p.route.set(Route{Here: true})
	p.off.Apply(State{})
	says(second, strings.Repeat("d", 100000), "there "+strings.Repeat("d", 100000))
	if c := p.off.Counts(); c.Tunnels != 2 || c.TunnelsEver != 2 || c.Relays != 1 {
		t.Errorf("got %d tunnels of %d and %d relays, want 2 of 2 and 1", c.Tunnels, c.TunnelsEver, c.Relays)
	}
	second.Close()
	eventually(t, "the tunnel that its client closed ends on both sides", func() bool {
		return p.off.Counts().Tunnels == 1 && p.on.Counts().Tunnels == 0
	})
	if err := p.off.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	var got string
	if err := websocket.Message.Receive(first, &got); err == nil {
		t.Errorf("got %q after Shutdown, want the end", got)
	}
	if c := p.off.Counts(); c.Tunnels != 0 || c.Relays != 0 || c.Connections != 0 {
		t.Errorf("after Shutdown got %d tunnels, %d relays, %d connections, want none", c.Tunnels, c.Relays, c.Connections)
	}
}

// TestConnectionsAreToldOnce: a connection open at the change is told to go
// after the TTL, over HTTP/1.1 and HTTP/2 (GOAWAY); one opened later is not.
func TestConnectionsAreToldOnce(t *testing.T) {
	for name, client := range map[string]func(*testing.T) *http.Client{"h1": h1, "h2c": h2c} {
		t.Run(name, func(t *testing.T) {
			p := newRelayPair(t, mirror{}, mirror{}, nil)
			c := client(t)
			reused := func() bool {
				var again atomic.Bool
				ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) { again.Store(i.Reused) }})
				req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url(), nil)
				if err != nil {
					t.Fatal(err)
				}
				do(t, c, req)
				return again.Load()
			}
			reused()
			p.off.Apply(State{Off: true, Since: time.Now(), TTL: time.Hour})
			for range 3 {
				if !reused() {
					t.Fatal("the connection was ended before the TTL")
				}
			}
			p.off.Apply(State{Off: true, Since: time.Now(), TTL: time.Nanosecond})
			eventually(t, "the connection is told to go", func() bool { return !reused() })
			for range 5 {
				if !reused() {
					t.Fatal("a connection opened after the change was told to go")
				}
			}
			if got := p.off.Counts().Closes; got != 1 {
				t.Errorf("got %d connections told to go, want 1", got)
			}
		})
	}
}

// TestSpread: over many connections, none is told before the TTL, all by twice
// the TTL, evenly; none after the location is back.
func TestSpread(t *testing.T) {
	const ttl = 30 * time.Second
	now := time.Now()
	var p presence
	conns := make([]*conn, 1000)
	for i := range conns {
		conns[i] = &conn{opened: now.Add(-time.Minute), client: addrOf(&net.TCPAddr{IP: net.IPv4(192, 0, 2, byte(i)), Port: 1024 + i})}
	}
	told := func(at time.Duration) int {
		n := 0
		for _, c := range conns {
			if p.due(c, now.Add(at)) {
				n++
			}
		}
		return n
	}
	p.apply(State{Off: true, Since: now, TTL: ttl}, now)
	if n := told(ttl - 1); n != 0 {
		t.Errorf("%d were told before the TTL", n)
	}
	if n := told(ttl + ttl/2); n < 400 || n > 600 {
		t.Errorf("%d of 1000 were told in the first half of the spread, want about 500", n)
	}
	p.apply(State{Off: true, Since: now, TTL: ttl}, now.Add(40*time.Second))
	p.apply(State{}, now.Add(50*time.Second))
	if n := told(2 * ttl); n != 0 {
		t.Errorf("%d were told after the location was back", n)
	}
	p.apply(State{Off: true, Since: now.Add(time.Hour), TTL: ttl}, now.Add(time.Hour))
	if n := told(time.Hour + 2*ttl); n < 400 || n > 600 {
		t.Errorf("%d were told, want the rest of 1000, each once", n)
	}
	if n := told(2 * time.Hour); n != 0 {
		t.Errorf("%d were told twice", n)
	}
}
