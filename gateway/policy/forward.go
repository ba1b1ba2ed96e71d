package policy

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"meridian/gateway/expr"
)

// MaxBuffered is the longest request body that buffer-request-body keeps for
// another attempt. A longer one is sent as it comes, once.
const MaxBuffered = 8 << 20

// forwardKind is <forward-request>.
func forwardKind() kind {
	return kind{
		name: "forward-request", in: in(backend),
		attributes: []attr{
			{name: "timeout", code: true, want: wantNumber, min: 0, max: 86_400},
			{name: "timeout-ms", code: true, want: wantNumber, min: 0, max: 86_400_000},
			{name: "http-version", want: wantChoice, choices: []string{"1", "2or1", "2"}},
			{name: "follow-redirects", code: true, want: wantBool},
			{name: "buffer-request-body", code: true, want: wantBool},
			{name: "buffer-response", code: true, want: wantBool},
			{name: "fail-on-error-status-code", code: true, want: wantBool},
		},
		compile: compileForward,
	}
}

// forward is a <forward-request>; without terms, the default one.
type forward struct{ t terms }

func compileForward(c *compiler, e *element, t terms) runner {
	if t["timeout"] != nil && t["timeout-ms"] != nil {
		c.refuse(e.src, t["timeout-ms"].at, "timeout and timeout-ms; want one of them")
		return nil
	}
	return (&forward{t: t}).run
}

func (o *forward) run(ctx context.Context, r *run) error {
	f, err := o.options(r)
	if err != nil {
		return err
	}
	r.drop()
	if err := r.ready(&f); err != nil {
		return err
	}
	if err := r.send(ctx, f); err != nil || !f.FailOnErrorStatus || r.x.Response == nil {
		return err
	}
	if status := r.x.Response.HTTP.StatusCode; status >= 400 && status <= 599 {
		return &Failure{Reason: ReasonErrorStatus, Message: fmt.Sprintf("The backend answered with status %d.", status), Status: status}
	}
	return nil
}

// send calls the host. A timeout leaves a response that conditions can look at.
func (r *run) send(ctx context.Context, f Forward) error {
	start := r.now()
	err := r.waits(func() error { return r.h.Forward(ctx, r.x, f) })
	if err == nil {
		if r.x.Trace != nil {
			r.note(r.outcome(r.now().Sub(start)))
		}
		return nil
	}
	var failure *Failure
	if errors.As(err, &failure) && failure.Reason == ReasonTimeout && ctx.Err() == nil {
		r.x.Response = newResponse(&r.x.Context, failure.status())
	}
	return err
}

// outcome says what the backend answered.
func (r *run) outcome(took time.Duration) string {
	to := "the API's backend"
	switch {
	case r.x.Target.Backend != "":
		to = "backend " + r.x.Target.Backend
	case r.x.Target.URL != nil:
		to = r.x.Target.URL.Redacted()
	}
	req := r.x.Request.HTTP
	message := fmt.Sprintf("%s %s to %s", req.Method, req.URL.RequestURI(), to)
	if r.x.Response == nil {
		return message + ": nothing is sent"
	}
	return fmt.Sprintf("%s: %d after %v", message, r.x.Response.HTTP.StatusCode, took)
}

func (r *run) now() time.Time {
	if r.x.Now != nil {
		return r.x.Now()
	}
	return time.Now()
}

// options evaluates the attributes.
func (o *forward) options(r *run) (f Forward, err error) {
	f.BufferResponse = true
	if len(o.t) == 0 {
		return f, nil
	}
	f.HTTPVersion = o.t["http-version"].constant()
	if f.Timeout, err = o.timeout(r); err != nil {
		return f, err
	}
	flags := []struct {
		name     string
		fallback bool
		into     *bool
	}{
		{"follow-redirects", false, &f.FollowRedirects},
		{"buffer-request-body", false, &f.BufferRequest},
		{"buffer-response", true, &f.BufferResponse},
		{"fail-on-error-status-code", false, &f.FailOnErrorStatus},
	}
	for _, flag := range flags {
		if *flag.into, err = o.t[flag.name].isTrue(r, flag.fallback); err != nil {
			return f, err
		}
	}
	return f, nil
}

func (o *forward) timeout(r *run) (time.Duration, error) {
	n, err := o.t["timeout"].number(r, 0)
	if err != nil || n > 0 {
		return time.Duration(n) * time.Second, err
	}
	n, err = o.t["timeout-ms"].number(r, 0)
	return time.Duration(n) * time.Millisecond, err
}

// ready makes the request's body start at its beginning. One that was sent
// before and is not kept cannot be sent again.
func (r *run) ready(f *Forward) error {
	req := r.x.Request
	if f.BufferRequest {
		_, err := req.Body(MaxBuffered)
		var tooLong *expr.Error
		if errors.As(err, &tooLong) && tooLong.Kind == expr.Limit {
			f.BufferRequest, err = false, nil
		}
		if err != nil {
			return &Failure{Reason: ReasonClient, Message: "reading the request's body: " + err.Error(), Status: http.StatusBadRequest}
		}
	}
	if !req.Rewind() && r.sent && hasBody(req.HTTP) {
		return &Failure{
			Reason:  ReasonConnection,
			Message: "The request's body was sent before and is not kept; write buffer-request-body=\"true\".",
		}
	}
	r.sent = true
	return nil
}

// hasBody reports whether a request sends a body.
func hasBody(r *http.Request) bool {
	return r.Body != nil && r.Body != http.NoBody && r.ContentLength != 0
}
