package breaker

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestForceOpen(t *testing.T) {
	w := newBench(t, seedRule())
	until := w.now.Add(time.Minute)
	tr, ok := w.b.Force(ForceOpen, until, "ticket 7", w.now)
	want := Transition{From: Closed, To: ForcedOpen, At: w.now, Until: until, Cause: "ticket 7", Generation: 2}
	if diff := cmp.Diff(want, tr); !ok || diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	w.admits(false)
	// The same order again is no transition, but may end later.
	if _, ok := w.b.Force(ForceOpen, until.Add(time.Minute), "ticket 8", w.now); ok {
		t.Error("a repeated order is a transition")
	}
	if got := w.b.Status(w.now); got.Cause != "ticket 8" || got.Generation != 2 || w.b.Wait(w.now) != 2*time.Minute {
		t.Errorf("repeated: got %+v", got)
	}
	w.pass(2 * time.Minute)
	w.admits(true)
	w.want(Closed)
}

func TestForceWithoutEnd(t *testing.T) {
	w := newBench(t, seedRule())
	w.b.Force(ForceOpen, time.Time{}, "for good", w.now)
	w.pass(365 * 24 * time.Hour)
	w.admits(false)
	if got := w.b.Wait(w.now); got != Never {
		t.Errorf("wait: got %s, want Never", got)
	}
	if tr, ok := w.b.Force(ForceNone, time.Time{}, "", w.now); !ok || tr.To != Closed || tr.Cause != "the order was taken back" {
		t.Errorf("taken back: got %+v", tr)
	}
	w.admits(true)
}

// An order that has ended already orders nothing.
func TestForceInThePast(t *testing.T) {
	w := newBench(t, seedRule())
	if tr, ok := w.b.Force(ForceOpen, w.now, "late", w.now); ok {
		t.Errorf("got %+v", tr)
	}
	w.want(Closed)
}

// ForceNone leaves the rule's own trip alone: the shell applies orders again and
// again.
func TestForceNoneLeavesATrip(t *testing.T) {
	w := newBench(t, seedRule())
	w.trip()
	if _, ok := w.b.Force(ForceNone, time.Time{}, "", w.now); ok {
		t.Error("a trip was taken back")
	}
	w.want(Open)
}

func TestForceClosed(t *testing.T) {
	w := newBench(t, seedRule())
	w.trip()
	tr, _ := w.b.Force(ForceClosed, w.now.Add(time.Minute), "reset", w.now)
	if tr.From != Open || tr.To != ForcedClosed {
		t.Errorf("got %+v", tr)
	}
	for range 20 {
		w.status(503)
	}
	got := w.b.Status(w.now)
	if got.State != ForcedClosed || got.Failures != 3 || got.Attempts != 20 || got.Share != 1 {
		t.Errorf("forced closed: got %+v", got)
	}
	// At its end the counters are at zero: what was tolerated does not trip it.
	w.pass(time.Minute)
	w.status(503)
	w.status(503)
	w.want(Closed)
	w.status(503)
	w.want(Open)
}

// What follows an operator's trip is what follows the rule's: with half-open,
// probes first. Force never wedges the probes.
func TestForceAndHalfOpen(t *testing.T) {
	r := seedRule()
	r.HalfOpen = &Recovery{Successes: 2}
	for _, early := range []bool{false, true} {
		w := newBench(t, r)
		w.trip()
		w.pass(10 * time.Minute)
		w.admits(true) // a probe that is lost
		w.b.Force(ForceOpen, w.now.Add(time.Minute), "hold", w.now)
		w.admits(false)
		if early {
			w.b.Force(ForceNone, time.Time{}, "", w.now)
		} else {
			w.pass(time.Minute)
		}
		w.want(HalfOpen)
		w.status(200)
		w.status(200)
		w.want(Closed)
	}
}
