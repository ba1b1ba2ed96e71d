package backend

import (
	"errors"
	"net/http"
	"time"
)

// Repeat takes a repetition that the caller decides about, a policy's retry, off
// the retry budget, and reports whether there is one: always where no budget is
// set (DESIGN §8).
func (t *Target) Repeat(now time.Time) bool {
	if t.repeat == nil || !t.repeat.set || t.repeat.repeat(now) {
		return true
	}
	t.counts.denied.Add(1)
	return false
}

// mayRepeat reports whether the exchange may be attempted again, and makes its
// body ready for it. Every exchange that may counts for the budget; where one is
// set every request does.
func (t *Target) mayRepeat(x *exchange, now time.Time) (bool, error) {
	if t.repeat == nil {
		return false, nil
	}
	may := x.call.Retry && idempotent(x.r) && t.several()
	if t.repeat.counts(may, x.call.Repetition) {
		t.repeat.request(now)
	}
	if !may {
		return false, nil
	}
	switch n := x.r.ContentLength; {
	case x.body == nil || x.body.again != nil:
		return true, nil
	case n > 0 && n <= mostReplay:
		return true, x.body.hold(n)
	}
	return false, nil
}

// idempotent reports whether doing r twice is as doing it once (RFC 9110
// §9.2.2), or its sender says so.
func idempotent(r *http.Request) bool {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace, http.MethodPut, http.MethodDelete:
		return len(r.Header["Upgrade"]) == 0
	}
	return len(r.Header["Idempotency-Key"]) > 0
}

// sole reports whether the target is one backend.
func (t *Target) sole() bool { return t.pool == nil || len(t.pool.members) == 1 }

// several reports whether there is anywhere else to go.
func (t *Target) several() bool {
	if t.pool != nil && len(t.pool.members) > 1 {
		return true
	}
	e := t.only
	if e == nil {
		e = t.pool.members[0].endpoint
	}
	r := e.origin.now.Load()
	return r != nil && len(r.all) > 1
}

// another reports whether the exchange is attempted once more after err.
func (t *Target) another(x *exchange, err error, now time.Time) bool {
	var failed *AttemptError
	if !errors.As(err, &failed) || len(x.call.Attempts) >= mostAttempts || x.r.Context().Err() != nil {
		return false
	}
	if !t.repeat.repeat(now) {
		t.counts.denied.Add(1)
		return false
	}
	t.counts.retries.Add(1)
	return true
}
