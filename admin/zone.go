package admin

import (
	"context"
	"net/http"

	"meridian/admin/api"
)

func (r *routes) addZone() {
	add(r, spec{
		method: http.MethodGet, path: "/v1/zone", id: "getZone", summary: "Delegation data, and whether the parent has it",
	}, needs(r.sources.Zone != nil, "zone", r.zone))
	add(r, spec{
		method: http.MethodPost, path: "/v1/zone/check", id: "checkZone", summary: "Compare parent and name servers now", role: api.Operator,
		detail: "Asks the parent zone's name servers and every listed name server over UDP and TCP and compares what they say.",
	}, needs(r.sources.Zone != nil, "zone", r.checkZone))
}

func (r *routes) zone(ctx context.Context, _ *struct{}) (api.Zone, error) {
	return r.sources.Zone.Zone(ctx)
}

func (r *routes) checkZone(ctx context.Context, _ *struct{}) (api.ZoneCheck, error) {
	return r.sources.Zone.CheckZone(ctx)
}
