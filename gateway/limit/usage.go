package limit

import (
	"cmp"
	"slices"
	"time"
)

// MaxUsage is the most bytes of a Usage.
const MaxUsage = 64 << 10

// said is one key's use and how full its window is: what is left out first where
// there are too many.
type said struct {
	use
	fullness float64
}

// Usage returns what this node has used, for the other nodes of its location:
// at most MaxUsage bytes, the keys that are closest to their limit first where
// there are more. It is called every Interval; between two calls this node keeps
// to what the last one said.
func (l *Limiter) Usage(now time.Time) []byte {
	at := l.at(now)
	var all []said
	for i := range l.cells {
		all = l.tell(&l.cells[i], at, all)
	}
	if most := (MaxUsage - 1) / mostUse; len(all) > most {
		slices.SortFunc(all, func(a, b said) int { return cmp.Compare(b.fullness, a.fullness) })
		all = all[:most]
	}
	slices.SortFunc(all, func(a, b said) int { return cmp.Compare(a.hash, b.hash) })
	return encode(all)
}

// tell appends what a cell's counters say, and forgets those that are idle.
func (l *Limiter) tell(c *cell, at time.Duration, out []said) []said {
	c.mu.Lock()
	defer c.mu.Unlock()
	for id, k := range c.counters {
		k.log.slide(at, id.period)
		k.claim.exchange(k, l.view(k, at), at)
		if k.idle() {
			delete(c.counters, id)
			continue
		}
		out = append(out, said{k.use(), k.fullness()})
	}
	return out
}

// use returns what a counter tells peers.
func (k *counter) use() use {
	u := use{hash: k.hashed(), used: min(k.log.used, maxCalls), demand: k.claim.telling()}
	if k.claim.held {
		u.spare = max(k.claim.level-k.log.used, 0)
	}
	return u
}
