package client

import (
	"context"
	"net/http"
	"net/url"

	"meridian/admin/api"
)

// Backends lists the plan's backends.
func (c *Client) Backends(ctx context.Context) (out api.Backends, err error) {
	err = c.get(ctx, "/v1/backends", nil, &out)
	return out, err
}

// Backend shows one backend.
func (c *Client) Backend(ctx context.Context, name string) (out api.Backend, err error) {
	err = c.get(ctx, "/v1/backends/"+url.PathEscape(name), nil, &out)
	return out, err
}

// Breakers lists the breakers that are not closed, at every gateway.
func (c *Client) Breakers(ctx context.Context) (out api.Breakers, err error) {
	err = c.get(ctx, "/v1/breakers", nil, &out)
	return out, err
}

// PatchBackend switches a backend.
func (c *Client) PatchBackend(ctx context.Context, name string, p api.BackendPatch, t api.Terms) (api.Change, error) {
	p.Reason, p.Bypass = t.Reason, t.Bypass
	return c.change(ctx, http.MethodPatch, "/v1/backends/"+url.PathEscape(name), p, t)
}

// TripBreaker opens a backend's breaker, for a time.
func (c *Client) TripBreaker(ctx context.Context, name string, o api.BreakerTrip, t api.Terms) (api.Change, error) {
	o.Reason, o.Bypass = t.Reason, t.Bypass
	return c.change(ctx, http.MethodPost, "/v1/breakers/"+url.PathEscape(name)+"/trip", o, t)
}

// ResetBreaker closes a backend's breaker.
func (c *Client) ResetBreaker(ctx context.Context, name string, o api.BreakerReset, t api.Terms) (api.Change, error) {
	o.Reason, o.Bypass = t.Reason, t.Bypass
	return c.change(ctx, http.MethodPost, "/v1/breakers/"+url.PathEscape(name)+"/reset", o, t)
}

// Request asks what would come of a request. Nothing is sent.
func (c *Client) Request(ctx context.Context, q api.RequestQuery) (out api.RequestResult, err error) {
	err = c.json(ctx, call{method: http.MethodPost, path: "/v1/request", body: q}, &out)
	return out, err
}
