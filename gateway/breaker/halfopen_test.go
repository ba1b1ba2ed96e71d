package breaker

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func halfOpenRule(h Recovery) Rule {
	r := seedRule()
	r.HalfOpen = &h
	return r
}

// halfOpen returns a breaker whose trip has just ended.
func halfOpen(t *testing.T, h Recovery) *bench {
	t.Helper()
	w := newBench(t, halfOpenRule(h))
	w.trip()
	w.pass(10 * time.Minute)
	tr, ok := w.b.Advance(w.now)
	if !ok || tr.From != Open || tr.To != HalfOpen {
		t.Fatalf("after the trip: got %+v", tr)
	}
	return w
}

// Peers item 2: no more than Probes at once, and no more until one has ended.
func TestProbesAreFew(t *testing.T) {
	w := halfOpen(t, Recovery{Probes: 2, Successes: 3, Lease: time.Minute})
	first := w.admits(true)
	w.pass(10 * time.Second)
	w.admits(true)
	w.admits(false)
	if got := w.b.Wait(w.now); got != 50*time.Second {
		t.Errorf("wait: got %s, want 50s", got)
	}
	if got := w.b.Status(w.now); got.Probes != 2 || got.Share != 0 {
		t.Errorf("status: got %+v", got)
	}
	if !first.Probe() {
		t.Error("the permit is no probe")
	}
	w.b.Record(first, Outcome{Status: 200}, w.now)
	w.admits(true)
	w.admits(false)
}

func TestSuccessesClose(t *testing.T) {
	w := halfOpen(t, Recovery{Successes: 3})
	w.status(200)
	w.status(404) // no failure by the rule
	tr, ok := w.status(200)
	want := Transition{
		From: HalfOpen, To: Closed, At: w.now, Cause: "3 probes succeeded", Attempts: 3,
		LastError: tr.LastError, Generation: 4,
	}
	if diff := cmp.Diff(want, tr); !ok || diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestOneFailureOpensAgain(t *testing.T) {
	w := halfOpen(t, Recovery{Probes: 2, Successes: 2})
	other := w.admits(true)
	w.status(200)
	other2 := w.admits(true)
	tr, ok := w.b.Record(other, Outcome{Reason: Timeout}, w.now)
	if !ok || tr.To != Open || tr.Cause != "a probe failed" || tr.LastError.Reason != Timeout {
		t.Errorf("got %+v", tr)
	}
	if _, ok := w.b.Record(other2, Outcome{Status: 200}, w.now); ok {
		t.Error("a probe of the generation before counts")
	}
	w.want(Open)
}

// Peers item 1: whatever becomes of a probe, the breaker is not wedged.
func TestLostProbe(t *testing.T) {
	for name, end := range map[string]func(*bench, Permit){
		"never recorded": func(w *bench, _ Permit) { w.pass(time.Minute) },
		"client gone":    func(w *bench, p Permit) { w.b.Record(p, Outcome{Ignored: true}, w.now) },
		"says nothing":   func(w *bench, p Permit) { w.b.Record(p, Outcome{}, w.now) },
	} {
		t.Run(name, func(t *testing.T) {
			w := halfOpen(t, Recovery{Lease: time.Minute})
			end(w, w.admits(true))
			w.want(HalfOpen)
			w.status(200)
			w.want(Closed)
		})
	}
}

// A backend slower than the lease closes its breaker all the same; its failure
// after the lease opens nothing again, and nothing counts twice.
func TestResultAfterTheLease(t *testing.T) {
	w := halfOpen(t, Recovery{Successes: 2, Lease: time.Second})
	slow := w.admits(true)
	w.pass(2 * time.Second)
	failing := w.admits(true)
	w.pass(2 * time.Second)
	w.admits(true)
	if _, ok := w.b.Record(failing, Outcome{Reason: Timeout}, w.now); ok {
		t.Error("a failure after the lease counts")
	}
	for range 5 {
		if tr, ok := w.b.Record(slow, Outcome{Status: 200}, w.now); ok {
			t.Fatalf("one result counts twice: %+v", tr)
		}
	}
	w.pass(time.Second)
	w.status(200)
	w.want(Closed)
}

// What has lapsed is bounded.
func TestManyLostProbes(t *testing.T) {
	w := halfOpen(t, Recovery{Probes: 3, Lease: time.Second})
	for range 1000 {
		for range 3 {
			w.admits(true)
		}
		w.admits(false)
		w.pass(time.Second)
	}
	w.status(200)
	w.want(Closed)
}

func TestRamp(t *testing.T) {
	w := halfOpen(t, Recovery{Ramp: 10 * time.Second})
	w.status(200)
	for _, c := range []struct {
		pass time.Duration
		want float64
	}{{0, 0.1}, {5 * time.Second, 0.55}, {5 * time.Second, 1}, {time.Hour, 1}} {
		w.pass(c.pass)
		if got := w.b.Status(w.now).Share; got != c.want {
			t.Errorf("share: got %v, want %v", got, c.want)
		}
		admitted := 0
		for i := range 1000 {
			if _, ok := w.b.Admit(w.now, float64(i)/1000); ok {
				admitted++
			}
		}
		if want := int(c.want * 1000); admitted < want-1 || admitted > want+1 {
			t.Errorf("admitted: got %d, want %d", admitted, want)
		}
	}
	// A trip ends the ramp: a full close after it starts none.
	w = halfOpen(t, Recovery{Ramp: time.Hour})
	w.status(200)
	w.trip()
	w.b.Force(ForceClosed, time.Time{}, "", w.now)
	if got := w.b.Status(w.now).Share; got != 1 {
		t.Errorf("share after a new trip and an order: got %v, want 1", got)
	}
}
