package policy

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"meridian/gateway/expr"
)

// blame makes an error what on-error sees: context.LastError, and a response
// that on-error may change. A response whose status was the error stays.
func (r *run) blame(err error) {
	last := &expr.LastError{Section: r.section.String()}
	var failure *Failure
	var evaluation *expr.Error
	var value *valueError
	switch {
	case errors.As(err, &failure):
		last.Reason, last.Message = failure.Reason, failure.Message
	case errors.As(err, &evaluation):
		last.Reason, last.Message = ReasonExpression, "Expression evaluation failed. "+evaluation.Message
	case errors.As(err, &value):
		last.Reason, last.Message = ReasonInvalid, value.message
	default:
		last.Reason, last.Message = ReasonInternal, err.Error()
	}
	if s := r.failed; s != nil {
		last.Source, last.Scope, last.Path, last.PolicyID = s.name, s.scope.String(), s.path, s.id
	}
	r.failed = nil
	r.x.LastError = last
	if last.Reason != ReasonErrorStatus || r.x.Response == nil {
		r.drop()
		r.x.Response = refusal(r.x, failure)
	}
}

// drop lets go of the response there is.
func (r *run) drop() {
	if old := r.x.Response; old != nil {
		r.idle += old.Waited()
	}
	if old := r.x.Response; old != nil && old.HTTP != nil && old.HTTP.Body != nil {
		_ = old.HTTP.Body.Close() // nobody reads on
	}
	r.x.Response = nil
}

// newResponse returns an empty response.
func newResponse(x *expr.Context, status int) *expr.Response {
	h := &http.Response{
		StatusCode: status, Status: strconv.Itoa(status) + " " + http.StatusText(status),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, Body: http.NoBody,
	}
	if x.Request != nil {
		h.Request = x.Request.HTTP
	}
	return &expr.Response{HTTP: h}
}

// errorBody is the body of an answer of our own, as API Management's.
type errorBody struct {
	StatusCode int    `json:"statusCode"`
	Message    string `json:"message"`
	ActivityID string `json:"activityId,omitempty"`
}

// refusal is the answer to a request that failed. Why a policy or a backend
// failed is told to the operator, in the trace, and not to the client.
func refusal(x *Exchange, f *Failure) *expr.Response {
	p := errorBody{StatusCode: f.status()}
	if p.StatusCode < http.StatusInternalServerError {
		p.Message = f.Message
	} else {
		p.Message = sentence(http.StatusText(p.StatusCode))
		p.ActivityID = x.RequestID
	}
	resp := newResponse(&x.Context, p.StatusCode)
	if f != nil {
		for name, values := range f.Header {
			resp.HTTP.Header[name] = values
		}
		if f.RetryAfter > 0 && resp.HTTP.Header.Get("Retry-After") == "" && f.Reason != ReasonRateLimit {
			resp.HTTP.Header.Set("Retry-After", strconv.Itoa(seconds(f.RetryAfter)))
		}
	}
	resp.HTTP.Header.Set("Content-Type", "application/json")
	body, _ := json.Marshal(p) // strings and a number
	resp.SetBody(body)
	return resp
}

// status returns the status of the answer to a failure.
func (f *Failure) status() int {
	switch {
	case f != nil && f.Status != 0:
		return f.Status
	case f != nil && f.Reason == ReasonTimeout:
		return http.StatusGatewayTimeout
	}
	return http.StatusInternalServerError
}

// sentence writes a status text as a sentence begins: Bad gateway.
func sentence(status string) string {
	if status == "" {
		return "Error"
	}
	return status[:1] + strings.ToLower(status[1:])
}

// seconds rounds up to whole seconds, at least one.
func seconds(d time.Duration) int { return max(1, int((d+time.Second-1)/time.Second)) }
