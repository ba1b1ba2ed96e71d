package backend

import (
	"errors"
	"net/http"
	"time"

	"meridian/gateway/breaker"
	"meridian/gateway/h1"
)

const (
	mostTries    = 3 // addresses in one attempt
	mostAttempts = 3 // of one call, by the built-in repetition
)

// exchange is one call on its way through its attempts.
type exchange struct {
	r       *http.Request // with the call's deadline, where it has one
	plain   *http.Request // as the caller gave it
	call    *Call
	body    *source // nil: none
	up      *upload // of the last try; nil: none
	stop    func()  // ends the deadline's context; nil: there is none
	patient bool    // no other member is asked when an attempt fails
}

// attempt asks e once, of which its circuit has given leave by p.
func (x *exchange) attempt(e *endpoint, p breaker.Permit, now time.Time) (*http.Response, error) {
	recorded := false
	defer func() {
		if !recorded { // a panic is no news of the backend
			e.circuit.record(p, breaker.Outcome{Ignored: true}, time.Now())
		}
	}()
	did := Attempt{Backend: e.name}
	res, err := x.send(e, &did, now)
	end := time.Now()
	var o breaker.Outcome
	if err != nil {
		o, err = x.judge(e, err)
	} else {
		o = breaker.Outcome{Status: res.StatusCode, RetryAfter: retryAfter(res, end)}
	}
	recorded = true
	did.Tripped = e.circuit.record(p, o, end)
	did.Status, did.Err, did.Took = o.Status, err, end.Sub(now)
	e.counts.attempts[outcomeOf(o, err)].Add(1)
	x.note(e, did)
	return res, err
}

func (x *exchange) note(e *endpoint, did Attempt) {
	c := x.call
	c.Attempts = append(c.Attempts, did)
	c.Backend, c.Region, c.Addr = e.name, e.region, did.Addr
}

// send tries addresses until one is connected to, and returns what came of the
// first that was.
func (x *exchange) send(e *endpoint, did *Attempt, now time.Time) (*http.Response, error) {
	list, err := e.origin.roster(x.r.Context(), now)
	if err != nil {
		return nil, &ConnectError{Err: err}
	}
	f := new(flight)
	f.prepare(x.r, e)
	v := versionOf(x.r, x.call.HTTPVersion, e.version, e.origin.way.secure)
	var room [mostTries]*address
	tried := room[:0]
	var last error
	for most := mostTries; ; {
		a := e.origin.next(list, tried, now)
		if a == nil || len(tried) == most {
			if list = x.renewed(e, list); list == nil {
				return nil, last
			}
			most += mostTries
			continue
		}
		tried = append(tried, a)
		did.Addr, did.Tried = a.addr, len(tried)
		res, err := x.try(e, f, a, v, now)
		if err == nil || !x.elsewhere(err) {
			return res, err
		}
		last, now = worse(last, err), time.Now()
	}
}

// renewed returns new addresses of e once, where the request has no other chance.
func (x *exchange) renewed(e *endpoint, before *roster) *roster {
	if !x.patient {
		return nil
	}
	x.patient = false
	return e.origin.renewed(x.r.Context(), before)
}

// try asks one address.
func (x *exchange) try(e *endpoint, f *flight, a *address, v version, now time.Time) (*http.Response, error) {
	if x.body != nil {
		up, err := x.body.try()
		if err != nil {
			return nil, err
		}
		x.up, f.req.Body, f.req.GetBody = up, up, x.body.again
	}
	l := a.lines.get(v, now, func(v version) http.RoundTripper { return e.origin.connect(a, v) }, e.origin.way.timeouts.Age)
	l.enter()
	if a.gone.Load() || e.origin.retired.Load() {
		l.retired.Store(true) // it ends with this request
	}
	e.counts.inFlight.Add(1)
	carried := false
	defer func() {
		if !carried {
			e.counts.inFlight.Add(-1)
			l.leave()
		}
	}()
	res, err := l.trip.RoundTrip(&f.req)
	if err != nil {
		return nil, undialled(err)
	}
	carried = true
	f.carry(res, l, e.counts, x.stop)
	return res, nil
}

// undialled takes off what a client wraps around the error of a dial, which says
// itself that it is one.
func undialled(err error) error {
	var wrapped *h1.ConnectError
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}

// elsewhere reports whether another address may be tried after err: nothing was
// sent, and the caller still waits.
func (x *exchange) elsewhere(err error) bool {
	var refused *ConnectError
	return errors.As(err, &refused) && x.r.Context().Err() == nil && (x.body == nil || !x.body.begun.Load())
}

// worse returns the one of two connect failures that says more about this
// machine.
func worse(before, err error) error {
	if before != nil && asLocal(before) {
		return before
	}
	return err
}

// judge says what a failure means to the breaker, and to the caller.
func (x *exchange) judge(e *endpoint, err error) (breaker.Outcome, error) {
	if gone := x.plain.Context().Err(); gone != nil {
		return breaker.Outcome{Ignored: true}, gone
	}
	var refused *ConnectError
	o := breaker.Outcome{Detail: err.Error()}
	switch {
	case x.ownFault(err) != nil:
		o.Ignored = true
		return o, x.ownFault(err)
	case asLocal(err):
		o.Ignored = true
		return o, &LocalError{Backend: e.name, Err: err}
	case x.r.Context().Err() != nil: // the call's time is over, and no news of the backend where the client took it
		o.Reason, o.Ignored = breaker.Timeout, x.up.awaited()
	case errors.As(err, &refused):
		o.Reason = breaker.BackendConnectionFailure
	case isTimeout(err):
		o.Reason = breaker.Timeout
	default:
		o.Reason = breaker.ServerErrors
	}
	return o, &AttemptError{Backend: e.name, Reason: o.Reason, Err: err}
}

// ownFault returns the request's own fault, if err is one.
func (x *exchange) ownFault(err error) error {
	var unread *BodyError
	var body *h1.BodyError
	var request *h1.RequestError
	switch {
	case errors.As(err, &unread):
		return unread
	case x.body != nil && x.body.failed.Load() != nil:
		return &BodyError{Err: *x.body.failed.Load()}
	case errors.As(err, &body), errors.As(err, &request):
		return &BodyError{Err: err}
	}
	return nil
}

// isTimeout reports whether the attempt had its time.
func isTimeout(err error) bool {
	var timed interface{ Timeout() bool }
	return errors.As(err, &timed) && timed.Timeout()
}
