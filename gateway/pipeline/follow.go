package pipeline

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"meridian/gateway/backend"
	"meridian/gateway/expr"
	"meridian/gateway/limit"
	"meridian/gateway/policy"
)

// headerReason is what says why an answer was made here.
const headerReason = "Meridian-Reason"

// follow runs the policies of the request.
func (x *exchange) follow(program *policy.Program) (*http.Response, error) {
	y := x.begin(x.p.o.Arrival(x.in.Context()))
	h := &host{x: x}
	ctx := x.in.Context()
	if err := program.Run(ctx, y, h); err != nil {
		h.drop(nil)
		return nil, x.p.refused(x.in, err)
	}
	if y.Response == nil || y.Response.HTTP == nil {
		h.drop(nil)
		return nil, x.p.refused(x.in, errors.New("the policies left no answer"))
	}
	resp := y.Response.HTTP
	h.drop(resp)
	x.complete(resp, h)
	return resp, nil
}

// complete fills in what an answer made by policies may lack, and says why
// there is no other.
func (x *exchange) complete(resp *http.Response, h *host) {
	if resp.Header == nil {
		resp.Header = http.Header{}
	}
	if resp.Body == nil {
		resp.Body = http.NoBody
	}
	if h.refused != nil && resp.StatusCode == h.refused.status {
		x.rec.Reason = h.refused.reason
		resp.Header.Set(headerReason, h.refused.reason)
		x.p.metrics.refusals.WithLabelValues(h.refused.reason).Inc()
	}
}

// begin is what policies see before they run.
func (x *exchange) begin(a Arrival) *policy.Exchange {
	out := x.outgoing()
	out.Header, out.Host = out.Header.Clone(), "" // the backend's, unless a policy sets one
	original := *x.in.URL
	original.Scheme, original.Host = a.Scheme, x.in.Host
	y := &policy.Exchange{Context: expr.Context{
		Request:    &expr.Request{HTTP: out, Original: &original, Client: a.Client, Matched: x.matched()},
		Variables:  map[string]expr.Value{},
		Deployment: x.g.config.Deployment,
		RequestID:  a.ID,
		Timestamp:  x.p.o.Now(),
		Now:        x.p.o.Now,
		Draw:       x.p.o.Draw,
	}}
	if x.api != nil {
		y.API = x.api.about
	}
	if x.op != nil {
		y.Operation = x.op.about
	}
	return y
}

// matched are the values of the template's parameters.
func (m *match) matched() map[string]string {
	out := map[string]string{}
	if m.op != nil {
		for i, name := range m.op.template.params {
			out[name] = m.values[i]
		}
	}
	return out
}

// host is what policies reach the world through, for one request.
type host struct {
	x       *exchange
	last    *http.Response // of the last Forward; nil: there is none
	body    io.ReadCloser  // of last, as it came
	refused *refusal       // of the last Forward; nil: it had an answer
	asked   []string       // backends, by all Forwards

	target *backend.Target // of the last Forward of this pass of a retry; nil: there was none
	again  bool            // the next Forward is a repetition, and paid for
}

// Forward implements policy.Host.
func (h *host) Forward(ctx context.Context, y *policy.Exchange, f policy.Forward) error {
	h.drop(nil)
	resp, err := h.forward(ctx, y, f) //nolint:bodyclose // it is y's, or drop's
	if err != nil {
		return h.fail(ctx, y, err)
	}
	h.last, h.body, h.refused = resp, resp.Body, nil
	y.Response = &expr.Response{HTTP: resp}
	return nil
}

// fail is an error as policies see it.
func (h *host) fail(ctx context.Context, y *policy.Exchange, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	h.refused = refusalOf(ctx, err)
	if h.refused == nil {
		return &policy.Failure{Reason: policy.ReasonClient, Message: err.Error(), Status: http.StatusBadRequest}
	}
	h.refused.show(y)
	return h.refused.failure()
}

// drop closes the answer of the last Forward, unless it is the one to keep.
func (h *host) drop(keep *http.Response) {
	if h.last != nil && h.last != keep {
		_ = h.body.Close() // nobody reads it
		h.last, h.body = nil, nil
	}
}

func (h *host) forward(ctx context.Context, y *policy.Exchange, f policy.Forward) (*http.Response, error) {
	target, err := h.x.targetOf(y)
	if err != nil {
		return nil, err
	}
	r := y.Request.HTTP.WithContext(ctx)
	call := backend.Call{Timeout: f.Timeout, HTTPVersion: f.HTTPVersion, Retry: true, Asked: h.asked, Repetition: h.again}
	h.target, h.again = target, false
	resp, err := target.Do(r, &call)
	h.x.note(&call, err)
	for i := range call.Attempts {
		h.asked = append(h.asked, call.Attempts[i].Backend)
	}
	y.Backend = expr.Backend{ID: call.Backend, Type: "Single", Region: call.Region}
	if err != nil || !f.FollowRedirects {
		return resp, err
	}
	return h.x.redirected(ctx, r, resp, f)
}

// targetOf is where policies send a request. They may have made a path of what
// the client says elsewhere: it stays below the backend's as the client's own.
func (x *exchange) targetOf(y *policy.Exchange) (*backend.Target, error) {
	t := y.Target
	switch {
	case pathOf(y.Request.HTTP.URL).dotted(), t.URL != nil && pathOf(t.URL).dotted():
		return nil, refuseDots()
	case t.Backend != "":
		found, ok := x.g.set.Find(t.Backend)
		if !ok {
			return nil, &refusal{
				status: http.StatusInternalServerError, reason: ReasonNoTarget, kind: policy.ReasonInternal,
				message: "Backend with id '" + t.Backend + "' could not be found.",
			}
		}
		return found, nil
	case t.URL != nil:
		return x.g.set.At(t.URL), nil
	case x.api.target.target == nil:
		return nil, refuseTargetless()
	}
	return x.api.target.target, nil
}

// Count implements policy.Host.
func (h *host) Count(_ context.Context, c policy.Count) (policy.Verdict, error) {
	return count(h.x.p.o.Limiter, c, h.x.p.o.Now()), nil
}

func count(l *limit.Limiter, c policy.Count, now time.Time) policy.Verdict {
	var v limit.Verdict
	switch {
	case c.Later:
		v = l.Add(c.Key, c.Calls, c.Period, c.N, now)
	case c.N == 0:
		v = l.Peek(c.Key, c.Calls, c.Period, now)
	default:
		v = l.Take(c.Key, c.Calls, c.Period, c.N, now)
	}
	return policy.Verdict{Allowed: v.Allowed, Remaining: v.Remaining, RetryAfter: v.RetryAfter}
}

// Wait implements policy.Host. A pass that has sent something needs a repetition
// off the budget of whom it was sent to.
func (h *host) Wait(ctx context.Context, d time.Duration) error {
	if h.target != nil && !h.target.Repeat(time.Now()) {
		return policy.ErrNoBudget
	}
	h.again, h.target = h.target != nil, nil
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
