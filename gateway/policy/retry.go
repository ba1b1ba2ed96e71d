package policy

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"
)

// retryKind is <retry>: its steps once, and again while the condition is true.
func retryKind() kind {
	const day = 24 * 60 * 60
	return kind{
		name: "retry", in: everywhere, content: elements,
		attributes: []attr{
			{name: "condition", required: true, code: true, want: wantBool},
			{name: "count", required: true, code: true, want: wantNumber, min: 1, max: 50},
			{name: "interval", required: true, code: true, want: wantNumber, min: 0, max: day},
			{name: "max-interval", code: true, want: wantNumber, min: 0, max: day},
			{name: "delta", code: true, want: wantNumber, min: 0, max: day},
			{name: "first-fast-retry", code: true, want: wantBool},
		},
		compile: compileRetry,
	}
}

// restless is how many repetitions may follow each other without a pause: as
// many as a large pool has members to go through.
const restless = 10

// unpaused reports whether no pass waits for the one before.
func unpaused(t terms) bool {
	return t["interval"].constant() == "0" && (t["delta"] == nil || t["delta"].constant() == "0")
}

// retry is a <retry> with its steps.
type retry struct {
	t     terms
	steps []step
}

func compileRetry(c *compiler, e *element, t terms) runner {
	if t["max-interval"] != nil && t["delta"] == nil {
		c.warn(e.src, t["max-interval"].at, "max-interval without delta: the interval is fixed, and cut to max-interval")
	}
	if n, err := strconv.Atoi(t["count"].constant()); err == nil && n > restless && unpaused(t) {
		c.warn(e.src, t["count"].at, "count %d without a pause: a backend that fails is asked up to %d times at once for each request, unless safety.retryBudget bounds it; want an interval, or a count of at most %d", n, n+1, restless)
	}
	return (&retry{t: t, steps: c.steps(e.children)}).run
}

func (o *retry) run(ctx context.Context, r *run) error {
	p, err := o.pauses(r)
	if err != nil {
		return err
	}
	self := r.step
	for pass := 0; ; pass++ {
		if r.x.Trace != nil {
			r.note(fmt.Sprintf("pass %d of at most %d", pass+1, p.count+1))
		}
		err := r.steps(ctx, o.steps)
		if pass == p.count || !o.again(r, err) {
			return err
		}
		if over := o.pause(ctx, r, self, p.before(pass, r.draw)); errors.Is(over, ErrNoBudget) {
			return err
		} else if over != nil {
			return over
		}
	}
}

// ErrNoBudget says that a retry makes no other pass: what its last one came to
// is what it comes to.
var ErrNoBudget = errors.New("the retry budget is used up")

// pause waits for the next pass and makes r ready for it; on an error r is as
// the last one left it.
func (o *retry) pause(ctx context.Context, r *run, self *step, d time.Duration) error {
	last := r.step
	r.step = self
	if r.x.Trace != nil {
		r.note("again in " + d.String())
	}
	if err := o.wait(ctx, r, d); err != nil {
		if r.x.Trace != nil {
			r.note("no other pass: " + err.Error())
		}
		r.step = last
		return err
	}
	r.failed = nil
	return nil
}

// again evaluates the condition after a pass. A failed forward-request may be
// tried again; where the condition cannot be evaluated for want of a response,
// it is not.
func (o *retry) again(r *run, err error) bool {
	var failure *Failure
	if err != nil && !errors.As(err, &failure) {
		return false
	}
	again, failed := o.t["condition"].isTrue(r, false)
	return again && failed == nil
}

func (o *retry) wait(ctx context.Context, r *run, d time.Duration) error {
	return r.waits(func() error { return r.h.Wait(ctx, d) })
}

// pauses is what says how long a retry waits.
type pauses struct {
	count                 int
	interval, delta, most time.Duration
	exponential, fast     bool
}

// pauses evaluates the attributes, once for all passes.
func (o *retry) pauses(r *run) (p pauses, err error) {
	if p.count, err = o.t["count"].number(r, 1); err != nil {
		return p, err
	}
	if p.interval, err = o.seconds(r, "interval"); err != nil {
		return p, err
	}
	if p.delta, err = o.seconds(r, "delta"); err != nil {
		return p, err
	}
	if p.most, err = o.seconds(r, "max-interval"); err != nil {
		return p, err
	}
	p.exponential = o.t["delta"] != nil && o.t["max-interval"] != nil
	p.fast, err = o.t["first-fast-retry"].isTrue(r, false)
	return p, err
}

func (o *retry) seconds(r *run, name string) (time.Duration, error) {
	n, err := o.t[name].number(r, 0)
	return time.Duration(n) * time.Second, err
}

// before returns the pause behind pass n, counted from 0: the manual's formulas
// (azure.md §4.2), whose documented series 10, 20, 40, 80, 100 starts at 0.
func (p pauses) before(n int, draw func() float64) time.Duration {
	wait := p.interval
	switch {
	case n == 0 && p.fast:
		return 0
	case p.exponential:
		factor := float64(int64(1)<<min(n, 40) - 1)
		grown := float64(p.interval) + factor*float64(p.delta)*(0.8+0.4*draw())
		wait = time.Duration(min(grown, float64(p.most)))
	default:
		wait += time.Duration(n) * p.delta
	}
	if p.most > 0 {
		wait = min(wait, p.most)
	}
	return wait
}

// draw returns a number in [0, 1).
func (r *run) draw() float64 {
	if r.x.Draw != nil {
		return float64(r.x.Draw()>>11) / (1 << 53)
	}
	return rand.Float64()
}
