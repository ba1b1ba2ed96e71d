package resolver

import (
	"sync"
	"time"
)

// Names may be what clients choose, and all change at once where the servers
// fail: so many changes are logged in one minute, the rest is counted.
const (
	quietFor   = time.Minute
	mostLogged = 60
)

// quiet says which changes are logged. Its zero value is ready.
type quiet struct {
	mu      sync.Mutex
	until   time.Time
	said    int
	skipped int // since the last that was logged
}

// take reports whether a change at now is logged, and how many before it were
// not.
func (q *quiet) take(now time.Time) (logged bool, skipped int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !now.Before(q.until) {
		q.until, q.said = now.Add(quietFor), 0
	}
	if q.said == mostLogged {
		q.skipped++
		return false, 0
	}
	q.said++
	skipped, q.skipped = q.skipped, 0
	return true, skipped
}
