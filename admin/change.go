package admin

import (
	"context"
	"net/http"

	"meridian/admin/api"
)

type changesInput struct {
	Limit int `query:"limit" default:"100" minimum:"1" maximum:"1000" doc:"Most changes to list"`
}

type changeInput struct {
	ID      string `path:"id" minLength:"1" maxLength:"128"`
	Wait    string `query:"wait" default:"reachable" enum:"none,reachable,all" doc:"What reached is about, and what to wait for"`
	Timeout string `query:"timeout" default:"0s" maxLength:"32" doc:"How long to wait at most: 0s to 5m"`
}

// input is there for order: a change is waited for as when it was ordered.
func (in *changeInput) input() *OrderInput { return &OrderInput{Wait: in.Wait, Timeout: in.Timeout} }

func (r *routes) addChanges() {
	add(r, spec{
		method: http.MethodGet, path: "/v1/changes", id: "listChanges", summary: "Changes this node accepted or heard of, newest first",
	}, needs(r.sources.Changes != nil, "record of changes", r.changes))
	order(r, spec{
		method: http.MethodGet, path: "/v1/changes/{id}", id: "getChange", summary: "One change, and which nodes serve it",
		detail: "200 when what is waited for is the case, 202 while it is not.",
	}, needs(r.sources.Changes != nil, "record of changes", r.change))
}

func (r *routes) changes(ctx context.Context, in *changesInput) (api.Changes, error) {
	all, err := r.sources.Changes.Changes(ctx, in.Limit)
	return api.Changes{Changes: all}, err
}

func (r *routes) change(ctx context.Context, in *changeInput) (api.Change, error) {
	timeout, err := parseTimeout(in.Timeout)
	if err != nil {
		return api.Change{}, err
	}
	return r.sources.Changes.Change(ctx, in.ID, api.Terms{Wait: in.Wait, Timeout: timeout})
}
