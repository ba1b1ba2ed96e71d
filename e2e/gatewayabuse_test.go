//go:build linux

package e2e

import (
	"bytes"
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

// abuser is an HTTP/2 client that sends what it is told to, as fast as it is
// taken.
type abuser struct {
	conn   net.Conn
	framer *http2.Framer // collects in piece
	piece  bytes.Buffer
	fields bytes.Buffer
	enc    *hpack.Encoder
	stream uint32 // of the next request
	gone   chan struct{}
}

// newAbuser connects, says its settings, and reads what comes without a look at it.
func newAbuser(address string, settings ...http2.Setting) (*abuser, error) {
	conn, err := net.DialTimeout("tcp", address, 5*time.Second)
	if err != nil {
		return nil, err
	}
	a := &abuser{conn: conn, stream: 1, gone: make(chan struct{})}
	a.framer, a.enc = http2.NewFramer(&a.piece, nil), hpack.NewEncoder(&a.fields)
	a.framer.AllowIllegalWrites = true
	a.piece.WriteString(http2.ClientPreface)
	_ = a.framer.WriteSettings(settings...) // a buffer takes it, as everything below
	go func() {
		defer close(a.gone)
		_, _ = io.Copy(io.Discard, conn) // until it is closed
	}()
	return a, nil
}

// ask opens a stream.
func (a *abuser) ask(path string, endHeaders bool) {
	a.fields.Reset()
	for _, f := range [][2]string{{":method", "GET"}, {":scheme", "http"}, {":authority", "x.test"}, {":path", path}} {
		_ = a.enc.WriteField(hpack.HeaderField{Name: f[0], Value: f[1]})
	}
	_ = a.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: a.stream, BlockFragment: a.fields.Bytes(), EndStream: true, EndHeaders: endHeaders})
	a.stream += 2
}

// send sends what has been collected.
func (a *abuser) send() error {
	_ = a.conn.SetWriteDeadline(time.Now().Add(5 * time.Second))
	_, err := a.conn.Write(a.piece.Bytes())
	a.piece.Reset()
	return err
}

// leave closes the connection.
func (a *abuser) leave() {
	_ = a.conn.Close()
	<-a.gone
}

// flood is a way to abuse HTTP/2.
type flood struct {
	name     string
	settings []http2.Setting
	begin    func(a *abuser) // once
	more     func(a *abuser) // again and again
}

func floods() []flood {
	hundred := func(frame func(a *abuser)) func(*abuser) {
		return func(a *abuser) {
			for range 100 {
				frame(a)
			}
		}
	}
	return []flood{
		{name: "rapid reset", more: hundred(func(a *abuser) {
			a.ask("/slow", true)
			_ = a.framer.WriteRSTStream(a.stream-2, http2.ErrCodeCancel)
		})},
		{name: "reset by the server", more: hundred(func(a *abuser) {
			a.ask("/slow", true)
			_ = a.framer.WriteWindowUpdate(a.stream-2, 0) // an error of the stream
		})},
		{name: "continuation", begin: func(a *abuser) { a.ask("/x", false) }, more: func(a *abuser) {
			a.fields.Reset()
			_ = a.enc.WriteField(hpack.HeaderField{Name: "x", Value: strings.Repeat("a", 8000), Sensitive: true})
			_ = a.framer.WriteContinuation(1, false, a.fields.Bytes())
		}},
		{name: "settings", more: hundred(func(a *abuser) {
			_ = a.framer.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1 << 16})
		})},
		{name: "ping", more: hundred(func(a *abuser) { _ = a.framer.WritePing(false, [8]byte{}) })},
		{name: "tiny window", settings: []http2.Setting{{ID: http2.SettingInitialWindowSize, Val: 1}}, begin: func(a *abuser) {
			for range 100 {
				a.ask("/large", true)
			}
		}, more: func(a *abuser) {
			for stream := uint32(1); stream < a.stream; stream += 2 {
				_ = a.framer.WriteWindowUpdate(stream, 1)
			}
		}},
	}
}

// mostAbuse is how long a flood goes on at most: what a connection may send before
// it is closed takes a busy machine some time.
const mostAbuse = 30 * time.Second

// abuse floods until the connection is closed, and then over the next one, for
// window at least and until one was closed; it returns how many were, and how
// much was sent.
func (f *flood) abuse(address string, window time.Duration) (closed int, sent int64) {
	for begin := time.Now(); time.Since(begin) < window || closed == 0; closed++ {
		a, err := newAbuser(address, f.settings...)
		if err != nil {
			return closed, sent
		}
		if f.begin != nil {
			f.begin(a)
		}
		for err == nil {
			if late := time.Since(begin); late > window && closed > 0 || late > mostAbuse {
				a.leave()
				return closed, sent
			}
			f.more(a)
			sent += int64(a.piece.Len())
			err = a.send()
		}
		a.leave()
	}
	return closed, sent
}

// TestHTTP2Floods has a client abuse HTTP/2 in the ways of faults.md E9 beside
// 100 honest requests a second: its connection is closed whenever it comes, the
// gateway's share of a core grows by 20 points at most and its memory by what one
// connection may have, and honest requests are answered.
func TestHTTP2Floods(t *testing.T) {
	t.Parallel()
	backend := startOrigin(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/slow":
			<-r.Context().Done()
		case "/large":
			_, _ = w.Write(make([]byte, 1<<20)) // nobody reads all of it
		}
	}))
	n, url := serveGateway(t, gatewayNode("West US", "127.0.0.1:0", nobody), apiService("West US", fmt.Sprintf(`
backends: [{name: b, url: %q}]
apis: [{name: b, path: /, backend: b}]
`, backend)))
	const window = 1500 * time.Millisecond
	share := func(during func()) float64 { // percent of a core
		begin, used := time.Now(), cpu(t, n.cmd.Process.Pid)
		during()
		return 100 * float64(cpu(t, n.cmd.Process.Pid)-used) / float64(time.Since(begin))
	}
	h := startHonest(t, url+"/x", 100, true)
	calm, before := share(func() { <-time.After(window) }), n.watchMemory(t)
	for _, f := range floods() {
		var closed int
		var sent int64
		busy := share(func() { closed, sent = f.abuse(strings.TrimPrefix(url, "http://"), window) })
		t.Logf("%s: %.0f %% of a core, %.0f without; %d connections closed, %d KiB sent", f.name, busy, calm, closed, sent>>10)
		if closed == 0 {
			t.Errorf("%s: the connection is still open", f.name)
		}
		if busy > calm+20 {
			t.Errorf("%s: %.0f %% of a core, %.0f without, want at most 20 more", f.name, busy, calm)
		}
	}
	// 250 streams with a piece of 32 KiB each are 8 MiB; the collector lets it double.
	used := n.memory(t, "VmHWM") - before
	t.Logf("floods took %d KiB", used>>10)
	if used > 32<<20 {
		t.Errorf("floods took %d MiB, want at most 32", used>>20)
	}
	h.served(t, "beside floods", 0.99)
}
