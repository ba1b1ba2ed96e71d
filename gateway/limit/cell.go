package limit

import (
	"sync"
	"time"
)

// cell is one shard.
type cell struct {
	mu       sync.Mutex
	counters map[name]*counter
	_        [40]byte // a cache line of its own
}

// tidy forgets a few counters whose window is empty: two for each new one, so
// that they cannot pile up.
func (c *cell) tidy(at time.Duration) {
	seen := 0
	for id, k := range c.counters {
		if k.log.slide(at, id.period); k.idle() {
			delete(c.counters, id)
		}
		if seen++; seen == 2 {
			return
		}
	}
}

// evict forgets, of a few counters in no order, the one furthest from its limit:
// a flood of new keys displaces itself, not the keys that are limited.
func (c *cell) evict(at time.Duration) {
	var victim *counter
	seen := 0
	for id, k := range c.counters {
		k.log.slide(at, id.period)
		if victim == nil || k.fullness() < victim.fullness() {
			victim = k
		}
		if seen++; seen == 8 {
			break
		}
	}
	delete(c.counters, victim.name)
}
