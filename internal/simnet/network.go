package simnet

import (
	"hash/fnv"
	"math/rand/v2"
	"sync"
	"time"
)

// Network is a set of hosts and the links between them.
type Network struct {
	mu     sync.Mutex
	seed   uint64
	hosts  map[string]*Host
	lanes  map[way]*lane
	usual  Link
	watch  func(from, to string, packet []byte)
	freeze map[*Host]bool
}

// New returns a network without hosts whose links have a delay of 1 ms.
func New(seed uint64) *Network {
	return &Network{
		seed: seed, hosts: map[string]*Host{}, lanes: map[way]*lane{},
		usual: Link{Delay: time.Millisecond}, freeze: map[*Host]bool{},
	}
}

// Host returns the host of an IP address, made when it is first asked for.
func (n *Network) Host(ip string) *Host {
	n.mu.Lock()
	defer n.mu.Unlock()
	h := n.hosts[ip]
	if h == nil {
		h = newHost(n, ip)
		n.hosts[ip] = h
	}
	return h
}

// SetAll makes all links alike, those of hosts to come too.
func (n *Network) SetAll(l Link) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.usual = l
	for _, lane := range n.lanes {
		lane.Link = l
	}
}

// Change alters the links between the hosts of two lists, one way.
func (n *Network) Change(from, to []string, alter func(*Link)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, a := range from {
		for _, b := range to {
			if a != b {
				alter(&n.lane(a, b).Link)
			}
		}
	}
}

// Cut lets nothing pass from the hosts of one list to those of another.
func (n *Network) Cut(from, to []string) { n.Change(from, to, func(l *Link) { l.Cut = true }) }

// Split parts two lists of hosts from each other, both ways.
func (n *Network) Split(a, b []string) { n.Cut(a, b); n.Cut(b, a) }

// Heal makes all links what SetAll made them last.
func (n *Network) Heal() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, lane := range n.lanes {
		lane.Link = n.usual
	}
}

// Watch shows every packet that is sent, before anything happens to it. The
// packet must not be kept or changed.
func (n *Network) Watch(f func(from, to string, packet []byte)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.watch = f
}

// lane returns the link between two hosts; n.mu is held.
func (n *Network) lane(from, to string) *lane {
	l := n.lanes[way{from, to}]
	if l == nil {
		h := fnv.New64a()
		h.Write([]byte(from + ">" + to))
		l = &lane{Link: n.usual, rand: rand.New(rand.NewPCG(n.seed, h.Sum64()))}
		if from == to {
			l.Link = Link{Delay: 50 * time.Microsecond}
		}
		n.lanes[way{from, to}] = l
	}
	return l
}

// packet draws when the copies of a packet arrive.
func (n *Network) packet(from, to string, data []byte) []time.Duration {
	n.mu.Lock()
	l := n.lane(from, to)
	var out []time.Duration
	for range l.copies(len(data)) {
		out = append(out, l.delay())
	}
	watch := n.watch
	n.mu.Unlock()
	if watch != nil {
		watch(from, to, data)
	}
	return out
}

// segment draws how long a piece of a stream takes; frozen hosts and cuts let
// nothing pass.
func (n *Network) segment(from, to *Host) (delay time.Duration, passes bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delay, passes = n.lane(from.ip, to.ip).segment()
	return delay, passes && !n.freeze[from] && !n.freeze[to]
}

func (n *Network) host(ip string) *Host {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.hosts[ip]
}
