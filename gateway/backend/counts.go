package backend

import (
	"sync"
	"sync/atomic"

	"meridian/gateway/breaker"
)

// outcome is what became of an attempt, as metrics show it.
type outcome int

const (
	informational outcome = iota
	success
	redirection
	clientError
	serverError
	unconnected
	timedOut
	brokenOff
	cancelled
	local
	outcomes // how many there are
)

// String returns the label of the outcome.
func (o outcome) String() string {
	return [outcomes]string{"1xx", "2xx", "3xx", "4xx", "5xx", "connect", "timeout", "broken", "cancelled", "local"}[o]
}

func outcomeOf(o breaker.Outcome, err error) outcome {
	switch {
	case o.Status > 0:
		return outcome(min(max(o.Status/100, 1), 5) - 1)
	case o.Ignored && asLocal(err):
		return local
	case o.Ignored:
		return cancelled
	case o.Reason == breaker.BackendConnectionFailure:
		return unconnected
	case o.Reason == breaker.Timeout:
		return timedOut
	}
	return brokenOff
}

// counts are of one name; they outlive changes of what it stands for.
type counts struct {
	attempts  [outcomes]atomic.Uint64
	requests  atomic.Uint64
	refused   atomic.Uint64 // nobody was asked
	retries   atomic.Uint64
	denied    atomic.Uint64 // repetitions that the budget forbade
	ejections atomic.Uint64
	inFlight  atomic.Int64

	mu          sync.Mutex
	transitions map[turn]uint64
}

// turn is a kind of transition.
type turn struct{ from, to breaker.State }

func (c *counts) transition(t breaker.Transition) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.transitions == nil {
		c.transitions = map[turn]uint64{}
	}
	c.transitions[turn{t.From, t.To}]++
}

func (c *counts) turns() map[turn]uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make(map[turn]uint64, len(c.transitions))
	for k, n := range c.transitions {
		out[k] = n
	}
	return out
}
