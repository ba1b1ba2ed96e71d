package backend_test

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"meridian/gateway/backend"
)

// frozen is a connection that can lose its other end without a sign.
type frozen struct {
	net.Conn
	ice    chan struct{} // closed: nothing passes
	closed chan struct{}
	once   sync.Once
}

func (f *frozen) stopped() bool {
	select {
	case <-f.ice:
		return true
	default:
		return false
	}
}

func (f *frozen) Read(p []byte) (int, error) {
	if f.stopped() {
		<-f.closed
		return 0, net.ErrClosed
	}
	return f.Conn.Read(p)
}

func (f *frozen) Write(p []byte) (int, error) {
	if f.stopped() {
		return len(p), nil
	}
	return f.Conn.Write(p)
}

func (f *frozen) Close() error {
	f.once.Do(func() { close(f.closed) })
	return f.Conn.Close()
}

// pipes is a listener in memory.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.closed) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "memory"} }

// TestDeadHTTP2Connection: a connection without an answer to a ping is given up
// after 15 s, and the next request has another.
func TestDeadHTTP2Connection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
		s := &http.Server{ReadHeaderTimeout: time.Hour, Protocols: new(http.Protocols), Handler: &hits{status: 200}}
		s.Protocols.SetUnencryptedHTTP2(true)
		go func() { _ = s.Serve(l) }()
		defer func() { _ = s.Close() }()
		ice := make(chan struct{})
		dials := 0
		o := backend.Options{Dial: func(context.Context, netip.AddrPort) (net.Conn, error) {
			here, there := net.Pipe()
			l.conns <- there
			dials++
			c := &frozen{Conn: here, ice: make(chan struct{}), closed: make(chan struct{})}
			if dials == 1 {
				c.ice = ice
			}
			return c, nil
		}}
		one := single(t, "a", "http://192.0.2.1", nil)
		one.HTTPVersion = "2"
		b := start(t, o)
		target := find(t, build(t, b, backend.Config{Backends: []backend.Backend{one}}), "a")
		for range 5 {
			if code, err := ask(t, target, &backend.Call{}); code != 200 {
				t.Fatalf("got %d %v", code, err)
			}
			synctest.Wait() // the transport has taken note of the end of the stream
		}
		if dials != 1 {
			t.Fatalf("got %d connections for 5 requests, want one", dials)
		}
		close(ice)
		before := time.Now()
		if _, err := ask(t, target, &backend.Call{}); err == nil || time.Since(before) > 20*time.Second {
			t.Errorf("got %v after %v, want an error within 20 s", err, time.Since(before))
		}
		if code, err := ask(t, target, &backend.Call{}); code != 200 || dials != 2 {
			t.Errorf("got %d %v over %d connections, want 200 over a second one", code, err, dials)
		}
		if err := b.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// TestAnyProbesAndItCloses is scenario E3 at random: whatever became of probes,
// a breaker closes within twice its time after the backend is well.
func TestAnyProbesAndItCloses(t *testing.T) {
	const trip = 10 * time.Second
	for seed := range uint64(100) {
		synctest.Test(t, func(t *testing.T) {
			draw := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // repeatable
			var mu sync.Mutex
			well := false
			f := newFarm(t, halfOpen(trip, trip), "a")
			f.answers["192.0.2.1"] = func(r *http.Request) (*http.Response, error) {
				mu.Lock()
				fault := draw.IntN(6)
				if well {
					fault = 5
				}
				mu.Unlock()
				switch fault {
				case 0:
					return answer(503), nil
				case 1:
					return nil, io.ErrUnexpectedEOF
				case 2:
					panic("probe")
				case 3:
					<-r.Context().Done()
					return nil, r.Context().Err()
				case 4:
					time.Sleep(time.Minute)
				}
				return answer(200), nil
			}
			target := find(t, build(t, start(t, f.options()), f.config), "a")
			var wg sync.WaitGroup
			once := func() {
				wg.Go(func() {
					defer func() { _ = recover() }()
					ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
					defer cancel()
					_, _ = send(target, get(t, "/").WithContext(ctx), &backend.Call{})
				})
			}
			for range 60 {
				once()
				time.Sleep(time.Second)
			}
			mu.Lock()
			well = true
			mu.Unlock()
			recovered := time.Now()
			for {
				code, err := ask(t, target, &backend.Call{})
				if code == 200 {
					break
				}
				var open *backend.OpenError
				if !errors.As(err, &open) || time.Since(recovered) > 2*trip {
					t.Fatalf("seed %d: %v after the recovery: %v", seed, time.Since(recovered), err)
				}
				time.Sleep(100 * time.Millisecond)
			}
			wg.Wait()
		})
	}
}
