package admin

import (
	"context"
	"net/http"
	"time"

	"meridian/admin/api"
)

// visit is one request on its way through the guard: what the steps find out
// about it, for those after them and for the audit log.
type visit struct {
	principal Principal
	operation string   // of the API; empty until the mux has chosen one
	refused   api.Kind // why it was refused; empty: it was not, or by the handler
	deed      deed
}

// visitKey is the context's key of the visit.
type visitKey struct{}

// visitOf returns the request's visit; one that nobody reads outside of one.
func visitOf(ctx context.Context) *visit {
	if v, ok := ctx.Value(visitKey{}).(*visit); ok {
		return v
	}
	return &visit{}
}

// PrincipalOf returns who makes the request a source's method runs for; the
// zero Principal outside of one.
func PrincipalOf(ctx context.Context) Principal { return visitOf(ctx).principal }

// withVisit returns a request whose handlers note what they do in v.
func withVisit(r *http.Request, v *visit) *http.Request {
	return r.WithContext(withDeed(context.WithValue(r.Context(), visitKey{}, v), &v.deed))
}

// entry is what the audit log keeps of a request that was answered.
func (v *visit) entry(r *http.Request, status int) api.AuditEntry {
	e := api.AuditEntry{
		At: time.Now().UTC(), Principal: v.principal.Name, Role: v.principal.Role, Remote: callerOf(r.Context()).remote,
		Method: r.Method, Path: r.URL.EscapedPath(), Operation: v.operation, Status: status, Outcome: "done",
		Target: v.deed.target, Reason: v.deed.reason, Bypass: v.deed.bypass, DryRun: v.deed.dryRun, Change: v.deed.change,
	}
	if e.Operation == "" {
		e.Operation = "none"
	}
	switch {
	case status >= http.StatusInternalServerError:
		e.Outcome = "failed"
	case status >= http.StatusBadRequest:
		e.Outcome = "refused"
	}
	if e.Outcome != "done" {
		e.Code = v.refused
	}
	return e
}
