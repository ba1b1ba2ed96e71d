package pipeline

import (
	"sync"
	"sync/atomic"
	"time"
)

// When the pools of a location are under their share, and when they have it
// again (DESIGN §4, status paths).
const (
	shareDown = 50 // percent of a pool's members that admit requests; less is down
	shareUp   = 75 // percent; at least that is up
	shareFor  = 10 * time.Second
)

// watch is whether pools have their share, with hysteresis. Its zero value says
// that they have.
type watch struct {
	down  atomic.Bool
	mu    sync.Mutex
	since time.Time // the share has been beyond the other threshold since then; zero: it is not
}

// observe takes in a share of all at now; none at all is a full share.
func (w *watch) observe(healthy, all int, now time.Time) (down bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	down = w.down.Load()
	beyond := all > 0 && 100*healthy < shareDown*all
	if down {
		beyond = 100*healthy >= shareUp*all
	}
	switch {
	case !beyond:
		w.since = time.Time{}
	case w.since.IsZero():
		w.since = now
	case now.Sub(w.since) >= shareFor:
		down, w.since = !down, time.Time{}
		w.down.Store(down)
	}
	return down
}

// Observe looks at the pools with HealthOfLocation. It is called about once a
// second.
func (p *Pipeline) Observe(now time.Time) {
	g := p.live.Load()
	if g == nil {
		return
	}
	healthy, all := g.set.Share()
	up := 1.0
	if p.watch.observe(healthy, all, now) {
		up = 0
	}
	p.metrics.healthy.Set(up)
}

// Healthy reports whether the worst of the pools with HealthOfLocation has its
// share: false after 10 s below 50 %, true again after 10 s at 75 % or more.
func (p *Pipeline) Healthy() bool { return !p.watch.down.Load() }
