package gateway

import (
	"net/http"
	"strconv"
	"time"
)

// retryAfter is what a refusal tells the client to wait where nobody knows
// better.
const retryAfter = 5 * time.Second

// refuse answers with a reason; true, as a step that ends the way.
func (x *exchange) refuse(reason Reason) bool {
	x.refuseFor(reason, retryAfter)
	return true
}

// refuseFor says how long to wait: whole seconds, at least one.
func (x *exchange) refuseFor(reason Reason, wait time.Duration) {
	x.outcome, x.reason = OutcomeRefused, reason
	h := x.w.Header()
	clear(h)
	h.Set(headerReason, string(reason))
	h.Set("Cache-Control", "no-store")
	if reason.retryable() {
		seconds := int64((wait + time.Second - 1) / time.Second)
		h.Set("Retry-After", strconv.FormatInt(max(1, seconds), 10))
	}
	if reason == ReasonBadRequest || reason.ends() && x.r.ProtoMajor < 2 {
		h.Set("Connection", "close")
	}
	status := reason.Status()
	x.w.plain(status, strconv.Itoa(status)+" "+http.StatusText(status)+": "+string(reason)+"\n")
}
