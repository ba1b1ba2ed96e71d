package cluster

import "sync"

// gate counts how many are inside, per visitor and in all, and lets no more in
// than it may.
type gate[V comparable] struct {
	each, all int

	mu     sync.Mutex
	inside map[V]int
	total  int
}

func newGate[V comparable](each, all int) *gate[V] {
	return &gate[V]{each: each, all: all, inside: map[V]int{}}
}

func (g *gate[V]) enter(who V) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.total >= g.all || g.inside[who] >= g.each {
		return false
	}
	g.total++
	g.inside[who]++
	return true
}

func (g *gate[V]) leave(who V) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.total--
	if g.inside[who]--; g.inside[who] == 0 {
		delete(g.inside, who)
	}
}

// count returns how many are inside.
func (g *gate[V]) count() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.total
}
