package backend

import (
	"context"
	"errors"
	"net/http"
	"time"

	"meridian/gateway/breaker"
)

var errCallTime = errors.New("the call's time is over")

// Target is what requests are sent to: a backend, a pool, or a URL.
type Target struct {
	name   string
	only   *endpoint // nil: a pool
	pool   *pool
	repeat *budget // nil: nothing is repeated
	counts *counts
	broken error // why it cannot be asked; nil: it can
}

// choice is a backend that may be asked once.
type choice struct {
	*endpoint
	member *member // nil: no pool
	permit breaker.Permit
}

// Do sends r and returns the answer, whose Body streams. r.URL is the path below
// the target's URL and the query; r.Host is sent as it is, "" is the backend's.
// r itself is not changed. c is filled in. Errors are *OpenError, *AttemptError,
// *LocalError, *BodyError or the context's.
func (t *Target) Do(r *http.Request, c *Call) (*http.Response, error) {
	c.Attempts = c.room[:0]
	t.counts.requests.Add(1)
	if t.broken != nil {
		return nil, &AttemptError{Backend: t.name, Reason: breaker.BackendConnectionFailure, Err: t.broken}
	}
	x := exchange{r: r, plain: r, call: c, body: bodyOf(r)}
	if c.Timeout > 0 {
		timer := x.limit(c.Timeout)
		defer timer.Stop()
	}
	res, err := t.run(&x)
	x.end(err)
	return res, err
}

// limit gives the exchange until after; the timer is stopped with the header of
// the answer.
func (x *exchange) limit(after time.Duration) *time.Timer {
	ctx, cancel := context.WithCancelCause(x.r.Context())
	x.r = x.r.WithContext(ctx)
	x.stop = func() { cancel(nil) }
	return time.AfterFunc(after, func() { cancel(errCallTime) })
}

// end lets go of the body, and of the context where there is no answer.
func (x *exchange) end(err error) {
	if err != nil && x.stop != nil {
		x.stop()
	}
	if x.up != nil {
		x.up.settle()
	}
	if x.body != nil && (err != nil || x.body.again != nil) {
		x.body.close()
	}
}

// run makes attempts until one has an answer or no other is allowed.
func (t *Target) run(x *exchange) (*http.Response, error) {
	now := time.Now()
	again, err := t.mayRepeat(x, now)
	if err != nil {
		return nil, err
	}
	x.patient, now = !again || t.sole(), x.begins(now)
	session, tried, failure := t.session(x), t.asked(x), error(nil)
	for {
		one, err := t.choose(session, tried, now)
		if err != nil {
			return nil, firstError(failure, err)
		}
		res, err := x.attempt(one.endpoint, one.permit, now)
		if err == nil {
			if one.member != nil {
				t.pool.keep(res, one.member, session, x.r.Header.Get("X-Forwarded-Proto") == "https")
			}
			return res, nil
		}
		now = time.Now()
		if !again || !t.another(x, err, now) {
			return nil, err
		}
		failure = err
		if one.member != nil {
			tried |= one.member.bit
		}
	}
}

// begins returns when the first attempt begins, of a call that came at now: its
// body may have been read.
func (x *exchange) begins(now time.Time) time.Time {
	if x.body == nil {
		return now
	}
	return time.Now()
}

// session is the client's wish for a member; "": there is none.
func (t *Target) session(x *exchange) string {
	if t.pool == nil {
		return ""
	}
	return t.pool.session(x.r, x.call)
}

// asked is the members that the request has been to.
func (t *Target) asked(x *exchange) uint64 {
	if t.pool == nil {
		return 0
	}
	return t.pool.set(x.call.Asked)
}

// firstError returns the first that is one.
func firstError(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// choose takes the leave for one attempt.
func (t *Target) choose(session string, tried uint64, now time.Time) (choice, error) {
	if t.pool != nil {
		m, p := t.pool.pick(session, tried, now)
		if m == nil {
			t.counts.refused.Add(1)
			return choice{}, t.pool.open(now)
		}
		return choice{m.endpoint, m, p}, nil
	}
	p, ok := t.only.circuit.admit(now)
	if !ok {
		t.counts.refused.Add(1)
		e := &OpenError{Target: t.name, Status: t.only.circuit.failureStatus(), Retry: breaker.Never}
		e.skip(t.only, now)
		return choice{}, e.done()
	}
	return choice{t.only, nil, p}, nil
}
