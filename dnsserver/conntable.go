package dnsserver

import (
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// connection is a TCP connection.
type connection struct {
	net.Conn
	addr    netip.Addr
	last    atomic.Int64 // when it last asked, in nanoseconds since 1970
	evicted atomic.Bool
}

func (c *connection) active(now time.Time) { c.last.Store(now.UnixNano()) }

// evict closes a connection to make room for another.
func (c *connection) evict() {
	c.evicted.Store(true)
	_ = c.Close()
}

// connTable holds the open connections. Room for a new one is made by closing
// the one that has been silent longest, of its own network if that has its
// share (RFC 7766 §6.2.3).
type connTable struct {
	total     int
	perSource int

	mu      sync.Mutex
	open    map[*connection]netip.Prefix
	sources map[netip.Prefix]int
}

func newConnTable(l Limits) *connTable {
	return &connTable{
		total: l.Connections, perSource: l.PerSource,
		open: make(map[*connection]netip.Prefix), sources: make(map[netip.Prefix]int),
	}
}

func (t *connTable) add(c *connection) {
	source := networkOf(c.addr)
	t.mu.Lock()
	victim := t.victim(source)
	if victim != nil {
		t.forget(victim)
	}
	t.open[c] = source
	t.sources[source]++
	t.mu.Unlock()
	if victim != nil {
		victim.evict()
	}
}

// evict closes the connection that has been silent longest, and returns when
// its descriptor is free; false where none is open.
func (t *connTable) evict() bool {
	t.mu.Lock()
	victim := t.silent(func(netip.Prefix) bool { return true })
	if victim != nil {
		t.forget(victim)
	}
	t.mu.Unlock()
	if victim == nil {
		return false
	}
	victim.evict()
	return true
}

// victim returns the connection that has to go, nil if there is room.
func (t *connTable) victim(source netip.Prefix) *connection {
	crowded := t.sources[source] >= t.perSource
	if !crowded && len(t.open) < t.total {
		return nil
	}
	return t.silent(func(from netip.Prefix) bool { return !crowded || from == source })
}

// silent returns the connection from certain networks that has been silent
// longest, nil if there is none.
func (t *connTable) silent(among func(netip.Prefix) bool) *connection {
	var victim *connection
	for c, from := range t.open {
		if among(from) && (victim == nil || c.last.Load() < victim.last.Load()) {
			victim = c
		}
	}
	return victim
}

func (t *connTable) remove(c *connection) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.forget(c)
}

func (t *connTable) forget(c *connection) {
	source, ok := t.open[c]
	if !ok {
		return
	}
	delete(t.open, c)
	if t.sources[source]--; t.sources[source] == 0 {
		delete(t.sources, source)
	}
}

func (t *connTable) len() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.open)
}

// hurry ends the wait for queries of all connections.
func (t *connTable) hurry(deadline time.Time) {
	t.each(func(c *connection) { _ = c.SetReadDeadline(deadline) })
}

// cut closes all connections.
func (t *connTable) cut() { t.each(func(c *connection) { _ = c.Close() }) }

func (t *connTable) each(f func(*connection)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for c := range t.open {
		f(c)
	}
}
