package backend

import (
	"math/rand/v2"
	"sync/atomic"
	"time"
)

const (
	firstEjection = time.Second      // ± 20 %, doubled with each further one
	mostEjection  = time.Minute      // and never longer
	calmPeriod    = 30 * time.Second // without a failure that takes one doubling back
	mostDoublings = 6
)

// ejection is the bad record of one IP and port. It outlives the address's
// disappearance from the name by keepRecord.
type ejection struct {
	until atomic.Int64 // ns since 1970; 0: none

	// The rest is under the origin's lock.
	level   int // doublings of the next ejection
	ends    time.Time
	gone    time.Time // since when no lookup has it; zero: it is there
	failure string
	failed  time.Time
}

func (e *ejection) active(now int64) bool { return e.until.Load() > now }

// doublings returns how many have not decayed at now.
func (e *ejection) doublings(now time.Time) int {
	if e.ends.IsZero() {
		return 0
	}
	calm := max(0, now.Sub(e.ends)) / calmPeriod
	return max(0, e.level-int(calm))
}

// start ejects for a time that grows with each failure in short succession.
func (e *ejection) start(now time.Time) {
	n := e.doublings(now)
	d := min(firstEjection<<n, mostEjection)
	d = d*4/5 + rand.N(d*2/5)
	e.level, e.ends = min(n+1, mostDoublings), now.Add(d)
	e.until.Store(e.ends.UnixNano())
}

// ejectable returns how many of n addresses may be ejected at once: half, and
// never the only one.
func ejectable(n int) int {
	if n < 2 {
		return 0
	}
	return max(1, n/2)
}
