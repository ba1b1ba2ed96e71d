package limit

import "time"

// peer is what another node said last. It is never changed.
type peer struct {
	node  string
	heard time.Duration
	uses  []use // by hash
}

// live reports whether a peer counts.
func (p *peer) live(at time.Duration) bool { return at-p.heard < silence }

// use is what one node says of one key.
type use struct {
	hash   uint64
	used   int // calls in its window
	spare  int // calls it may still have, held against the others
	demand int // 0: none now
}
