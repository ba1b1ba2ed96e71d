package pipeline

import (
	"context"
	"net/http"

	"meridian/gateway/policy"
)

// unmatched answers what no API or no operation claims: 404, or what on-error
// of the scopes around makes of it.
func (x *exchange) unmatched() (*http.Response, error) {
	no := refuseNotFound()
	if !x.handled() {
		return nil, x.p.refused(x.in, no)
	}
	y := x.begin(x.p.o.Arrival(x.in.Context()))
	h := &host{x: x}
	if err := x.handle(x.in.Context(), y, h); err != nil {
		return nil, x.p.refused(x.in, err)
	}
	resp := y.Response.HTTP
	x.complete(resp, h)
	x.rec.Reason = no.reason
	x.p.metrics.refusals.WithLabelValues(no.reason).Inc()
	if resp.StatusCode == no.status {
		resp.Header.Set(headerReason, no.reason)
	}
	return resp, nil
}

// around is the policies of the innermost scope that claims the request: those
// of the API where one does without an operation; nil: there are none.
func (x *exchange) around() *policy.Program {
	if x.api != nil {
		return x.api.program
	}
	return x.g.config.Program
}

// handled reports whether on-error of the scopes around does anything.
func (x *exchange) handled() bool {
	program := x.around()
	return program != nil && program.Handles()
}

// handle runs on-error of the scopes around.
func (x *exchange) handle(ctx context.Context, y *policy.Exchange, h policy.Host) error {
	y.NoAPI, y.NoOperation = x.api == nil, true
	return x.around().Unmatched(ctx, y, h)
}
