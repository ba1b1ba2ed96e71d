package backend

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"meridian/gateway/breaker"
)

// circuit is a backend's breaker with what surrounds it: the lock, operators'
// orders and who hears of transitions.
type circuit struct {
	name    string
	rule    *breaker.Rule // nil: none; the breaker then follows orders only
	changed func(Transition)
	counts  *counts

	order atomic.Pointer[Order]
	armed atomic.Bool // the breaker has a say
	last  atomic.Pointer[breaker.Failure]

	silence atomic.Pointer[Silence] // nil: the last attempt was answered, or there was none

	mu sync.Mutex
	b  *breaker.Breaker
}

func newCircuit(name string, rule *breaker.Rule, n *counts, changed func(Transition)) *circuit {
	c := &circuit{name: name, rule: rule, changed: changed, counts: n}
	r := breaker.Rule{Interval: time.Minute, TripDuration: time.Minute}
	if rule != nil {
		r = *rule
	}
	c.b = breaker.New(r)
	c.armed.Store(rule != nil)
	return c
}

// failureStatus is what is answered while the circuit is open.
func (c *circuit) failureStatus() int {
	if c.rule == nil {
		return 0
	}
	return c.rule.FailureStatus
}

// disabled returns how long an operator keeps the backend out at now; 0: not.
func (c *circuit) disabled(now time.Time) time.Duration {
	o := c.order.Load()
	switch {
	case o == nil || !o.Disabled:
		return 0
	case o.DisabledUntil.IsZero():
		return breaker.Never
	}
	return max(0, o.DisabledUntil.Sub(now))
}

// wait returns how long until the circuit may admit; 0: it may now.
func (c *circuit) wait(now time.Time) time.Duration {
	d := c.disabled(now)
	if d > 0 || !c.armed.Load() {
		return d
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.b.Wait(now)
}

// admit asks for one attempt.
func (c *circuit) admit(now time.Time) (breaker.Permit, bool) {
	if c.disabled(now) > 0 {
		return breaker.Permit{}, false
	}
	if !c.armed.Load() {
		return breaker.Permit{}, true
	}
	draw := 0.0
	if c.rule != nil && c.rule.HalfOpen != nil {
		draw = rand.Float64()
	}
	c.mu.Lock()
	t, turned := c.b.Advance(now)
	p, ok := c.b.Admit(now, draw)
	c.mu.Unlock()
	c.tell(t, turned)
	return p, ok
}

// record counts an attempt, and reports whether the circuit opened by it.
func (c *circuit) record(p breaker.Permit, o breaker.Outcome, now time.Time) bool {
	if !o.Ignored && (o.Status == 0 || o.Status >= 500) {
		c.last.Store(&breaker.Failure{At: now, Status: o.Status, Reason: o.Reason, Detail: o.Detail})
	}
	c.hear(o, now)
	if !c.armed.Load() {
		return false
	}
	c.mu.Lock()
	t, turned := c.b.Advance(now)
	u, tripped := c.b.Record(p, o, now)
	c.mu.Unlock()
	c.tell(t, turned)
	c.tell(u, tripped)
	return tripped && u.To == breaker.Open
}

// advance lets time do its part.
func (c *circuit) advance(now time.Time) {
	if !c.armed.Load() {
		return
	}
	c.mu.Lock()
	t, turned := c.b.Advance(now)
	c.mu.Unlock()
	c.tell(t, turned)
}

// obey makes o the circuit's order; nil: none.
func (c *circuit) obey(o *Order, now time.Time) {
	var want Order
	if o != nil {
		want = *o
	}
	c.mu.Lock()
	before := c.order.Swap(o)
	var was Order
	if before != nil {
		was = *before
	}
	if want == was {
		c.mu.Unlock()
		return
	}
	t, turned := c.b.Advance(now)
	u, forced := c.b.Force(want.Breaker, want.BreakerUntil, want.Reason, now)
	c.armed.Store(c.rule != nil || want.Breaker != breaker.ForceNone)
	c.mu.Unlock()
	c.tell(t, turned)
	c.tell(u, forced)
}

// tell passes a transition on. Nobody holds a lock here.
func (c *circuit) tell(t breaker.Transition, turned bool) {
	if !turned {
		return
	}
	c.counts.transition(t)
	if c.changed != nil {
		c.changed(Transition{Backend: c.name, Transition: t})
	}
}

func (c *circuit) status(now time.Time) breaker.Status {
	c.mu.Lock()
	s := c.b.Status(now)
	c.mu.Unlock()
	if last := c.last.Load(); last != nil && last.At.After(s.LastError.At) {
		s.LastError = *last
	}
	return s
}

// why names what keeps the circuit from admitting at now; "": nothing.
func (c *circuit) why(now time.Time) string {
	switch {
	case c.disabled(now) > 0:
		return "disabled"
	case c.wait(now) > 0:
		return c.status(now).State.String()
	}
	return ""
}
