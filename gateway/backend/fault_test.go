package backend_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"meridian/gateway/backend"
	"meridian/gateway/breaker"
)

// load sends n requests with some in parallel and counts what came of them, by
// status or type of error.
func load(t testing.TB, target *backend.Target, n, parallel int, c backend.Call) map[string]int {
	t.Helper()
	out := map[string]int{}
	var mu sync.Mutex
	var left atomic.Int64
	left.Store(int64(n))
	var wg sync.WaitGroup
	for range parallel {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				call := c
				code, err := send(target, get(t, "/foo"), &call)
				key := fmt.Sprint(code)
				if err != nil {
					key = fmt.Sprintf("%T", err)
				}
				mu.Lock()
				out[key]++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return out
}

// silent accepts connections and never answers.
func silent(t testing.TB, l net.Listener) {
	t.Helper()
	var mu sync.Mutex
	var open []net.Conn
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open = append(open, c)
			mu.Unlock()
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		mu.Lock()
		defer mu.Unlock()
		for _, c := range open {
			_ = c.Close()
		}
	})
}

// resetting ends every connection with a reset after the request.
func resetting(t testing.TB, l net.Listener) *atomic.Int64 {
	t.Helper()
	var n atomic.Int64
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			n.Add(1)
			_, _ = c.Read(make([]byte, 4096))
			_ = c.(*net.TCPConn).SetLinger(0)
			_ = c.Close()
		}
	}()
	t.Cleanup(func() { _ = l.Close() })
	return &n
}

// TestOneOfThreeDies is scenario E1: a member refuses, resets, hangs, fails or
// is slow. After its breaker has tripped nobody notices.
func TestOneOfThreeDies(t *testing.T) {
	fault := map[string]func(t *testing.T, l net.Listener){
		"refuse": func(_ *testing.T, l net.Listener) { _ = l.Close() },
		"reset":  func(t *testing.T, l net.Listener) { resetting(t, l) },
		"hang":   func(t *testing.T, l net.Listener) { silent(t, l) },
		"5xx":    func(t *testing.T, l net.Listener) { on(t, l, &hits{status: 502}) },
		"slow": func(t *testing.T, l net.Listener) {
			on(t, l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				select {
				case <-time.After(time.Minute):
				case <-r.Context().Done():
				}
			}))
		},
	}
	for name, break1 := range fault {
		t.Run(name, func(t *testing.T) {
			var config backend.Config
			good := &hits{status: 200}
			for i, who := range []string{"a", "b", "c"} {
				host := fmt.Sprintf("127.0.11.%d", i+1) // nobody else's: the port of who refuses stays free
				l, port := listen(t, host)
				one := single(t, who, "http://"+host+":"+port, rule(3, time.Hour))
				one.Breaker.Reasons = breaker.Reasons(breaker.ServerErrors, breaker.Timeout, breaker.BackendConnectionFailure)
				one.Timeouts.Header = 50 * time.Millisecond
				if i == 1 {
					break1(t, l[host])
				} else {
					one.Timeouts.Header = 10 * time.Second
					on(t, l[host], good)
				}
				config.Backends = append(config.Backends, one)
			}
			config.Pools = []backend.Pool{pool("p", "a", "b", "c")}
			target := find(t, build(t, start(t, backend.Options{}), config), "p")
			before := load(t, target, 9, 1, backend.Call{})
			if before["200"] != 6 {
				t.Errorf("to the trip: got %v, want 6 good answers of 9", before)
			}
			after := load(t, target, 200, 8, backend.Call{})
			if after["200"] != 200 {
				t.Errorf("after the trip: got %v, want 200 good answers", after)
			}
		})
	}
}

// TestRepetitionHides shows that the built-in repetition keeps transport
// failures of one member from callers.
func TestRepetitionHides(t *testing.T) {
	good := serve(t, &hits{status: 200})
	config := backend.Config{
		Backends: []backend.Backend{single(t, "a", "http://127.0.0.1:9", rule(3, time.Hour)), single(t, "b", good.URL, nil)},
		Pools:    []backend.Pool{pool("p", "a", "b")},
	}
	target := find(t, build(t, start(t, backend.Options{}), config), "p")
	if got := load(t, target, 50, 1, backend.Call{Retry: true}); got["200"] != 50 {
		t.Errorf("got %v, want 50 good answers", got)
	}
	c := backend.Call{Retry: true}
	if _, err := ask(t, target, &c); err != nil || len(c.Attempts) != 1 {
		t.Errorf("after the trip: got %v and %d attempts, want none and 1", err, len(c.Attempts))
	}
}

// TestAllFail is scenario E2: everything refuses, then comes back.
func TestAllFail(t *testing.T) {
	hosts := []string{"127.0.11.4", "127.0.11.5"} // nobody else's: their port stays free
	ls, port := listen(t, hosts...)
	var config backend.Config
	for i, host := range hosts {
		config.Backends = append(config.Backends, single(t, string(rune('a'+i)), "http://"+host+":"+port, rule(2, 3*time.Second)))
		_ = ls[host].Close()
	}
	config.Pools = []backend.Pool{pool("p", "a", "b")}
	target := find(t, build(t, start(t, backend.Options{}), config), "p")
	got := load(t, target, 100, 1, backend.Call{})
	if got["*backend.AttemptError"] != 4 || got["*backend.OpenError"] != 96 {
		t.Errorf("got %v, want 4 attempts and 96 refusals", got)
	}
	for _, host := range hosts {
		l, err := net.Listen("tcp", host+":"+port)
		if err != nil {
			t.Fatal(err)
		}
		on(t, l, &hits{status: 200})
	}
	wait(t, "an answer after the trip", func() bool {
		code, _ := ask(t, target, &backend.Call{})
		return code == 200
	})
	if got := load(t, target, 20, 4, backend.Call{}); got["200"] != 20 {
		t.Errorf("recovered: got %v, want 20 good answers", got)
	}
}

// TestRetryStorm is scenario E4: half of the attempts break off, and the
// attempts stay within the budget.
func TestRetryStorm(t *testing.T) {
	var attempts atomic.Int64
	flaky := func(*http.Request) (*http.Response, error) {
		if attempts.Add(1)%2 == 0 {
			return nil, io.ErrUnexpectedEOF
		}
		return answer(200), nil
	}
	f := newFarm(t, nil, "a", "b")
	f.answers["192.0.2.1"], f.answers["192.0.2.2"] = flaky, flaky
	f.config.Pools = []backend.Pool{pool("p", "a", "b")}
	target := find(t, build(t, start(t, f.options()), f.config), "p")
	const n = 2000
	got := load(t, target, n, 8, backend.Call{Retry: true})
	if most := int64(n*1.2 + 3); attempts.Load() > most || attempts.Load() <= n {
		t.Errorf("%d attempts for %d requests, want more and at most %d", attempts.Load(), n, most)
	}
	if got["200"]+got["*backend.AttemptError"] != n || got["200"] < n/2 {
		t.Errorf("got %v", got)
	}
}

// TestAddressChanges is scenario E5: the name moves while the old address
// refuses; nobody notices, the lookup is asked for early.
func TestAddressChanges(t *testing.T) {
	ls, port := listen(t, "127.0.11.6", "127.0.11.7") // nobody else's: the port of who goes stays free
	old, fresh := &hits{status: 200}, &hits{status: 200}
	stop := on(t, ls["127.0.11.6"], old)
	on(t, ls["127.0.11.7"], fresh)
	n := &names{}
	n.set("app.example", nil, "127.0.11.6", "127.0.11.7")
	n.refreshed = func(host string) { n.set(host, nil, "127.0.11.7") }
	target := find(t, build(t, start(t, backend.Options{Names: n}), backend.Config{
		Backends: []backend.Backend{single(t, "a", "http://app.example:"+port, rule(1, time.Hour))},
	}), "a")
	load(t, target, 10, 1, backend.Call{})
	if old.n.Load() != 5 || fresh.n.Load() != 5 {
		t.Errorf("requests: got %d and %d, want 5 and 5", old.n.Load(), fresh.n.Load())
	}
	stop()
	if got := load(t, target, 100, 4, backend.Call{}); got["200"] != 100 {
		t.Errorf("with a dead address: got %v, want 100 good answers", got)
	}
	if n.asked() != 1 {
		t.Errorf("early lookups: got %d, want 1 in 5 s", n.asked())
	}
	wait(t, "the new roster", func() bool {
		return len(target.Explain(time.Now()).Members[0].Status.Addresses) == 1
	})
}

// TestOnlyAddressMoves is scenario E5 with one address: who meets the old one
// waits for the early lookup under way, and no longer than that.
func TestOnlyAddressMoves(t *testing.T) {
	ls, port := listen(t, "127.0.11.8", "127.0.11.9") // nobody else's, as above
	stop := on(t, ls["127.0.11.8"], &hits{status: 200})
	on(t, ls["127.0.11.9"], &hits{status: 200})
	n, early := &names{}, make(chan struct{})
	n.early = early
	n.set("app.example", nil, "127.0.11.8")
	n.refreshed = func(host string) {
		time.AfterFunc(50*time.Millisecond, func() {
			n.set(host, nil, "127.0.11.9")
			close(early)
		})
	}
	target := find(t, build(t, start(t, backend.Options{Names: n}), backend.Config{
		Backends: []backend.Backend{single(t, "a", "http://app.example:"+port, nil)},
	}), "a")
	load(t, target, 10, 1, backend.Call{})
	stop()
	if got := load(t, target, 200, 8, backend.Call{}); got["200"] != 200 {
		t.Errorf("after the move: got %v, want 200 good answers", got)
	}
	if n.asked() != 1 {
		t.Errorf("early lookups: got %d, want 1 in 5 s", n.asked())
	}
}

// TestLookupThatIsNoHelp: a request waits for an early lookup a quarter of a
// second at most, and not at all where another member is asked instead.
func TestLookupThatIsNoHelp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &names{early: make(chan struct{})}
		n.set("a.example", nil, "192.0.2.1")
		n.set("b.example", nil, "192.0.2.2")
		o := backend.Options{Names: n, Dial: func(context.Context, netip.AddrPort) (net.Conn, error) { return nil, syscall.ECONNREFUSED }}
		set := build(t, start(t, o), backend.Config{
			Backends: []backend.Backend{single(t, "a", "http://a.example", nil), single(t, "b", "http://b.example", nil)},
			Pools:    []backend.Pool{pool("p", "a", "b")},
		})
		for _, c := range []struct {
			target string
			want   time.Duration
		}{{"a", 250 * time.Millisecond}, {"p", 0}} {
			began := time.Now()
			call := backend.Call{Retry: true}
			_, err := ask(t, find(t, set, c.target), &call)
			var failed *backend.AttemptError
			if took := time.Since(began); took != c.want || !errors.As(err, &failed) {
				t.Errorf("%s: got %v after %v, want a failed attempt after %v", c.target, err, took, c.want)
			}
		}
		if n.asked() != 2 {
			t.Errorf("got %d early lookups, want one of each name", n.asked())
		}
	})
}

// TestRemovedAddress: it still answers, but gets no request and keeps no idle
// connection; what is under way ends there.
func TestRemovedAddress(t *testing.T) {
	ls, port := listen(t, "127.0.0.1", "127.0.0.2")
	var open sync.Map
	release := make(chan struct{})
	var count atomic.Int64
	s := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		count.Add(1)
		if r.URL.Path == "/slow" {
			w.WriteHeader(200)
			_ = http.NewResponseController(w).Flush()
			<-release
		}
		_, _ = io.WriteString(w, "old")
	}), ConnState: func(c net.Conn, s http.ConnState) {
		if s == http.StateClosed {
			open.Delete(c)
			return
		}
		open.Store(c, s)
	}}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.Serve(ls["127.0.0.1"])
	}()
	t.Cleanup(func() {
		_ = s.Close()
		<-done
	})
	on(t, ls["127.0.0.2"], &hits{status: 204})
	n := &names{}
	n.set("app.example", nil, "127.0.0.1")
	target := find(t, build(t, start(t, backend.Options{Names: n}), backend.Config{
		Backends: []backend.Backend{single(t, "a", "http://app.example:"+port, nil)},
	}), "a")
	slow, err := target.Do(get(t, "/slow"), &backend.Call{})
	if err != nil {
		t.Fatal(err)
	}
	load(t, target, 20, 4, backend.Call{})
	n.set("app.example", nil, "127.0.0.2")
	wait(t, "an answer of the new address", func() bool {
		code, _ := ask(t, target, &backend.Call{})
		return code == 204
	})
	seen := count.Load()
	if got := load(t, target, 50, 4, backend.Call{}); got["204"] != 50 || count.Load() != seen {
		t.Errorf("got %v and %d requests at the old address, want 50 and none", got, count.Load()-seen)
	}
	left := func() int {
		n := 0
		open.Range(func(any, any) bool { n++; return true })
		return n
	}
	wait(t, "idle connections closed", func() bool { return left() == 1 })
	close(release)
	text, err := io.ReadAll(slow.Body)
	if err != nil || string(text) != "old" {
		t.Errorf("the answer under way: got %q and %v, want old", text, err)
	}
	_ = slow.Body.Close()
	wait(t, "the last connection closed", func() bool { return left() == 0 })
}

// TestNamesBreak is scenario E6: errors, nothing, many addresses. The last good
// ones stay, ejections and breakers too.
func TestNamesBreak(t *testing.T) {
	var asked sync.Map
	n := &names{}
	n.set("app.example", nil, "192.0.2.1", "192.0.2.2")
	o := backend.Options{Names: n, Transport: func(o backend.TransportOptions) http.RoundTripper {
		return &trip{do: func(r *http.Request) (*http.Response, error) {
			if _, err := o.Dial(r.Context()); err != nil {
				return nil, err
			}
			return answer(200), nil
		}}
	}, Dial: func(_ context.Context, a netip.AddrPort) (net.Conn, error) {
		asked.Store(a.Addr().String(), true)
		if a.Addr() == netip.MustParseAddr("192.0.2.1") {
			return nil, syscall.ECONNREFUSED
		}
		return nil, nil
	}}
	b := start(t, o)
	config := backend.Config{Backends: []backend.Backend{single(t, "a", "http://app.example", nil)}}
	target := find(t, build(t, b, config), "a")
	addresses := func() []backend.AddressStatus { return target.Explain(time.Now()).Members[0].Status.Addresses }
	lookup := func() string { return target.Explain(time.Now()).Members[0].Status.Lookup }
	if got := load(t, target, 4, 1, backend.Call{}); got["200"] != 4 {
		t.Fatalf("got %v", got)
	}
	ejected := addresses()[0].Ejected
	if ejected.IsZero() || addresses()[0].LastError == "" {
		t.Fatalf("192.0.2.1: got %+v, want it ejected", addresses()[0])
	}
	broken := errors.New("SERVFAIL")
	n.set("app.example", broken)
	wait(t, "the complaint", func() bool { _, _ = ask(t, target, &backend.Call{}); return lookup() == "SERVFAIL" })
	if got := load(t, target, 20, 1, backend.Call{}); got["200"] != 20 || len(addresses()) != 2 {
		t.Errorf("while DNS fails: got %v and %d addresses", got, len(addresses()))
	}
	n.set("app.example", nil)
	wait(t, "the end of the complaint", func() bool { _, _ = ask(t, target, &backend.Call{}); return lookup() == "" })
	if len(addresses()) != 2 {
		t.Errorf("empty answer: got %d addresses, want the 2 of before", len(addresses()))
	}
	n.set("app.example", nil, "192.0.2.2", "192.0.2.1", "192.0.2.3")
	wait(t, "a third address", func() bool { _, _ = ask(t, target, &backend.Call{}); return len(addresses()) == 3 })
	if got := addresses()[1]; got.Addr.Addr() != netip.MustParseAddr("192.0.2.1") || got.Failures == 0 {
		t.Errorf("after the refresh: got %+v, want the failures of before", got)
	}
	many := make([]string, 200)
	for i := range many {
		many[i] = fmt.Sprintf("198.51.100.%d", i)
	}
	n.set("app.example", nil, many...)
	wait(t, "many addresses", func() bool { _, _ = ask(t, target, &backend.Call{}); return len(addresses()) == 64 })
	n.set("app.example", nil, "192.0.2.1", "192.0.2.2")
	wait(t, "the first addresses again", func() bool { _, _ = ask(t, target, &backend.Call{}); return len(addresses()) == 2 })
	if addresses()[0].Failures == 0 {
		t.Error("192.0.2.1 came back without its record")
	}
	config.Backends[0].EmptyDrains = true
	draining := find(t, build(t, b, config), "a")
	if code, err := ask(t, draining, &backend.Call{}); code != 200 {
		t.Errorf("got %d %v", code, err)
	}
	n.set("app.example", nil)
	wait(t, "no addresses", func() bool {
		_, err := ask(t, draining, &backend.Call{})
		var failed *backend.AttemptError
		return errors.As(err, &failed) && failed.Reason == breaker.BackendConnectionFailure
	})
}

// TestLocalFailures is scenario E12: this machine has no ports left. That counts
// nowhere.
func TestLocalFailures(t *testing.T) {
	for _, number := range []syscall.Errno{syscall.EADDRNOTAVAIL, syscall.EMFILE, syscall.ENFILE} {
		n := &names{}
		n.set("app.example", nil, "192.0.2.1", "192.0.2.2")
		var healed atomic.Bool
		good := serve(t, &hits{status: 200})
		o := backend.Options{Names: n, Dial: func(ctx context.Context, a netip.AddrPort) (net.Conn, error) {
			if !healed.Load() {
				return nil, &net.OpError{Op: "dial", Net: "tcp", Err: fmt.Errorf("connect: %w", number)}
			}
			var d net.Dialer
			return d.DialContext(ctx, "tcp", strings.TrimPrefix(good.URL, "http://"))
		}}
		target := find(t, build(t, start(t, o), backend.Config{Backends: []backend.Backend{single(t, "a", "http://app.example", rule(1, time.Hour))}}), "a")
		if got := load(t, target, 10, 2, backend.Call{}); got["*backend.LocalError"] != 10 {
			t.Errorf("%v: got %v, want 10 local errors", number, got)
		}
		s := target.Explain(time.Now()).Members[0].Status
		if s.Breaker.Failures != 0 || s.Addresses[0].Failures != 0 || !s.Addresses[0].Ejected.IsZero() || n.asked() != 0 {
			t.Errorf("%v: got %+v and %d early lookups, want no trace", number, s, n.asked())
		}
		healed.Store(true)
		if code, err := ask(t, target, &backend.Call{}); code != 200 {
			t.Errorf("%v: healed: got %d %v", number, code, err)
		}
	}
}
