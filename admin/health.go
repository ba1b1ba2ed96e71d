package admin

import (
	"context"
	"net/http"

	"meridian/admin/api"
)

type healthInput struct {
	Profile  string `query:"profile" maxLength:"253" doc:"Only targets of this profile"`
	Location string `query:"location" maxLength:"64" doc:"Only targets in this location, by id"`
	Verdict  string `query:"verdict" enum:"unchecked,up,down" doc:"Only targets with this verdict"`
	Limit    int    `query:"limit" default:"1000" minimum:"1" maximum:"10000" doc:"Most targets to list"`
}

// matches reports whether a target is asked for.
func (in *healthInput) matches(t *api.TargetHealth) bool {
	return (in.Profile == "" || in.Profile == t.Profile) &&
		(in.Location == "" || in.Location == t.Location) &&
		(in.Verdict == "" || in.Verdict == t.Verdict)
}

type probeInput struct {
	Target string `path:"target" minLength:"1" maxLength:"255" doc:"Id of a target, percent-encoded (a slash is %2F)" example:"shop%2Fus"`
}

func (r *routes) addHealth() {
	add(r, spec{
		method: http.MethodGet, path: "/v1/health", id: "listHealth", summary: "Health of everything that is probed",
		detail: "Verdict, reason, last probe and the timeline of the last change, for each target.",
	}, needs(r.sources.Health != nil, "prober", r.health))
	add(r, spec{
		method: http.MethodPost, path: "/v1/health/{target}/probe", id: "probeTarget", summary: "Probe now", role: api.Operator,
		detail: "Probes a target once from this node and describes request, TLS, answer and timings. Verdicts do not move by it.",
	}, needs(r.sources.Health != nil, "prober", r.probe))
	add(r, spec{
		method: http.MethodPost, path: "/v1/health/{target}/release", id: "releaseTarget", summary: "Let a target come back", role: api.Operator,
		detail: "Lifts failback: manual and hold-down from a target that is down: it comes back at once if its last probes succeeded, else with the probe that makes it so. " +
			"Holds until the target goes down again, and for this node's prober. A target that is not down stays as it is.",
	}, needs(r.sources.Health != nil, "prober", r.release))
}

func (r *routes) health(ctx context.Context, in *healthInput) (api.Health, error) {
	h, err := r.sources.Health.Health(ctx)
	if err != nil {
		return api.Health{}, err
	}
	all := h.Targets
	h.Targets, h.Total = nil, 0
	for i := range all {
		if !in.matches(&all[i]) {
			continue
		}
		if h.Total++; h.Total <= in.Limit {
			h.Targets = append(h.Targets, all[i])
		}
	}
	return h, nil
}

func (r *routes) probe(ctx context.Context, in *probeInput) (api.ProbeReport, error) {
	select {
	case r.probes <- struct{}{}:
		defer func() { <-r.probes }()
		return r.sources.Health.Probe(ctx, in.Target)
	default:
		return api.ProbeReport{}, api.Errorf(api.Busy, "%d probes on demand are running, no more are taken now", cap(r.probes))
	}
}

func (r *routes) release(ctx context.Context, in *probeInput) (api.Released, error) {
	return r.sources.Health.Release(ctx, in.Target)
}
