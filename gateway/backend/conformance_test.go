package backend_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"testing"
	"time"

	"meridian/gateway/backend"
	"meridian/gateway/breaker"
	"meridian/gateway/h1"
	"meridian/gateway/h1/conformance"
)

// whole is a RoundTripper that goes through everything of this package.
type whole struct {
	target *backend.Target

	mu    sync.Mutex
	under []http.RoundTripper
}

// RoundTrip implements http.RoundTripper. The error is what the transport said.
func (w *whole) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Host == "" {
		r = r.Clone(r.Context())
		r.Host = r.URL.Host
	}
	res, err := w.target.Do(r, &backend.Call{})
	var failed *backend.AttemptError
	if errors.As(err, &failed) {
		return nil, failed.Err
	}
	return res, err
}

// CloseIdleConnections closes those of every transport made so far.
func (w *whole) CloseIdleConnections() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, one := range w.under {
		one.(interface{ CloseIdleConnections() }).CloseIdleConnections()
	}
}

// TestConformance: what a RoundTripper must do is still done with everything of
// this package around it, over either client.
func TestConformance(t *testing.T) {
	t.Parallel()
	for name, client := range map[string]func(backend.TransportOptions) http.RoundTripper{
		"standard": func(o backend.TransportOptions) http.RoundTripper {
			c := backend.NewTransport(o)
			c.ExpectContinueTimeout, c.MaxResponseHeaderBytes = 200*time.Millisecond, 64<<10
			return c
		},
		"h1": func(o backend.TransportOptions) http.RoundTripper {
			return h1.New(h1.Options{
				Dial: o.Dial, MaxIdle: o.MaxIdle, IdleTimeout: o.Idle,
				ResponseHeaderTimeout: o.Header, ExpectContinueTimeout: 200 * time.Millisecond, MaxHeaderBytes: 64 << 10,
			})
		},
	} {
		t.Run(name, func(t *testing.T) { conform(t, client) })
	}
}

func conform(t *testing.T, client func(backend.TransportOptions) http.RoundTripper) {
	t.Helper()
	conformance.Test(t, func(dial func(context.Context) (net.Conn, error)) http.RoundTripper {
		w := &whole{}
		o := backend.Options{
			Dial: func(ctx context.Context, _ netip.AddrPort) (net.Conn, error) { return dial(ctx) },
			Transport: func(o backend.TransportOptions) http.RoundTripper {
				c := client(o)
				w.mu.Lock()
				defer w.mu.Unlock()
				w.under = append(w.under, c)
				return c
			},
		}
		one := single(t, "a", "http://192.0.2.1", nil)
		one.Timeouts.Header = 3 * time.Second
		w.target = alone(t, o, one)
		return w
	})
}

// TestSharedBreaker: a backend in several pools has one breaker
// (gateway-peers.md §2.2 item 12).
func TestSharedBreaker(t *testing.T) {
	f := newFarm(t, rule(2, time.Hour), "a", "b")
	f.answers["192.0.2.1"] = status(500)
	f.config.Pools = []backend.Pool{pool("p", "a", "b"), pool("q", "a", "b")}
	s := build(t, start(t, f.options()), f.config)
	if got, want := lower(calls(t, find(t, s, "p"), 3)), "a500 b200 a500"; got != want {
		t.Fatalf("p: got %s, want %s", got, want)
	}
	if got, want := lower(calls(t, find(t, s, "q"), 3)), "b200 b200 b200"; got != want {
		t.Errorf("q: got %s, want %s", got, want)
	}
	if got := find(t, s, "a").Explain(time.Now()).Members[0].Status.Breaker; got.State != breaker.Open || got.Failures < 0 {
		t.Errorf("a: got %+v, want it open", got)
	}
}
