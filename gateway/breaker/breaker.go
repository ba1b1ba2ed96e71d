package breaker

import "time"

// Breaker is the breaker of one backend. It is not safe for use by several
// goroutines at once.
type Breaker struct {
	rule Rule
}

// New returns a closed breaker. The rule must be valid (Rule.Validate); numbers
// beyond the limits are brought to them.
func New(rule Rule) *Breaker { return &Breaker{rule: rule} }

// Advance lets time do its part: the end of a trip or of an order. Admit, Record
// and Force do the same silently; who tells others of transitions calls it
// before them, and now and then for a breaker without traffic.
func (b *Breaker) Advance(now time.Time) (Transition, bool) { return Transition{}, false }

// Admit asks for an attempt. draw is in [0,1) and decides only on the ramp.
func (b *Breaker) Admit(now time.Time, draw float64) (Permit, bool) { return Permit{}, true }

// Wait returns how long until it may admit again; 0: it admits (on the ramp
// some), Never: held open without an end. It takes no probe.
func (b *Breaker) Wait(now time.Time) time.Duration { return 0 }

// Record counts how an admitted attempt ended. Each permit is recorded once.
func (b *Breaker) Record(p Permit, o Outcome, now time.Time) (Transition, bool) {
	return Transition{}, false
}

// Force is an operator's order until a time (zero: until taken back). Repeating
// an order changes its end and reason only.
func (b *Breaker) Force(f Forced, until time.Time, reason string, now time.Time) (Transition, bool) {
	return Transition{}, false
}

// Status returns what the breaker is at now. It changes nothing.
func (b *Breaker) Status(now time.Time) Status { return Status{} }
