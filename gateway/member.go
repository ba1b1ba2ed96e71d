package gateway

import (
	"sync"
	"time"
)

// Ejection of members of @locations: a node that cannot be connected to three
// times in a row is out for ten seconds; then one request at a time tries.
const (
	ejectAfter  = 3
	ejectFor    = 10 * time.Second
	probeLease  = 10 * time.Second // a probe that says nothing for so long is over
	maxMembers  = 1024
	healthyWait = time.Second // advised where a member is not out
)

// members are the nodes that requests were relayed to.
type members struct {
	mu sync.RWMutex
	m  map[string]*member
}

func newMembers() *members { return &members{m: map[string]*member{}} }

func (s *members) of(node string) *member {
	s.mu.RLock()
	m := s.m[node]
	s.mu.RUnlock()
	if m != nil {
		return m
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.m[node] == nil {
		if len(s.m) >= maxMembers {
			clear(s.m) // nodes of long ago; what is known of the others is soon known again
		}
		s.m[node] = &member{}
	}
	return s.m[node]
}

// member is what is known of the way to one node.
type member struct {
	mu     sync.Mutex
	fails  int       // in a row
	out    time.Time // until then; zero: in
	probed time.Time // half-open: the lease of the probe under way; zero: none
}

// admit reports whether a request may try, else how long to wait. Every
// admitted request ends in release.
func (m *member) admit(now time.Time) (wait time.Duration, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.out.IsZero():
		return 0, true
	case now.Before(m.out):
		return m.out.Sub(now), false
	case now.Before(m.probed):
		return healthyWait, false
	}
	m.probed = now.Add(probeLease)
	return 0, true
}

// connected notes that the node can be reached.
func (m *member) connected() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fails, m.out, m.probed = 0, time.Time{}, time.Time{}
}

// failed notes that it cannot.
func (m *member) failed(now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fails++
	m.probed = time.Time{}
	if m.fails >= ejectAfter {
		m.out = now.Add(ejectFor)
	}
}

// release ends the lease of a probe that came to nothing, as when its client
// went away.
func (m *member) release(connected bool) {
	if connected {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.probed = time.Time{}
}

// rest returns how long the node is out.
func (m *member) rest(now time.Time) time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	return max(healthyWait, m.out.Sub(now))
}
