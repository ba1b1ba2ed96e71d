package limit

import (
	"math/rand/v2"
	"testing"
	"time"
)

// TestFirstBurst: of a key that nobody has used, one node of three lets a third
// of the limit pass at once, and all but a tenth within 1.1 s; all three at once
// let no more pass than the limit.
func TestFirstBurst(t *testing.T) {
	const calls, period = 60, time.Minute
	for seed := range uint64(8) {
		w := newWorld(t, rand.New(rand.NewPCG(seed, 1)), 3)
		burst := func(i int) (n int) {
			for w.nodes[i].l.Take("k", calls, period, 1, w.start.Add(w.now)).Allowed {
				n++
			}
			return n
		}
		if got := burst(0); got != calls/3 {
			t.Errorf("seed %d: got %d at once, want %d", seed, got, calls/3)
		}
		passed := calls / 3
		w.run(settle+3*Interval, func(i int) {
			if i == 0 {
				passed += burst(0)
			}
		})
		if passed < calls-calls/10 || passed > calls {
			t.Errorf("seed %d: got %d after %v, want %d within a tenth", seed, passed, settle+3*Interval, calls)
		}
		w = newWorld(t, rand.New(rand.NewPCG(seed, 2)), 3)
		if all := burst(0) + burst(1) + burst(2); all != calls {
			t.Errorf("seed %d: all at once: got %d, want %d", seed, all, calls)
		}
	}
}
