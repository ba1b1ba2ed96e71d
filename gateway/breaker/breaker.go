package breaker

import (
	"strconv"
	"time"
)

// Breaker is the breaker of one backend. It is not safe for use by several
// goroutines at once.
type Breaker struct {
	rule       Rule
	state      State
	generation uint64
	since      time.Time
	until      time.Time // of the state; zero: no end
	cause      string
	latest     time.Time // the latest now seen: time never runs backwards
	window     window
	last       Failure
	probes     probes
	ramp       time.Time // when the ramp began; zero: none
}

// New returns a closed breaker. The rule must be valid (Rule.Validate); numbers
// beyond the limits are brought to them.
func New(rule Rule) *Breaker {
	rule = rule.normal()
	b := &Breaker{rule: rule, generation: 1, window: newWindow(rule)}
	if rule.HalfOpen != nil {
		b.probes = newProbes(*rule.HalfOpen)
	}
	return b
}

// Admit asks for an attempt. draw is in [0,1) and decides only on the ramp.
func (b *Breaker) Admit(now time.Time, draw float64) (Permit, bool) {
	b.Advance(now)
	switch b.state {
	case Open, ForcedOpen:
		return Permit{}, false
	case HalfOpen:
		lease, ok := b.probes.admit(b.latest)
		return Permit{generation: b.generation, lease: lease}, ok
	}
	return Permit{generation: b.generation}, draw < b.share(b.latest)
}

// Record counts how an admitted attempt ended. Each permit is recorded once.
func (b *Breaker) Record(p Permit, o Outcome, now time.Time) (Transition, bool) {
	b.Advance(now)
	if p.generation != b.generation {
		return Transition{}, false
	}
	failed := b.rule.fails(o)
	if failed {
		b.last = Failure{At: b.latest, Status: o.Status, Reason: o.Reason, Detail: clip(o.Detail)}
	}
	if p.Probe() {
		return b.probed(p.lease, o, failed)
	}
	if o.Void() {
		return Transition{}, false
	}
	b.window.add(b.latest, failed)
	if b.state == Closed && failed && b.reached() {
		return b.trip(b.tripCause(), o), true
	}
	return Transition{}, false
}

// probed counts the outcome of a probe. What a probe says after its lease has
// ended still counts when it is good: a backend slower than the lease could
// never close its breaker otherwise.
func (b *Breaker) probed(lease uint64, o Outcome, failed bool) (Transition, bool) {
	inTime, known := b.probes.end(lease, b.latest)
	if !known || o.Void() || failed && !inTime {
		return Transition{}, false
	}
	b.window.add(b.latest, failed)
	if failed {
		return b.trip("a probe failed", o), true
	}
	if b.probes.good++; b.probes.good < b.rule.HalfOpen.Successes {
		return Transition{}, false
	}
	t := b.become(Closed, time.Time{}, count(b.probes.good, "probe")+" succeeded")
	b.ramp = b.latest
	return t, true
}

// trip opens the breaker for its time.
func (b *Breaker) trip(cause string, o Outcome) Transition {
	open := b.rule.TripDuration
	if b.rule.AcceptRetryAfter && o.RetryAfter > 0 {
		open = min(o.RetryAfter, maxRetryAfter)
		cause += ", Retry-After " + open.String()
	}
	return b.become(Open, b.latest.Add(open), cause)
}

// reached reports whether the window fulfils the rule.
func (b *Breaker) reached() bool {
	w, r := &b.window, &b.rule
	if r.Count > 0 && w.held >= r.Count {
		return true
	}
	return r.Percentage > 0 && w.attempts >= r.MinimumVolume && w.failures*100 >= r.Percentage*w.attempts
}

func (b *Breaker) tripCause() string {
	text := count(b.window.failed(), "failure")
	if b.rule.Percentage > 0 {
		text += " of " + count(b.window.attempts, "attempt")
	}
	return text + " in " + b.rule.Interval.String()
}

// become changes the state and starts a new generation.
func (b *Breaker) become(to State, until time.Time, cause string) Transition {
	b.generation++
	b.window.advance(b.latest)
	t := Transition{
		From: b.state, To: to, At: b.latest, Until: until, Cause: cause,
		Failures: b.window.failed(), Attempts: b.window.attempts,
		LastError: b.last, Generation: b.generation,
	}
	b.state, b.since, b.until, b.cause = to, b.latest, until, cause
	b.window.clear()
	b.probes.clear()
	b.ramp = time.Time{}
	return t
}

// count returns "1 probe" or "3 probes".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}
