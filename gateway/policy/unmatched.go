package policy

import (
	"context"
	"errors"
	"net/http"
)

// What API Management tells on-error of a request that nothing claims, the
// section among it.
const (
	unmatchedSource  = "configuration"
	unmatchedMessage = "Unable to match incoming request to an operation."
	unmatchedSection = backend
)

// Unmatched answers a request that no API or no operation claims: 404, which
// on-error may change or replace. No other section runs; where on-error fails
// itself, the 404 stands. It leaves x.Response set, or returns ctx's error.
func (p *Program) Unmatched(ctx context.Context, x *Exchange, h Host) error {
	r := p.begin(x, h)
	defer r.end()
	failure := &Failure{Reason: ReasonOperation, Message: "Resource not found", Status: http.StatusNotFound}
	r.section = unmatchedSection
	r.blame(failure)
	x.LastError.Source, x.LastError.Message = unmatchedSource, unmatchedMessage
	r.section = onError
	err := r.part(ctx, len(p.levels)-1)
	switch {
	case err == nil || errors.Is(err, errReturned):
	case ctx.Err() != nil:
		return ctx.Err()
	default:
		r.drop()
		x.Response = refusal(x, failure)
	}
	r.settle(ctx)
	return nil
}
