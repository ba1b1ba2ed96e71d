package breaker

import "time"

// Wait returns how long until it may admit again; 0: it admits (on the ramp
// some), Never: held open without an end. It takes no probe.
func (b *Breaker) Wait(now time.Time) time.Duration {
	now = b.notBefore(now)
	switch {
	case b.ended(now):
		return 0
	case b.state == HalfOpen:
		return b.probes.wait(now)
	case b.state != Open && b.state != ForcedOpen:
		return 0
	case b.until.IsZero():
		return Never
	}
	return b.until.Sub(now)
}

// Status returns what the breaker is at now. It changes nothing.
func (b *Breaker) Status(now time.Time) Status {
	now = b.notBefore(now)
	s := Status{
		State: b.state, Since: b.since, Until: b.until, Cause: b.cause,
		LastError: b.last, Generation: b.generation, Share: b.share(now),
	}
	if b.ended(now) {
		s.State, s.Since, s.Until, s.Cause = b.after(), b.until, time.Time{}, "its time is over"
		s.Generation++
		s.Share = share(s.State)
		return s
	}
	w := b.window
	w.advance(now)
	s.Failures, s.Attempts, s.Probes = w.failed(), w.attempts, b.probes.out(now)
	return s
}

// notBefore returns now, or the latest time seen where that is later.
func (b *Breaker) notBefore(now time.Time) time.Time {
	if now.Before(b.latest) {
		return b.latest
	}
	return now
}

// share returns the share of attempts that are admitted: a tenth where the ramp
// begins, all at its end.
func (b *Breaker) share(now time.Time) float64 {
	if b.ramp.IsZero() || b.state != Closed {
		return share(b.state)
	}
	ramp := b.rule.HalfOpen.Ramp
	if passed := now.Sub(b.ramp); passed < ramp {
		return 0.1 + 0.9*float64(passed)/float64(ramp)
	}
	return 1
}

func share(s State) float64 {
	if s == Closed || s == ForcedClosed {
		return 1
	}
	return 0
}
