//go:build linux

package e2e

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/websocket"
)

// loyal are HTTP clients that never look a name up again: each stays at one
// gateway.
type loyal struct {
	quit   chan struct{}
	done   sync.WaitGroup
	served atomic.Int64 // requests and echoes answered
	closed atomic.Int64 // connections the gateways asked to leave

	mu       sync.Mutex
	failures []string
}

func (c *loyal) fail(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failures = append(c.failures, fmt.Sprintf(format, args...))
}

// failed returns how many requests failed, and some of them.
func (c *loyal) failed() (int, string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.failures), strings.Join(c.failures[:min(len(c.failures), 10)], "\n")
}

// each repeats something until the clients are stopped.
func (c *loyal) each(do func()) {
	c.done.Go(func() {
		for {
			select {
			case <-c.quit:
				return
			default:
				do()
			}
		}
	})
}

// stop stops the clients and returns when all have ended.
func (c *loyal) stop() {
	close(c.quit)
	c.done.Wait()
}

// startLoyal has, for each region, a client that keeps its connection, one
// that never does, one with a WebSocket that stays open and one that opens a
// new WebSocket for every echo.
func startLoyal(t *testing.T, regions []*region) *loyal {
	t.Helper()
	c := &loyal{quit: make(chan struct{})}
	for _, r := range regions {
		kept := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1}, Timeout: 5 * time.Second}
		single := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 5 * time.Second}
		c.each(func() { c.request(kept, r) })
		c.each(func() { c.request(single, r) })
		c.done.Go(func() { c.stay(r) })
		c.each(func() { c.visit(r, 1) })
	}
	return c
}

// request sends a body to a region's gateway and wants it back.
func (c *loyal) request(h *http.Client, r *region) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	want := fmt.Sprintf("%s %d", r.name, c.served.Load())
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.url(), strings.NewReader(want))
	if err != nil {
		c.fail("%v", err)
		return
	}
	req.Host = "contoso.gtm.test"
	resp, err := h.Do(req)
	if err != nil {
		c.fail("%s: %v", r.name, err)
		return
	}
	got, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close() // read only
	if err != nil || resp.StatusCode != http.StatusOK || string(got) != want {
		c.fail("%s: %d %q %v", r.name, resp.StatusCode, got, err)
		return
	}
	if resp.Close && !req.Close && !h.Transport.(*http.Transport).DisableKeepAlives {
		c.closed.Add(1)
	}
	c.served.Add(1)
}

func (r *region) url() string {
	return "http://" + netip.AddrPortFrom(r.address, httpPort).String() + "/some/path"
}

// visit opens a WebSocket, echoes some messages, and leaves.
func (c *loyal) visit(r *region, messages int) {
	ws, err := r.dialEcho()
	if err != nil {
		c.fail("%s: opening a WebSocket: %v", r.name, err)
		return
	}
	defer func() { _ = ws.Close() }()
	for i := range messages {
		c.echo(ws, r, fmt.Sprint(i))
	}
}

// stay keeps one WebSocket busy until the clients are stopped.
func (c *loyal) stay(r *region) {
	ws, err := r.dialEcho()
	if err != nil {
		c.fail("%s: opening a WebSocket to stay: %v", r.name, err)
		return
	}
	defer func() { _ = ws.Close() }()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for i := 0; ; i++ {
		select {
		case <-c.quit:
			return
		case <-tick.C:
			if !c.echo(ws, r, fmt.Sprint("staying ", i)) {
				return
			}
		}
	}
}

// echo sends a message and wants it back.
func (c *loyal) echo(ws *websocket.Conn, r *region, text string) bool {
	_ = ws.SetDeadline(time.Now().Add(5 * time.Second)) // what fails shows below
	_, err := ws.Write([]byte(text))
	got := make([]byte, len(text))
	if err == nil {
		_, err = io.ReadFull(ws, got)
	}
	if err != nil || !bytes.Equal(got, []byte(text)) {
		c.fail("%s: echo of %q: %q, %v", r.name, text, got, err)
		return false
	}
	c.served.Add(1)
	return true
}

func (r *region) dialEcho() (*websocket.Conn, error) {
	config, err := websocket.NewConfig("ws://contoso.gtm.test/echo", "http://contoso.gtm.test")
	if err != nil {
		return nil, err
	}
	config.Dialer = &net.Dialer{Timeout: 5 * time.Second}
	conn, err := config.Dialer.Dial("tcp", netip.AddrPortFrom(r.address, httpPort).String())
	if err != nil {
		return nil, err
	}
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second)) // what fails shows in the handshake
	ws, err := websocket.NewClient(config, conn)
	if err != nil {
		_ = conn.Close()
	}
	return ws, err
}

// TestArrivals disables and enables locations again and again under load from
// clients that stay at their gateways: no request fails, and the requests that
// came to a disabled location are counted as relayed.
func TestArrivals(t *testing.T) {
	t.Parallel()
	c := startCluster(t, clusterOptions{ttl: 1})
	load := startLoyal(t, c.regions)
	for i := range 24 {
		location, at := c.regions[i%3], c.regions[(i+1+i/3)%3]
		at.reaching(t, at.mustFlip(t, location.id, true), len(c.regions))
		if i%8 == 0 {
			pause(t, 3*time.Second) // so long that connections are asked to leave
		} else {
			pause(t, 150*time.Millisecond)
		}
		back := c.regions[i%2]
		back.reaching(t, back.mustFlip(t, location.id, false), len(c.regions))
		pause(t, 50*time.Millisecond)
	}
	load.stop()
	n, examples := load.failed()
	t.Logf("%d requests and echoes, %d failed, %d connections were asked to leave", load.served.Load(), n, load.closed.Load())
	if n > 0 {
		t.Errorf("%d requests failed:\n%s", n, examples)
	}
	for _, r := range c.regions {
		l, err := r.api.Location(t.Context(), r.id)
		if err != nil {
			t.Fatal(err)
		}
		if l.Arrivals.Relayed == 0 || l.Arrivals.Refused > 0 {
			t.Errorf("%s: got %+v, want requests relayed and none refused", r.id, l.Arrivals)
		}
	}
	if load.closed.Load() == 0 {
		t.Error("no connection was asked to leave, want those that came before a location went off")
	}
}
