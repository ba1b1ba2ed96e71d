package limit

import (
	"fmt"
	"slices"
	"time"
)

// Bounds of what is taken from peers.
const (
	maxPeers = 64
	maxNode  = 255
)

// Merge takes the Usage of another node. It replaces what that node said before.
// An error changes nothing.
func (l *Limiter) Merge(node string, usage []byte, now time.Time) error {
	if node == "" || len(node) > maxNode {
		return fmt.Errorf("reading usage: node name of %d bytes: allowed are 1 to %d", len(node), maxNode)
	}
	uses, err := decode(usage)
	if err != nil {
		return fmt.Errorf("reading usage of node %q: %w", node, err)
	}
	return l.hear(&peer{node: node, heard: l.at(now), uses: uses})
}

// hear puts a peer in the place of what it said before. Peers that have been
// silent are forgotten.
func (l *Limiter) hear(p *peer) error {
	l.hearing.Lock()
	defer l.hearing.Unlock()
	list := slices.DeleteFunc(slices.Clone(*l.peers.Load()), func(q *peer) bool {
		return q.node == p.node || !q.live(p.heard)
	})
	if len(list) >= maxPeers {
		return fmt.Errorf("hearing node %q: %d peers already, at most %d are allowed", p.node, len(list), maxPeers)
	}
	list = append(list, p)
	l.peers.Store(&list)
	return nil
}
