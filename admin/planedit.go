package admin

import (
	"context"
	"net/http"
	"strings"

	"meridian/admin/api"
	"meridian/routing"
)

type addLocationInput struct {
	OrderInput
	Body api.LocationOrder
}

type removeLocationInput struct {
	OrderInput
	ReasonInput
	ID  string `path:"id" minLength:"1" maxLength:"64" doc:"Id or name of the location" example:"westus2"`
	Now bool   `query:"now" doc:"Do not wait until arrivals end"`
}

type scaleInput struct {
	OrderInput
	ID   string `path:"id" minLength:"1" maxLength:"64" doc:"Id or name of the location" example:"westus2"`
	Body api.Sku
}

func (r *routes) addPlanEdits() {
	present := r.sources.PlanEdit != nil
	order(r, spec{
		method: http.MethodPost, path: "/v1/locations", id: "addLocation", summary: "Add a location to the plan", role: api.Admin,
		detail: "It starts switched off, unless disableGateway is false.",
	}, needs(present, "plan", r.addLocation))
	order(r, spec{
		method: http.MethodDelete, path: "/v1/locations/{id}", id: "removeLocation", summary: "Take a location out of the plan", role: api.Admin,
		detail: "It is switched off, arrivals are waited for to end, and then it is deleted. Its nodes become unassigned.",
	}, needs(present, "plan", r.removeLocation))
	order(r, spec{
		method: http.MethodPut, path: "/v1/locations/{id}/sku", id: "scaleLocation", summary: "Say how many nodes a location shall have", role: api.Admin,
	}, needs(present, "plan", r.scaleLocation))
}

func (r *routes) addLocation(ctx context.Context, in *addLocationInput) (api.Change, error) {
	b := in.Body
	id := string(routing.ParseLocationName(b.Name))
	t, err := in.terms(ctx, "location/"+id, b.Reason, nil)
	if err != nil {
		return api.Change{}, err
	}
	if id == "" || strings.TrimSpace(b.Name) != b.Name {
		return api.Change{}, api.Errorf(api.Invalid, "name %q: want letters and digits, with spaces between words", b.Name)
	}
	if (b.Latitude == nil) != (b.Longitude == nil) {
		return api.Change{}, api.Errorf(api.Invalid, "latitude and longitude: want both or none")
	}
	if b.Disabled == nil {
		off := true
		b.Disabled = &off
	}
	return r.sources.PlanEdit.EditPlan(ctx, api.PlanEdit{Add: &b}, "", t)
}

func (r *routes) removeLocation(ctx context.Context, in *removeLocationInput) (api.Change, error) {
	id := string(routing.ParseLocationName(in.ID))
	t, err := in.terms(ctx, "location/"+id, in.Reason, in.Bypass)
	if err != nil {
		return api.Change{}, err
	}
	return r.sources.PlanEdit.EditPlan(ctx, api.PlanEdit{Remove: id, Now: in.Now}, "", t)
}

func (r *routes) scaleLocation(ctx context.Context, in *scaleInput) (api.Change, error) {
	id := string(routing.ParseLocationName(in.ID))
	t, err := in.terms(ctx, "location/"+id, in.Body.Reason, nil)
	if err != nil {
		return api.Change{}, err
	}
	return r.sources.PlanEdit.EditPlan(ctx, api.PlanEdit{Scale: id, To: in.Body.Capacity}, "", t)
}
