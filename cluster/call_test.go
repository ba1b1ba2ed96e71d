package cluster

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/goleak"
)

// TestDeadlineTravels: a handler has the time its caller has, and is told when
// the caller gives up or dies.
func TestDeadlineTravels(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newStreamNet()
		left := make(chan time.Duration, 1)
		cause := make(chan error, 1)
		n.start(t, 1, func(o *Options) {
			o.Handlers["wait"] = func(ctx context.Context, _ NodeID, _ []byte) ([]byte, error) {
				deadline, _ := ctx.Deadline()
				left <- time.Until(deadline)
				<-ctx.Done()
				cause <- ctx.Err()
				return nil, ctx.Err()
			}
		})
		s := n.start(t, 2, nil)
		to := testIdentity(t, 1).ID()

		start := time.Now()
		_, err := s.call(within(t, 3*time.Second), to, "wait", nil)
		if took := time.Since(start); err == nil || took < 2900*time.Millisecond || took > 3100*time.Millisecond {
			t.Errorf("call of 3s: got %v after %v", err, took)
		}
		if got := <-left; got < 2900*time.Millisecond || got > 3*time.Second {
			t.Errorf("the handler's time: got %v, want 3s", got)
		}
		<-cause

		ctx, cancel := context.WithCancel(t.Context())
		go func() { time.Sleep(time.Second); cancel() }()
		start = time.Now()
		if _, err := s.call(ctx, to, "wait", nil); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: got %v, want %v", err, context.Canceled)
		}
		if got := <-left; got < maxCallTime-time.Second || got > maxCallTime {
			t.Errorf("the handler's time without a deadline: got %v, want %v", got, maxCallTime)
		}
		if err := <-cause; !errors.Is(err, context.Canceled) || time.Since(start) > 1100*time.Millisecond {
			t.Errorf("the handler's context: got %v after %v", err, time.Since(start))
		}
		if _, err := s.call(within(t, time.Second), to, "echo", nil); err != nil {
			t.Errorf("a call afterwards: got %v", err)
		}
	})
}

// TestParallelCalls: 100 calls at once are all answered, 64 at a time; 4
// streams are kept, and none after a minute.
func TestParallelCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newStreamNet()
		var running, most, wrong atomic.Int64
		server := n.start(t, 1, func(o *Options) {
			o.Handlers["slow"] = func(_ context.Context, _ NodeID, body []byte) ([]byte, error) {
				now := running.Add(1)
				for m := most.Load(); now > m && !most.CompareAndSwap(m, now); m = most.Load() {
				}
				time.Sleep(time.Second)
				running.Add(-1)
				return body, nil
			}
		})
		s := n.start(t, 2, nil)
		to := testIdentity(t, 1).ID()
		var calls sync.WaitGroup
		for i := range 100 {
			calls.Go(func() {
				body := []byte{byte(i)}
				if got, err := s.call(t.Context(), to, "slow", body); err != nil || string(got) != string(body) {
					wrong.Add(1)
					t.Errorf("call %d: got %q, %v", i, got, err)
				}
			})
		}
		calls.Wait()
		if most.Load() != maxCallsEach {
			t.Errorf("handlers at once: got %d, want %d", most.Load(), maxCallsEach)
		}
		synctest.Wait()
		if got := s.pool.size(); got != maxIdle {
			t.Errorf("streams kept: got %d, want %d", got, maxIdle)
		}
		time.Sleep(idleTime + time.Second)
		synctest.Wait()
		if got, there := s.pool.size(), server.calls.streams.count(); got != 0 || there != 0 {
			t.Errorf("streams after a minute: got %d, and %d over there, want none", got, there)
		}
	})
}

// TestKeptStreamIsUsedAgain: a stream that was quiet for most of a minute is
// still good, and the call needs no new one.
func TestKeptStreamIsUsedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newStreamNet()
		n.start(t, 1, nil)
		s := n.start(t, 2, nil)
		for range 3 {
			if _, err := s.call(within(t, time.Second), testIdentity(t, 1).ID(), "echo", nil); err != nil {
				t.Error(err)
			}
			time.Sleep(idleTime - time.Second)
		}
		if got := testutil.ToFloat64(s.metrics.dialled.WithLabelValues(callProtocol)); got != 1 {
			t.Errorf("connections opened: got %v, want 1", got)
		}
	})
}

func (p *pool) size() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.open)
}

// TestBusy: who exceeds its share of another node's handlers is told, and the
// others still get theirs.
func TestBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newStreamNet()
		release := make(chan struct{})
		n.start(t, 1, func(o *Options) {
			o.Handlers["hang"] = func(context.Context, NodeID, []byte) ([]byte, error) { <-release; return nil, nil }
		})
		s, other := n.start(t, 2, nil), n.start(t, 3, nil)
		to := testIdentity(t, 1).ID()
		second := newPool(s.pool.dial) // as if the node ignored the limit at its own end
		t.Cleanup(second.close)
		var calls sync.WaitGroup
		for range maxCallsEach {
			calls.Go(func() { _, _ = s.call(t.Context(), to, "hang", nil) })
		}
		time.Sleep(time.Second)
		c, err := second.fresh(t.Context(), to)
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			a, _, err := c.roundTrip(t.Context(), request{method: "echo", timeout: time.Second, body: make([]byte, 100_000)})
			if err != nil || a.status != statusError || string(a.body[1:5]) != RemoteBusy {
				t.Errorf("one more: got %d %q, %v, want %s", a.status, a.body, err, RemoteBusy)
			}
		}
		if _, err := other.call(within(t, time.Second), to, "echo", nil); err != nil {
			t.Errorf("another node: got %v", err)
		}
		close(release)
		calls.Wait()
	})
}

// TestPeerDies: a call whose peer dies in the middle fails at once and is not
// made again; the next finds the peer that has come back.
func TestPeerDies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newStreamNet()
		var called atomic.Int64
		handler := func(o *Options) {
			o.Handlers["hang"] = func(ctx context.Context, _ NodeID, _ []byte) ([]byte, error) {
				called.Add(1)
				<-ctx.Done()
				return nil, ctx.Err()
			}
		}
		first := n.launch(t, 1, handler)
		s := n.start(t, 2, nil)
		to := testIdentity(t, 1).ID()
		if _, err := s.call(within(t, time.Second), to, "echo", nil); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		go func() { time.Sleep(time.Second); n.net.Host(ip(1)).Kill() }()
		if _, err := s.call(within(t, time.Minute), to, "hang", nil); err == nil || time.Since(start) > 1100*time.Millisecond {
			t.Errorf("got %v after %v, want an error after 1s", err, time.Since(start))
		}
		if _, err := s.call(within(t, time.Second), to, "echo", nil); err == nil {
			t.Error("nobody there: got no error")
		}
		if err := first.shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		n.start(t, 1, handler)
		if _, err := s.call(within(t, time.Second), to, "echo", nil); err != nil {
			t.Errorf("come back: got %v", err)
		}
		n.net.Host(ip(1)).Kill()
		if called.Load() != 1 {
			t.Errorf("handler ran %d times, want once", called.Load())
		}
	})
}

// brokenConn takes so many bytes, then fails.
type brokenConn struct {
	net.Conn
	takes  int
	closed chan struct{}
	once   sync.Once
}

func (c *brokenConn) Write(b []byte) (int, error) {
	return min(c.takes, len(b)), errors.New("broken")
}

func (c *brokenConn) Read([]byte) (int, error) {
	<-c.closed
	return 0, net.ErrClosed
}

func (c *brokenConn) Close() error {
	c.once.Do(func() { close(c.closed) })
	return nil
}

// TestRetry: a kept stream that turns out to be broken is replaced once, but
// not when something of the request got into it, and a new one never is.
func TestRetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newStreamNet()
		var called atomic.Int64
		n.start(t, 1, func(o *Options) {
			o.Handlers["count"] = func(context.Context, NodeID, []byte) ([]byte, error) { called.Add(1); return nil, nil }
		})
		s := n.start(t, 2, nil)
		to := testIdentity(t, 1).ID()
		plant := func(takes int) {
			c := newCallConn(&brokenConn{takes: takes, closed: make(chan struct{})})
			if !s.pool.adopt(c, to) {
				t.Fatal("pool is closed")
			}
			s.pool.put(c, to)
		}
		plant(0)
		if _, err := s.call(within(t, time.Second), to, "count", nil); err != nil || called.Load() != 1 {
			t.Errorf("nothing sent: got %v, handled %d times, want a second try", err, called.Load())
		}
		plant(1)
		if _, err := s.call(within(t, time.Second), to, "count", nil); err == nil || called.Load() != 1 {
			t.Errorf("something sent: got %v, handled %d times, want an error", err, called.Load())
		}
		if got := testutil.ToFloat64(s.metrics.calls.WithLabelValues("failed")); got != 1 {
			t.Errorf("failed calls: got %v, want 1", got)
		}
	})
}

// TestShutdownWaits: handlers that run are waited for; when the time is over
// they are told, and waited for still.
func TestShutdownWaits(t *testing.T) {
	for name, c := range map[string]struct{ patience, want time.Duration }{
		"patient":   {time.Minute, 10 * time.Second},
		"impatient": {2 * time.Second, 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := newStreamNet()
				server := n.launch(t, 1, func(o *Options) {
					o.Handlers["hang"] = func(ctx context.Context, _ NodeID, _ []byte) ([]byte, error) {
						select {
						case <-time.After(10 * time.Second):
							return []byte("done"), nil
						case <-ctx.Done():
							return nil, ctx.Err()
						}
					}
				})
				s := n.start(t, 2, nil)
				to := testIdentity(t, 1).ID()
				if _, err := s.call(t.Context(), to, "echo", nil); err != nil {
					t.Fatal(err)
				}
				answered := make(chan error, 1)
				start := time.Now()
				go func() { _, err := s.call(t.Context(), to, "hang", nil); answered <- err }()
				time.Sleep(time.Millisecond * 500)
				err := server.shutdown(within(t, c.patience))
				took := time.Since(start).Round(time.Second)
				late := c.want < 10*time.Second
				if (err != nil) != late || took != c.want.Round(time.Second) && took != c.want+time.Second {
					t.Errorf("shutdown: got %v after %v, want it after %v", err, took, c.want)
				}
				if err := <-answered; (err != nil) != late {
					t.Errorf("the call: got %v", err)
				}
				if _, err := s.call(within(t, time.Second), to, "echo", nil); err == nil {
					t.Error("a call after shutdown: got no error")
				}
			})
		})
	}
}

// TestCallsAfterShutdown: streams that were shut down make no calls, and those
// never started can be shut down.
func TestCallsAfterShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newStreamNet()
		n.start(t, 1, nil)
		s := n.launch(t, 2, nil)
		for range 2 {
			if err := s.shutdown(t.Context()); err != nil {
				t.Error(err)
			}
		}
		if _, err := s.call(within(t, time.Second), testIdentity(t, 1).ID(), "echo", nil); !errors.Is(err, ErrStopped) {
			t.Errorf("got %v, want %v", err, ErrStopped)
		}
		never, err := newStreams(Options{Identity: testIdentity(t, 3), Streams: ":1", Network: n.net.Host(ip(3))}.withDefaults())
		if err != nil {
			t.Fatal(err)
		}
		if err := never.shutdown(t.Context()); err != nil {
			t.Errorf("never started: %v", err)
		}
	})
}

// onLoopback starts two nodes on the machine's own network.
func onLoopback(t testing.TB) (s *streams, to NodeID) {
	t.Helper()
	var roster []Peer
	for number := byte(1); number <= 2; number++ {
		id := testIdentity(t, number)
		n, err := newStreams(Options{
			Identity: id, Streams: "127.0.0.1:0", Handlers: map[string]Handler{"echo": echo},
			Roster: func() []Peer { return roster },
		}.withDefaults())
		if err != nil {
			t.Fatal(err)
		}
		n.start()
		t.Cleanup(func() {
			if err := n.shutdown(context.Background()); err != nil {
				t.Error(err)
			}
		})
		roster = append(roster, Peer{ID: id.ID(), Streams: n.addr()})
		s = n
	}
	return s, roster[0].ID
}

// TestLoopback: the machine's network does as the simulated one, at its largest,
// and leaves no goroutine behind.
func TestLoopback(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	t.Run("calls", func(t *testing.T) {
		s, to := onLoopback(t)
		var calls sync.WaitGroup
		for range 100 {
			calls.Go(func() {
				if _, err := s.call(t.Context(), to, "echo", []byte("x")); err != nil {
					t.Error(err)
				}
			})
		}
		calls.Wait()
		got, err := s.call(t.Context(), to, "echo", make([]byte, MaxBody-32))
		if err != nil || len(got) != MaxBody {
			t.Errorf("the largest body: got %d bytes, %v", len(got), err)
		}
	})
}

func BenchmarkCall(b *testing.B) {
	s, to := onLoopback(b)
	for b.Loop() {
		if _, err := s.call(b.Context(), to, "echo", nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDialAndCall(b *testing.B) {
	s, to := onLoopback(b)
	for b.Loop() {
		c, err := s.pool.fresh(b.Context(), to)
		if err != nil {
			b.Fatal(err)
		}
		if _, _, err := s.use(b.Context(), c, to, request{method: "echo"}); err != nil {
			b.Fatal(err)
		}
		c.conn.Close()
	}
}
