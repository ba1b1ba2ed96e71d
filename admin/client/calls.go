package client

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"meridian/admin/api"
)

// Status returns the one-screen summary.
func (c *Client) Status(ctx context.Context) (out api.Status, err error) {
	err = c.get(ctx, "/v1/status", nil, &out)
	return out, err
}

// Ready reports whether the node serves a plan, and why not.
func (c *Client) Ready(ctx context.Context) (out api.Ready, err error) {
	err = c.json(ctx, call{
		method: http.MethodGet, path: "/readyz",
		accept: func(status int) bool { return status == http.StatusServiceUnavailable },
	}, &out)
	return out, err
}

// Resolve asks what a client would get.
func (c *Client) Resolve(ctx context.Context, q api.ResolveRequest) (out api.ResolveResult, err error) {
	query := url.Values{"name": {q.Name}}
	if q.Type != "" {
		query.Set("type", q.Type)
	}
	if q.Client.IsValid() {
		query.Set("client", q.Client.String())
	}
	if q.Resolver.IsValid() {
		query.Set("resolver", q.Resolver.String())
	}
	if q.Explain {
		query.Set("explain", "true")
	}
	err = c.get(ctx, "/v1/resolve", query, &out)
	return out, err
}

// HealthFilter narrows a list of targets; empty fields do not.
type HealthFilter struct {
	Profile  string
	Location string // id
	Verdict  string // unchecked, up or down
	Limit    int    // 1 to 10000; 0: the server's default
}

// Health lists targets.
func (c *Client) Health(ctx context.Context, f HealthFilter) (out api.Health, err error) {
	query := url.Values{}
	for name, value := range map[string]string{"profile": f.Profile, "location": f.Location, "verdict": f.Verdict} {
		if value != "" {
			query.Set(name, value)
		}
	}
	setLimit(query, f.Limit)
	err = c.get(ctx, "/v1/health", query, &out)
	return out, err
}

func setLimit(query url.Values, limit int) {
	if limit != 0 {
		query.Set("limit", strconv.Itoa(limit))
	}
}

// Probe probes a target now, from the node that is asked.
func (c *Client) Probe(ctx context.Context, target string) (out api.ProbeReport, err error) {
	err = c.json(ctx, call{method: http.MethodPost, path: "/v1/health/" + url.PathEscape(target) + "/probe"}, &out)
	return out, err
}

// Release lets a target that is down come back, at the node that is asked.
func (c *Client) Release(ctx context.Context, target string) (out api.Released, err error) {
	err = c.json(ctx, call{method: http.MethodPost, path: "/v1/health/" + url.PathEscape(target) + "/release"}, &out)
	return out, err
}

// Profiles lists profiles; limit 0 is the server's default.
func (c *Client) Profiles(ctx context.Context, limit int) (out api.Profiles, err error) {
	query := url.Values{}
	setLimit(query, limit)
	err = c.get(ctx, "/v1/profiles", query, &out)
	return out, err
}

// Profile shows one profile.
func (c *Client) Profile(ctx context.Context, name string) (out api.Profile, err error) {
	err = c.get(ctx, "/v1/profiles/"+url.PathEscape(name), nil, &out)
	return out, err
}

// Locations lists the service's locations.
func (c *Client) Locations(ctx context.Context) (out api.Locations, err error) {
	err = c.get(ctx, "/v1/locations", nil, &out)
	return out, err
}

// Geo says what is known of a client address.
func (c *Client) Geo(ctx context.Context, a netip.Addr) (out api.GeoResult, err error) {
	err = c.get(ctx, "/v1/geo", url.Values{"address": {a.String()}}, &out)
	return out, err
}

// Zone shows the delegation data.
func (c *Client) Zone(ctx context.Context) (out api.Zone, err error) {
	err = c.get(ctx, "/v1/zone", nil, &out)
	return out, err
}

// CheckZone compares the delegation with what is served, now.
func (c *Client) CheckZone(ctx context.Context) (out api.ZoneCheck, err error) {
	err = c.json(ctx, call{method: http.MethodPost, path: "/v1/zone/check"}, &out)
	return out, err
}

// Events lists the events kept behind the one with the given id ("": all);
// limit 0 is the server's default.
func (c *Client) Events(ctx context.Context, after string, limit int) (out api.Events, err error) {
	query := url.Values{}
	if after != "" {
		query.Set("after", after)
	}
	setLimit(query, limit)
	err = c.get(ctx, "/v1/events", query, &out)
	return out, err
}

// Metrics returns the node's metrics in the Prometheus text format.
func (c *Client) Metrics(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	resp, err := c.do(ctx, call{method: http.MethodGet, path: "/metrics", header: http.Header{"Accept": {"text/plain"}}})
	if err != nil {
		return "", err
	}
	defer func() { _ = resp.Body.Close() }() // read only
	var out strings.Builder
	if _, err := io.Copy(&out, io.LimitReader(resp.Body, maxAnswer)); err != nil {
		return "", fmt.Errorf("reading metrics: %w", err)
	}
	return out.String(), nil
}
