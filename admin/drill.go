package admin

import (
	"context"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"meridian/admin/api"
	"meridian/routing"
)

type startDrillInput struct {
	OrderInput
	Body api.DrillOrder
}

type drillsInput struct {
	Limit int `query:"limit" default:"100" minimum:"1" maximum:"1000" doc:"Most drills to list"`
}

type drillInput struct {
	ID string `path:"id" minLength:"1" maxLength:"128"`
}

type abortDrillInput struct {
	OrderInput
	ID   string `path:"id" minLength:"1" maxLength:"128"`
	Body *api.Reason
}

type drillReportInput struct {
	ID     string `path:"id" minLength:"1" maxLength:"128"`
	Format string `query:"format" default:"json" enum:"json,markdown,html"`
}

// reportAnswer is a document in the form it was asked for.
type reportAnswer struct {
	ContentType string `header:"Content-Type"`
	Body        []byte
}

func (r *routes) addDrills() {
	order(r, spec{
		method: http.MethodPost, path: "/v1/drills", id: "startDrill", summary: "Take a location out of service for a while, and measure", role: api.Operator,
		detail: "The precheck's findings are in the change; with dryRun that is all. A refusal by it is 409, unless force is given.",
	}, needs(r.sources.Drills != nil, "drills", r.startDrill))
	order(r, spec{
		method: http.MethodPost, path: "/v1/drills/{id}/abort", id: "abortDrill", summary: "End a drill now", role: api.Operator,
		detail: "At any node.",
	}, needs(r.sources.Drills != nil, "drills", r.abortDrill))
	add(r, spec{
		method: http.MethodGet, path: "/v1/drills", id: "listDrills", summary: "Drills, newest first, and those that start by themselves",
	}, needs(r.sources.Reports != nil, "drills", r.drills))
	add(r, spec{
		method: http.MethodGet, path: "/v1/drills/{id}", id: "getDrill", summary: "One drill, with its curve",
	}, needs(r.sources.Reports != nil, "drills", r.drill))
	r.addDrillReport()
}

func (r *routes) addDrillReport() {
	op := r.operation(spec{
		method: http.MethodGet, path: "/v1/drills/{id}/report", id: "getDrillReport", summary: "What a drill measured",
	})
	text := &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString}}
	op.Responses["200"] = &huma.Response{Description: "The report", Content: map[string]*huma.MediaType{
		"application/json": {Schema: &huma.Schema{Type: huma.TypeObject}}, "text/markdown": text, "text/html": text,
	}}
	huma.Register(r.huma, op, r.drillReport)
}

func (r *routes) startDrill(ctx context.Context, in *startDrillInput) (api.Change, error) {
	in.Body.Location = string(routing.ParseLocationName(in.Body.Location))
	t, err := in.terms(ctx, "location/"+in.Body.Location, in.Body.Reason, in.Body.Bypass)
	if err != nil {
		return api.Change{}, err
	}
	if err := checkDrill(&in.Body); err != nil {
		return api.Change{}, err
	}
	return r.sources.Drills.StartDrill(ctx, in.Body, t)
}

// checkDrill checks the form of an order for a drill.
func checkDrill(o *api.DrillOrder) error {
	if _, err := parseLease(o.For); err != nil {
		return err
	}
	if o.Share != "" {
		if _, err := api.ParseShare(o.Share); err != nil {
			return api.Errorf(api.Invalid, "%v", err)
		}
	}
	for _, list := range [2][]api.DrillSignal{o.Block, o.Abort} {
		for i := range list {
			if err := checkSignal(&list[i]); err != nil {
				return api.Errorf(api.Invalid, "signal %q: %v", list[i].Name, err)
			}
		}
	}
	return nil
}

func checkSignal(s *api.DrillSignal) error {
	switch {
	case (s.URL == "") == (s.Metric == ""):
		return fmt.Errorf("want url or metric, and not both")
	case s.Metric != "" && (s.Op == "" || s.Limit == nil):
		return fmt.Errorf("metric %q: want op and threshold", s.Metric)
	case s.Every == "":
		return nil
	}
	_, err := api.ParseDuration(s.Every)
	return err
}

func (r *routes) abortDrill(ctx context.Context, in *abortDrillInput) (api.Change, error) {
	t, err := in.terms(ctx, "drill/"+in.ID, orNone(in.Body).Reason, nil)
	if err != nil {
		return api.Change{}, err
	}
	return r.sources.Drills.AbortDrill(ctx, in.ID, t)
}

func (r *routes) drills(ctx context.Context, in *drillsInput) (api.Drills, error) {
	return r.sources.Reports.Drills(ctx, in.Limit)
}

func (r *routes) drill(ctx context.Context, in *drillInput) (api.Drill, error) {
	return r.sources.Reports.Drill(ctx, in.ID)
}

func (r *routes) drillReport(ctx context.Context, in *drillReportInput) (*reportAnswer, error) {
	if r.sources.Reports == nil {
		return nil, faultOf(ctx, r.log, absent("drills"))
	}
	ctx, cancel := context.WithTimeout(ctx, r.limits.Handle)
	defer cancel()
	d, err := r.sources.Reports.DrillReport(ctx, in.ID, in.Format)
	if err != nil {
		return nil, faultOf(ctx, r.log, err)
	}
	return &reportAnswer{ContentType: d.ContentType, Body: d.Body}, nil
}
