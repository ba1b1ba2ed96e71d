package limit

import (
	"hash/maphash"
	"sync"
	"sync/atomic"
	"time"
)

const (
	shards      = 64
	defaultKeys = 1 << 16
	maxKeys     = 1 << 20
	maxPeriod   = 24 * time.Hour
	maxCalls    = 1 << 30
)

// Options are a Limiter's.
type Options struct {
	Keys int // most keys held, at least 64 and at most 1<<20; 0: 65536
}

// Verdict is what a limit says to a call.
type Verdict struct {
	Allowed    bool
	Remaining  int           // calls the location has left in the window, as far as this node knows; 0 when refused
	RetryAfter time.Duration // until a call may pass; 0 when allowed
}

// Limiter holds the counters of one node. It is safe for concurrent use. It is
// a prometheus.Collector.
type Limiter struct {
	seed    maphash.Seed
	epoch   time.Time
	perCell int
	cells   [shards]cell
	peers   atomic.Pointer[[]*peer] // never changed in place
	hearing sync.Mutex              // held by who changes peers
	evicted atomic.Uint64
}

// New returns an empty Limiter.
func New(o Options) *Limiter {
	if o.Keys <= 0 {
		o.Keys = defaultKeys
	}
	l := &Limiter{seed: maphash.MakeSeed(), epoch: time.Now(), perCell: min(max(o.Keys, shards), maxKeys) / shards}
	for i := range l.cells {
		l.cells[i].counters = make(map[name]*counter)
	}
	l.peers.Store(new([]*peer))
	return l
}

// Take counts n calls of key if all of them fit into calls per period, and none
// otherwise. A counter is known by its key and period, whatever calls is. With n
// below 1 it is Peek.
func (l *Limiter) Take(key string, calls int, period time.Duration, n int, now time.Time) Verdict {
	if n < 1 {
		return l.Peek(key, calls, period, now)
	}
	return l.count(key, ask{calls: calls, n: n}, period, now)
}

// Add counts n calls of key whether they fit or not: for what is known only
// after the answer. The verdict is on the next call.
func (l *Limiter) Add(key string, calls int, period time.Duration, n int, now time.Time) Verdict {
	if n < 1 {
		return l.Peek(key, calls, period, now)
	}
	return l.count(key, ask{calls: calls, n: n, anyway: true}, period, now)
}

// Peek says what Take of one call would, and counts nothing.
func (l *Limiter) Peek(key string, calls int, period time.Duration, now time.Time) Verdict {
	id := named(key, period)
	c, at := l.cell(id), l.at(now)
	c.mu.Lock()
	defer c.mu.Unlock()
	k := c.counters[id]
	if k == nil {
		k = &counter{name: id}
	}
	k.log.slide(at, id.period)
	return k.verdict(ask{calls: min(calls, maxCalls), n: 1}, l.view(k, at), at)
}

func (l *Limiter) count(key string, a ask, period time.Duration, now time.Time) Verdict {
	a.calls, a.n = min(a.calls, maxCalls), min(a.n, maxCalls)
	id := named(key, period)
	c, at := l.cell(id), l.at(now)
	c.mu.Lock()
	defer c.mu.Unlock()
	k := c.counters[id]
	if k == nil {
		k = l.add(c, id, at)
	}
	return k.take(a, l.view(k, at), at)
}

// at returns now as the time since the limiter was made: monotonic where now is.
func (l *Limiter) at(now time.Time) time.Duration { return now.Sub(l.epoch) }

func (l *Limiter) cell(id name) *cell {
	return &l.cells[maphash.Comparable(l.seed, id)%shards]
}

// add makes a counter, and room for it. The cell is locked.
func (l *Limiter) add(c *cell, id name, at time.Duration) *counter {
	c.tidy(at)
	if len(c.counters) >= l.perCell {
		c.evict(at)
		l.evicted.Add(1)
	}
	k := &counter{name: id.held()}
	c.counters[k.name] = k
	return k
}
