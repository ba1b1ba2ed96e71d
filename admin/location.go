package admin

import (
	"context"
	"net/http"

	"meridian/admin/api"
)

func (r *routes) addLocations() {
	add(r, spec{
		method: http.MethodGet, path: "/v1/locations", id: "listLocations", summary: "The service's locations as they stand",
	}, needs(r.sources.Locations != nil, "plan", r.locations))
}

func (r *routes) locations(ctx context.Context, _ *struct{}) (api.Locations, error) {
	all, err := r.sources.Locations.Locations(ctx)
	return api.Locations{Locations: all}, err
}
