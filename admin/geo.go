package admin

import (
	"context"
	"net/http"

	"meridian/admin/api"
)

type geoInput struct {
	Address string `query:"address" required:"true" minLength:"1" maxLength:"64" doc:"Client address" example:"203.0.113.7"`
}

func (r *routes) addGeo() {
	add(r, spec{
		method: http.MethodGet, path: "/v1/geo", id: "lookUpAddress", summary: "What is known of a client address",
	}, needs(r.sources.Geo != nil, "client table", r.geo))
}

func (r *routes) geo(ctx context.Context, in *geoInput) (api.GeoResult, error) {
	a, err := parseAddress("address", in.Address)
	if err != nil {
		return api.GeoResult{}, err
	}
	return r.sources.Geo.Geo(ctx, a)
}
