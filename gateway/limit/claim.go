package limit

import (
	"math/rand/v2"
	"time"
)

// settle is how long after its first call a node keeps to the first part it
// took: until each peer has heard of it, and it of each that began before that.
const settle = 5 * Interval / 2

// claim is what a node holds of a key's limit between two exchanges: how many
// calls it may have in the window. Peers take the claim for used, so that the
// claims of all nodes stay within the limit however their exchanges interleave:
// each takes only its part of what no other holds, and the parts of all nodes
// that may be doing so at once are one whole.
type claim struct {
	held   bool
	level  int
	start  time.Duration // when it was first held
	asked  int           // calls asked for since the last exchange
	most   int           // the greatest limit they were asked under
	peak   int           // the most calls in the window since then
	demand int           // of the last exchanges, the newest counting most, in 16ths of a call
	quiet  int           // exchanges in a row without a call
}

// quietAfter is how many exchanges without a call end a claim.
const quietAfter = 5

// ask notes demand; the first ask while there are peers takes a newcomer's part.
func (c *claim) ask(k *counter, v view, a ask, at time.Duration) {
	c.asked, c.most = min(c.asked+a.n, maxCalls), max(c.most, a.calls)
	switch {
	case v.alone():
		c.held = false
	case !c.held:
		*c = claim{
			held: true, start: at, asked: c.asked, most: c.most, demand: c.demand, peak: k.log.used,
			level: k.log.used + newcomer(k.calls-k.log.used-v.claims, v),
		}
	}
}

// newcomer returns a newcomer's part of the room no other holds: as much as each
// other newcomer's, and a quarter of that where a node is known to be at it.
func newcomer(room int, v view) int {
	parts := v.nodes
	if v.active > 0 {
		parts *= 4
	}
	if room <= 0 {
		return 0
	}
	return (room + parts - 1) / parts
}

// exchange is what happens to a claim just before it is told to peers.
func (c *claim) exchange(k *counter, v view, at time.Duration) {
	c.quiet++
	if c.asked > 0 {
		c.quiet, k.calls = 0, c.most
	}
	c.demand = (c.demand + 16*min(c.asked, maxCalls/64)) / 2
	c.asked, c.most = 0, 0
	if v.alone() || c.quiet >= quietAfter {
		c.held = false
	}
	if c.held && at-c.start >= settle {
		// A peak within the claim: what slid out just now may come again.
		c.level = c.peak + c.part(k.calls-c.peak-v.claims, v)
		c.yield(k.calls, v)
	}
	c.peak = k.log.used
}

// part returns what to take of the room no other holds, in equal parts with
// those who are at it too, less what newcomers may take meanwhile. Below zero it
// is this node's part of what all hold too much. What is less than a call is
// rounded at random, so that the last calls of a small limit find a taker.
func (c *claim) part(room int, v view) int {
	at := v.active + 1
	if room < 0 {
		return -((-room + at - 1) / at)
	}
	newcomers := float64(v.nodes-at) / float64(4*v.nodes)
	return int(float64(room)*(1-newcomers)/float64(at) + rand.Float64())
}

// yield lets go of an eighth of what this node holds beyond its share of the
// demand, where a peer is short.
func (c *claim) yield(calls int, v view) {
	if !v.short {
		return
	}
	own := float64(c.telling())
	fair := int(float64(calls) * own / (own + float64(v.demand)))
	if c.level > fair {
		c.level -= (c.level - fair + 7) / 8
	}
}

// telling returns the demand that peers are told; 0: not at it.
func (c *claim) telling() int {
	if c.quiet >= quietAfter {
		return 0
	}
	return max(c.demand, 1)
}
