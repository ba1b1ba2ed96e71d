package cluster

import (
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"meridian/internal/simnet"
)

// streamNet is a network with the streams of some nodes on it.
type streamNet struct {
	net    *simnet.Network
	roster []Peer
}

func newStreamNet() *streamNet {
	n := &streamNet{net: simnet.New(1)}
	n.net.SetAll(simnet.Link{Delay: time.Millisecond})
	return n
}

// start starts the streams of the node with a number, on a host of its own,
// with a handler that echoes, and shuts them down when the test ends.
func (n *streamNet) start(t *testing.T, number byte, alter func(*Options)) *streams {
	t.Helper()
	s := n.launch(t, number, alter)
	t.Cleanup(func() {
		if err := s.shutdown(context.Background()); err != nil {
			t.Errorf("shutting down node %d: %v", number, err)
		}
	})
	return s
}

// launch is start without the end.
func (n *streamNet) launch(t *testing.T, number byte, alter func(*Options)) *streams {
	t.Helper()
	o := Options{
		Identity: testIdentity(t, number), Streams: ":7947", Network: n.net.Host(ip(number)),
		Handlers: map[string]Handler{"echo": echo},
		Roster:   func() []Peer { return n.roster },
	}
	if alter != nil {
		alter(&o)
	}
	s, err := newStreams(o.withDefaults())
	if err != nil {
		t.Fatal(err)
	}
	s.start()
	id := o.Identity.ID()
	n.roster = slices.DeleteFunc(n.roster, func(p Peer) bool { return p.ID == id })
	n.roster = append(n.roster, Peer{ID: id, Key: o.Identity.Public(), Streams: net.JoinHostPort(ip(number), "7947")})
	return s
}

func ip(number byte) string { return "10.0.0." + string('0'+rune(number)) }

func echo(_ context.Context, from NodeID, body []byte) ([]byte, error) {
	return append([]byte(from), body...), nil
}

func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

type oddError struct{}

func (oddError) Error() string      { return "odd" }
func (oddError) RemoteKind() string { return "conflict" }

// TestCall: answers and errors of handlers arrive as they are, and say whom
// the call came from.
func TestCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newStreamNet()
		n.start(t, 1, func(o *Options) {
			o.Handlers["nothing"] = func(context.Context, NodeID, []byte) ([]byte, error) { return nil, nil }
			o.Handlers["fail"] = func(context.Context, NodeID, []byte) ([]byte, error) {
				return []byte("dropped"), errors.New(strings.Repeat("no ", 3000))
			}
			o.Handlers["odd"] = func(context.Context, NodeID, []byte) ([]byte, error) { return nil, oddError{} }
			o.Handlers["late"] = func(context.Context, NodeID, []byte) ([]byte, error) { return nil, context.DeadlineExceeded }
			o.Handlers["panic"] = func(context.Context, NodeID, []byte) ([]byte, error) { panic("bug") }
			o.Handlers["large"] = func(context.Context, NodeID, []byte) ([]byte, error) { return make([]byte, MaxBody+1), nil }
		})
		s := n.start(t, 2, nil)
		to, me := testIdentity(t, 1).ID(), testIdentity(t, 2).ID()
		for _, size := range []int{0, 1, joined, joined + 1, 1 << 20} {
			body := slices.Repeat([]byte("x"), size)
			got, err := s.call(within(t, time.Minute), to, "echo", body)
			if err != nil || string(got) != string(me)+string(body) {
				t.Errorf("echo of %d bytes: got %d bytes %.40q, %v", size, len(got), got, err)
			}
		}
		if got, err := s.call(within(t, time.Second), to, "nothing", nil); err != nil || len(got) != 0 {
			t.Errorf("nothing: got %q, %v", got, err)
		}
		for method, kind := range map[string]string{
			"fail": RemoteFailed, "odd": "conflict", "late": RemoteExpired, "panic": RemotePanicked, "large": RemoteTooLarge, "none": RemoteUnknown,
		} {
			_, err := s.call(within(t, time.Second), to, method, nil)
			var remote *RemoteError
			if !errors.As(err, &remote) || remote.Kind != kind || remote.Node != to || remote.Method != method || len(remote.Text) > maxRemoteText {
				t.Errorf("%s: got %#v, %v, want a RemoteError of kind %s", method, remote, err, kind)
			}
		}
		if got := testutil.ToFloat64(s.metrics.dialled.WithLabelValues(callProtocol)); got != 1 {
			t.Errorf("connections opened for calls one after the other: got %v, want 1", got)
		}
	})
}

// TestCallRefusedHere: what cannot be asked is not sent.
func TestCallRefusedHere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newStreamNet()
		n.start(t, 1, nil)
		s := n.start(t, 2, nil)
		to := testIdentity(t, 1).ID()
		if _, err := s.call(t.Context(), to, "echo", make([]byte, MaxBody+1)); !errors.Is(err, ErrTooLarge) {
			t.Errorf("a large body: got %v, want %v", err, ErrTooLarge)
		}
		for _, method := range []string{"", strings.Repeat("m", maxMethod+1)} {
			if _, err := s.call(t.Context(), to, method, nil); err == nil {
				t.Errorf("method of %d bytes: got no error", len(method))
			}
		}
		if _, err := s.call(t.Context(), testIdentity(t, 9).ID(), "echo", nil); !errors.Is(err, ErrUnknownPeer) {
			t.Errorf("an unknown node: got %v, want %v", err, ErrUnknownPeer)
		}
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := s.call(ended, to, "echo", nil); !errors.Is(err, context.Canceled) {
			t.Errorf("a context that has ended: got %v, want %v", err, context.Canceled)
		}
		if got := testutil.ToFloat64(s.metrics.dialled.WithLabelValues(callProtocol)); got != 0 {
			t.Errorf("connections opened: got %v, want none", got)
		}
	})
}

// TestWrongNode: whoever answers at a node's address without its key is not
// talked to.
func TestWrongNode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newStreamNet()
		var called atomic.Int64
		n.start(t, 1, func(o *Options) {
			o.Handlers["echo"] = func(context.Context, NodeID, []byte) ([]byte, error) { called.Add(1); return nil, nil }
		})
		s := n.start(t, 2, nil)
		n.roster[0].ID = testIdentity(t, 3).ID()
		if _, err := s.call(within(t, time.Minute), n.roster[0].ID, "echo", nil); !errors.Is(err, ErrWrongNode) {
			t.Errorf("call: got %v, want %v", err, ErrWrongNode)
		}
		if _, err := s.dialRelay(within(t, time.Minute), n.roster[0].ID); !errors.Is(err, ErrWrongNode) {
			t.Errorf("relay: got %v, want %v", err, ErrWrongNode)
		}
		if called.Load() != 0 {
			t.Errorf("got %d calls handled, want none", called.Load())
		}
	})
}

// TestStrangersAreRefused (faults.md B12): who is not trusted, shows no
// certificate, speaks no or another protocol, or no TLS 1.3, gets nothing, is
// counted, and the log does not flood.
func TestStrangersAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newStreamNet()
		var called atomic.Int64
		log := &lineCounter{}
		server := n.start(t, 1, func(o *Options) {
			o.Handlers["echo"] = func(context.Context, NodeID, []byte) ([]byte, error) { called.Add(1); return nil, nil }
			o.Trusted = func(key ed25519.PublicKey) error {
				if IDOf(key) != testIdentity(t, 2).ID() {
					return errors.New("not pinned")
				}
				return nil
			}
			o.Logger = slog.New(slog.NewTextHandler(log, nil))
		})
		go func() { _, _ = server.relays().Accept() }()
		to := testIdentity(t, 1).ID()
		stranger := n.start(t, 3, nil)
		if _, err := stranger.call(within(t, time.Minute), to, "echo", nil); err == nil {
			t.Error("a stranger's call: got no error")
		}
		if c, err := stranger.dialRelay(within(t, time.Minute), to); err == nil {
			t.Errorf("a stranger's relay: got %v", c)
		}
		expectCount(t, server, "untrusted", 2)
		certificate := stranger.proof.(*tlsProof).certificate
		for name, c := range map[string]*tls.Config{
			"no certificate":   {NextProtos: []string{callProtocol}},
			"no protocol":      {Certificates: []tls.Certificate{certificate}},
			"another protocol": {NextProtos: []string{"h2"}, Certificates: []tls.Certificate{certificate}},
			"TLS 1.2":          {NextProtos: []string{callProtocol}, Certificates: []tls.Certificate{certificate}, MaxVersion: tls.VersionTLS12},
		} {
			c.InsecureSkipVerify = true
			conn := tls.Client(n.connect(t, 4, 1), c)
			_ = conn.SetDeadline(time.Now().Add(time.Minute))
			_, _ = conn.Write(request{method: "echo", timeout: time.Second}.head())
			if _, err := conn.Read(make([]byte, 1)); err == nil || errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s: got %v, want the connection cut", name, err)
			}
			conn.Close()
		}
		expectCount(t, server, "handshake", 4)
		raw := n.connect(t, 4, 1)
		_, _ = io.WriteString(raw, "GET / HTTP/1.1\r\n\r\n")
		_, _ = io.ReadAll(raw)
		raw.Close()
		expectCount(t, server, "handshake", 5)
		if called.Load() != 0 {
			t.Errorf("got %d calls handled, want none", called.Load())
		}
		if got := log.lines.Load(); got < 1 || got > 2 {
			t.Errorf("got %d log lines within a second, want 1 or 2", got)
		}
		if _, err := n.start(t, 2, nil).call(within(t, time.Minute), to, "echo", nil); err != nil || called.Load() != 1 {
			t.Errorf("a trusted node: got %v and %d calls", err, called.Load())
		}
	})
}

type lineCounter struct{ lines atomic.Int64 }

func (l *lineCounter) Write(b []byte) (int, error) {
	l.lines.Add(1)
	return len(b), nil
}

func (n *streamNet) connect(t *testing.T, from, to byte) net.Conn {
	t.Helper()
	conn, err := n.net.Host(ip(from)).Dial(within(t, time.Second), net.JoinHostPort(ip(to), "7947"))
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

func expectCount(t *testing.T, s *streams, reason string, want float64) {
	t.Helper()
	synctest.Wait()
	if got := testutil.ToFloat64(s.metrics.refused.WithLabelValues(reason)); got != want {
		t.Errorf("connections refused as %s: got %v, want %v", reason, got, want)
	}
}

// TestSilentConnectionsAreCut: who connects and says nothing, or stops in the
// middle, is cut in time.
func TestSilentConnectionsAreCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newStreamNet()
		n.start(t, 1, nil)
		s := n.start(t, 2, nil)
		to := testIdentity(t, 1).ID()
		raw := func() net.Conn { return n.connect(t, 3, 1) }
		proved := func() net.Conn {
			conn, err := s.dial(t.Context(), to, callProtocol)
			if err != nil {
				t.Fatal(err)
			}
			return conn
		}
		head := request{method: "echo", timeout: time.Minute, body: make([]byte, 1<<20)}.head()
		for name, c := range map[string]struct {
			connect func() net.Conn
			say     []byte
			want    time.Duration
		}{
			"no handshake":     {raw, nil, handshakeTimeout},
			"part of a record": {raw, []byte{22, 3, 1, 2, 0, 1}, handshakeTimeout},
			"no request":       {proved, nil, headerTime},
			"part of a header": {proved, head[:4], headerTime},
			"no body":          {proved, head, transferTime(1 << 20)},
			"part of a body":   {proved, append(slices.Clone(head), 1), transferTime(1 << 20)},
		} {
			conn, start := c.connect(), time.Now()
			_, _ = conn.Write(c.say)
			_, _ = io.ReadAll(conn)
			if got := time.Since(start); got < c.want-time.Second || got > c.want+time.Second {
				t.Errorf("%s: cut after %v, want %v", name, got, c.want)
			}
			conn.Close()
		}
	})
}

// TestMalformedRequests: a stream that makes no sense is cut and counted, and a
// declared length takes no memory.
func TestMalformedRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newStreamNet()
		server := n.start(t, 1, nil)
		s := n.start(t, 2, nil)
		good := request{method: "echo", timeout: time.Minute}.head()
		version, method, length := slices.Clone(good), slices.Clone(good), slices.Clone(good)
		version[0], method[1], length[6] = 9, 0, 0x7f
		for i, head := range [][]byte{version, method, length} {
			conn, err := s.dial(t.Context(), testIdentity(t, 1).ID(), callProtocol)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = conn.Write(head)
			if got, _ := io.ReadAll(conn); len(got) != 0 {
				t.Errorf("got %q, want the stream cut", got)
			}
			conn.Close()
			expectCount(t, server, "malformed", float64(i+1))
		}
		if got := server.calls.bodies.Load(); got != 0 {
			t.Errorf("bytes of bodies in memory: got %d, want 0", got)
		}
	})
}

// TestStreamMetricsRegister: the names are registered once, and a second set
// on the same registry is refused.
func TestStreamMetricsRegister(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, r := newStreamNet(), prometheus.NewPedanticRegistry()
		n.start(t, 1, func(o *Options) { o.Registerer = r })
		if got, err := testutil.GatherAndCount(r); err != nil || got == 0 {
			t.Errorf("got %d series, %v", got, err)
		}
		o := Options{Identity: testIdentity(t, 2), Streams: ":7947", Network: n.net.Host(ip(2)), Registerer: r}
		if _, err := newStreams(o.withDefaults()); err == nil {
			t.Error("registering twice: got no error")
		}
		if l, err := n.net.Host(ip(2)).Listen(":7947"); err != nil {
			t.Errorf("the address is not free again: %v", err)
		} else {
			l.Close()
		}
	})
}
