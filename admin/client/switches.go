package client

import (
	"context"
	"net/http"
	"net/url"

	"meridian/admin/api"
)

// In all orders the reason and the bypassed rules are those of the terms; what
// the body says of them is replaced.

// Location shows one location, by id or name.
func (c *Client) Location(ctx context.Context, id string) (out api.Location, err error) {
	err = c.get(ctx, "/v1/locations/"+url.PathEscape(id), nil, &out)
	return out, err
}

// PatchLocation switches a location.
func (c *Client) PatchLocation(ctx context.Context, id string, p api.LocationPatch, t api.Terms) (api.Change, error) {
	p.Reason, p.Bypass = t.Reason, t.Bypass
	return c.change(ctx, http.MethodPatch, "/v1/locations/"+url.PathEscape(id), p, t)
}

// PatchProfile switches a profile.
func (c *Client) PatchProfile(ctx context.Context, name string, p api.ProfilePatch, t api.Terms) (api.Change, error) {
	p.Reason, p.Bypass = t.Reason, t.Bypass
	return c.change(ctx, http.MethodPatch, "/v1/profiles/"+url.PathEscape(name), p, t)
}

// PatchEndpoint switches an endpoint of a profile.
func (c *Client) PatchEndpoint(ctx context.Context, profile, endpoint string, p api.EndpointPatch, t api.Terms) (api.Change, error) {
	p.Reason, p.Bypass = t.Reason, t.Bypass
	return c.change(ctx, http.MethodPatch, "/v1/profiles/"+url.PathEscape(profile)+"/endpoints/"+url.PathEscape(endpoint), p, t)
}

// PatchTarget forces the verdict of a target, or leaves it to the probes again.
func (c *Client) PatchTarget(ctx context.Context, target string, p api.TargetPatch, t api.Terms) (api.Change, error) {
	p.Reason, p.Bypass = t.Reason, t.Bypass
	return c.change(ctx, http.MethodPatch, "/v1/targets/"+url.PathEscape(target), p, t)
}

// ReadFreeze says whether verdicts are frozen.
func (c *Client) ReadFreeze(ctx context.Context) (out api.Freeze, err error) {
	err = c.get(ctx, "/v1/freeze", nil, &out)
	return out, err
}

// Freeze stops verdicts from moving answers, for a time.
func (c *Client) Freeze(ctx context.Context, o api.FreezeOrder, t api.Terms) (api.Change, error) {
	o.Reason = t.Reason
	return c.change(ctx, http.MethodPost, "/v1/freeze", o, t)
}

// Thaw lets verdicts move answers again.
func (c *Client) Thaw(ctx context.Context, t api.Terms) (api.Change, error) {
	return c.remove(ctx, "/v1/freeze", reasonQuery(t), t)
}

// Changes lists changes, newest first; limit 0 is the server's default.
func (c *Client) Changes(ctx context.Context, limit int) (out api.Changes, err error) {
	query := url.Values{}
	setLimit(query, limit)
	err = c.get(ctx, "/v1/changes", query, &out)
	return out, err
}

// Change shows one change; it waits as the terms say.
func (c *Client) Change(ctx context.Context, id string, t api.Terms) (out api.Change, err error) {
	query := url.Values{}
	setTerms(query, t)
	err = c.json(ctx, call{
		method: http.MethodGet, path: "/v1/changes/" + url.PathEscape(id), query: query, wait: t.Timeout,
		accept: func(status int) bool { return status == http.StatusAccepted },
	}, &out)
	return out, err
}

// Matrix shows what every observer says of every target, or of those with one
// conclusion; limit 0 is the server's default.
func (c *Client) Matrix(ctx context.Context, conclusion string, limit int) (out api.Matrix, err error) {
	query := url.Values{}
	if conclusion != "" {
		query.Set("conclusion", conclusion)
	}
	setLimit(query, limit)
	err = c.get(ctx, "/v1/health/matrix", query, &out)
	return out, err
}
