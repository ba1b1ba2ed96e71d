package admin

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"meridian/admin/api"
	"meridian/routing"
)

// longestFreeze bounds how long verdicts may be frozen: a freeze that is
// forgotten would hide every failure.
const longestFreeze = 24 * time.Hour

type patchLocationInput struct {
	OrderInput
	ID   string `path:"id" minLength:"1" maxLength:"64" doc:"Id or name of the location" example:"westus2"`
	Body api.LocationPatch
}

type patchProfileInput struct {
	OrderInput
	Name string `path:"name" minLength:"1" maxLength:"253" doc:"Name relative to the zone" example:"shop"`
	Body api.ProfilePatch
}

type patchEndpointInput struct {
	OrderInput
	Name     string `path:"name" minLength:"1" maxLength:"253" doc:"Profile, relative to the zone" example:"shop"`
	Endpoint string `path:"endpoint" minLength:"1" maxLength:"253" example:"us"`
	Body     api.EndpointPatch
}

type patchTargetInput struct {
	OrderInput
	Target string `path:"target" minLength:"1" maxLength:"255" doc:"Id of a target, percent-encoded (a slash is %2F)" example:"shop%2Fus"`
	Body   api.TargetPatch
}

type freezeInput struct {
	OrderInput
	Body api.FreezeOrder
}

type thawInput struct {
	OrderInput
	ReasonInput
}

func (r *routes) addSwitches() {
	present := r.sources.Switches != nil
	order(r, spec{
		method: http.MethodPatch, path: "/v1/locations/{id}", id: "patchLocation", summary: "Take a location out of service, or put it back", role: api.Operator,
		detail: "At any node. Enabling takes away what operators said, and says false only where the plan says true; null takes it away whatever the plan says.",
	}, needs(present, "operator switches", r.patchLocation))
	order(r, spec{
		method: http.MethodPatch, path: "/v1/profiles/{name}", id: "patchProfile", summary: "Switch a profile", role: api.Operator,
	}, needs(present, "operator switches", r.patchProfile))
	order(r, spec{
		method: http.MethodPatch, path: "/v1/profiles/{name}/endpoints/{endpoint}", id: "patchEndpoint", summary: "Switch an endpoint", role: api.Operator,
	}, needs(present, "operator switches", r.patchEndpoint))
	order(r, spec{
		method: http.MethodPatch, path: "/v1/targets/{target}", id: "patchTarget", summary: "Force the verdict of a target", role: api.Operator,
		detail: "The verdict counts at every node in place of what the probes find, until it is taken away or its time ends.",
	}, needs(present, "operator switches", r.patchTarget))
	r.addFreeze(present)
}

func (r *routes) addFreeze(present bool) {
	add(r, spec{
		method: http.MethodGet, path: "/v1/freeze", id: "getFreeze", summary: "Are verdicts frozen",
	}, needs(present, "operator switches", r.readFreeze))
	order(r, spec{
		method: http.MethodPost, path: "/v1/freeze", id: "freeze", summary: "Verdicts stop moving answers, operators still can", role: api.Operator,
	}, needs(present, "operator switches", r.freeze))
	order(r, spec{
		method: http.MethodDelete, path: "/v1/freeze", id: "thaw", summary: "Verdicts move answers again", role: api.Operator,
	}, needs(present, "operator switches", r.thaw))
}

func (r *routes) patchLocation(ctx context.Context, in *patchLocationInput) (api.Change, error) {
	object := "location/" + string(routing.ParseLocationName(in.ID))
	b := in.Body
	t, err := in.terms(ctx, object, b.Reason, b.Bypass)
	if err != nil {
		return api.Change{}, err
	}
	text := ""
	if b.DisableGateway != nil {
		text = strconv.FormatBool(*b.DisableGateway)
	}
	return r.toggle(ctx, toggle{object: object, property: "disableGateway", text: text, off: "true", lease: b.For, share: b.Share}, t)
}

func (r *routes) patchProfile(ctx context.Context, in *patchProfileInput) (api.Change, error) {
	object := "profile/" + in.Name
	t, err := in.terms(ctx, object, in.Body.Reason, in.Body.Bypass)
	if err != nil {
		return api.Change{}, err
	}
	return r.switchOne(ctx, api.Switch{Object: object, Property: "profileStatus", Text: orEmpty(in.Body.Status), Reset: in.Body.Status == nil}, in.Body.For, t)
}

func (r *routes) patchEndpoint(ctx context.Context, in *patchEndpointInput) (api.Change, error) {
	object := "endpoint/" + in.Name + "/" + in.Endpoint
	b := in.Body
	t, err := in.terms(ctx, object, b.Reason, b.Bypass)
	if err != nil {
		return api.Change{}, err
	}
	return r.toggle(ctx, toggle{object: object, property: "endpointStatus", text: orEmpty(b.Status), off: "Disabled", lease: b.For, share: b.Share}, t)
}

func (r *routes) patchTarget(ctx context.Context, in *patchTargetInput) (api.Change, error) {
	object := "target/" + in.Target
	t, err := in.terms(ctx, object, in.Body.Reason, in.Body.Bypass)
	if err != nil {
		return api.Change{}, err
	}
	return r.switchOne(ctx, api.Switch{Object: object, Property: "verdict", Text: orEmpty(in.Body.Verdict), Reset: in.Body.Verdict == nil}, in.Body.For, t)
}

func (r *routes) readFreeze(ctx context.Context, _ *struct{}) (api.Freeze, error) {
	return r.sources.Switches.ReadFreeze(ctx)
}

func (r *routes) freeze(ctx context.Context, in *freezeInput) (api.Change, error) {
	t, err := in.terms(ctx, "service", in.Body.Reason, nil)
	if err != nil {
		return api.Change{}, err
	}
	s := api.Switch{Object: "service", Property: "frozen", Text: "true"}
	if s.For, err = parseLease(in.Body.For); err != nil {
		return api.Change{}, err
	}
	if s.For > longestFreeze {
		return api.Change{}, api.Errorf(api.Invalid, "for %q: want at most %v", in.Body.For, longestFreeze)
	}
	return r.sources.Switches.Switch(ctx, []api.Switch{s}, t)
}

func (r *routes) thaw(ctx context.Context, in *thawInput) (api.Change, error) {
	t, err := in.terms(ctx, "service", in.Reason, in.Bypass)
	if err != nil {
		return api.Change{}, err
	}
	return r.sources.Switches.Switch(ctx, []api.Switch{{Object: "service", Property: "frozen", Reset: true}}, t)
}

// switchOne writes one switch; a lease is for what is set, not for what is
// taken away.
func (r *routes) switchOne(ctx context.Context, s api.Switch, lease string, t api.Terms) (api.Change, error) {
	d, err := parseLease(lease)
	if err != nil {
		return api.Change{}, err
	}
	if s.Reset && d > 0 {
		return api.Change{}, api.Errorf(api.Invalid, "for %q: want none where a value is taken away", lease)
	}
	s.For = d
	return r.sources.Switches.Switch(ctx, []api.Switch{s}, t)
}

// toggle is what an operator says of something that can be switched off whole,
// or for a share of its clients.
type toggle struct {
	object, property string
	text             string // "": reset
	off              string // the text that switches it off
	lease, share     string // as given
}

// toggle writes a toggle. Off for a share leaves it on; anything else but off
// also takes away what was shed.
func (r *routes) toggle(ctx context.Context, g toggle, t api.Terms) (api.Change, error) {
	whole := api.Switch{Object: g.object, Property: g.property, Text: g.text, Reset: g.text == ""}
	if g.share == "" {
		if g.text == g.off {
			return r.switchOne(ctx, whole, g.lease, t)
		}
		d, err := parseLease(g.lease)
		if err != nil {
			return api.Change{}, err
		}
		if d > 0 {
			return api.Change{}, api.Errorf(api.Invalid, "for %q: want none where it is put back: what was switched off for a while comes back by itself", g.lease)
		}
		return r.sources.Switches.Switch(ctx, []api.Switch{whole, {Object: g.object, Property: "shed", Reset: true}}, t)
	}
	if g.text != g.off {
		return api.Change{}, api.Errorf(api.Invalid, "share %q: want it with %s %s only", g.share, g.property, g.off)
	}
	parts, err := api.ParseShare(g.share)
	if err != nil {
		return api.Change{}, api.Errorf(api.Invalid, "%v", err)
	}
	return r.switchOne(ctx, api.Switch{Object: g.object, Property: "shed", Text: strconv.Itoa(parts)}, g.lease, t)
}

// parseLease reads how long something holds; 0 for "".
func parseLease(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	d, err := api.ParseDuration(text)
	if err != nil {
		return 0, api.Errorf(api.Invalid, "for: %v", err)
	}
	return d, nil
}

// orEmpty returns what s points to; "" for nil.
func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
