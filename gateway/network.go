package gateway

import (
	"cmp"
	"hash/maphash"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// Networks are kept in shards, so that many goroutines seldom wait.
const (
	networkShards   = 16
	networksInShard = maxNetworks / networkShards
	maxNetworks     = 4096
)

// networks are the client networks of late requests: those that come most, in
// bounded room (the Space-Saving algorithm of Metwally et al.).
type networks struct {
	seed   maphash.Seed
	shards []networkShard
}

type networkShard struct {
	mu sync.Mutex
	m  map[netip.Prefix]*Network
}

func newNetworks() networks {
	n := networks{seed: maphash.MakeSeed(), shards: make([]networkShard, networkShards)}
	for i := range n.shards {
		n.shards[i].m = map[netip.Prefix]*Network{}
	}
	return n
}

func (n *networks) add(p netip.Prefix, at time.Time) {
	s := &n.shards[maphash.Comparable(n.seed, p)%networkShards]
	s.mu.Lock()
	defer s.mu.Unlock()
	seen := s.m[p]
	if seen == nil {
		seen = s.enter(p)
	}
	seen.Requests++
	if at.After(seen.Last) {
		seen.Last = at
	}
}

// enter makes room for a network. Where there is none the rarest gives way,
// and the new one may have come as often. Callers hold mu.
func (s *networkShard) enter(p netip.Prefix) *Network {
	seen := &Network{Prefix: p}
	if len(s.m) >= networksInShard {
		rarest := s.rarest()
		delete(s.m, rarest.Prefix)
		seen.Requests, seen.Over = rarest.Requests, rarest.Requests
	}
	s.m[p] = seen
	return seen
}

func (s *networkShard) rarest() *Network {
	var out *Network
	for _, seen := range s.m {
		if out == nil || seen.Requests < out.Requests {
			out = seen
		}
	}
	return out
}

// snapshot returns the networks, the most frequent first.
func (n *networks) snapshot() []Network {
	var out []Network
	for i := range n.shards {
		s := &n.shards[i]
		s.mu.Lock()
		for _, seen := range s.m {
			out = append(out, *seen)
		}
		s.mu.Unlock()
	}
	slices.SortFunc(out, func(a, b Network) int {
		return cmp.Or(cmp.Compare(b.Requests, a.Requests), a.Prefix.Compare(b.Prefix))
	})
	return out
}
