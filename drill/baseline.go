package drill

import (
	"sync"
	"time"
)

// baselineLength is how many readings a Baseline keeps: five minutes of one a
// second.
const baselineLength = 300

// Baseline keeps a node's last five minutes of counters, so that a report can
// compare a drill with what was before. It is safe for concurrent use.
type Baseline struct {
	mu   sync.Mutex
	ring []reading
	next int
}

// reading is Counts at one time; at has a monotonic part.
type reading struct {
	at     time.Time
	counts Counts
}

// Add takes the counters of now, once a second.
func (b *Baseline) Add(now time.Time, c Counts) {
	b.mu.Lock()
	defer b.mu.Unlock()
	r := reading{at: now, counts: c.clone()}
	if len(b.ring) < baselineLength {
		b.ring = append(b.ring, r)
		return
	}
	b.ring[b.next] = r
	b.next = (b.next + 1) % baselineLength
}

// readings returns what is kept, oldest first.
func (b *Baseline) readings() []reading {
	if b == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return append(append([]reading(nil), b.ring[b.next:]...), b.ring[:b.next]...)
}
