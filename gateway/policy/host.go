package policy

import (
	"context"
	"net/http"
	"time"
)

// Host is what a running program reaches the world through. A Host that sends
// nothing makes a run an explanation.
type Host interface {
	// Forward sends x.Request to x.Target and sets x.Response. A *Failure is
	// what policies see as context.LastError; any other error but ctx's is an
	// internal one. It may be called again for one request: x.Request.HTTP.Body
	// starts anew then, and the URL is as the policies left it.
	Forward(ctx context.Context, x *Exchange, f Forward) error
	// Count takes c.N calls from a rate limit, or says why not.
	Count(ctx context.Context, c Count) (Verdict, error)
	// Wait pauses a retry for d, which may be 0, or until ctx ends; ErrNoBudget
	// at once where there is to be no other pass.
	Wait(ctx context.Context, d time.Duration) error
}

// Forward is how forward-request sends. Timeout 0 is the backend's own.
type Forward struct {
	Timeout           time.Duration
	BufferRequest     bool // the request's body is in memory and may be sent again
	BufferResponse    bool // false: pass on each piece as it comes
	FollowRedirects   bool
	FailOnErrorStatus bool   // done by policy; Forward returns the response as it is
	HTTPVersion       string // "1", "2or1", "2"; "": the backend's own
}

// Count is one call of rate-limit or rate-limit-by-key.
type Count struct {
	Key    string
	Calls  int // allowed in Period
	Period time.Duration
	N      int  // calls to take; 0 looks whether one would be allowed
	Later  bool // the answer is known: take N whatever the limit says
}

// Verdict is the state of a limit after a Count.
type Verdict struct {
	Allowed    bool
	Remaining  int
	RetryAfter time.Duration // where not Allowed
}

// Failure is an error with a reason that policies can see. A timeout (reason
// ReasonTimeout) leaves a context.Response with Status, other failures leave
// context.Response null until on-error.
type Failure struct {
	Reason     string        // context.LastError.Reason
	Message    string        // context.LastError.Message
	Status     int           // of the answer; 0: 500, or 504 after a timeout
	RetryAfter time.Duration // 0: no Retry-After
	Header     http.Header   // further fields of the answer; may be nil
}

// Error returns the message.
func (f *Failure) Error() string { return f.Message }

// Reasons of context.LastError.
const (
	ReasonTimeout     = "Timeout"
	ReasonConnection  = "BackendConnectionFailure"
	ReasonClient      = "ClientConnectionFailure"
	ReasonExpression  = "ExpressionValueEvaluationFailure"
	ReasonRateLimit   = "RateLimitExceeded"
	ReasonErrorStatus = "BackendErrorStatusCode"  // forward-request with fail-on-error-status-code
	ReasonInvalid     = "PolicyEvaluationFailure" // a value that an element cannot use
	ReasonInternal    = "InternalError"
	ReasonOperation   = "OperationNotFound" // no API or operation claims the request
)
