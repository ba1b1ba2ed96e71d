package admin

import (
	"container/list"
	"math"
	"sync"
	"time"
)

// maxBuckets is how many callers a rate is counted for at once; those that were
// not seen for longest are forgotten, and begin with a full bucket.
const maxBuckets = 4096

// rates are token buckets by caller.
type rates struct {
	perSecond float64
	burst     float64

	mu      sync.Mutex
	buckets map[string]*list.Element // of *bucket
	recent  *list.List               // the latest used first
}

type bucket struct {
	key  string
	left float64 // tokens at the time of filled
	at   time.Time
}

func newRates(perSecond float64, burst int) *rates {
	return &rates{perSecond: perSecond, burst: float64(burst), buckets: map[string]*list.Element{}, recent: list.New()}
}

// take takes a token of a caller's bucket. Where there is none, it says how
// long until there is.
func (r *rates) take(key string) (wait time.Duration, ok bool) { return r.draw(key, 1) }

// allows reports whether there is a token in a caller's bucket, and how long
// until there is. It takes none.
func (r *rates) allows(key string) (wait time.Duration, ok bool) { return r.draw(key, 0) }

func (r *rates) draw(key string, tokens float64) (time.Duration, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	b := r.bucket(key)
	now := time.Now()
	b.left = min(r.burst, b.left+r.perSecond*now.Sub(b.at).Seconds())
	b.at = now
	if b.left < 1 {
		return time.Duration((1 - b.left) / r.perSecond * float64(time.Second)), false
	}
	b.left -= tokens
	return 0, true
}

// bucket returns a caller's bucket, a full one for a new caller. Callers hold mu.
func (r *rates) bucket(key string) *bucket {
	if e, ok := r.buckets[key]; ok {
		r.recent.MoveToFront(e)
		return e.Value.(*bucket)
	}
	if len(r.buckets) >= maxBuckets {
		oldest := r.recent.Remove(r.recent.Back()).(*bucket)
		delete(r.buckets, oldest.key)
	}
	b := &bucket{key: key, left: r.burst, at: time.Now()}
	r.buckets[key] = r.recent.PushFront(b)
	return b
}

// retryAfter returns the seconds of a Retry-After header for a time to wait.
func retryAfter(wait time.Duration) int { return max(1, int(math.Ceil(wait.Seconds()))) }
