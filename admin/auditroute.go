package admin

import (
	"context"
	"net/http"

	"meridian/admin/api"
)

type auditInput struct {
	After uint64 `query:"after" doc:"List the entries behind this one; 0: the newest ones"`
	Limit int    `query:"limit" default:"100" minimum:"1" maximum:"1000" doc:"Most entries to list"`
}

func (r *routes) addAudit() {
	add(r, spec{
		method: http.MethodGet, path: "/v1/audit", id: "listAudit", summary: "Who tried to change what", role: api.Operator,
		detail: "Entries of this node's audit log, oldest first: every change it was asked for, and refused attempts as far as they were not too many. " +
			"Entries are chained by their hashes; meridian audit verify checks them in the files.",
	}, needs(r.audit != nil, "audit log", r.listAudit))
}

func (r *routes) listAudit(_ context.Context, in *auditInput) (api.Audit, error) {
	return r.audit.List(in.After, in.Limit)
}
