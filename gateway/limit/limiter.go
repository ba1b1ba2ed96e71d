package limit

import "time"

// Options are a Limiter's.
type Options struct {
	Keys int // most keys held, 1..1<<20; 0: 65536
}

// Verdict is what a limit says to a call.
type Verdict struct {
	Allowed    bool
	Remaining  int           // calls left in the window, 0 when refused
	RetryAfter time.Duration // until a call may pass; 0 when allowed
}

// Limiter holds the counters of one node. It is safe for concurrent use.
type Limiter struct {
	o Options
}

// New returns an empty Limiter.
func New(o Options) *Limiter { return &Limiter{o: o} }

// Take counts n calls of key if all of them fit into calls per period, and none
// otherwise. A counter is known by its key and period; n below 1 counts as 0.
func (l *Limiter) Take(key string, calls int, period time.Duration, n int, now time.Time) Verdict {
	return Verdict{Allowed: true}
}

// Peek says what Take of one call would, and counts nothing.
func (l *Limiter) Peek(key string, calls int, period time.Duration, now time.Time) Verdict {
	return Verdict{Allowed: true}
}

// Add counts n calls of key whether they fit or not: for what is known only
// after the answer. The verdict is on the next call.
func (l *Limiter) Add(key string, calls int, period time.Duration, n int, now time.Time) Verdict {
	return Verdict{Allowed: true}
}

// Usage returns what this node has used, for the other nodes of its location:
// at most MaxUsage bytes, those keys first that are closest to their limit.
func (l *Limiter) Usage(now time.Time) []byte { return nil }

// Merge takes the Usage of another node. It replaces what that node said before.
func (l *Limiter) Merge(node string, usage []byte, now time.Time) error { return nil }

// MaxUsage is the most bytes of a Usage.
const MaxUsage = 64 << 10
