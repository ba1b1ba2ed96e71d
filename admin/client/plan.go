package client

import (
	"context"
	"net/http"
	"net/url"

	"meridian/admin/api"
)

// Plan shows the plan, who writes it, and which node serves what.
func (c *Client) Plan(ctx context.Context) (out api.PlanState, err error) {
	err = c.get(ctx, "/v1/plan", nil, &out)
	return out, err
}

// PlanDocument returns document and files of a plan; "" is the one in service.
func (c *Client) PlanDocument(ctx context.Context, version string) (out api.Bundle, err error) {
	query := url.Values{}
	if version != "" {
		query.Set("version", version)
	}
	err = c.get(ctx, "/v1/plan/document", query, &out)
	return out, err
}

// PlanHistory lists plans, newest first; limit 0 is the server's default.
func (c *Client) PlanHistory(ctx context.Context, limit int) (out api.PlanHistory, err error) {
	query := url.Values{}
	setLimit(query, limit)
	err = c.get(ctx, "/v1/plan/history", query, &out)
	return out, err
}

// PlanDiff compares two plans in answers; "" for from is the one before to, ""
// for to the one in service.
func (c *Client) PlanDiff(ctx context.Context, from, to string) (out api.PlanDiff, err error) {
	query := url.Values{}
	for name, version := range map[string]string{"from": from, "to": to} {
		if version != "" {
			query.Set(name, version)
		}
	}
	err = c.get(ctx, "/v1/plan/diff", query, &out)
	return out, err
}

// CheckPlan compiles a plan at every node that can be reached. Nothing changes.
func (c *Client) CheckPlan(ctx context.Context, b api.Bundle) (out api.PlanCheck, err error) {
	err = c.json(ctx, call{method: http.MethodPost, path: "/v1/plan/check", body: b}, &out)
	return out, err
}

// PutPlan replaces the plan. version is the one it was made from, as
// PlanVersion.Text; "" replaces any.
func (c *Client) PutPlan(ctx context.Context, b api.Bundle, version string, t api.Terms) (out api.Change, err error) {
	what := call{method: http.MethodPut, path: "/v1/plan", body: api.PlanOrder{Plan: b, Reason: t.Reason, Bypass: t.Bypass}}
	if version != "" {
		what.header = http.Header{"If-Match": {`"` + version + `"`}}
	}
	err = c.order(ctx, what, t, &out)
	return out, err
}

// RollbackPlan makes an older plan the newest.
func (c *Client) RollbackPlan(ctx context.Context, to string, t api.Terms) (api.Change, error) {
	return c.change(ctx, http.MethodPost, "/v1/plan/rollback", api.RollbackOrder{To: to, Reason: t.Reason, Bypass: t.Bypass}, t)
}

// AddLocation adds a location to the plan.
func (c *Client) AddLocation(ctx context.Context, o api.LocationOrder, t api.Terms) (api.Change, error) {
	o.Reason = t.Reason
	return c.change(ctx, http.MethodPost, "/v1/locations", o, t)
}

// RemoveLocation takes a location out of the plan; now does not wait until
// arrivals end.
func (c *Client) RemoveLocation(ctx context.Context, id string, now bool, t api.Terms) (api.Change, error) {
	query := reasonQuery(t)
	if now {
		query.Set("now", "true")
	}
	return c.remove(ctx, "/v1/locations/"+url.PathEscape(id), query, t)
}

// ScaleLocation says how many nodes a location shall have.
func (c *Client) ScaleLocation(ctx context.Context, id string, capacity int, t api.Terms) (api.Change, error) {
	return c.change(ctx, http.MethodPut, "/v1/locations/"+url.PathEscape(id)+"/sku", api.Sku{Capacity: capacity, Reason: t.Reason}, t)
}
