package limit

import (
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Whatever the demand at three nodes, from cold, in bursts and with changes, no
// window holds more than the limit and a tenth, or a call per node where that is
// more; and where there is demand for it, two periods hold no less than a
// tenth and two calls per node under what one node would let pass.
func TestThreeNodesStayWithinATenth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		w := newWorld(t, rand.New(rand.NewPCG(seed, 1)), 3)
		period := time.Duration(rapid.IntRange(2, 4).Draw(t, "period")) * time.Second
		calls := rapid.IntRange(1, 200).Draw(t, "calls")
		slack := max((calls+9)/10, 3)
		full := 3 * float64(calls) / period.Seconds() // saturates, at one node alone
		for range rapid.IntRange(1, 2).Draw(t, "phases") {
			rates := load{}
			for range w.nodes {
				rates = append(rates, full*rapid.SampledFrom([]float64{0, 0.01, 0.1, 1, 4}).Draw(t, "rate"))
			}
			w.run(period+time.Second, w.calls(rates, calls, period))
			if got := w.most(period); got > calls+slack {
				t.Fatalf("rates %v: %d calls in a window of %s, limit %d", rates, got, period, calls)
			}
			if w.held > calls+slack {
				t.Fatalf("rates %v: claims of %d in all, limit %d", rates, w.held, calls)
			}
			if rates[0]+rates[1]+rates[2] < full {
				continue
			}
			passed, one := len(w.passed), w.passes
			w.run(2*period, w.calls(rates, calls, period))
			passed, one = len(w.passed)-passed, w.passes-one
			if passed < one-one/10-6 {
				t.Fatalf("rates %v: %d calls in two periods, one node would let %d pass", rates, passed, one)
			}
		}
	})
}

// A window as short as five exchanges, full at one node while the others have a
// trickle: what slides out is taken again, and not given away for want of use
// just then.
func TestShortPeriodStaysFull(t *testing.T) {
	for seed := range uint64(4) {
		w := newWorld(t, rand.New(rand.NewPCG(seed, 1)), 3)
		all := w.calls(load{2040, 2, 2}, 68, time.Second)
		w.run(3*time.Second, all)
		before := len(w.passed)
		w.run(10*time.Second, all)
		if got := len(w.passed) - before; got < 660 || got > 700 {
			t.Errorf("seed %d: got %d calls in ten seconds, want 680 within 3 %%", seed, got)
		}
	}
}
