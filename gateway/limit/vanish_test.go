package limit

import (
	"math/rand/v2"
	"testing"
	"time"
)

// When peers vanish the limit becomes local within a second, and when they come
// back it is the location's again.
func TestLocalWhenPeersVanish(t *testing.T) {
	const calls, period = 100, 4 * time.Second
	w := newWorld(t, rand.New(rand.NewPCG(1, 1)), 3)
	all := w.calls(load{200, 200, 200}, calls, period)
	measure := func(d time.Duration) int {
		before := len(w.passed)
		w.run(d, all)
		return len(w.passed) - before
	}
	w.run(2*period, all)
	if got := measure(2 * period); got < 180 || got > 220 {
		t.Errorf("together: got %d in two periods, want 200 within a tenth", got)
	}
	w.nodes[0].cut = true
	w.run(period+2*silence, all)
	if got := measure(2 * period); got < 360 || got > 440 {
		t.Errorf("one is cut off: got %d in two periods, want 200 from it and 200 from the others, within a tenth", got)
	}
	w.nodes[0].cut = false
	w.run(3*period, all)
	if got := measure(2 * period); got < 180 || got > 220 {
		t.Errorf("together again: got %d in two periods, want 200 within a tenth", got)
	}
}

// A single node whose peers died is exact again.
func TestExactOnceAlone(t *testing.T) {
	l, now := New(Options{}), time.Now()
	if err := l.Merge("b", l.Usage(now), now); err != nil {
		t.Fatal(err)
	}
	got := 0
	for range 100 {
		if l.Take("k", 90, time.Minute, 1, now).Allowed {
			got++
		}
	}
	if got != 45 {
		t.Errorf("with a silent newcomer beside it: got %d, want half of 90", got)
	}
	if v := l.Peek("k", 90, time.Minute, now); v.Allowed || v.RetryAfter != Interval {
		t.Errorf("refused while the location has room: got %+v, want a retry after %s", v, Interval)
	}
	now = now.Add(silence)
	for range 100 {
		if l.Take("k", 90, time.Minute, 1, now).Allowed {
			got++
		}
	}
	if got != 90 {
		t.Errorf("alone: got %d, want 90", got)
	}
}

// A node left without demand hands the room to those who have it; a hot node
// that has all leaves a newcomer its share.
func TestShareFollowsDemand(t *testing.T) {
	const calls, period = 100, 4 * time.Second
	w := newWorld(t, rand.New(rand.NewPCG(2, 1)), 3)
	w.run(3*period, w.calls(load{200, 0, 0}, calls, period))
	before := len(w.passed)
	w.run(2*period, w.calls(load{200, 0, 0}, calls, period))
	if got := len(w.passed) - before; got < 190 {
		t.Errorf("all demand at one node: got %d in two periods, want 200 within 5 %%", got)
	}
	w.run(6*period, w.calls(load{200, 200, 0}, calls, period))
	from := [2]int{w.usedAt(0), w.usedAt(1)}
	if from[0] < 30 || from[1] < 30 {
		t.Errorf("demand at two nodes alike: they have %v of %d in their windows", from, calls)
	}
}
