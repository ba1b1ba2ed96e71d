package simnet

import (
	"math/rand/v2"
	"time"
)

// Link is what happens on the way from one host to another.
type Link struct {
	Delay  time.Duration // of everything
	Jitter time.Duration // most that is added to Delay, evenly

	Loss      float64 // share of packets that vanish; a stream loses time instead
	Duplicate float64 // share of packets that arrive twice
	MTU       int     // most bytes of a packet; bigger ones vanish; 0: no limit

	Cut       bool // nothing passes
	NoPackets bool // packets vanish, streams pass
}

// retransmit is what a stream waits after a loss before it tries again; it
// doubles up to maxRetransmit while nothing passes.
const (
	retransmit    = 200 * time.Millisecond
	maxRetransmit = 3200 * time.Millisecond
)

// way names a link.
type way struct{ from, to string }

// lane is a link with its own randomness.
type lane struct {
	Link
	rand *rand.Rand
}

// delay draws how long the next thing takes.
func (l *lane) delay() time.Duration {
	if l.Jitter <= 0 {
		return l.Delay
	}
	return l.Delay + time.Duration(l.rand.Int64N(int64(l.Jitter)+1))
}

// copies draws how many of a packet arrive.
func (l *lane) copies(size int) int {
	lost, twice := l.rand.Float64() < l.Loss, l.rand.Float64() < l.Duplicate
	switch {
	case l.Cut, l.NoPackets, l.MTU > 0 && size > l.MTU, lost:
		return 0
	case twice:
		return 2
	}
	return 1
}

// segment draws how long a piece of a stream takes; passes is false while
// nothing does.
func (l *lane) segment() (delay time.Duration, passes bool) {
	delay = l.delay()
	if l.rand.Float64() < l.Loss {
		delay += retransmit
	}
	return delay, !l.Cut
}
