package breaker

import "time"

// Advance lets time do its part: the end of a trip or of an order. Admit, Record
// and Force do the same silently; who tells others of transitions calls it
// before them, and now and then for a breaker without traffic.
func (b *Breaker) Advance(now time.Time) (Transition, bool) {
	b.latest = b.notBefore(now)
	if !b.ended(b.latest) {
		return Transition{}, false
	}
	latest := b.latest
	b.latest = b.until // when it happened
	t := b.leave("its time is over")
	b.latest = latest
	return t, true
}

// ended reports whether the state had an end and is past it.
func (b *Breaker) ended(now time.Time) bool {
	return !b.until.IsZero() && !now.Before(b.until)
}

// after returns the state that follows the present one.
func (b *Breaker) after() State {
	if b.rule.HalfOpen != nil && (b.state == Open || b.state == ForcedOpen) {
		return HalfOpen
	}
	return Closed
}

// leave goes to the state that follows the present one.
func (b *Breaker) leave(cause string) Transition {
	return b.become(b.after(), time.Time{}, cause)
}

// Force is an operator's order until a time (zero: until taken back). Repeating
// an order changes its end and reason only. What follows the end of ForceOpen is
// what follows a trip.
func (b *Breaker) Force(f Forced, until time.Time, reason string, now time.Time) (Transition, bool) {
	b.Advance(now)
	to, over := f.state(), !until.IsZero() && !until.After(b.latest)
	if to == Closed || over {
		return b.release(reason)
	}
	if b.state == to {
		b.until, b.cause = until, reason
		return Transition{}, false
	}
	return b.become(to, until, reason), true
}

// release takes an order back, if there is one.
func (b *Breaker) release(reason string) (Transition, bool) {
	if b.state != ForcedOpen && b.state != ForcedClosed {
		return Transition{}, false
	}
	if reason == "" {
		reason = "the order was taken back"
	}
	return b.leave(reason), true
}

func (f Forced) state() State {
	switch f {
	case ForceOpen:
		return ForcedOpen
	case ForceClosed:
		return ForcedClosed
	}
	return Closed
}
