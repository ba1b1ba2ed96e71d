package backend_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"meridian/gateway/backend"
	"meridian/gateway/breaker"
)

// TestSeed002OnSockets is the seed's table with two servers, its times divided
// by a thousand.
func TestSeed002OnSockets(t *testing.T) {
	test1, test2 := &hits{status: 200}, &hits{status: 503}
	const trip = 600 * time.Millisecond
	r := rule(3, trip)
	r.Interval = 5 * time.Second
	config := backend.Config{
		Backends: []backend.Backend{single(t, "test1", serve(t, test1).URL+"/api/test", r), single(t, "test2", serve(t, test2).URL+"/api/test", r)},
		Pools:    []backend.Pool{pool("pool", "test1", "test2")},
	}
	var opened atomic.Int64
	o := backend.Options{Changed: func(t backend.Transition) {
		if t.Backend == "test2" && t.To == breaker.Open {
			opened.CompareAndSwap(0, t.At.UnixNano())
		}
	}}
	target := find(t, build(t, start(t, o), config), "pool")
	if got, want := lower(calls(t, target, 6)), "test1200 test2503 test1200 test2503 test1200 test2503"; got != want {
		t.Fatalf("calls 1 to 6: got %s, want %s", got, want)
	}
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for end := time.Unix(0, opened.Load()).Add(trip); ; <-tick.C {
		got := calls(t, target, 1)[0]
		over := time.Since(end)
		if got == "test2503" && over >= 0 || over > 10*time.Second {
			break
		}
		if got != "test1200" {
			t.Fatalf("%v before the end of the trip: got %s, want test1200", time.Until(end), got)
		}
	}
	if got, want := lower(calls(t, target, 3)), "test1200 test2503 test1200"; got != want {
		t.Errorf("after the trip: got %s, want %s", got, want)
	}
	if test2.n.Load() != 5 {
		t.Errorf("test2 was asked %d times, want 5", test2.n.Load())
	}
}

// TestLoad: requests, plans, orders, lookups and questions at once; nobody sees
// an error, since one member is always good.
func TestLoad(t *testing.T) {
	ls, port := listen(t, "127.0.0.1", "127.0.0.2")
	on(t, ls["127.0.0.1"], &hits{status: 200})
	on(t, ls["127.0.0.2"], &hits{status: 200})
	d := &names{}
	d.set("app.example", nil, "127.0.0.1", "127.0.0.2")
	b := start(t, backend.Options{Names: d, Registerer: prometheus.NewRegistry()})
	plan := func(i int) backend.Config {
		return backend.Config{
			Backends: []backend.Backend{
				single(t, "a", "http://app.example:"+port, rule(3, 10*time.Millisecond)),
				single(t, "b", fmt.Sprintf("http://app.example:%s/%d", port, i%2), rule(3+i%3, time.Second)),
			},
			Pools: []backend.Pool{{Name: "p", Members: []backend.Member{{Backend: "a", Weight: 1 + i%3}, {Backend: "b", Weight: 1}}}},
		}
	}
	var set atomic.Pointer[backend.Set]
	set.Store(build(t, b, plan(0)))
	ctx, cancel := context.WithCancel(t.Context())
	var busy, others sync.WaitGroup
	for i := range 4 {
		busy.Go(func() {
			for range 100 {
				s := set.Load()
				target, _ := s.Find([]string{"p", "a"}[i%2])
				if code, err := ask(t, target, &backend.Call{Retry: true, Timeout: 20 * time.Second}); code != 200 {
					t.Errorf("got %d %v", code, err)
				}
				s.Share()
			}
		})
	}
	again := func(do func(i int)) {
		others.Go(func() {
			tick := time.NewTicker(5 * time.Millisecond)
			defer tick.Stop()
			for i := 0; ctx.Err() == nil; i++ {
				do(i)
				<-tick.C
			}
		})
	}
	again(func(i int) { set.Store(build(t, b, plan(i))) })
	again(func(i int) {
		b.Order(map[string]backend.Order{"b": {Disabled: i%2 == 0, Breaker: breaker.Forced(i % 3)}}) //nolint:gosec // 0 to 2
	})
	again(func(i int) { d.set("app.example", nil, "127.0.0.1", []string{"127.0.0.2", "127.0.0.1"}[i%2]) })
	again(func(int) {
		now := time.Now()
		set.Load().Status(now)
		target, _ := set.Load().Find("p")
		target.Explain(now)
	})
	busy.Wait()
	cancel()
	others.Wait()
	b.Order(nil)
	for _, s := range set.Load().Status(time.Now()) {
		if s.InFlight != 0 || s.Breaker.State == breaker.ForcedOpen {
			t.Errorf("at rest: got %+v, want nothing in flight and no orders", s)
		}
	}
}

// TestHangingAddress: the call's time is shorter than the one to connect. The
// address is ejected all the same, by whichever way the transport dials.
func TestHangingAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &names{}
		d.set("app.example", nil, "192.0.2.1", "192.0.2.2")
		o := backend.Options{Names: d, Transport: dialOnly, Dial: func(ctx context.Context, a netip.AddrPort) (net.Conn, error) {
			if a.Addr() == netip.MustParseAddr("192.0.2.2") {
				return nil, nil
			}
			<-ctx.Done()
			return nil, ctx.Err()
		}}
		target := alone(t, o, single(t, "a", "http://app.example", nil))
		_, err := ask(t, target, &backend.Call{Timeout: time.Second})
		var failed *backend.AttemptError
		if !errors.As(err, &failed) || failed.Reason != breaker.Timeout {
			t.Errorf("got %v, want a timeout", err)
		}
		if got := target.Explain(time.Now()).Members[0].Status.Addresses[0]; got.Ejected.IsZero() {
			t.Errorf("got %+v, want it ejected", got)
		}
		time.Sleep(time.Minute)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		r := get(t, "/").WithContext(ctx)
		for range 2 { // one of them is for 192.0.2.1
			_, _ = send(target, r, &backend.Call{})
		}
		if got := target.Explain(time.Now()).Members[0].Status.Addresses[0]; !got.Ejected.IsZero() {
			t.Errorf("a client that goes away: got %+v, want no ejection", got)
		}
	})
}

func TestMetrics(t *testing.T) {
	r := prometheus.NewPedanticRegistry()
	f := newFarm(t, rule(1, time.Hour), "A", "b")
	f.answers["192.0.2.1"] = status(503)
	f.config.Pools = []backend.Pool{pool("p", "A", "b")}
	o := f.options()
	o.Registerer = r
	b := start(t, o)
	s := build(t, b, f.config)
	calls(t, find(t, s, "p"), 3)
	calls(t, find(t, s, "a"), 2)
	want := `
# HELP meridian_backend_breaker_transitions_total Changes of breakers.
# TYPE meridian_backend_breaker_transitions_total counter
meridian_backend_breaker_transitions_total{backend="a",from="closed",to="open"} 1
# HELP meridian_backend_refused_requests_total Requests that no backend was asked for: open breakers, disabled backends.
# TYPE meridian_backend_refused_requests_total counter
meridian_backend_refused_requests_total{backend="@url"} 0
meridian_backend_refused_requests_total{backend="a"} 2
meridian_backend_refused_requests_total{backend="b"} 0
meridian_backend_refused_requests_total{backend="p"} 0
# HELP meridian_backend_requests_total Requests to a backend, pool or URL by name.
# TYPE meridian_backend_requests_total counter
meridian_backend_requests_total{backend="@url"} 0
meridian_backend_requests_total{backend="a"} 2
meridian_backend_requests_total{backend="b"} 0
meridian_backend_requests_total{backend="p"} 3
`
	if err := testutil.GatherAndCompare(r, strings.NewReader(want),
		"meridian_backend_breaker_transitions_total", "meridian_backend_refused_requests_total", "meridian_backend_requests_total"); err != nil {
		t.Error(err)
	}
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	problems, err := promlint.NewWithMetricFamilies(families).Lint()
	if err != nil || len(problems) > 0 {
		t.Errorf("lint: %v %v", problems, err)
	}
	if _, err := backend.New(o); err == nil {
		t.Error("a second registration: got no error")
	}
}

// TestMemberKeepsItsTurnWithoutBreaker: failures alone change nothing.
func TestMemberKeepsItsTurnWithoutBreaker(t *testing.T) {
	f := newFarm(t, nil, "a", "b")
	f.answers["192.0.2.2"] = func(*http.Request) (*http.Response, error) { return answer(500), nil }
	f.config.Pools = []backend.Pool{pool("p", "a", "b")}
	target := find(t, build(t, start(t, f.options()), f.config), "p")
	if got, want := lower(calls(t, target, 6)), "a200 b500 a200 b500 a200 b500"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
