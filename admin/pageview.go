package admin

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"

	"meridian/admin/api"
)

// Most rows of each kind that the page shows.
const (
	pageLocations = 100
	pageTargets   = 50
	pageNodes     = 100
	pageChanges   = 10
	pageDrills    = 5
)

// pageView is what the page shows.
type pageView struct {
	Principal string
	Role      api.Role
	Session   bool   // the caller has logged in here
	CSRF      string // of the session
	CanSwitch bool
	At        time.Time

	Status    api.Status
	Locations []api.Location
	Down      []api.TargetHealth // targets that are not up
	Targets   int
	Plan      *api.PlanState
	Nodes     []api.Node
	Changes   []api.Change
	Drills    []api.Drill
	Drill     *drillView // the latest
	Failed    []string   // what could not be asked, and why
}

// drillView is a drill with its curve.
type drillView struct {
	api.Drill
	Plot *curve // nil: there are too few points
}

// look asks every source the page shows something of. What cannot be asked is
// named, and the rest is shown.
func (r *routes) look(ctx context.Context) *pageView {
	v := &pageView{}
	for _, part := range []struct {
		name string
		ask  func(context.Context, *pageView) error
	}{
		{"status", r.lookStatus},
		{"locations", r.lookLocations},
		{"health", r.lookHealth},
		{"plan", r.lookPlan},
		{"nodes", r.lookNodes},
		{"changes", r.lookChanges},
		{"drills", r.lookDrills},
	} {
		if err := part.ask(ctx, v); err != nil {
			v.Failed = append(v.Failed, part.name+": "+faultOf(ctx, r.log, err).Detail)
		}
	}
	return v
}

func (r *routes) lookStatus(ctx context.Context, v *pageView) error {
	s, err := r.sources.Status.Status(ctx)
	v.Status = r.trail.status(s)
	return err
}

// lookLocations takes the details of each location where there are any: they
// have what arrives there.
func (r *routes) lookLocations(ctx context.Context, v *pageView) error {
	if r.sources.Locations == nil {
		return nil
	}
	all, err := r.sources.Locations.Locations(ctx)
	v.Locations = slices.Clone(firstN(all, pageLocations))
	if r.sources.Location == nil {
		return err
	}
	for i := range v.Locations {
		detail, detailErr := r.sources.Location.Location(ctx, v.Locations[i].ID)
		if detailErr == nil {
			v.Locations[i] = detail
		}
		err = errors.Join(err, detailErr)
	}
	return err
}

func (r *routes) lookHealth(ctx context.Context, v *pageView) error {
	if r.sources.Health == nil {
		return nil
	}
	h, err := r.sources.Health.Health(ctx)
	v.Targets = len(h.Targets)
	for i := range h.Targets {
		if h.Targets[i].Verdict != "up" && len(v.Down) < pageTargets {
			v.Down = append(v.Down, h.Targets[i])
		}
	}
	return err
}

func (r *routes) lookPlan(ctx context.Context, v *pageView) error {
	if r.sources.Plan == nil {
		return nil
	}
	plan, err := r.sources.Plan.Plan(ctx)
	if err == nil {
		v.Plan = &plan
	}
	return err
}

func (r *routes) lookNodes(ctx context.Context, v *pageView) error {
	if r.sources.Nodes == nil {
		return nil
	}
	all, err := r.sources.Nodes.Nodes(ctx)
	v.Nodes = firstN(all, pageNodes)
	return err
}

func (r *routes) lookChanges(ctx context.Context, v *pageView) (err error) {
	if r.sources.Changes != nil {
		v.Changes, err = r.sources.Changes.Changes(ctx, pageChanges)
	}
	return err
}

func (r *routes) lookDrills(ctx context.Context, v *pageView) error {
	if r.sources.Reports == nil {
		return nil
	}
	all, err := r.sources.Reports.Drills(ctx, pageDrills)
	v.Drills = all.Drills
	if err != nil || len(v.Drills) == 0 {
		return err
	}
	latest, err := r.sources.Reports.Drill(ctx, v.Drills[0].ID)
	if err == nil {
		v.Drill = &drillView{Drill: latest, Plot: newCurve(latest.Curve)}
	}
	return err
}

func firstN[T any](list []T, n int) []T { return list[:min(n, len(list))] }

// pageFunctions are those of the templates.
func pageFunctions() template.FuncMap {
	return template.FuncMap{
		"when":    func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05Z") },
		"short":   func(s string) string { return s[:min(12, len(s))] },
		"join":    func(list api.List[string]) string { return strings.Join(list, ", ") },
		"ms":      func(ms float64) string { return fmt.Sprintf("%.0f ms", ms) },
		"seconds": func(s *float64) string { return fmt.Sprintf("%.1f s", *s) },
	}
}
