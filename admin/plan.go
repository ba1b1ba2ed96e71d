package admin

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"meridian/admin/api"
)

type planVersionInput struct {
	Version string `query:"version" maxLength:"64" doc:"Version as term.seq.hash12, or its seq; the plan in service without" example:"41"`
}

type planHistoryInput struct {
	Limit int `query:"limit" default:"100" minimum:"1" maximum:"1000" doc:"Most plans to list"`
}

type planDiffInput struct {
	From string `query:"from" maxLength:"64" doc:"Version; the one before to without"`
	To   string `query:"to" maxLength:"64" doc:"Version; the plan in service without"`
}

type putPlanInput struct {
	OrderInput
	IfMatch string `header:"If-Match" maxLength:"128" doc:"ETag of the plan this one was made from; another one in service is 412" example:"\"1.42.0123456789ab\""`
	Body    api.PlanOrder
}

type checkPlanInput struct {
	Body api.Bundle
}

type rollbackInput struct {
	OrderInput
	Body api.RollbackOrder
}

// tagged is an answer with the version of the plan it is about.
type tagged[T any] struct {
	ETag string `header:"ETag" doc:"Version of the plan"`
	Body T
}

func (r *routes) addPlan() {
	addTagged(r, spec{
		method: http.MethodGet, path: "/v1/plan", id: "getPlan", summary: "The plan, who writes it, and which node serves what",
	}, needs(r.sources.Plan != nil, "plan", r.plan))
	addTagged(r, spec{
		method: http.MethodGet, path: "/v1/plan/document", id: "getPlanDocument", summary: "Document and files of a plan", role: api.Operator,
	}, needs(r.sources.Past != nil, "plans", r.planDocument))
	add(r, spec{
		method: http.MethodGet, path: "/v1/plan/history", id: "listPlans", summary: "All plans, newest first",
	}, needs(r.sources.Past != nil, "plans", r.planHistory))
	add(r, spec{
		method: http.MethodGet, path: "/v1/plan/diff", id: "diffPlans", summary: "What differs between two plans, in answers", role: api.Operator,
	}, needs(r.sources.Past != nil, "plans", r.planDiff))
	add(r, spec{
		method: http.MethodPost, path: "/v1/plan/check", id: "checkPlan", summary: "Compile a plan at every node that can be reached", role: api.Operator, large: true,
		detail: "Says what is wrong with it, what would hold it, which operator's values would hide its, and what would change in answers. Nothing changes.",
	}, needs(r.sources.Plan != nil, "plan", r.checkPlan))
	r.addPlanWrites()
}

func (r *routes) addPlanWrites() {
	order(r, spec{
		method: http.MethodPut, path: "/v1/plan", id: "putPlan", summary: "Replace the plan", role: api.Admin, large: true,
		detail: "At any node: it is handed to the one that writes the plan. Every node that can be reached compiles it first; a refusal holds it. What operators said stays.",
	}, needs(r.sources.PlanEdit != nil, "plan", r.putPlan))
	order(r, spec{
		method: http.MethodPost, path: "/v1/plan/rollback", id: "rollBackPlan", summary: "Make an older plan the newest", role: api.Admin,
	}, needs(r.sources.PlanEdit != nil, "plan", r.rollback))
}

// addTagged is add for answers with an ETag.
func addTagged[I, O any](r *routes, s spec, handle func(context.Context, *I) (*tagged[O], error)) {
	huma.Register(r.huma, r.operation(s), func(ctx context.Context, in *I) (*tagged[O], error) {
		ctx, cancel := context.WithTimeout(ctx, r.limits.Handle)
		defer cancel()
		out, err := handle(ctx, in)
		if err != nil {
			return nil, faultOf(ctx, r.log, err)
		}
		return out, nil
	})
}

func (r *routes) plan(ctx context.Context, _ *struct{}) (*tagged[api.PlanState], error) {
	p, err := r.sources.Plan.Plan(ctx)
	return &tagged[api.PlanState]{ETag: etag(&p.Version), Body: p}, err
}

func (r *routes) planDocument(ctx context.Context, in *planVersionInput) (*tagged[api.Bundle], error) {
	b, err := r.sources.Past.PlanDocument(ctx, in.Version)
	return &tagged[api.Bundle]{ETag: etag(b.Version), Body: b}, err
}

func etag(v *api.PlanVersion) string {
	if v == nil || v.Text == "" {
		return ""
	}
	return `"` + v.Text + `"`
}

// parseIfMatch reads one strong ETag, and returns its version; "" for none and
// for "*".
func parseIfMatch(header string) (string, error) {
	if header == "" || header == "*" {
		return "", nil
	}
	version, found := strings.CutPrefix(header, `"`)
	version, closed := strings.CutSuffix(version, `"`)
	if !found || !closed || version == "" || strings.Contains(version, `"`) {
		return "", api.Errorf(api.Invalid, `If-Match %.140q: want one ETag as GET /v1/plan gives it, such as "1.42.0123456789ab", or *`, header)
	}
	return version, nil
}

func (r *routes) planHistory(ctx context.Context, in *planHistoryInput) (api.PlanHistory, error) {
	all, err := r.sources.Past.PlanHistory(ctx, in.Limit)
	return api.PlanHistory{Plans: all}, err
}

func (r *routes) planDiff(ctx context.Context, in *planDiffInput) (api.PlanDiff, error) {
	return r.sources.Past.PlanDiff(ctx, in.From, in.To)
}

func (r *routes) checkPlan(ctx context.Context, in *checkPlanInput) (api.PlanCheck, error) {
	return r.sources.Plan.CheckPlan(ctx, in.Body)
}

func (r *routes) putPlan(ctx context.Context, in *putPlanInput) (api.Change, error) {
	t, err := in.terms(ctx, "plan", in.Body.Reason, in.Body.Bypass)
	if err != nil {
		return api.Change{}, err
	}
	version, err := parseIfMatch(in.IfMatch)
	if err != nil {
		return api.Change{}, err
	}
	return r.sources.PlanEdit.PutPlan(ctx, in.Body.Plan, version, t)
}

func (r *routes) rollback(ctx context.Context, in *rollbackInput) (api.Change, error) {
	t, err := in.terms(ctx, "plan", in.Body.Reason, in.Body.Bypass)
	if err != nil {
		return api.Change{}, err
	}
	return r.sources.PlanEdit.RollbackPlan(ctx, in.Body.To, t)
}
