package h1

import (
	"context"
	"slices"
	"sync"
	"time"
)

// pool holds the connections: the idle ones as a stack, so that those that are
// not needed grow old at its bottom.
type pool struct {
	most  int
	after time.Duration // 0: they may stay

	mu      sync.Mutex
	idle    []*conn
	all     map[*conn]struct{}
	senders int
	turned  bool          // CloseIdleConnections: what comes back is closed, until the next request
	ended   bool          // Shutdown
	empty   chan struct{} // closed when nothing is left after ended
	sweeper *time.Timer   // nil: not armed
}

// entered notes a new connection.
func (p *pool) entered(c *conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.all == nil {
		p.all = map[*conn]struct{}{}
	}
	p.all[c] = struct{}{}
}

// left notes that a connection is closed.
func (p *pool) left(c *conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.all, c)
	p.check()
}

// sending counts the senders that run.
func (p *pool) sending(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.senders += n
	p.check()
}

// check says so when nothing is left. The caller holds mu.
func (p *pool) check() {
	if p.empty != nil && len(p.all) == 0 && p.senders == 0 {
		close(p.empty)
		p.empty = nil
	}
}

// take returns the connection that came last, nil when there is none. The caller
// closes those that have expired.
func (p *pool) take() *conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.turned = false
	n := len(p.idle)
	if n == 0 {
		return nil
	}
	c := p.idle[n-1]
	p.idle[n-1] = nil
	p.idle = p.idle[:n-1]
	return c
}

// put keeps a connection, and reports whether it does.
func (p *pool) put(c *conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.turned || p.ended || len(p.idle) >= p.most {
		return false
	}
	p.idle = append(p.idle, c)
	if p.sweeper == nil && p.after > 0 {
		p.sweeper = time.AfterFunc(p.after, p.sweep)
	}
	return true
}

// sweep closes what was idle for too long.
func (p *pool) sweep() {
	for _, c := range p.stale(time.Now()) {
		c.close()
	}
}

// stale takes the expired connections out and arms the next sweep.
func (p *pool) stale(now time.Time) []*conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for n < len(p.idle) && now.Sub(p.idle[n].idle) >= p.after {
		n++
	}
	out := slices.Clone(p.idle[:n])
	p.idle = slices.Delete(p.idle, 0, n)
	p.sweeper = nil
	if len(p.idle) > 0 && p.after > 0 {
		p.sweeper = time.AfterFunc(p.after-now.Sub(p.idle[0].idle), p.sweep)
	}
	return out
}

// turn takes all idle connections out, for the caller to close.
func (p *pool) turn(end bool) []*conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.turned, p.ended = true, p.ended || end
	out := p.idle
	p.idle = nil
	if p.sweeper != nil {
		p.sweeper.Stop()
		p.sweeper = nil
	}
	return out
}

// wait returns when nothing is left, or closes what is when ctx ends.
func (p *pool) wait(ctx context.Context) error {
	p.mu.Lock()
	if len(p.all) == 0 && p.senders == 0 {
		p.mu.Unlock()
		return nil
	}
	if p.empty == nil {
		p.empty = make(chan struct{})
	}
	empty := p.empty
	p.mu.Unlock()
	select {
	case <-empty:
		return nil
	case <-ctx.Done():
	}
	for _, c := range p.open() {
		c.abort()
	}
	return ctx.Err()
}

func (p *pool) open() []*conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := make([]*conn, 0, len(p.all))
	for c := range p.all {
		out = append(out, c)
	}
	return out
}
