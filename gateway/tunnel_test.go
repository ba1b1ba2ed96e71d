package gateway

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/websocket"
	"pgregory.net/rapid"
)

// TestWebSocketsSurviveGenerations is scenario E10: 500 WebSockets live through
// 50 changes of what serves requests, and go on with the connection they have.
func TestWebSocketsSurviveGenerations(t *testing.T) {
	const sockets, generations = 500, 50
	var local atomic.Pointer[http.RoundTripper]
	next := func(n int) {
		old := local.Load()
		rt := backend(t, echoSocket(fmt.Sprintf("%d ", n)))
		local.Store(&rt)
		if old != nil {
			(*old).(plainly).next.(*http.Transport).CloseIdleConnections()
		}
	}
	next(0)
	g := start(t, Options{Router: routeFunc(here), Local: roundTrip(func(r *http.Request) (*http.Response, error) { return (*local.Load()).RoundTrip(r) })})
	addr := g.Addrs()[0].String()
	open := make([]*websocket.Conn, sockets)
	for i := range open {
		ws, err := websocket.Dial("ws://"+addr+"/chat", "", "http://"+addr)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { ws.Close() })
		open[i] = ws
	}
	for n := range generations {
		next(n + 1)
		for i := n % 10; i < sockets; i += 10 {
			exchangeText(t, open[i], fmt.Sprint(n), fmt.Sprintf("0 %d", n))
		}
	}
	for i := range open {
		exchangeText(t, open[i], "end", "0 end")
	}
	if c := g.Counts(); c.Tunnels != sockets || c.TunnelsEver != sockets {
		t.Errorf("got %d of %d tunnels, want all of %d", c.Tunnels, c.TunnelsEver, sockets)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := g.Shutdown(ctx); err != nil {
			t.Error(err)
		}
	})
	for i := range open {
		var text string
		if err := websocket.Message.Receive(open[i], &text); !errors.Is(err, io.EOF) {
			t.Fatalf("socket %d got %q %v, want a Close", i, text, err)
		}
		open[i].Close()
	}
	wg.Wait()
	if c := g.Counts(); c.Tunnels != 0 || c.Connections != 0 {
		t.Errorf("after Shutdown got %d tunnels and %d connections", c.Tunnels, c.Connections)
	}
}

func exchangeText(t *testing.T, ws *websocket.Conn, text, want string) {
	t.Helper()
	var got string
	if err := websocket.Message.Send(ws, text); err != nil {
		t.Fatal(err)
	}
	if err := websocket.Message.Receive(ws, &got); err != nil || got != want {
		t.Fatalf("got %q %v, want %q", got, err, want)
	}
}

// pipeBackend answers with a 101 over a pipe that the test holds the end of.
func pipeBackend(t *testing.T) (http.RoundTripper, net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	near, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	far, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { near.Close(); far.Close() })
	_ = far.SetDeadline(time.Now().Add(20 * time.Second))
	return roundTrip(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 101, ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{"Connection": {"Upgrade"}, "Upgrade": {"websocket"}, "X-A": {"1"}}, Body: near, Request: r}, nil
	}), far
}

// askUpgrade sends a handshake, and some bytes with it, and returns the
// client's end after the header of the answer.
func askUpgrade(t *testing.T, g *Gateway, early string) (net.Conn, *bufio.Reader, *http.Response) {
	t.Helper()
	c := dial(t, g)
	fmt.Fprint(c, "GET /chat HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Key: a\r\n\r\n"+early)
	br := bufio.NewReader(c)
	res, err := http.ReadResponse(br, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c, br, res
}

// frame writes a frame as a client (masked) or a server.
func wsFrame(masked bool, payload string) []byte {
	b := []byte{0x82}
	mask := byte(0)
	if masked {
		mask = 0x80
	}
	switch n := len(payload); {
	case n < 126:
		b = append(b, mask|byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, mask|126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, mask|127), uint64(n))
	}
	if masked {
		b = append(b, 0, 0, 0, 0)
	}
	return append(b, payload...)
}

// TestDrainEndsFrames: at Shutdown both sides of a WebSocket get a Close with
// 1001, after the frame under way, and nothing after it.
func TestDrainEndsFrames(t *testing.T) {
	local, back := pipeBackend(t)
	g := start(t, Options{Router: routeFunc(here), Local: local})
	client, br, res := askUpgrade(t, g, string(wsFrame(true, "early")))
	if res.StatusCode != 101 || res.Header.Get("X-A") != "1" || !strings.EqualFold(res.Header.Get("Upgrade"), "websocket") {
		t.Fatalf("got %d %v", res.StatusCode, res.Header)
	}
	early := make([]byte, len(wsFrame(true, "early")))
	if _, err := io.ReadFull(back, early); err != nil || !bytes.Equal(early, wsFrame(true, "early")) {
		t.Fatalf("got %q %v, want what came with the handshake", early, err)
	}
	big := wsFrame(false, strings.Repeat("b", 70_000))
	_, _ = back.Write(big[:30_000])
	got := make([]byte, len(big))
	if _, err := io.ReadFull(br, got[:30_000]); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- g.Shutdown(context.Background()) }()
	closing := make([]byte, 8)
	if _, err := io.ReadFull(back, closing); err != nil || closing[0] != 0x88 || closing[1] != 0x82 || closing[6]^closing[2] != 0x03 || closing[7]^closing[3] != 0xe9 {
		t.Fatalf("the backend got %x %v, want a masked Close 1001", closing, err)
	}
	_, _ = back.Write(append(big[30_000:], wsFrame(false, "after")...))
	if _, err := io.ReadFull(br, got[30_000:]); err != nil || !bytes.Equal(got, big) {
		t.Fatalf("the frame under way was cut: %v", err)
	}
	rest := make([]byte, 4)
	if _, err := io.ReadFull(br, rest); err != nil || !bytes.Equal(rest, []byte{0x88, 2, 0x03, 0xe9}) {
		t.Fatalf("the client got %x %v, want Close 1001", rest, err)
	}
	_, _ = client.Write(append(wsFrame(true, "late"), goingAway(true)...))
	if _, err := io.ReadFull(back, make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("the backend got %v after the Close, want the end", err)
	}
	_, _ = back.Write(goingAway(false))
	if _, err := io.ReadFull(br, make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("the client got %v after both have closed, want the end", err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// TestDrainIsBounded: sides that do not listen are cut off.
func TestDrainIsBounded(t *testing.T) {
	t.Parallel()
	local, back := pipeBackend(t)
	g := start(t, Options{Router: routeFunc(here), Local: local})
	_, br, _ := askUpgrade(t, g, "")
	_, _ = back.Write(wsFrame(false, "half a frame")[:5])
	if _, err := io.ReadFull(br, make([]byte, 5)); err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	if err := g.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if took := time.Since(begun); took < tunnelGrace || took > tunnelGrace+5*time.Second {
		t.Errorf("took %s, want about %s", took, tunnelGrace)
	}
}

// TestHalfClose: the end of one side is told to the other, which may still
// speak.
func TestHalfClose(t *testing.T) {
	local, back := pipeBackend(t)
	g := start(t, Options{Router: routeFunc(here), Local: local})
	client, br, _ := askUpgrade(t, g, "")
	_ = client.(*net.TCPConn).CloseWrite()
	if _, err := io.ReadFull(back, make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Fatalf("the backend got %v, want the end", err)
	}
	_, _ = back.Write([]byte("last words"))
	back.Close()
	if all, err := io.ReadAll(br); err != nil || string(all) != "last words" {
		t.Errorf("the client got %q %v", all, err)
	}
	eventually(t, "the tunnel is over", func() bool { return g.Counts().Tunnels == 0 })
}

// TestOtherUpgrades: what two ends switch to passes as it is, until the node
// stops; what carries HTTP is not asked for.
func TestOtherUpgrades(t *testing.T) {
	for _, c := range []struct{ method, upgrade, want string }{
		{"POST", "tcp", "tcp"},
		{"GET", "SPDY/3.1", "SPDY/3.1"},
		{"GET", "WebSocket", "websocket"},
		{"POST", "websocket", ""},
		{"GET", "h2c", ""},
		{"GET", "HTTP/2.0", ""},
		{"GET", "TLS/1.2", ""},
		{"GET", "tcp, websocket", ""},
		{"GET", "tcp\r\nUpgrade: websocket", ""},
	} {
		t.Run(c.method+" "+c.upgrade, func(t *testing.T) {
			local, back := pipeBackend(t)
			asked := ""
			g := start(t, Options{Router: routeFunc(here), Local: roundTrip(func(r *http.Request) (*http.Response, error) {
				if asked = r.Header.Get("Upgrade"); asked == "" {
					return mirror{}.RoundTrip(r)
				}
				res, err := local.RoundTrip(r)
				res.Header.Set("Upgrade", asked)
				return res, err
			})})
			client := dial(t, g)
			fmt.Fprintf(client, "%s /x HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: %s\r\nContent-Length: 0\r\n\r\n", c.method, c.upgrade)
			br := bufio.NewReader(client)
			res, err := http.ReadResponse(br, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			if asked != c.want || (res.StatusCode == 101) != (c.want != "") {
				t.Fatalf("the backend was asked for %q and the client got %d, want %q", asked, res.StatusCode, c.want)
			}
			if res.StatusCode == 101 && c.want != protocolWebSocket {
				unframed(t, g, client, br, back)
			}
		})
	}
}

// unframed sends octets that are no frames both ways through a tunnel, and ends it.
func unframed(t *testing.T, g *Gateway, client net.Conn, br io.Reader, back net.Conn) {
	t.Helper()
	for text, way := range map[string]struct {
		from io.Writer
		to   io.Reader
	}{"\x88\x00up": {client, back}, "\x88\x00down": {back, br}} {
		_, _ = way.from.Write([]byte(text))
		got := make([]byte, len(text))
		if _, err := io.ReadFull(way.to, got); err != nil || string(got) != text {
			t.Fatalf("got %q %v, want %q", got, err, text)
		}
	}
	ended := make(chan error, 1)
	go func() { ended <- g.Shutdown(context.Background()) }()
	for who, end := range map[string]io.Reader{"client": br, "backend": back} {
		if rest, err := io.ReadAll(end); err != nil || len(rest) > 0 {
			t.Errorf("the %s got %q %v, want the end", who, rest, err)
		}
	}
	client.Close()
	back.Close()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// TestNoSwitch: a 101 that nobody asked for, or to something else, is a 502 and
// never a tunnel.
func TestNoSwitch(t *testing.T) {
	for name, h := range map[string]http.Header{
		"to something else": {"Connection": {"Upgrade"}, "Upgrade": {"h2c"}},
		"to nothing":        {},
		"not asked for":     {"Connection": {"Upgrade"}, "Upgrade": {"websocket"}},
	} {
		g := start(t, Options{Router: routeFunc(here), Local: roundTrip(func(r *http.Request) (*http.Response, error) {
			a, b := net.Pipe()
			b.Close()
			return &http.Response{StatusCode: 101, Header: h, Body: a, Request: r}, nil
		})})
		c := dial(t, g)
		ask := "Connection: Upgrade\r\nUpgrade: websocket\r\n"
		if name == "not asked for" {
			ask = "Connection: keep-alive\r\nUpgrade: websocket\r\n"
		}
		fmt.Fprint(c, "GET / HTTP/1.1\r\nHost: x\r\n"+ask+"\r\n")
		res, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil || res.StatusCode != http.StatusBadGateway || g.Counts().TunnelsEver != 0 {
			t.Errorf("%s: got %v %v and %d tunnels, want 502", name, res, err, g.Counts().TunnelsEver)
		}
	}
}

// TestFrames: however the bytes are cut, frames end where they end.
func TestFrames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var all []byte
		ends := map[int]bool{0: true}
		for range rapid.IntRange(1, 6).Draw(t, "frames") {
			size := rapid.SampledFrom([]int{0, 1, 125, 126, 127, 65535, 65536, 70000}).Draw(t, "size")
			all = append(all, wsFrame(rapid.Bool().Draw(t, "masked"), strings.Repeat("x", size))...)
			ends[len(all)] = true
		}
		var f frames
		for at := 0; at < len(all); {
			piece := all[at:min(len(all), at+rapid.IntRange(1, 40_000).Draw(t, "piece"))]
			for len(piece) > 0 {
				n := f.next(piece)
				if n == 0 {
					t.Fatalf("stuck at %d", at)
				}
				at, piece = at+n, piece[n:]
				if f.whole() != ends[at] {
					t.Fatalf("at %d: got whole %v, want %v", at, f.whole(), ends[at])
				}
			}
		}
	})
}
