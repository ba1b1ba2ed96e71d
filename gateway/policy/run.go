package policy

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"meridian/gateway/expr"
)

// MaxSteps is the most elements one request may run, passes of retry counted
// each.
const MaxSteps = 10_000

// MaxTime is how long the policies of one request may work, without the time
// that they wait: for backends, for bodies, between the passes of a retry.
const MaxTime = 10 * time.Second

// run is one request on its way through a Program.
type run struct {
	x       *Exchange
	h       Host
	p       *Program
	section section
	level   int            // of the document whose steps run
	step    *step          // the innermost that runs
	failed  *step          // the innermost that failed
	into    *expr.Response // of return-response, while it is made
	depth   int
	taken   int
	began   time.Time
	idle    time.Duration // of it, waiting
	sent    bool          // forward-request began to send
	told    bool          // context.Trace is the trace of this run
	values  []TraceValue  // that the step's expressions had
	hidden  hidden        // from traces
	later   []count       // rate limits that count when the answer is known
	fields  []field       // of rate limits, for the answer
}

// field is a header field.
type field struct{ name, value string }

// errReturned ends a run at return-response.
var errReturned = errors.New("response returned")

// Run takes x through the sections. It leaves x.Response set, or returns ctx's
// error.
func (p *Program) Run(ctx context.Context, x *Exchange, h Host) error {
	r := p.begin(x, h)
	defer r.end()
	err := r.forth(ctx)
	switch {
	case err == nil || errors.Is(err, errReturned):
	case ctx.Err() != nil:
		return ctx.Err()
	default:
		if err = r.fail(ctx, err); err != nil {
			return err
		}
	}
	r.settle(ctx)
	return nil
}

// begin makes a run, watched where somebody looks.
func (p *Program) begin(x *Exchange, h Host) *run {
	r := &run{x: x, h: h, p: p, began: time.Now()}
	if x.Trace == nil {
		return r
	}
	r.mask()
	x.veil = r.hidden.veil
	if x.Context.Trace == nil {
		x.Context.Trace, r.told = r.note, true
	}
	return r
}

// end takes back what begin lent.
func (r *run) end() {
	if r.told {
		r.x.Context.Trace = nil
	}
}

// forth runs the sections of a request that goes well.
func (r *run) forth(ctx context.Context) error {
	for s := inbound; s <= outbound; s++ {
		r.section = s
		if s == outbound && r.x.Response == nil {
			r.x.Response = newResponse(&r.x.Context, http.StatusOK) // nothing was called
		}
		if err := r.part(ctx, len(r.p.levels)-1); err != nil {
			return err
		}
	}
	return nil
}

// part runs the section as the document of a level has it.
func (r *run) part(ctx context.Context, level int) error {
	for level >= 0 && r.p.levels[level].parts[r.section].inherits {
		level--
	}
	if level < 0 {
		if r.section == backend {
			return r.one(ctx, &r.p.last)
		}
		return nil
	}
	outer := r.level
	r.level = level
	err := r.steps(ctx, r.p.levels[level].parts[r.section].steps)
	r.level = outer
	return err
}

// steps runs elements one after the other.
func (r *run) steps(ctx context.Context, list []step) error {
	for i := range list {
		if err := r.one(ctx, &list[i]); err != nil {
			return err
		}
	}
	return nil
}

// one runs an element.
func (r *run) one(ctx context.Context, s *step) error {
	r.taken++
	if r.taken > MaxSteps {
		return &valueError{fmt.Sprintf("more than %d policies in one request", MaxSteps)}
	}
	if r.worked() > MaxTime {
		return &valueError{fmt.Sprintf("the policies of one request worked for more than %v", MaxTime)}
	}
	around := r.step
	r.step = s
	r.depth++
	r.values = r.values[:0]
	err := s.run(ctx, r)
	if err != nil && r.failed == nil && !errors.Is(err, errReturned) {
		r.failed = s
		if r.x.Trace != nil {
			r.note("failed: " + err.Error())
		}
	}
	r.depth--
	r.step = around
	return err
}

// worked is how long the run has worked.
func (r *run) worked() time.Duration {
	out := time.Since(r.began) - r.idle
	if r.x.Request != nil {
		out -= r.x.Request.Waited()
	}
	if r.x.Response != nil {
		out -= r.x.Response.Waited()
	}
	return out
}

// waits calls what does not work but wait.
func (r *run) waits(call func() error) error {
	began := time.Now()
	err := call()
	r.idle += time.Since(began)
	return err
}

// fail runs on-error. What the section says is the answer; else the error is.
func (r *run) fail(ctx context.Context, cause error) error {
	r.blame(cause)
	r.section = onError
	err := r.part(ctx, len(r.p.levels)-1)
	switch {
	case err == nil || errors.Is(err, errReturned):
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	}
	r.blame(err)
	return nil
}

// settle does what waits for the answer: counts of rate limits, their fields.
func (r *run) settle(ctx context.Context) {
	if r.x.Response == nil {
		r.x.Response = newResponse(&r.x.Context, http.StatusOK)
	}
	for i := range r.later {
		r.later[i].settle(ctx, r)
	}
	if len(r.fields) > 0 && r.x.Response.HTTP.Header == nil {
		r.x.Response.HTTP.Header = http.Header{}
	}
	for _, f := range r.fields {
		r.x.Response.HTTP.Header.Set(f.name, f.value)
	}
}
