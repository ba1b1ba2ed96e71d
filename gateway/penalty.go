package gateway

import (
	"net/netip"
	"sync"
	"time"
)

// penalty is how long nobody of a network is listened to after one of its
// connections was closed for abuse. It makes coming back at once worthless; who
// shares the address with an abuser loses that much, and on new connections only.
const (
	penalty      = time.Second
	maxPenalties = 1024 // networks; more go free
)

// penalties are those that are being served. Its zero value is ready.
type penalties struct {
	mu    sync.Mutex
	until map[netip.Prefix]time.Time
}

// penalised is whom a penalty is for: an IPv4 address, or an IPv6 link.
func penalised(a netip.Addr) netip.Prefix {
	bits := a.BitLen()
	if a.Is6() {
		bits = 64
	}
	p, _ := a.WithZone("").Prefix(bits) // no address has fewer bits
	return p
}

func (s *penalties) add(a netip.Addr, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.until == nil {
		s.until = map[netip.Prefix]time.Time{}
	}
	if len(s.until) >= maxPenalties {
		for p, until := range s.until {
			if !now.Before(until) {
				delete(s.until, p)
			}
		}
	}
	if len(s.until) < maxPenalties {
		s.until[penalised(a)] = now.Add(penalty)
	}
}

// left is what a network has still to wait.
func (s *penalties) left(a netip.Addr, now time.Time) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.until) == 0 {
		return 0
	}
	return max(0, s.until[penalised(a)].Sub(now))
}
