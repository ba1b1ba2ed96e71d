package admin

import (
	"context"
	"net/http"

	"meridian/admin/api"
	"meridian/routing"
)

type locationInput struct {
	ID string `path:"id" minLength:"1" maxLength:"64" doc:"Id or name of the location" example:"westus2"`
}

func (r *routes) addLocations() {
	add(r, spec{
		method: http.MethodGet, path: "/v1/locations", id: "listLocations", summary: "The service's locations as they stand",
	}, needs(r.sources.Locations != nil, "plan", r.locations))
	add(r, spec{
		method: http.MethodGet, path: "/v1/locations/{id}", id: "getLocation", summary: "One location, with what arrives there",
	}, needs(r.sources.Location != nil, "plan", r.location))
}

func (r *routes) locations(ctx context.Context, _ *struct{}) (api.Locations, error) {
	all, err := r.sources.Locations.Locations(ctx)
	return api.Locations{Locations: all}, err
}

func (r *routes) location(ctx context.Context, in *locationInput) (api.Location, error) {
	return r.sources.Location.Location(ctx, string(routing.ParseLocationName(in.ID)))
}
