package admin

import (
	"context"
	"net/http"
	"strings"
	"time"

	"meridian/admin/api"
)

// BackendSource shows the plan's backends, in plan order, with what every
// gateway it hears of sees of them; one by name (api.NotFound). Breakers are
// those that gateways have told of, nobody is asked.
type BackendSource interface {
	Backends(ctx context.Context) ([]api.Backend, error)
	Backend(ctx context.Context, name string) (api.Backend, error)
	Breakers(ctx context.Context) (api.Breakers, error)
}

// resetFor is how long nothing trips a breaker that was reset.
const resetFor = 10 * time.Second

type backendInput struct {
	Name string `path:"name" minLength:"1" maxLength:"80" doc:"Name of the backend" example:"test1"`
}

type patchBackendInput struct {
	OrderInput
	Name string `path:"name" minLength:"1" maxLength:"80" doc:"Name of the backend" example:"test1"`
	Body api.BackendPatch
}

type tripInput struct {
	OrderInput
	Name string `path:"name" minLength:"1" maxLength:"80" doc:"Name of the backend" example:"test1"`
	Body api.BreakerTrip
}

type resetInput struct {
	OrderInput
	Name string `path:"name" minLength:"1" maxLength:"80" doc:"Name of the backend" example:"test1"`
	Body api.BreakerReset
}

func (r *routes) addBackends() {
	add(r, spec{
		method: http.MethodGet, path: "/v1/backends", id: "listBackends", summary: "The plan's backends as every gateway sees them",
	}, needs(r.sources.Backends != nil, "backends", r.backends))
	add(r, spec{
		method: http.MethodGet, path: "/v1/backends/{name}", id: "getBackend", summary: "One backend as every gateway sees it",
	}, needs(r.sources.Backends != nil, "backends", r.backend))
	add(r, spec{
		method: http.MethodGet, path: "/v1/breakers", id: "listBreakers", summary: "The breakers that are not closed, at every gateway",
		detail: "As the gateways have told, within a second of each change; nobody is asked. What a gateway said last stays while it cannot be heard, with its age.",
	}, needs(r.sources.Backends != nil, "backends", r.breakers))
	present := r.sources.Switches != nil
	order(r, spec{
		method: http.MethodPatch, path: "/v1/backends/{name}", id: "patchBackend", summary: "Take a backend out of service, or put it back", role: api.Operator,
		detail: "At every gateway. Breakers go on by themselves; null takes away what operators said.",
	}, needs(present, "operator switches", r.patchBackend))
	order(r, spec{
		method: http.MethodPost, path: "/v1/breakers/{name}/trip", id: "tripBreaker", summary: "Open a backend's breaker at every gateway", role: api.Operator,
		detail: "For a time; then it recovers as after a trip of its own. A backend without a rule can be tripped too.",
	}, needs(present, "operator switches", r.tripBreaker))
	order(r, spec{
		method: http.MethodPost, path: "/v1/breakers/{name}/reset", id: "resetBreaker", summary: "Close a backend's breaker at every gateway", role: api.Operator,
		detail: "Ends a trip, its own and an operator's. Nothing trips it for a while; then its rule counts from zero.",
	}, needs(present, "operator switches", r.resetBreaker))
}

func (r *routes) backends(ctx context.Context, _ *struct{}) (api.Backends, error) {
	all, err := r.sources.Backends.Backends(ctx)
	return api.Backends{Backends: all}, err
}

func (r *routes) backend(ctx context.Context, in *backendInput) (api.Backend, error) {
	return r.sources.Backends.Backend(ctx, in.Name)
}

func (r *routes) breakers(ctx context.Context, _ *struct{}) (api.Breakers, error) {
	return r.sources.Backends.Breakers(ctx)
}

// backendObject is intent's word for a backend.
func backendObject(name string) string { return "backend/" + strings.ToLower(name) }

func (r *routes) patchBackend(ctx context.Context, in *patchBackendInput) (api.Change, error) {
	object := backendObject(in.Name)
	t, err := in.terms(ctx, object, in.Body.Reason, in.Body.Bypass)
	if err != nil {
		return api.Change{}, err
	}
	s := api.Switch{Object: object, Property: "backendStatus", Reset: in.Body.Disabled == nil}
	if !s.Reset {
		s.Text = map[bool]string{true: "Disabled", false: "Enabled"}[*in.Body.Disabled]
	}
	return r.switchOne(ctx, s, in.Body.For, t)
}

func (r *routes) tripBreaker(ctx context.Context, in *tripInput) (api.Change, error) {
	object := backendObject(in.Name)
	t, err := in.terms(ctx, object, in.Body.Reason, in.Body.Bypass)
	if err != nil {
		return api.Change{}, err
	}
	return r.forceBreaker(ctx, object, "open", in.Body.For, t)
}

func (r *routes) resetBreaker(ctx context.Context, in *resetInput) (api.Change, error) {
	object := backendObject(in.Name)
	t, err := in.terms(ctx, object, in.Body.Reason, in.Body.Bypass)
	if err != nil {
		return api.Change{}, err
	}
	lease := in.Body.For
	if lease == "" {
		lease = resetFor.String()
	}
	return r.forceBreaker(ctx, object, "closed", lease, t)
}

// forceBreaker writes an order that ends by itself: nobody is to forget one.
func (r *routes) forceBreaker(ctx context.Context, object, text, lease string, t api.Terms) (api.Change, error) {
	d, err := parseLease(lease)
	if err != nil {
		return api.Change{}, err
	}
	if d <= 0 {
		return api.Change{}, api.Errorf(api.Invalid, "for %q: want more than 0s", lease)
	}
	s := api.Switch{Object: object, Property: "breaker", Text: text, For: d}
	return r.sources.Switches.Switch(ctx, []api.Switch{s}, t)
}
