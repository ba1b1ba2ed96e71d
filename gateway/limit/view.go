package limit

import (
	"cmp"
	"slices"
	"time"
)

// Interval is the time between two exchanges of Usage.
const Interval = 200 * time.Millisecond

// silence is how long a peer counts after it was last heard.
const silence = time.Second

// view is what the live peers say of one key.
type view struct {
	nodes  int  // live nodes, this one included
	used   int  // calls in their windows
	claims int  // calls they hold, used or not
	active int  // peers with demand
	demand int  // their demand
	short  bool // one of them holds no more than it has used
}

func (v view) alone() bool { return v.nodes == 1 }

// view returns what is known of a key at a time.
func (l *Limiter) view(k *counter, at time.Duration) view {
	v := view{nodes: 1}
	for _, p := range *l.peers.Load() {
		if !p.live(at) {
			continue
		}
		v.nodes++
		i, ok := slices.BinarySearchFunc(p.uses, k.hashed(), func(u use, h uint64) int { return cmp.Compare(u.hash, h) })
		if ok {
			v.add(p.uses[i])
		}
	}
	return v
}

func (v *view) add(u use) {
	v.used += u.used
	v.claims += u.used + u.spare
	v.demand += u.demand
	if u.demand > 0 {
		v.active++
		v.short = v.short || u.spare == 0
	}
}
