package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"meridian/gateway/backend"
	"meridian/gateway/breaker"
	"meridian/gateway/expr"
	"meridian/gateway/policy"
)

// Reasons of answers that are made here: the values of Meridian-Reason.
const (
	ReasonNotFound = "no_api"          // no API or operation claims the request
	ReasonBadPath  = "bad_path"        // the path has "." or "..", a control character, or more than one reading
	ReasonNoPlan   = "no_plan"         // there is nothing to serve by yet
	ReasonNoTarget = "no_backend"      // neither the API nor a policy says where to go
	ReasonOpen     = "breaker_open"    // every breaker is open
	ReasonDisabled = "backend_off"     // operators have switched every backend off
	ReasonConnect  = "backend_connect" // no address of the backend took a connection
	ReasonTimeout  = "backend_timeout" // the backend did not answer in time
	ReasonBroken   = "backend_broken"  // the backend broke the connection off before an answer
	ReasonLocal    = "local_resources" // this machine is out of ports, descriptors or memory
	ReasonInternal = "internal"        // a defect, or a policy that failed
)

// refusal is an answer that is made here: API Management's JSON.
type refusal struct {
	status  int
	reason  string
	message string
	kind    string // what policies see as context.LastError.Reason
	retry   time.Duration
	err     error // nil: there is no more to say
}

func refuseNotFound() *refusal {
	return &refusal{status: http.StatusNotFound, reason: ReasonNotFound, message: "Resource not found"}
}

func refusePath(why string) *refusal {
	return &refusal{status: http.StatusBadRequest, reason: ReasonBadPath, message: why, kind: policy.ReasonClient}
}

func refuseDots() *refusal { return refusePath("The path has a segment that is . or ..") }

// refuseMethod is what the gateway does with a method that no backend is asked
// with, before a request comes here.
func refuseMethod(method, reason string) *refusal {
	return &refusal{status: http.StatusNotImplemented, reason: reason, message: "No backend is asked with the method " + method}
}

func refusePlanless() *refusal {
	return &refusal{status: http.StatusServiceUnavailable, reason: ReasonNoPlan, message: "Service Unavailable", retry: time.Second}
}

func refuseTargetless() *refusal {
	return &refusal{
		status: http.StatusInternalServerError, reason: ReasonNoTarget, message: "No backend is configured for this API", kind: policy.ReasonInternal,
	}
}

// Error implements error.
func (r *refusal) Error() string {
	if r.err != nil {
		return r.reason + ": " + r.err.Error()
	}
	return r.reason + ": " + r.message
}

// Unwrap returns what failed.
func (r *refusal) Unwrap() error { return r.err }

// Refusal implements record.Refusal.
func (r *refusal) Refusal() (status int, reason string, retryAfter time.Duration, body []byte, contentType string) {
	return r.status, r.reason, r.retry, failureBody(r.status, r.message), "application/json"
}

// failure is the refusal as policies see it.
func (r *refusal) failure() *policy.Failure {
	return &policy.Failure{Reason: r.kind, Message: r.message, Status: r.status, RetryAfter: r.retry}
}

// show leaves an answer that conditions can look at where no backend was asked:
// Azure's policies compare its status with 503.
func (r *refusal) show(y *policy.Exchange) {
	if r.reason != ReasonOpen && r.reason != ReasonDisabled {
		return
	}
	y.Response = &expr.Response{HTTP: &http.Response{
		StatusCode: r.status, Status: strconv.Itoa(r.status) + " " + http.StatusText(r.status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, Body: http.NoBody,
	}}
}

// failureBody is what API Management answers on its own.
func failureBody(status int, message string) []byte {
	out, _ := json.Marshal(struct {
		StatusCode int    `json:"statusCode"`
		Message    string `json:"message"`
	}{status, message}) // a number and a text can be marshalled
	return out
}

// refusalOf says how an error of a backend is answered: the one table of it. nil
// for what is not ours to answer: the client went away, or sent a body that
// cannot be read.
func refusalOf(ctx context.Context, err error) *refusal {
	var known *refusal
	var open *backend.OpenError
	var attempt *backend.AttemptError
	var local *backend.LocalError
	var body *backend.BodyError
	switch {
	case ctx.Err() != nil, errors.As(err, &body):
		return known
	case errors.As(err, &known):
		return known
	case errors.As(err, &open):
		return openRefusal(open)
	case errors.As(err, &attempt):
		return attemptRefusal(attempt)
	case errors.As(err, &local):
		return &refusal{status: http.StatusServiceUnavailable, reason: ReasonLocal, message: "Service Unavailable", kind: policy.ReasonInternal, retry: time.Second, err: err}
	}
	return &refusal{status: http.StatusInternalServerError, reason: ReasonInternal, message: "Internal server error", kind: policy.ReasonInternal, err: err}
}

func openRefusal(open *backend.OpenError) *refusal {
	out := &refusal{status: open.Status, reason: ReasonOpen, message: "Service Unavailable", kind: policy.ReasonConnection, err: open}
	if open.Status == 0 {
		out.status = http.StatusServiceUnavailable
	}
	if out.status != http.StatusServiceUnavailable {
		out.message = http.StatusText(out.status)
	}
	if open.Retry > 0 && open.Retry < breaker.Never {
		out.retry = open.Retry
	}
	for _, s := range open.Skipped {
		if s.Why != "disabled" {
			return out
		}
	}
	out.reason = ReasonDisabled
	return out
}

func attemptRefusal(attempt *backend.AttemptError) *refusal {
	switch attempt.Reason {
	case breaker.Timeout:
		return &refusal{status: http.StatusGatewayTimeout, reason: ReasonTimeout, message: "The backend did not answer in time", kind: policy.ReasonTimeout, err: attempt}
	case breaker.BackendConnectionFailure:
		return &refusal{status: http.StatusBadGateway, reason: ReasonConnect, message: "The backend cannot be connected to", kind: policy.ReasonConnection, err: attempt}
	}
	return &refusal{status: http.StatusBadGateway, reason: ReasonBroken, message: "The backend broke the connection off", kind: policy.ReasonConnection, err: attempt}
}

// skipped says which backends were passed over, and why.
func skipped(open *backend.OpenError) string {
	parts := make([]string, 0, len(open.Skipped))
	for _, s := range open.Skipped {
		parts = append(parts, s.Member+" "+s.Why)
	}
	return strings.Join(parts, ", ")
}
