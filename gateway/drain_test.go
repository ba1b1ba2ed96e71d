package gateway

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// keptOpen asks on a new connection, and leaves it open.
func keptOpen(t *testing.T, g *Gateway) (net.Conn, *bufio.Reader) {
	t.Helper()
	c, err := net.Dial("tcp", g.Addrs()[0].String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	br := bufio.NewReader(c)
	if res := askOn(t, c, br); res == nil || res.Close {
		t.Fatalf("got %v of a new connection, want an answer that keeps it", res)
	}
	return c, br
}

// askOn makes a request; nil: it was lost.
func askOn(t *testing.T, c net.Conn, br *bufio.Reader) *http.Response {
	t.Helper()
	_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n") // what fails shows in the answer
	res, err := http.ReadResponse(br, nil)
	if err != nil {
		return nil
	}
	_, _ = io.Copy(io.Discard, res.Body)
	res.Body.Close()
	return res
}

// TestFarewell: Shutdown loses no request of a client that asks again on its kept
// connection, whether that was there before Leave or came since; each is told to
// go elsewhere, and then Shutdown does not wait any longer.
func TestFarewell(t *testing.T) {
	t.Parallel()
	const quiet = 20 * time.Second
	g := start(t, Options{Router: routeFunc(here), Local: backend(t, says("yes")), Limits: Limits{Farewell: quiet, Linger: time.Hour}})
	var conns []net.Conn
	var readers []*bufio.Reader
	open := func() {
		c, br := keptOpen(t, g)
		conns, readers = append(conns, c), append(readers, br)
	}
	open()
	leaving, cancel := context.WithCancel(t.Context())
	left := make(chan error, 1)
	go func() { left <- g.Leave(leaving, time.Hour) }()
	eventually(t, "the gateway is leaving", func() bool { return g.presence.word() == "leaving" })
	open()
	cancel()
	<-left
	begun := time.Now()
	ended := make(chan error, 1)
	go func() { ended <- g.Shutdown(context.Background()) }()
	<-g.closing
	for i, c := range conns {
		if res := askOn(t, c, readers[i]); res == nil || res.StatusCode != http.StatusOK || !res.Close {
			t.Errorf("connection %d: got %v, want 200 and Connection: close", i, res)
		}
	}
	if err := <-ended; err != nil || time.Since(begun) > quiet/2 {
		t.Errorf("got %v after %s, want the end with the last connection", err, time.Since(begun))
	}
}

// TestFarewellIsBounded: who says nothing is not waited for.
func TestFarewellIsBounded(t *testing.T) {
	t.Parallel()
	g := start(t, Options{Router: routeFunc(here), Local: backend(t, says("yes")), Limits: Limits{Farewell: 50 * time.Millisecond}})
	_, silent := keptOpen(t, g)
	ended := make(chan error, 1)
	go func() { ended <- g.Shutdown(context.Background()) }()
	if _, err := silent.ReadByte(); err != io.EOF {
		t.Errorf("the idle connection ended with %v, want its end", err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// TestTunnelsHearWhereThereIsNoTime: a Shutdown whose time is over cuts requests
// off, and says how many; both sides of each WebSocket get their Close all the
// same.
func TestTunnelsHearWhereThereIsNoTime(t *testing.T) {
	t.Parallel()
	const tunnels = 20
	backs := make(chan net.Conn, tunnels)
	stuck := make(chan struct{})
	g := start(t, Options{Router: routeFunc(here), Local: roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.URL.Path == "/stuck" {
			close(stuck)
			<-r.Context().Done()
			return nil, r.Context().Err()
		}
		switching, back := pipeBackend(t)
		backs <- back
		return switching.RoundTrip(r)
	})})
	var clients []io.Reader
	for range tunnels {
		_, br, _ := askUpgrade(t, g, "")
		clients = append(clients, br)
	}
	fmt.Fprint(dial(t, g), "GET /stuck HTTP/1.1\r\nHost: x\r\n\r\n")
	<-stuck
	over, cancel := context.WithCancel(context.Background())
	cancel()
	if err := g.Shutdown(over); err == nil || !strings.Contains(err.Error(), "1 requests are cut off") {
		t.Errorf("got %v, want the one request that was cut off", err)
	}
	for i, c := range clients {
		if got, _ := io.ReadAll(c); !bytes.Equal(got, []byte{0x88, 2, 0x03, 0xe9}) {
			t.Errorf("client %d got %x, want Close 1001", i, got)
		}
		if got, _ := io.ReadAll(<-backs); len(got) != 8 || got[0] != 0x88 || got[1] != 0x82 {
			t.Errorf("backend %d got %x, want a masked Close", i, got)
		}
	}
}
