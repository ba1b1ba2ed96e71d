package breaker

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Seed 002: one call a second to a pool of test1 (healthy) and test2 (always
// 503), each with the seed's breaker, in turn over those that are not open.
func TestSeed002Table(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	statuses := [2]int{200, 503}
	members := [2]*Breaker{New(seedRule()), New(seedRule())}
	turn := 0
	call := func() (int, int) {
		for range members {
			m := turn % 2
			turn++
			if p, ok := members[m].Admit(now, 0); ok {
				members[m].Record(p, Outcome{Status: statuses[m]}, now)
				return m + 1, statuses[m]
			}
		}
		return 0, 503
	}
	type row struct{ Backend, Status int }
	var got, want []row
	for i := range 6 + 600 + 4 {
		backend, status := call()
		got = append(got, row{backend, status})
		next := row{1, 200}
		// Open from second 5, when the third failure came, to second 605.
		if i%2 == 1 && (i < 6 || i >= 605) {
			next = row{2, 503}
		}
		want = append(want, next)
		now = now.Add(time.Second)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

func TestTripAndFullClose(t *testing.T) {
	w := newBench(t, seedRule())
	start := w.now
	w.status(503)
	w.pass(time.Minute)
	w.status(500)
	w.pass(time.Minute)
	got, ok := w.call(Outcome{Status: 503, Detail: "no capacity"})
	last := Failure{At: w.now, Status: 503, Detail: "no capacity"}
	want := Transition{
		From: Closed, To: Open, At: w.now, Until: w.now.Add(10 * time.Minute), Cause: "3 failures in 5m0s",
		Failures: 3, Attempts: 3, LastError: last, Generation: 2,
	}
	if diff := cmp.Diff(want, got); !ok || diff != "" {
		t.Errorf("trip (-want +got):\n%s", diff)
	}
	w.pass(10*time.Minute - 1)
	w.admits(false)
	if got := w.b.Wait(w.now); got != 1 {
		t.Errorf("wait: got %s, want 1ns", got)
	}
	w.pass(time.Hour)
	seen := w.b.Status(w.now)
	got, ok = w.b.Advance(w.now)
	closed := start.Add(12 * time.Minute)
	want = Transition{From: Open, To: Closed, At: closed, Cause: "its time is over", LastError: last, Generation: 3}
	if diff := cmp.Diff(want, got); !ok || diff != "" {
		t.Errorf("close (-want +got):\n%s", diff)
	}
	// Status said so before anybody advanced it.
	if diff := cmp.Diff(w.b.Status(w.now), seen); diff != "" {
		t.Errorf("status before and after Advance (-after +before):\n%s", diff)
	}
	// Azure: fully closed, counters at zero, no probe.
	w.status(503)
	w.status(503)
	if p := w.admits(true); p.Probe() {
		t.Error("a probe after a full close")
	}
}

// The interval slides: failures spread wider than it never trip (peers item 4:
// totals are not what the rule says).
func TestIntervalSlides(t *testing.T) {
	w := newBench(t, seedRule())
	for range 50 {
		w.status(503)
		w.status(200)
		w.pass(150 * time.Second)
	}
	w.want(Closed)
	if got := w.b.Status(w.now); got.Failures != 1 || got.Attempts < 2 {
		t.Errorf("in the interval: got %d of %d, want 1 failure", got.Failures, got.Attempts)
	}
	// Successes between do not help: it counts failures, not failures in a row.
	w.pass(time.Hour)
	for range 2 {
		w.status(503)
		w.status(200)
	}
	w.status(503)
	w.want(Open)
}

func TestPercentage(t *testing.T) {
	r := Rule{Percentage: 50, Interval: time.Minute, TripDuration: time.Minute, Statuses: []Range{{500, 599}}}
	w := newBench(t, r)
	for range 9 {
		w.status(500)
	}
	w.want(Closed) // below the minimum volume of 10
	if tr, ok := w.status(500); !ok || tr.Cause != "10 failures of 10 attempts in 1m0s" {
		t.Errorf("at the minimum volume: got %+v", tr)
	}
	r.MinimumVolume = 4
	w = newBench(t, r)
	for range 3 {
		w.status(200)
	}
	w.status(500)
	w.status(500)
	w.want(Closed) // 40 %
	w.status(500)
	w.want(Open) // 50 %
}

func TestAcceptRetryAfter(t *testing.T) {
	for _, c := range []struct {
		accept      bool
		after, want time.Duration
	}{
		{false, 7 * time.Second, 10 * time.Minute},
		{true, 7 * time.Second, 7 * time.Second},
		{true, 0, 10 * time.Minute},
		{true, 10 * 365 * 24 * time.Hour, 24 * time.Hour},
	} {
		r := seedRule()
		r.Count, r.AcceptRetryAfter = 1, c.accept
		w := newBench(t, r)
		tr, _ := w.call(Outcome{Status: 503, RetryAfter: c.after})
		if got := tr.Until.Sub(w.now); got != c.want || w.b.Wait(w.now) != c.want {
			t.Errorf("accept %v, Retry-After %s: open for %s, want %s", c.accept, c.after, got, c.want)
		}
		w.pass(c.want)
		w.admits(true)
	}
}

// Peers items 9 and 11: what a rule counts is what its ranges and reasons say,
// every status included.
func TestWhatCounts(t *testing.T) {
	none := Rule{}
	ranges := Rule{Statuses: []Range{{408, 408}, {429, 429}, {499, 500}, {502, 504}}}
	errs := Rule{Reasons: Reasons(ServerErrors)}
	timeout := Rule{Reasons: Reasons(Timeout)}
	connect := Rule{Reasons: Reasons(BackendConnectionFailure)}
	quota := Rule{Statuses: []Range{{429, 429}}}
	for _, c := range []struct {
		name string
		o    Outcome
		want [6]bool // none, ranges, errs, timeout, connect, quota
	}{
		{"200", Outcome{Status: 200}, [6]bool{}},
		{"404", Outcome{Status: 404}, [6]bool{}},
		{"429", Outcome{Status: 429}, [6]bool{1: true, 5: true}},
		{"499", Outcome{Status: 499}, [6]bool{1: true}},
		{"500", Outcome{Status: 500}, [6]bool{1: true, 2: true}},
		{"501", Outcome{Status: 501}, [6]bool{2: true}},
		{"504 is an answer", Outcome{Status: 504}, [6]bool{1: true, 2: true}},
		{"599", Outcome{Status: 599}, [6]bool{2: true}},
		{"600", Outcome{Status: 600}, [6]bool{}},
		{"broken off", Outcome{Reason: ServerErrors}, [6]bool{1: true, 2: true}},
		{"timeout", Outcome{Reason: Timeout}, [6]bool{1: true, 2: true, 3: true}},
		{"connect", Outcome{Reason: BackendConnectionFailure}, [6]bool{1: true, 2: true, 4: true}},
		{"cancelled", Outcome{Status: 503, Ignored: true}, [6]bool{}},
		{"cancelled without answer", Outcome{Reason: Timeout, Ignored: true}, [6]bool{}},
		{"nothing", Outcome{}, [6]bool{}},
	} {
		for i, r := range []Rule{none, ranges, errs, timeout, connect, quota} {
			if got := r.fails(c.o); got != c.want[i] {
				t.Errorf("%s, rule %d: got %v, want %v", c.name, i, got, c.want[i])
			}
		}
	}
}

// What is ignored is no attempt either: it must not thin a share out.
func TestIgnoredIsNoAttempt(t *testing.T) {
	w := newBench(t, Rule{Percentage: 100, MinimumVolume: 2, Interval: time.Minute, TripDuration: time.Minute, Statuses: []Range{{500, 500}}})
	w.status(500)
	for range 50 {
		w.call(Outcome{Status: 200, Ignored: true})
		w.call(Outcome{})
	}
	if got := w.b.Status(w.now); got.Attempts != 1 {
		t.Errorf("attempts: got %d, want 1", got.Attempts)
	}
	w.status(500)
	w.want(Open)
}

// A permit of before a trip counts nowhere after it: not while open, and not
// after the close.
func TestLateResults(t *testing.T) {
	w := newBench(t, seedRule())
	var late []Permit
	for range 20 {
		late = append(late, w.admits(true))
	}
	w.trip()
	until := w.b.Status(w.now).Until
	for _, p := range late[:10] {
		w.b.Record(p, Outcome{Status: 503, RetryAfter: time.Hour}, w.now)
	}
	if got := w.b.Status(w.now); !got.Until.Equal(until) || got.Failures != 0 {
		t.Errorf("late failures while open: got %+v", got)
	}
	w.pass(10 * time.Minute)
	for _, p := range late[10:] {
		w.b.Record(p, Outcome{Status: 503}, w.now)
	}
	if got := w.b.Status(w.now); got.State != Closed || got.Attempts != 0 {
		t.Errorf("late failures after the close: got %+v", got)
	}
	if _, ok := w.b.Record(Permit{}, Outcome{Status: 503}, w.now); ok || w.b.Status(w.now).Attempts != 0 {
		t.Error("the zero permit counts")
	}
}

// Peers item 3: trip after trip, the time it is open stays what the rule says.
func TestTripDurationDoesNotGrow(t *testing.T) {
	r := seedRule()
	r.HalfOpen = &Recovery{}
	w := newBench(t, r)
	w.trip()
	for range 10 {
		if got := w.b.Wait(w.now); got != 10*time.Minute {
			t.Fatalf("open for %s, want 10m", got)
		}
		w.pass(10 * time.Minute)
		w.status(503)
		w.want(Open)
	}
}

// Time that runs backwards between two callers changes nothing.
func TestClockBackwards(t *testing.T) {
	w := newBench(t, seedRule())
	w.status(503)
	w.pass(-time.Hour)
	w.status(503)
	w.pass(-time.Hour)
	tr, ok := w.status(503)
	if want := time.Unix(1_700_000_000, 0); !ok || !tr.At.Equal(want) {
		t.Errorf("trip: got %v at %s, want at %s", ok, tr.At, want)
	}
	if got := w.b.Wait(w.now); got != 10*time.Minute {
		t.Errorf("wait: got %s, want 10m", got)
	}
}

func TestDetailIsBounded(t *testing.T) {
	w := newBench(t, seedRule())
	w.call(Outcome{Status: 503, Detail: strings.Repeat("ä", 5000)})
	got := w.b.Status(w.now).LastError.Detail
	if len(got) > 200 || got != strings.Repeat("ä", 100) {
		t.Errorf("detail: got %d bytes", len(got))
	}
}

// A rule of nothing never trips; operators still can.
func TestZeroRule(t *testing.T) {
	w := &bench{t: t, b: New(Rule{}), now: time.Unix(1_700_000_000, 0)}
	for range 100 {
		w.call(Outcome{Reason: Timeout})
	}
	w.want(Closed)
	w.b.Force(ForceOpen, time.Time{}, "maintenance", w.now)
	w.admits(false)
}
