package admin

import (
	"context"
	"net/http"

	"meridian/admin/api"
)

func (r *routes) addZone() {
	add(r, spec{
		method: http.MethodGet, path: "/v1/zone", id: "getZone", summary: "Delegation data, and whether the parent has it",
	}, r.zone)
}

func (r *routes) zone(ctx context.Context, _ *struct{}) (api.Zone, error) {
	if r.sources.Zone == nil {
		return api.Zone{}, absent("zone")
	}
	return r.sources.Zone.Zone(ctx)
}
