package resolver

import (
	"cmp"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// Memory of failed servers.
const (
	firstPenalty = 2 * time.Second
	maxPenalty   = 30 * time.Second
)

// servers is the list of recursive servers and a short memory of those that
// did not answer. It is safe for concurrent use.
type servers struct {
	mu   sync.Mutex
	list []server
}

type server struct {
	addr    netip.AddrPort
	penalty time.Duration // of the last failure; 0 after a success
	until   time.Time     // asked only after the others before this
}

// set replaces the list; servers that stay keep their memory.
func (s *servers) set(addrs []netip.AddrPort) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]server, 0, len(addrs))
	for _, addr := range addrs {
		next := server{addr: addr}
		for _, old := range s.list {
			if old.addr == addr {
				next = old
			}
		}
		list = append(list, next)
	}
	s.list = list
}

// order returns the servers in the order to ask them: as configured, beginning
// shift places later, those that failed of late last.
func (s *servers) order(now time.Time, shift int) []netip.AddrPort {
	s.mu.Lock()
	defer s.mu.Unlock()
	rotated := make([]server, 0, len(s.list))
	for i := range s.list {
		rotated = append(rotated, s.list[(i+shift)%len(s.list)])
	}
	slices.SortStableFunc(rotated, func(a, b server) int {
		return cmp.Compare(max(0, a.until.Sub(now)), max(0, b.until.Sub(now)))
	})
	addrs := make([]netip.AddrPort, len(rotated))
	for i, server := range rotated {
		addrs[i] = server.addr
	}
	return addrs
}

// report remembers how a server fared.
func (s *servers) report(addr netip.AddrPort, now time.Time, failed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.list {
		server := &s.list[i]
		switch {
		case server.addr != addr:
		case failed:
			server.penalty = min(max(2*server.penalty, firstPenalty), maxPenalty)
			server.until = now.Add(server.penalty)
		default:
			server.penalty, server.until = 0, time.Time{}
		}
	}
}
