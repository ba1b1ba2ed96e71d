package gateway

import (
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// lateness counts requests that come to a location or node that is off.
type lateness struct {
	total atomic.Uint64
	mu    sync.Mutex // of who begins a period
	now   atomic.Pointer[period]
}

// period is one time off.
type period struct {
	since                      time.Time
	requests, relayed, refused atomic.Uint64
	last                       atomic.Int64 // ns since `since`; 0: none
	ages                       histogram
	networks                   networks
}

// begin makes the time off that began at since the newest, unless a newer one
// is known, and returns the newest.
func (l *lateness) begin(since time.Time) *period {
	if p := l.now.Load(); p != nil && !since.After(p.since) {
		return p
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if p := l.now.Load(); p != nil && !since.After(p.since) {
		return p
	}
	p := &period{since: since, networks: newNetworks()}
	l.now.Store(p)
	return p
}

// arrived counts a late request and returns the time off it belongs to. A zero
// since is the newest time off there is.
func (l *lateness) arrived(since time.Time, client netip.Addr, at time.Time) *period {
	l.total.Add(1)
	p := l.now.Load()
	if !since.IsZero() || p == nil {
		p = l.begin(firstOf(since, at))
	}
	age := max(0, at.Sub(firstOf(since, p.since)))
	p.requests.Add(1)
	p.ages.observe(age)
	raise(&p.last, int64(max(1, at.Sub(p.since))))
	p.networks.add(network(client), at)
	return p
}

func firstOf(a, b time.Time) time.Time {
	if a.IsZero() {
		return b
	}
	return a
}

// raise makes v at least n.
func raise(v *atomic.Int64, n int64) {
	for old := v.Load(); n > old && !v.CompareAndSwap(old, n); {
		old = v.Load()
	}
}

// ended counts what became of a late request; a nil period's was not late.
func (p *period) ended(o Outcome) {
	switch {
	case p == nil:
	case o == OutcomeRelayed:
		p.relayed.Add(1)
	case o == OutcomeRefused:
		p.refused.Add(1)
	}
}

func (l *lateness) snapshot() Late {
	p := l.now.Load()
	if p == nil {
		return Late{}
	}
	out := Late{
		Since: p.since, Requests: p.requests.Load(), Relayed: p.relayed.Load(), Refused: p.refused.Load(),
		Ages: p.ages.snapshot(), Networks: p.networks.snapshot(),
	}
	if last := p.last.Load(); last > 0 {
		out.Last = p.since.Add(time.Duration(last))
	}
	return out
}
