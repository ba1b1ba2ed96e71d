package admin

import (
	"context"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"meridian/admin/api"
)

// readyAnswer is a readiness with its status.
type readyAnswer struct {
	Status int
	Body   api.Ready
}

func (r *routes) addStatus() {
	add(r, spec{
		method: http.MethodGet, path: "/healthz", id: "getAlive", summary: "Is the process alive", role: open,
		detail: "Answers as long as the process handles requests, whatever else is wrong.",
	}, func(context.Context, *struct{}) (api.Alive, error) { return api.Alive{Status: "alive"}, nil })

	add(r, spec{
		method: http.MethodGet, path: "/v1/status", id: "getStatus", summary: "One-screen summary",
	}, func(ctx context.Context, _ *struct{}) (api.Status, error) {
		s, err := r.sources.Status.Status(ctx)
		return r.trail.status(s), err
	})

	schema := r.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[api.Ready](), true, "")
	huma.Register(r.huma, r.operation(spec{
		method: http.MethodGet, path: "/readyz", id: "getReady", summary: "Does the node serve a plan", role: open,
		detail: "200 while a plan is served, be it the last known good one; 503 with the reasons otherwise.",
		responses: map[string]*huma.Response{"503": {
			Description: "No plan is served",
			Content:     map[string]*huma.MediaType{"application/json": {Schema: schema}},
		}},
	}), func(context.Context, *struct{}) (*readyAnswer, error) {
		reasons := r.sources.Readiness.NotReady()
		out := &readyAnswer{Status: http.StatusOK, Body: api.Ready{Ready: len(reasons) == 0, Reasons: reasons}}
		if !out.Body.Ready {
			out.Status = http.StatusServiceUnavailable
		}
		return out, nil
	})
}
