package cluster

import (
	"context"
	"net"
	"slices"
	"sync"
	"time"
)

// Limits of the streams to one node.
const (
	maxCallsEach = 64 // at once; more wait
	maxIdle      = 4
	idleTime     = 60 * time.Second
)

// pool keeps call streams to other nodes.
type pool struct {
	dial    func(ctx context.Context, to NodeID) (net.Conn, error)
	readers sync.WaitGroup

	mu     sync.Mutex
	closed bool
	peers  map[NodeID]*peerStreams
	open   map[*callConn]struct{}
}

// peerStreams are those to one node.
type peerStreams struct {
	slots chan struct{} // one for each call that runs
	idle  []*callConn   // the one used last is the last
}

func newPool(dial func(ctx context.Context, to NodeID) (net.Conn, error)) *pool {
	return &pool{dial: dial, peers: map[NodeID]*peerStreams{}, open: map[*callConn]struct{}{}}
}

// enter waits until a call to a node may run; the caller calls leave after it.
func (p *pool) enter(ctx context.Context, to NodeID) (leave func(), err error) {
	slots := p.slots(to)
	select {
	case slots <- struct{}{}:
		return func() { <-slots }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (p *pool) slots(to NodeID) chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.peer(to).slots
}

// peer returns the streams to a node; the lock is held.
func (p *pool) peer(to NodeID) *peerStreams {
	s, ok := p.peers[to]
	if !ok {
		s = &peerStreams{slots: make(chan struct{}, maxCallsEach)}
		p.peers[to] = s
	}
	return s
}

// take returns an idle stream, or nil.
func (p *pool) take(to NodeID) *callConn {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.peer(to)
	for len(s.idle) > 0 {
		last := len(s.idle) - 1
		c := s.idle[last]
		s.idle[last] = nil
		s.idle = s.idle[:last]
		if c.idle.Stop() && c.alive() {
			return c
		}
	}
	return nil
}

// fresh opens a stream.
func (p *pool) fresh(ctx context.Context, to NodeID) (*callConn, error) {
	conn, err := p.dial(ctx, to)
	if err != nil {
		return nil, err
	}
	c := newCallConn(conn)
	if !p.adopt(c, to) {
		conn.Close()
		return nil, ErrStopped
	}
	return c, nil
}

// adopt begins to read from a stream; false: the pool is closed.
func (p *pool) adopt(c *callConn, to NodeID) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return false
	}
	p.open[c] = struct{}{}
	p.readers.Go(func() {
		c.read()
		p.forget(c, to)
	})
	return true
}

func (p *pool) forget(c *callConn, to NodeID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.open, c)
	s := p.peer(to)
	if i := slices.Index(s.idle, c); i >= 0 {
		c.idle.Stop()
		s.idle = slices.Delete(s.idle, i, i+1)
	}
}

// put keeps a stream for the next call, or closes it.
func (p *pool) put(c *callConn, to NodeID) {
	if !p.keep(c, to) {
		c.conn.Close()
	}
}

func (p *pool) keep(c *callConn, to NodeID) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.peer(to)
	if p.closed || len(s.idle) >= maxIdle || !c.alive() {
		return false
	}
	c.idle = time.AfterFunc(idleTime, func() { c.conn.Close() })
	s.idle = append(s.idle, c)
	return true
}

// close ends all streams, and with them the calls that run on them.
func (p *pool) close() {
	p.mu.Lock()
	p.closed = true
	open := make([]*callConn, 0, len(p.open))
	for c := range p.open {
		open = append(open, c)
	}
	p.mu.Unlock()
	for _, c := range open {
		c.conn.Close()
	}
	p.readers.Wait()
}
