package backend_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"meridian/gateway/backend"
	"meridian/gateway/breaker"
)

// farm is backends a, b, c … at 192.0.2.1, .2, .3 … with their answers.
type farm struct {
	config  backend.Config
	answers map[string]func(*http.Request) (*http.Response, error)
}

func newFarm(t testing.TB, rule *breaker.Rule, list ...string) *farm {
	f := &farm{answers: map[string]func(*http.Request) (*http.Response, error){}}
	for i, name := range list {
		host := fmt.Sprintf("192.0.2.%d", i+1)
		f.config.Backends = append(f.config.Backends, single(t, name, "http://"+host+"/api/test", rule))
		f.answers[host] = status(200)
	}
	return f
}

func (f *farm) options() backend.Options { return backend.Options{Transport: byHost(f.answers)} }

// calls asks n times and returns who answered what; "-" where nobody was asked.
func calls(t testing.TB, target *backend.Target, n int) []string {
	t.Helper()
	var out []string
	for range n {
		var c backend.Call
		code, err := ask(t, target, &c)
		var open *backend.OpenError
		switch {
		case errors.As(err, &open):
			out = append(out, "-")
		case err != nil:
			out = append(out, c.Backend+"!")
		default:
			out = append(out, fmt.Sprintf("%s%d", c.Backend, code))
		}
	}
	return out
}

func TestSeed002(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFarm(t, &breaker.Rule{
			Count: 3, Interval: 5 * time.Minute, TripDuration: 10 * time.Minute,
			Statuses: []breaker.Range{{Min: 500, Max: 599}}, Reasons: breaker.Reasons(breaker.ServerErrors),
		}, "test1", "test2")
		f.answers["192.0.2.2"] = status(503)
		f.config.Pools = []backend.Pool{pool("pool", "test1", "test2")}
		target := find(t, build(t, start(t, f.options()), f.config), "pool")
		var got []string
		began := time.Now()
		for time.Since(began) < 10*time.Minute+8*time.Second {
			got = append(got, calls(t, target, 1)...)
			time.Sleep(time.Second)
		}
		want := []string{"test1200", "test2503", "test1200", "test2503", "test1200", "test2503"}
		for len(want) < 605 {
			want = append(want, "test1200")
		}
		want = append(want, "test2503", "test1200", "test2503")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("calls, -want +got:\n%s", diff)
		}
	})
}

func TestPoolOracle(t *testing.T) {
	tests := []struct {
		name    string
		members []backend.Member
		down    []string // 192.0.2.n
		n       int
		want    string
	}{
		{"equal", members("a b"), nil, 6, "a200 b200 a200 b200 a200 b200"},
		{"50/50", []backend.Member{{Backend: "a", Weight: 50}, {Backend: "b", Weight: 50}}, nil, 4, "a200 b200 a200 b200"},
		{"80/20", []backend.Member{{Backend: "a", Weight: 80}, {Backend: "b", Weight: 20}}, nil, 10, "a200 a200 b200 a200 a200 a200 a200 b200 a200 a200"},
		{"sums are relative", []backend.Member{{Backend: "a", Weight: 3}, {Backend: "b", Weight: 1}}, nil, 4, "a200 a200 b200 a200"},
		{"priority", []backend.Member{{Backend: "b", Priority: 2}, {Backend: "a", Priority: 1}}, nil, 3, "a200 a200 a200"},
		{
			"the next group only when all of the better are open",
			[]backend.Member{{Backend: "a", Priority: 1}, {Backend: "b", Priority: 1}, {Backend: "c", Priority: 2}},
			[]string{"192.0.2.1", "192.0.2.2"},
			8, "a503 b503 a503 b503 c200 c200 c200 c200",
		},
		{
			"P1 then 2 x P2",
			[]backend.Member{{Backend: "a", Priority: 1}, {Backend: "b", Priority: 2}, {Backend: "c", Priority: 2}},
			[]string{"192.0.2.1"},
			7, "a503 a503 b200 c200 b200 c200 b200",
		},
		{"no weight beside a weight", []backend.Member{{Backend: "a", Weight: 0}, {Backend: "b", Weight: 1}}, []string{"192.0.2.2"}, 4, "b503 b503 a200 a200"},
		{"all open", members("a b"), []string{"192.0.2.1", "192.0.2.2"}, 6, "a503 b503 a503 b503 - -"},
		{"who is open gives its turn to all", members("a b c"), []string{"192.0.2.2"}, 10, "a200 b503 c200 a200 b503 c200 a200 c200 a200 c200"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newFarm(t, rule(2, time.Hour), "a", "b", "c")
			for _, host := range test.down {
				f.answers[host] = status(503)
			}
			f.config.Pools = []backend.Pool{{Name: "p", Members: test.members}}
			target := find(t, build(t, start(t, f.options()), f.config), "p")
			if got := lower(calls(t, target, test.n)); got != test.want {
				t.Errorf("calls: got %s, want %s", got, test.want)
			}
		})
	}
}

func members(list string) []backend.Member {
	var out []backend.Member
	for _, c := range list {
		if c != ' ' {
			out = append(out, backend.Member{Backend: string(c)})
		}
	}
	return out
}

func TestPreferRegion(t *testing.T) {
	f := newFarm(t, rule(1, time.Hour), "far", "near", "last")
	f.config.Backends[0].Region, f.config.Backends[1].Region = "westeurope", "westus2"
	f.config.Pools = []backend.Pool{{Name: "p", PreferRegion: true, Members: []backend.Member{
		{Backend: "far", Priority: 1}, {Backend: "near", Priority: 1}, {Backend: "last", Priority: 2},
	}}}
	o := f.options()
	o.Near = func(region string) int { return map[string]int{"westus2": 0, "westeurope": 1, "": 9}[region] }
	target := find(t, build(t, start(t, o), f.config), "p")
	if got, want := lower(calls(t, target, 2)), "near200 near200"; got != want {
		t.Errorf("calls: got %s, want %s", got, want)
	}
	f.answers["192.0.2.2"] = status(500)
	if got, want := lower(calls(t, target, 3)), "near500 far200 far200"; got != want {
		t.Errorf("calls: got %s, want %s", got, want)
	}
	f.answers["192.0.2.1"] = status(500)
	if got, want := lower(calls(t, target, 2)), "far500 last200"; got != want {
		t.Errorf("calls: got %s, want %s", got, want)
	}
}

func TestAllOpenSaysWhen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFarm(t, rule(1, 10*time.Minute), "a", "b")
		f.config.Backends[1].Breaker = rule(1, 4*time.Minute)
		f.answers["192.0.2.1"], f.answers["192.0.2.2"] = status(503), status(503)
		f.config.Pools = []backend.Pool{{Name: "p", Members: members("a b"), FailureStatus: 429}}
		target := find(t, build(t, start(t, f.options()), f.config), "p")
		calls(t, target, 2)
		for _, left := range []time.Duration{4 * time.Minute, 3 * time.Minute} {
			_, err := ask(t, target, &backend.Call{})
			var open *backend.OpenError
			if !errors.As(err, &open) || open.Retry != left || open.Status != 429 {
				t.Errorf("got %+v, want status 429 and a wait of %v", err, left)
			}
			time.Sleep(time.Minute)
		}
		_, err := ask(t, target, &backend.Call{})
		want := &backend.OpenError{Target: "p", Status: 429, Retry: 2 * time.Minute, Skipped: []backend.Skip{
			{Member: "a", Why: "open", Wait: 8 * time.Minute}, {Member: "b", Why: "open", Wait: 2 * time.Minute},
		}}
		if diff := cmp.Diff(error(want), err); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
}

// TestFailureResponse: a backend whose rule names a status answers it while its
// breaker is open.
func TestFailureResponse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := rule(1, time.Minute)
		r.FailureStatus = 429
		f := newFarm(t, r, "a")
		f.answers["192.0.2.1"] = status(500)
		target := find(t, build(t, start(t, f.options()), f.config), "a")
		calls(t, target, 1)
		_, err := ask(t, target, &backend.Call{})
		var open *backend.OpenError
		if !errors.As(err, &open) || open.Status != 429 || open.Retry != time.Minute {
			t.Errorf("got %+v, want status 429 and a wait of a minute", err)
		}
	})
}

func TestRetryAfterOfTheAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := rule(1, time.Hour)
		r.AcceptRetryAfter, r.Statuses = true, []breaker.Range{{Min: 429, Max: 429}}
		f := newFarm(t, r, "a")
		f.answers["192.0.2.1"] = func(*http.Request) (*http.Response, error) {
			res := answer(429)
			res.Header.Set("Retry-After", "7")
			return res, nil
		}
		target := find(t, build(t, start(t, f.options()), f.config), "a")
		calls(t, target, 1)
		_, err := ask(t, target, &backend.Call{})
		var open *backend.OpenError
		if !errors.As(err, &open) || open.Retry != 7*time.Second {
			t.Errorf("got %+v, want a wait of 7s", err)
		}
		time.Sleep(7 * time.Second)
		if got, want := lower(calls(t, target, 1)), "a429"; got != want {
			t.Errorf("after the wait: got %s, want %s", got, want)
		}
	})
}

func TestSession(t *testing.T) {
	f := newFarm(t, rule(1, time.Hour), "a", "b")
	f.config.Pools = []backend.Pool{{Name: "p", Members: members("a b"), SessionCookie: "sid"}}
	o := f.options()
	o.SessionKey = []byte("key")
	target := find(t, build(t, start(t, o), f.config), "p")
	res, err := target.Do(get(t, "/"), &backend.Call{})
	if err != nil {
		t.Fatal(err)
	}
	cookies := res.Cookies()
	if len(cookies) != 1 || cookies[0].Name != "sid" || cookies[0].Value == "" {
		t.Fatalf("cookies: got %v, want one called sid", cookies)
	}
	stay := func() (string, int) {
		r, c := get(t, "/"), backend.Call{}
		r.AddCookie(&http.Cookie{Name: "sid", Value: cookies[0].Value})
		res, err := target.Do(r, &c)
		if err != nil {
			t.Fatal(err)
		}
		return c.Backend, len(res.Cookies())
	}
	for range 5 {
		if who, set := stay(); who != "a" || set != 0 {
			t.Errorf("got %s and %d cookies, want a and none", who, set)
		}
	}
	f.answers["192.0.2.1"] = status(500)
	stay()
	if who, set := stay(); who != "b" || set != 1 {
		t.Errorf("with a open: got %s and %d cookies, want b and a new one", who, set)
	}
}

func TestScheduleIsKept(t *testing.T) {
	f := newFarm(t, rule(2, time.Hour), "a", "b", "c")
	f.config.Pools = []backend.Pool{pool("p", "a", "b", "c")}
	b := start(t, f.options())
	var got []string
	for range 4 {
		got = append(got, calls(t, find(t, build(t, b, f.config), "p"), 1)...)
	}
	if got, want := lower(got), "a200 b200 c200 a200"; got != want {
		t.Errorf("calls over four plans: got %s, want %s", got, want)
	}
}

func TestIdentity(t *testing.T) {
	f := newFarm(t, rule(1, time.Hour), "a", "b")
	f.answers["192.0.2.1"] = status(500)
	b := start(t, f.options())
	old := build(t, b, f.config)
	calls(t, find(t, old, "a"), 1)
	since := find(t, old, "a").Explain(time.Now()).Members[0].Status.Addresses[0].Since
	open := func(s *backend.Set) string { return find(t, s, "a").Explain(time.Now()).Members[0].Why }

	f.config.Backends[1] = single(t, "b", "http://192.0.2.9", nil)
	f.config.Backends[0].Region = "westus"
	same := build(t, b, f.config)
	if got := open(same); got != "open" {
		t.Errorf("a after a change of b: got %q, want open", got)
	}
	if got := find(t, same, "a").Explain(time.Now()).Members[0].Status.Addresses[0].Since; !got.Equal(since) {
		t.Errorf("a's address: got %v, want the old one of %v", got, since)
	}

	f.config.Backends[0].Breaker = rule(2, time.Hour)
	if got := open(build(t, b, f.config)); got != "chosen" {
		t.Errorf("a with another rule: got %q, want chosen", got)
	}
	if got := open(old); got != "open" {
		t.Errorf("a of the first plan: got %q, want open", got)
	}
	f.config.Backends[0].URL = at(t, "http://192.0.2.2")
	moved := build(t, b, f.config)
	if got, want := find(t, moved, "a").Explain(time.Now()).Addr, netip.MustParseAddrPort("192.0.2.2:80"); got != want {
		t.Errorf("a with another host: got %v, want %v", got, want)
	}
	if got, want := lower(calls(t, find(t, moved, "a"), 1)), "a200"; got != want {
		t.Errorf("a with another host: got %s, want %s", got, want)
	}
	if _, err := b.Build(backend.Config{Backends: []backend.Backend{{Name: "x"}}}); err == nil {
		t.Error("a backend without a URL: got no error")
	}
}

func TestOrders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFarm(t, rule(1, time.Hour), "a", "b")
		f.config.Backends[1].Breaker = nil
		f.config.Pools = []backend.Pool{pool("p", "a", "b")}
		var heard []string
		o := f.options()
		o.Changed = func(t backend.Transition) { heard = append(heard, t.Backend+" "+t.To.String()) }
		b := start(t, o)
		b.Order(map[string]backend.Order{"A": {Disabled: true}})
		s := build(t, b, f.config)
		check := func(name, want string) {
			t.Helper()
			if got := lower(calls(t, find(t, s, name), 2)); got != want {
				t.Errorf("%s: got %s, want %s", name, got, want)
			}
		}
		check("p", "b200 b200")
		check("a", "- -")
		b.Order(map[string]backend.Order{"a": {Disabled: true, DisabledUntil: time.Now().Add(time.Minute)}, "b": {Breaker: breaker.ForceOpen, Reason: "test"}})
		check("p", "- -")
		if healthy, all := s.Share(); all != 0 {
			t.Errorf("share without healthOf: got %d of %d", healthy, all)
		}
		time.Sleep(time.Minute)
		check("p", "a200 a200")
		f.answers["192.0.2.1"] = status(500)
		b.Order(map[string]backend.Order{"a": {Breaker: breaker.ForceClosed}})
		check("a", "a500 a500")
		b.Order(nil)
		check("b", "b200 b200")
		check("a", "a500 -")
		synctest.Wait()
		if got, want := lower(heard), "b forcedOpen a forcedClosed b closed a closed a open"; got != want && got != "b forcedOpen b closed a forcedClosed a closed a open" {
			t.Errorf("transitions: got %s, want %s", got, want)
		}
	})
}

func TestShare(t *testing.T) {
	f := newFarm(t, rule(1, time.Hour), "a", "b", "c", "d")
	f.answers["192.0.2.2"] = status(500)
	f.config.Pools = []backend.Pool{pool("good", "a", "c", "d"), pool("bad", "a", "b"), pool("silent", "b")}
	f.config.Pools[0].HealthOfLocation, f.config.Pools[1].HealthOfLocation = true, true
	s := build(t, start(t, f.options()), f.config)
	if healthy, all := s.Share(); healthy != all || all == 0 {
		t.Errorf("before: got %d of %d, want all", healthy, all)
	}
	calls(t, find(t, s, "b"), 1)
	if healthy, all := s.Share(); healthy != 1 || all != 2 {
		t.Errorf("with b open: got %d of %d, want 1 of 2", healthy, all)
	}
}

func TestExplain(t *testing.T) {
	f := newFarm(t, rule(1, time.Hour), "a", "b", "c", "d")
	f.answers["192.0.2.1"] = status(500)
	f.config.Backends[1].Credentials.Query = map[string][]string{"key": {"secret"}}
	f.config.Pools = []backend.Pool{{Name: "p", Members: []backend.Member{
		{Backend: "a", Priority: 1}, {Backend: "b", Priority: 1}, {Backend: "c", Priority: 1}, {Backend: "d", Priority: 2},
	}}}
	b := start(t, f.options())
	target := find(t, build(t, b, f.config), "p")
	calls(t, target, 1)
	b.Order(map[string]backend.Order{"c": {Disabled: true}})
	got := target.Explain(time.Now())
	why := map[string]string{}
	for _, m := range got.Members {
		why[m.Backend] = m.Why
	}
	want := map[string]string{"a": "open", "b": "chosen", "c": "disabled", "d": "standby"}
	if diff := cmp.Diff(want, why); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got.Chosen != "b" || got.URL != "http://192.0.2.2/api/test" || got.Addr.String() != "192.0.2.2:80" {
		t.Errorf("got %s %s %s", got.Chosen, got.URL, got.Addr)
	}
	if got, want := lower(calls(t, target, 1)), "b200"; got != want {
		t.Errorf("the call after: got %s, want %s", got, want)
	}
}
