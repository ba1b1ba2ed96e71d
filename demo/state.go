package demo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"meridian/admin/api"
	"meridian/admin/client"
	"meridian/routing"
)

// errNoTarget means that a node does not probe what it should.
var errNoTarget = errors.New("no such target is probed")

// settled reports whether a node serves a plan of the writer, knows all gateways
// and finds everything up.
func (s *site) settled(ctx context.Context) (bool, error) {
	p, err := s.api.Plan(ctx)
	if err != nil || p.Provisional || p.Version.Term == 0 {
		return false, err
	}
	return s.allUp(ctx)
}

// allUp reports whether a node finds everything up, the gateways of all
// locations among it.
func (s *site) allUp(ctx context.Context) (bool, error) {
	h, err := s.api.Health(ctx, client.HealthFilter{})
	gateways := map[string]bool{}
	for _, t := range h.Targets {
		if t.Verdict != "up" {
			return false, err
		}
		gateways[t.Location] = gateways[t.Location] || strings.HasPrefix(t.ID, "@")
	}
	missing := func(p place) bool { return !gateways[string(p.ID)] }
	return err == nil && !slices.ContainsFunc(places(), missing), err
}

// answers reports whether the gateway of a location answers.
func (s *site) answers(ctx context.Context) (bool, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.gateway+"/status", http.NoBody)
	if err != nil {
		return false, err
	}
	t := &http.Transport{DisableKeepAlives: true}
	resp, err := t.RoundTrip(req)
	if err != nil {
		return false, err
	}
	return resp.StatusCode == http.StatusOK, resp.Body.Close()
}

// finds reports whether a node's verdict on a target is the one given.
func (s *site) finds(ctx context.Context, id, verdict string) (bool, error) {
	h, err := s.api.Health(ctx, client.HealthFilter{})
	wanted := func(t api.TargetHealth) bool { return t.ID == id && t.Verdict == verdict }
	return slices.ContainsFunc(h.Targets, wanted), err
}

// incident returns what a node knows of the last change of a location's
// gateway, nil where it is older than since or of another verdict.
func (s *site) incident(ctx context.Context, location routing.LocationName, to string, since time.Time) (*api.Incident, error) {
	h, err := s.api.Health(ctx, client.HealthFilter{Location: string(location)})
	if err != nil {
		return nil, err
	}
	for i := range h.Targets {
		if h.Targets[i].Location != string(location) {
			continue
		}
		return recent(h.Targets[i].LastChange, to, since), nil
	}
	return nil, fmt.Errorf("gateway of %s at node %s: %w", location, s.ID, errNoTarget)
}

// recent returns a change to a verdict since an instant, nil where it is another
// one. Where a node's own probes found the same once before, and the votes of the
// others made it a verdict now, the change is as old as its first answer.
func recent(in *api.Incident, to string, since time.Time) *api.Incident {
	switch {
	case in == nil || in.To != to:
		return nil
	case !in.Verdict.Before(since):
		return in
	case in.FirstChangedAnswer == nil || in.FirstChangedAnswer.Before(since):
		return nil
	default:
		return &api.Incident{To: to, Verdict: *in.FirstChangedAnswer}
	}
}

// enabled reports whether the document has a location in service.
func (s *site) enabled(ctx context.Context, location routing.LocationName) (bool, error) {
	all, err := s.api.Locations(ctx)
	on := func(l api.Location) bool { return l.ID == string(location) && !l.DisableGateway }
	return slices.ContainsFunc(all.Locations, on), err
}

// serving returns what the gateway profile answers: available, or bestEffort
// where nothing is up.
func (s *site) serving(ctx context.Context) (string, error) {
	p, err := s.api.Profile(ctx, serviceName)
	return p.Serving, err
}

// lastEvent returns the newest event of a kind since an instant.
func (s *site) lastEvent(ctx context.Context, since time.Time, kind string) (*api.Event, error) {
	all, err := s.api.Events(ctx, "", 0)
	if err != nil {
		return nil, err
	}
	for i := len(all.Events) - 1; i >= 0; i-- {
		e := &all.Events[i]
		if e.At.Before(since) {
			break
		}
		if e.Kind == kind {
			return e, nil
		}
	}
	return nil, nil
}
