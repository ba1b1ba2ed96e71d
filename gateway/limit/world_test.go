package limit

import (
	"math/rand/v2"
	"slices"
	"time"

	"pgregory.net/rapid"
)

// world is a location of several nodes with an exchange between them, in time
// that the test makes.
type world struct {
	t       rapid.TB
	r       *rand.Rand
	nodes   []*node
	start   time.Time
	now     time.Duration
	late    time.Duration // the longest a usage travels
	passed  []time.Duration
	key     name     // of the counters
	held    int      // the most that all nodes claimed at once, of those that hear each other
	one     *Limiter // gets all calls too: what a location of one node would let pass
	passes  int      // of one
	flights []flight
}

type node struct {
	name string
	l    *Limiter
	tick time.Duration // of its next exchange
	cut  bool          // hears nobody, and is not heard
}

// flight is a usage on its way.
type flight struct {
	at    time.Duration
	from  *node
	to    *node
	usage []byte
}

func newWorld(t rapid.TB, r *rand.Rand, n int) *world {
	w := &world{t: t, r: r, start: time.Now(), late: 20 * time.Millisecond, one: New(Options{})}
	for i := range n {
		w.nodes = append(w.nodes, &node{name: string(rune('a' + i)), l: New(Options{}), tick: time.Duration(r.Int64N(int64(Interval)))})
	}
	w.warm()
	return w
}

// warm lets the nodes hear of each other.
func (w *world) warm() { w.run(2*Interval, nil) }

// load is how many calls each node gets in a second.
type load []float64

// step is how finely time passes.
const step = 2 * time.Millisecond

// run lets time pass in steps, with calls of one key at random
// times.
func (w *world) run(d time.Duration, what func(n int)) {
	for end := w.now + d; w.now < end; w.now += step {
		w.exchange()
		if what == nil {
			continue
		}
		for i := range w.nodes {
			what(i)
		}
	}
}

// calls returns what makes calls under a limit at rates.
func (w *world) calls(rates load, calls int, period time.Duration) func(int) {
	w.key = named("k", period)
	return func(i int) {
		for rate := rates[i] * step.Seconds(); rate > 0; rate-- {
			if w.r.Float64() >= rate {
				continue
			}
			now := w.start.Add(w.now)
			if w.nodes[i].l.Take("k", calls, period, 1, now).Allowed {
				w.passed = append(w.passed, w.now)
			}
			if w.one.Take("k", calls, period, 1, now).Allowed {
				w.passes++
			}
		}
	}
}

func (w *world) exchange() {
	now := w.start.Add(w.now)
	for _, from := range w.nodes {
		if w.now < from.tick {
			continue
		}
		from.tick += Interval
		usage := from.l.Usage(now)
		w.held = max(w.held, w.claimed())
		for _, to := range w.nodes {
			if to != from && !to.cut && !from.cut {
				w.flights = append(w.flights, flight{w.now + time.Duration(w.r.Int64N(int64(w.late))), from, to, usage})
			}
		}
	}
	w.flights = slices.DeleteFunc(w.flights, func(f flight) bool {
		if w.now < f.at {
			return false
		}
		if err := f.to.l.Merge(f.from.name, f.usage, now); err != nil {
			w.t.Fatal(err)
		}
		return true
	})
}

// most returns the most calls that passed in any window of a period.
func (w *world) most(period time.Duration) int {
	most, from := 0, 0
	for to, at := range w.passed {
		for at-w.passed[from] >= period {
			from++
		}
		most = max(most, to-from+1)
	}
	return most
}

// claimed returns what all nodes hold of the key now, used or not.
func (w *world) claimed() (n int) {
	for i := range w.nodes {
		if k := w.counterOf(i); k != nil && k.claim.held {
			n += max(k.claim.level, k.log.used)
		} else if k != nil {
			n += k.log.used
		}
	}
	return n
}

// usedAt returns what one node has let pass in the last window.
func (w *world) usedAt(i int) int {
	if k := w.counterOf(i); k != nil {
		return k.log.used
	}
	return 0
}

// counterOf returns a node's counter of the key as it is now; nil: it has none.
func (w *world) counterOf(i int) *counter {
	l := w.nodes[i].l
	k := l.cell(w.key).counters[w.key]
	if k != nil {
		k.log.slide(l.at(w.start.Add(w.now)), w.key.period)
	}
	return k
}
