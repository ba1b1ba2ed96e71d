package gateway

import (
	"hash/maphash"
	"sync"
	"sync/atomic"
	"time"
)

// presence is what clients are told of the gateway: on its status paths, and
// by the end of connections. Its zero value is a gateway that serves.
type presence struct {
	mu  sync.Mutex // of writers
	now atomic.Pointer[standing]
}

// standing is one state of a presence.
type standing struct {
	State
	leaving bool
	changed time.Time // connections opened before go elsewhere
	after   time.Duration
	spread  time.Duration
	seed    maphash.Seed
}

// Apply tells the gateway whether its location is off. It may be called with
// the same state again. Connections open when it goes off are told to go
// elsewhere, each once, after the TTL and spread over one more; what has not
// been told when it comes back is not.
func (g *Gateway) Apply(s State) {
	g.presence.apply(s, time.Now())
	if s.Off {
		g.account.late.begin(s.Since)
	}
}

func (p *presence) apply(s State, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	old := p.now.Load()
	if old != nil && old.leaving {
		return
	}
	if !s.Off {
		p.now.Store(nil)
		return
	}
	next := &standing{State: s, changed: now, after: s.TTL, spread: s.TTL, seed: maphash.MakeSeed()}
	if old != nil && old.Since.Equal(s.Since) {
		next.changed, next.seed = old.changed, old.seed
	}
	p.now.Store(next)
}

// leave is for good. Without a spread everybody is told with the next answer, who
// has come since an earlier leave too.
func (p *presence) leave(now time.Time, spread time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if old := p.now.Load(); old != nil && old.leaving && spread > 0 {
		return
	}
	p.now.Store(&standing{leaving: true, changed: now, spread: spread, seed: maphash.MakeSeed()})
}

// word is the value of Meridian-Gateway; "" where the gateway serves.
func (p *presence) word() string {
	s := p.now.Load()
	switch {
	case s == nil:
		return ""
	case s.leaving:
		return "leaving"
	case s.Bare:
		return "no-plan"
	}
	return "disabled"
}

// due reports, once per connection, that it is told now to go elsewhere.
func (p *presence) due(c *conn, now time.Time) bool {
	s := p.now.Load()
	if s == nil || c.told.Load() || !c.opened.Before(s.changed) {
		return false
	}
	wait := s.after + time.Duration(c.share(s.seed)*float64(s.spread))
	return now.Sub(s.changed) >= wait && !c.told.Swap(true)
}
