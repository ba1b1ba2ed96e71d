package breaker

import (
	"testing"
	"time"
)

// seedRule is the rule of seed 002.
func seedRule() Rule {
	return Rule{
		Count: 3, Interval: 5 * time.Minute, TripDuration: 10 * time.Minute,
		Statuses: []Range{{500, 599}}, Reasons: Reasons(ServerErrors),
	}
}

// bench is a breaker with a clock of its own.
type bench struct {
	t   testing.TB
	b   *Breaker
	now time.Time
}

func newBench(t testing.TB, r Rule) *bench {
	t.Helper()
	if err := r.Validate(); err != nil {
		t.Fatalf("rule: %v", err)
	}
	return &bench{t: t, b: New(r), now: time.Unix(1_700_000_000, 0)}
}

func (w *bench) pass(d time.Duration) { w.now = w.now.Add(d) }

// call makes one attempt that ends at once, if the breaker lets it pass.
func (w *bench) call(o Outcome) (Transition, bool) {
	w.t.Helper()
	p, ok := w.b.Admit(w.now, 0)
	if !ok {
		w.t.Fatalf("%s: the attempt is refused: %+v", w.now, w.b.Status(w.now))
	}
	return w.b.Record(p, o, w.now)
}

func (w *bench) status(s int) (Transition, bool) {
	w.t.Helper()
	return w.call(Outcome{Status: s})
}

// trip opens a breaker of the seed's rule.
func (w *bench) trip() {
	w.t.Helper()
	for range 3 {
		w.status(503)
	}
	w.want(Open)
}

func (w *bench) want(s State) {
	w.t.Helper()
	if got := w.b.Status(w.now); got.State != s {
		w.t.Fatalf("state: got %s, want %s: %+v", got.State, s, got)
	}
}

func (w *bench) admits(want bool) Permit {
	w.t.Helper()
	wait := w.b.Wait(w.now)
	p, ok := w.b.Admit(w.now, 0)
	if ok != want || (wait == 0) != want {
		w.t.Fatalf("admitted: got %v (wait %s), want %v: %+v", ok, wait, want, w.b.Status(w.now))
	}
	return p
}
