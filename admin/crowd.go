package admin

import (
	"net"
	"net/http"
	"sync"
	"time"
)

// crowd is a listener with a limit of open connections. At the limit a new one
// takes the place of another, so that many connections shut nobody out.
type crowd struct {
	net.Listener
	limit  int
	beyond bool // bound beyond loopback

	mu      sync.Mutex
	members map[*member]struct{}
}

// member is a connection of a crowd.
type member struct {
	net.Conn
	crowd *crowd
	busy  bool      // a request is being handled; guarded by crowd.mu
	since time.Time // of its opening or of the last begin or end of a request; guarded by crowd.mu
}

func newCrowd(l net.Listener, limit int) *crowd {
	return &crowd{Listener: l, limit: limit, members: make(map[*member]struct{}, limit)}
}

// Accept returns the next connection, and closes another one at the limit.
func (c *crowd) Accept() (net.Conn, error) {
	conn, err := c.Listener.Accept()
	if err != nil {
		return nil, err
	}
	m := &member{Conn: conn, crowd: c, since: time.Now()}
	c.mu.Lock()
	victim := c.victim()
	delete(c.members, victim)
	c.members[m] = struct{}{}
	c.mu.Unlock()
	if victim != nil {
		_ = victim.Conn.Close()
	}
	return m, nil
}

// victim returns the connection that has to go, nil if there is room: of those
// that wait for a request the one that has waited longest. Where requests take
// up more than three quarters, the oldest of these goes. Callers hold mu.
func (c *crowd) victim() *member {
	if len(c.members) < c.limit {
		return nil
	}
	var idle, busy *member
	waiting := 0
	for m := range c.members {
		if m.busy {
			busy = older(busy, m)
			continue
		}
		waiting++
		idle = older(idle, m)
	}
	if busy == nil || idle != nil && waiting >= c.limit/4 {
		return idle
	}
	return busy
}

func older(a, b *member) *member {
	if a == nil || b.since.Before(a.since) {
		return b
	}
	return a
}

// Close closes the connection and gives its place back.
func (m *member) Close() error {
	m.crowd.mu.Lock()
	delete(m.crowd.members, m)
	m.crowd.mu.Unlock()
	return m.Conn.Close()
}

// noteState is an http.Server's ConnState.
func noteState(conn net.Conn, state http.ConnState) {
	m, ok := memberAt(conn)
	if !ok {
		return
	}
	m.crowd.mu.Lock()
	defer m.crowd.mu.Unlock()
	m.busy, m.since = state == http.StateActive, time.Now()
}
