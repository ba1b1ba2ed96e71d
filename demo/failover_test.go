package demo

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"meridian/admin/api"
)

// measured is a failover of West Europe as one server saw it, after a verdict
// and a change that took so long; 0: it never came.
func measured(verdict, changed time.Duration) *failover {
	f := &failover{verb: "stop", place: places()[1], at: time.Now(), living: sampleClients()[3:4], clients: sampleClients()[3:4], expected: true}
	s := sighting{server: places()[0], before: []netip.Addr{places()[1].Addr}, after: []netip.Addr{places()[0].Addr}}
	if verdict > 0 {
		s.firstProbe, s.verdict = f.at.Add(verdict/2), f.at.Add(verdict)
	}
	if changed > 0 {
		s.changed = f.at.Add(changed)
	}
	f.seen = []sighting{s}
	return f
}

// after is a failover while another lost node's last votes still count so long.
func after(f *failover, stale time.Duration) *failover {
	f.stale = stale
	return f
}

// TestPromise: what was measured is held against the arithmetic.
func TestPromise(t *testing.T) {
	for name, tt := range map[string]struct {
		f    *failover
		want string // in the error; empty: none
	}{
		"kept":           {measured(3*time.Second, 3*time.Second), ""},
		"late verdict":   {measured(failPromise+1, failPromise+1), "the verdict of West US 2 came after 5.00 s"},
		"late answer":    {measured(time.Second, failPromise+time.Second), "first changed answer of West US 2 came after 6.00 s"},
		"lost before":    {after(measured(failPromise+time.Second, failPromise+time.Second), 2*time.Second), ""},
		"later still":    {after(measured(failPromise+3*time.Second, failPromise+3*time.Second), 2*time.Second), "promised within 7.00 s"},
		"no verdict":     {measured(0, 0), "West US 2 never found the gateway down"},
		"no answer":      {measured(time.Second, 0), "no answer of West US 2 changed"},
		"none expected":  {&failover{verb: "stop", why: "x", at: time.Now(), seen: []sighting{{verdict: time.Now()}}}, ""},
		"start too late": {&failover{verb: "start", at: time.Now().Add(-time.Minute), seen: []sighting{{server: places()[2], verdict: time.Now()}}}, "the verdict of Japan East"},
	} {
		err := tt.f.broken()
		if (err != nil) != (tt.want != "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", name, err, tt.want)
		}
	}
}

func TestReport(t *testing.T) {
	var b strings.Builder
	measured(2500*time.Millisecond, 2600*time.Millisecond).write(&b)
	for _, want := range []string{
		"West US 2   1.25 s               2.50 s         2.60 s",
		"interval 1.00 s x (tolerated 2 + 1) + timeout 1.00 s + nodes agree 1.00 s = at most 5.00 s",
		"measured  at most 2.60 s",
		"clients that live there (DE) now get West US 2 (DE); all servers agree",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("got\n%swant it to say %q", b.String(), want)
		}
	}
	b.Reset()
	measured(time.Second, 9*time.Second).write(&b)
	if !strings.Contains(b.String(), "PROMISE BROKEN: promised within 5.00 s") {
		t.Errorf("got\n%swant it to say that the promise was broken", b.String())
	}
}

// TestCounts: a query without an address in its reply breaks the promise.
func TestCounts(t *testing.T) {
	good := answer{Addrs: []netip.Addr{places()[0].Addr}}
	for name, tt := range map[string]struct {
		replies []answer
		err     error
		broken  bool
	}{
		"good":     {replies: []answer{good, good}},
		"none":     {broken: true},
		"nxdomain": {replies: []answer{good, {Rcode: 3}}, broken: true},
		"servfail": {replies: []answer{{Rcode: 2}}, broken: true},
		"refused":  {replies: []answer{{Rcode: 5}}, broken: true},
		"empty":    {replies: []answer{good, {}}, broken: true},
		"lost":     {replies: []answer{good}, err: errCut, broken: true},
	} {
		var all tally
		for _, r := range tt.replies {
			all.take(r, tt.err)
		}
		c := all.counts()
		if err := c.broken(); (err != nil) != tt.broken || c.asked != uint64(len(tt.replies)) {
			t.Errorf("%s: got %v from %s, want broken %v", name, err, c, tt.broken)
		}
	}
}

// TestLoadCounts: a failed request, none at all and none that was relayed break
// the promise.
func TestLoadCounts(t *testing.T) {
	s := &site{place: places()[0]}
	here, away, lost := arrival{location: "West US 2"}, arrival{location: "Japan East"}, arrival{err: errCut}
	for name, tt := range map[string]struct {
		arrivals []arrival
		broken   bool
		want     string
	}{
		"good":         {[]arrival{here, away, away}, false, "3 requests of clients that never ask DNS again: 0 failed, 1 served where they arrived, 2 relayed"},
		"none":         {nil, true, "0 requests"},
		"none relayed": {[]arrival{here, here}, true, "2 served where they arrived, 0 relayed"},
		"one failed":   {[]arrival{here, away, lost}, true, "1 failed, 1 served where they arrived, 1 relayed to another location (the last failure: reply is cut short)"},
	} {
		l := &load{quit: make(chan struct{})}
		for _, a := range tt.arrivals {
			l.take(s, a)
		}
		c := l.stop()
		if err := c.broken(); (err != nil) != tt.broken || !strings.Contains(c.String(), tt.want) {
			t.Errorf("%s: got %v and %q, want broken %v and %q", name, err, c, tt.broken, tt.want)
		}
	}
}

// TestRecent: a change counts once its verdict, or at least its first answer, is
// not older than what is looked for.
func TestRecent(t *testing.T) {
	now := time.Now()
	before, later := now.Add(-time.Second), now.Add(time.Second)
	for name, tt := range map[string]struct {
		in   *api.Incident
		want time.Time // zero: none
	}{
		"none":             {nil, time.Time{}},
		"other verdict":    {&api.Incident{To: "up", Verdict: later}, time.Time{}},
		"new":              {&api.Incident{To: "down", Verdict: later}, later},
		"old":              {&api.Incident{To: "down", Verdict: before}, time.Time{}},
		"old, answers too": {&api.Incident{To: "down", Verdict: before, FirstChangedAnswer: &before}, time.Time{}},
		"found before":     {&api.Incident{To: "down", Verdict: before, FirstChangedAnswer: &later}, later},
	} {
		got := time.Time{}
		if in := recent(tt.in, "down", now); in != nil {
			got = in.Verdict
		}
		if !got.Equal(tt.want) {
			t.Errorf("%s: got %v, want %v", name, got, tt.want)
		}
	}
}
