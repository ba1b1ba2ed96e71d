package backend_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"meridian/gateway/backend"
	"meridian/gateway/breaker"
)

// halfOpen is a rule that closes by one probe.
func halfOpen(trip, lease time.Duration) *breaker.Rule {
	r := rule(1, trip)
	r.HalfOpen = &breaker.Recovery{Probes: 1, Successes: 1, Lease: lease}
	return r
}

// TestHalfOpenIsNotWedged is scenario E3 and gateway-peers.md §2.2 item 1: a
// probe that panics, is cancelled, gets a 4xx or never comes back does not keep
// the breaker from closing.
func TestHalfOpenIsNotWedged(t *testing.T) {
	probes := map[string]func(r *http.Request) (*http.Response, error){
		"panic": func(*http.Request) (*http.Response, error) { panic("probe") },
		"4xx":   status(404),
		"cancel": func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		},
		"hang": func(*http.Request) (*http.Response, error) {
			time.Sleep(time.Hour)
			return answer(200), nil
		},
	}
	for name, probe := range probes {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFarm(t, halfOpen(10*time.Second, 10*time.Second), "a")
				f.answers["192.0.2.1"] = status(500)
				target := find(t, build(t, start(t, f.options()), f.config), "a")
				calls(t, target, 1)
				time.Sleep(10 * time.Second)
				f.answers["192.0.2.1"] = probe
				go func() {
					defer func() { _ = recover() }()
					ctx, cancel := context.WithTimeout(t.Context(), time.Second)
					defer cancel()
					_, _ = target.Do(get(t, "/").WithContext(ctx), &backend.Call{})
				}()
				synctest.Wait()
				f.answers["192.0.2.1"] = status(200)
				time.Sleep(10 * time.Second)
				if got, want := lower(calls(t, target, 3)), "a200 a200 a200"; got != want {
					t.Errorf("20 s after the recovery: got %s, want %s", got, want)
				}
				time.Sleep(time.Hour)
			})
		})
	}
}

// TestOneProbe is gateway-peers.md §2.2 item 2.
func TestOneProbe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFarm(t, halfOpen(10*time.Second, time.Minute), "a")
		f.answers["192.0.2.1"] = status(500)
		target := find(t, build(t, start(t, f.options()), f.config), "a")
		calls(t, target, 1)
		time.Sleep(10 * time.Second)
		var asked atomic.Int64
		f.answers["192.0.2.1"] = func(*http.Request) (*http.Response, error) {
			asked.Add(1)
			time.Sleep(time.Second)
			return answer(500), nil
		}
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() { _, _ = ask(t, target, &backend.Call{}) })
		}
		wg.Wait()
		if asked.Load() != 1 {
			t.Errorf("probes: got %d, want 1 of 100 requests", asked.Load())
		}
	})
}

// TestWhatCounts: cancelled requests, and bodies of clients that break off, are
// no failures; statuses are, in all ways of passing them.
func TestWhatCounts(t *testing.T) {
	reached := make(chan struct{}, 1)
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/hang" {
			reached <- struct{}{}
			<-r.Context().Done()
			return
		}
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(500)
	}))
	config := backend.Config{Backends: []backend.Backend{single(t, "a", s.URL, rule(1, time.Hour))}}
	target := find(t, build(t, start(t, backend.Options{}), config), "a")
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-reached
		cancel()
	}()
	c := backend.Call{}
	_, err := target.Do(get(t, "/hang").WithContext(ctx), &c)
	if !errors.Is(err, context.Canceled) || len(c.Attempts) != 1 {
		t.Errorf("cancelled: got %v and %d attempts", err, len(c.Attempts))
	}
	broken := errors.New("the client went away")
	r := request(t, http.MethodPost, "/", io.MultiReader(strings.NewReader("some"), &failing{broken}))
	_, err = target.Do(r, &backend.Call{})
	var body *backend.BodyError
	if !errors.As(err, &body) || !errors.Is(err, broken) {
		t.Errorf("broken body: got %v, want a BodyError", err)
	}
	if s := target.Explain(time.Now()).Members[0].Status.Breaker; s.State != breaker.Closed || s.Failures != 0 {
		t.Errorf("breaker: got %+v, want it closed without failures", s)
	}
	if code, err := ask(t, target, &backend.Call{}); code != 500 {
		t.Errorf("got %d %v, want 500", code, err)
	}
	s2 := target.Explain(time.Now()).Members[0].Status.Breaker
	if s2.State != breaker.Open || s2.LastError.Status != 500 {
		t.Errorf("breaker: got %+v, want it open by a 500", s2)
	}
}

// failing is a reader with an error.
type failing struct{ err error }

func (f *failing) Read([]byte) (int, error) { return 0, f.err }

// TestTimeouts: the call's and the backend's, as Timeout.
func TestTimeouts(t *testing.T) {
	s := serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	one := single(t, "a", s.URL, nil)
	one.Timeouts.Header = 20 * time.Millisecond
	target := find(t, build(t, start(t, backend.Options{}), backend.Config{Backends: []backend.Backend{one, single(t, "b", s.URL, nil)}}), "a")
	slow := find(t, build(t, start(t, backend.Options{}), backend.Config{Backends: []backend.Backend{single(t, "b", s.URL, nil)}}), "b")
	for _, test := range []struct {
		target *backend.Target
		call   backend.Call
	}{{target, backend.Call{}}, {slow, backend.Call{Timeout: 20 * time.Millisecond}}} {
		_, err := ask(t, test.target, &test.call)
		var failed *backend.AttemptError
		if !errors.As(err, &failed) || failed.Reason != breaker.Timeout {
			t.Errorf("got %v, want a timeout", err)
		}
	}
}

// TestCallTimeoutSparesBody: the timeout is to the header.
func TestCallTimeoutSparesBody(t *testing.T) {
	release := make(chan struct{})
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_ = http.NewResponseController(w).Flush()
		<-release
		_, _ = io.WriteString(w, "late")
	}))
	target := find(t, build(t, start(t, backend.Options{}), backend.Config{Backends: []backend.Backend{single(t, "a", s.URL, nil)}}), "a")
	res, err := target.Do(get(t, "/"), &backend.Call{Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(100*time.Millisecond, func() { close(release) })
	defer timer.Stop()
	text, err := io.ReadAll(res.Body)
	if err != nil || string(text) != "late" {
		t.Errorf("got %q and %v, want late", text, err)
	}
	_ = res.Body.Close()
}

// TestEjectionCap is gateway-peers.md §2.2 item 5, for all sizes: never more
// than half, never the only one, counted with the one to come.
func TestEjectionCap(t *testing.T) {
	for n := 1; n <= 50; n++ {
		list := make([]string, n)
		for i := range list {
			list[i] = netip.AddrFrom4([4]byte{192, 0, 2, byte(i + 1)}).String()
		}
		d := &names{}
		d.set("app.example", nil, list...)
		o := backend.Options{Names: d, Transport: dialOnly, Dial: func(context.Context, netip.AddrPort) (net.Conn, error) {
			return nil, errors.New("refused")
		}}
		target := find(t, build(t, start(t, o), backend.Config{Backends: []backend.Backend{single(t, "a", "http://app.example", nil)}}), "a")
		load(t, target, 2*n, 1, backend.Call{})
		ejected := 0
		for _, a := range target.Explain(time.Now()).Members[0].Status.Addresses {
			if !a.Ejected.IsZero() {
				ejected++
			}
		}
		want := n / 2
		if ejected != want {
			t.Errorf("%d addresses: got %d ejected, want %d", n, ejected, want)
		}
	}
}

// dialOnly connects and answers 200.
func dialOnly(o backend.TransportOptions) http.RoundTripper {
	return &trip{do: func(r *http.Request) (*http.Response, error) {
		if _, err := o.Dial(r.Context()); err != nil {
			return nil, err
		}
		return answer(200), nil
	}}
}

// TestEjectionGrows: doubling, a cap of a minute, decay, and one step for a
// burst of failures (gateway-peers.md §2.2 item 3).
func TestEjectionGrows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &names{}
		d.set("app.example", nil, "192.0.2.1", "192.0.2.2")
		var dead atomic.Bool
		dead.Store(true)
		o := backend.Options{Names: d, Transport: dialOnly, Dial: func(_ context.Context, a netip.AddrPort) (net.Conn, error) {
			if dead.Load() && a.Addr() == netip.MustParseAddr("192.0.2.1") {
				return nil, errors.New("refused")
			}
			return nil, nil
		}}
		target := find(t, build(t, start(t, o), backend.Config{Backends: []backend.Backend{single(t, "a", "http://app.example", nil)}}), "a")
		bad := func() backend.AddressStatus { return target.Explain(time.Now()).Members[0].Status.Addresses[0] }
		want := time.Second
		for range 9 {
			load(t, target, 20, 10, backend.Call{})
			left := time.Until(bad().Ejected)
			if left < want*8/10 || left > want*12/10 {
				t.Fatalf("ejected for %v, want %v ± 20 %%", left, want)
			}
			want = min(want*2, time.Minute)
			time.Sleep(left)
		}
		if n := d.asked(); n < 6 || n >= 9 {
			t.Errorf("early lookups: got %d, want one per failure, less those within 5 s of another", n)
		}
		dead.Store(false)
		time.Sleep(10 * time.Minute)
		dead.Store(true)
		load(t, target, 2, 1, backend.Call{})
		if left := time.Until(bad().Ejected); left > 1200*time.Millisecond {
			t.Errorf("after a calm time: ejected for %v, want 1 s", left)
		}
	})
}

// TestPanic: where only ejected addresses are left all are used.
func TestPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &names{}
		d.set("app.example", nil, "192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4")
		var healed atomic.Bool
		o := backend.Options{Names: d, Transport: dialOnly, Dial: func(_ context.Context, a netip.AddrPort) (net.Conn, error) {
			if n := a.Addr().As4()[3]; n <= 2 && !healed.Load() {
				return nil, errors.New("refused")
			}
			return nil, nil
		}}
		target := find(t, build(t, start(t, o), backend.Config{Backends: []backend.Backend{single(t, "a", "http://app.example", nil)}}), "a")
		if got := load(t, target, 8, 1, backend.Call{}); got["200"] != 8 {
			t.Fatalf("got %v, want 8 good answers", got)
		}
		healed.Store(true)
		d.set("app.example", nil, "192.0.2.1", "192.0.2.2")
		time.Sleep(100 * time.Millisecond)
		if got := load(t, target, 8, 1, backend.Call{}); got["200"] != 8 {
			t.Errorf("all ejected: got %v, want 8 good answers", got)
		}
	})
}

// TestSlowClientIsNoTimeout: a call whose time is over while its client still
// sends is no failure of the backend, over HTTP/1.1 and HTTP/2, closed or half
// open; one whose backend does not take what the client has sent is.
func TestSlowClientIsNoTimeout(t *testing.T) {
	for _, test := range []struct {
		name, version string
		hangs         bool
		body          io.Reader // nil: one that does not come
		want          breaker.State
	}{
		{"slow client", "1", false, nil, breaker.Closed},
		{"slow client", "2", false, nil, breaker.Closed},
		{"hanging backend", "1", true, strings.NewReader("all of it"), breaker.Open},
		{"hanging backend", "2", true, strings.NewReader("all of it"), breaker.Open},
		{"full backend", "1", true, endless{}, breaker.Open},
		{"full backend", "2", true, endless{}, breaker.Open},
	} {
		t.Run(test.name+" HTTP "+test.version, func(t *testing.T) {
			over := make(chan struct{})
			s := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				if test.hangs {
					<-over
				}
				_, _ = io.Copy(io.Discard, r.Body)
			}))
			s.Config.Protocols = new(http.Protocols)
			s.Config.Protocols.SetHTTP1(true)
			s.Config.Protocols.SetUnencryptedHTTP2(true)
			s.Start()
			t.Cleanup(func() {
				s.CloseClientConnections()
				close(over)
				s.Close()
			})
			one := single(t, "a", s.URL, rule(1, time.Hour))
			one.HTTPVersion = test.version
			target := find(t, build(t, start(t, backend.Options{}), backend.Config{Backends: []backend.Backend{one}}), "a")
			body := test.body
			if body == nil {
				r, w := io.Pipe()
				t.Cleanup(func() { _ = w.Close() })
				go func() { _, _ = w.Write([]byte("x")) }()
				body = r
			}
			_, err := target.Do(request(t, http.MethodPost, "/", io.NopCloser(body)), &backend.Call{Timeout: 300 * time.Millisecond})
			var failed *backend.AttemptError
			if !errors.As(err, &failed) || failed.Reason != breaker.Timeout {
				t.Errorf("got %v, want a timeout", err)
			}
			if got := target.Explain(time.Now()).Members[0].Status.Breaker; got.State != test.want {
				t.Errorf("got %v (%s), want %v", got.State, got.Cause, test.want)
			}
		})
	}
}

// endless is a body without an end.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }
