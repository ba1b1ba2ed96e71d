package admin

import (
	"context"
	"net/http"

	"meridian/admin/api"
)

type profilesInput struct {
	Limit int `query:"limit" default:"1000" minimum:"1" maximum:"10000" doc:"Most profiles to list"`
}

type profileInput struct {
	Name string `path:"name" minLength:"1" maxLength:"253" pattern:"^[A-Za-z0-9_@*]([A-Za-z0-9_.-]*[A-Za-z0-9_])?$" doc:"Name relative to the zone" example:"shop"`
}

func (r *routes) addProfiles() {
	add(r, spec{
		method: http.MethodGet, path: "/v1/profiles", id: "listProfiles", summary: "All profiles as they stand",
	}, needs(r.sources.Profiles != nil, "plan", r.profiles))
	add(r, spec{
		method: http.MethodGet, path: "/v1/profiles/{name}", id: "getProfile", summary: "One profile as it stands",
	}, needs(r.sources.Profiles != nil, "plan", r.profile))
}

func (r *routes) profiles(ctx context.Context, in *profilesInput) (api.Profiles, error) {
	all, err := r.sources.Profiles.Profiles(ctx)
	if err != nil {
		return api.Profiles{}, err
	}
	out := api.Profiles{Total: len(all)}
	for _, p := range all[:min(len(all), in.Limit)] {
		out.Profiles = append(out.Profiles, withFailover(p))
	}
	return out, nil
}

func (r *routes) profile(ctx context.Context, in *profileInput) (api.Profile, error) {
	p, err := r.sources.Profiles.Profile(ctx, in.Name)
	return withFailover(p), err
}
