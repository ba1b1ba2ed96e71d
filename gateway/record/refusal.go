package record

import "time"

// Refusal is an error of who serves a request that says how it is to be
// answered. The status is 400 to 599; the reason becomes Meridian-Reason and a
// label of a metric: a constant of the code, never anything a client chose. A
// retryAfter above 0 becomes Retry-After, in whole seconds. A nil body is
// answered with a short text of ours.
type Refusal interface {
	error
	Refusal() (status int, reason string, retryAfter time.Duration, body []byte, contentType string)
}
