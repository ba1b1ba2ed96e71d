package admin

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"meridian/admin/api"
)

// newFault makes the problem document of a kind.
func newFault(kind api.Kind, detail string) *api.Fault {
	status := kind.Status()
	return &api.Fault{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: detail, Code: kind}
}

// faultOf turns a source's error into the answer. Only the text of an
// *api.Error leaves the node; the rest is logged.
func faultOf(ctx context.Context, log *slog.Logger, err error) *api.Fault {
	var known *api.Error
	switch {
	case errors.As(err, &known):
		return newFault(known.Kind, known.Detail)
	case errors.Is(err, context.DeadlineExceeded):
		return newFault(api.Timeout, "the answer took too long")
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		return newFault(api.Unavailable, "the request was withdrawn")
	}
	log.Error("admin request failed", "error", err)
	return newFault(api.Internal, "internal error; the log of this node has the details")
}

// asFault is a huma transformer: huma's own findings become our problem
// document.
func asFault(_ huma.Context, _ string, v any) (any, error) {
	model, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	f := newFault(kindOf(model.Status), model.Detail)
	f.Status = model.Status
	f.Title = http.StatusText(model.Status)
	for _, e := range model.Errors {
		f.Errors = append(f.Errors, api.FaultField{Location: e.Location, Message: e.Message, Value: shown(e.Value)})
	}
	return f, nil
}

// kindOf returns the kind of a status that huma chose.
func kindOf(status int) api.Kind {
	switch {
	case status == http.StatusRequestEntityTooLarge:
		return api.TooLarge
	case status >= 400 && status < 500:
		return api.Invalid
	default:
		return api.Internal
	}
}

// shown bounds what an answer quotes of a request.
func shown(v any) any {
	const most = 256
	if s, ok := v.(string); ok && len(s) > most {
		return s[:most] + "…"
	}
	return v
}

// writeFault answers with a problem document outside of huma.
func writeFault(w http.ResponseWriter, kind api.Kind, detail string) {
	f := newFault(kind, detail)
	h := w.Header()
	h.Set("Content-Type", f.ContentType(""))
	if f.Status == http.StatusServiceUnavailable {
		h.Set("Retry-After", "1")
	}
	w.WriteHeader(f.Status)
	_ = json.NewEncoder(w).Encode(f) // the caller has gone if this fails
}
