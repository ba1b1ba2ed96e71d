package breaker

import "time"

// State is what a breaker does.
type State uint8

// The states.
const (
	Closed State = iota
	Open
	HalfOpen // probes only
	ForcedOpen
	ForcedClosed
)

// String returns closed, open, halfOpen, forcedOpen or forcedClosed.
func (s State) String() string {
	switch s {
	case Open:
		return "open"
	case HalfOpen:
		return "halfOpen"
	case ForcedOpen:
		return "forcedOpen"
	case ForcedClosed:
		return "forcedClosed"
	}
	return "closed"
}

// Forced is an operator's order.
type Forced uint8

// The orders. ForceNone takes an order back and leaves a trip of the rule's own
// alone.
const (
	ForceNone Forced = iota
	ForceOpen
	ForceClosed
)

// Never is the wait of a breaker that is held open without an end.
const Never time.Duration = 1<<63 - 1

// Permit is the leave to make one attempt. The zero permit counts nowhere.
type Permit struct {
	generation uint64
	lease      uint64 // 0: no probe
}

// Probe reports whether the attempt decides if a half-open breaker closes.
func (p Permit) Probe() bool { return p.lease != 0 }

// Failure is a failed attempt as Status shows it.
type Failure struct {
	At     time.Time // zero: none yet
	Status int
	Reason Reason
	Detail string
}

// Status is a breaker as seen at one time.
type Status struct {
	State      State
	Since      time.Time // zero: as created
	Until      time.Time // zero: no end, or none known
	Cause      string    // of the state; "" as created
	Failures   int       // in the interval that ends now
	Attempts   int       // likewise, failures included
	LastError  Failure   // survives every change of state
	Generation uint64
	Probes     int     // leases that are out
	Share      float64 // of attempts that are admitted; 1 when closed and not on the ramp
}

// Transition is a change of state.
type Transition struct {
	From, To   State
	At, Until  time.Time // Until zero: no end
	Cause      string
	Failures   int // when it changed
	Attempts   int
	LastError  Failure
	Generation uint64 // the new one
}
