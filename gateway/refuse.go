package gateway

import (
	"net/http"
	"strconv"
	"time"

	"meridian/gateway/record"
)

// retryAfter is what a refusal tells the client to wait where nobody knows
// better.
const retryAfter = 5 * time.Second

// refuse answers with a reason; true, as a step that ends the way.
func (x *exchange) refuse(reason Reason) bool {
	wait := retryAfter
	if reason == ReasonExhausted {
		wait = patience
	}
	x.refuseFor(reason, wait)
	return true
}

// refuseAs answers as what served the request asks for.
func (x *exchange) refuseAs(r record.Refusal) {
	status, reason, wait, text, kind := r.Refusal()
	x.outcome, x.reason = OutcomeRefused, Reason(reason)
	h := x.w.Header()
	clear(h)
	h.Set(headerReason, reason)
	h.Set("Cache-Control", "no-store")
	if wait > 0 {
		h.Set("Retry-After", lengthText(int64((wait+time.Second-1)/time.Second)))
	}
	if status < http.StatusBadRequest || status > 599 {
		status = http.StatusBadGateway
	}
	if text == nil {
		text, kind = []byte(strconv.Itoa(status)+" "+http.StatusText(status)+": "+reason+"\n"), plainText
	}
	x.w.whole(status, text, kind)
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
