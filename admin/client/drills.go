package client

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"meridian/admin/api"
)

// StartDrill starts a drill; the change's object is "drill/ID".
func (c *Client) StartDrill(ctx context.Context, o api.DrillOrder, t api.Terms) (api.Change, error) {
	o.Reason, o.Bypass = t.Reason, t.Bypass
	return c.change(ctx, http.MethodPost, "/v1/drills", o, t)
}

// AbortDrill ends a drill now.
func (c *Client) AbortDrill(ctx context.Context, id string, t api.Terms) (api.Change, error) {
	return c.change(ctx, http.MethodPost, "/v1/drills/"+url.PathEscape(id)+"/abort", api.Reason{Reason: t.Reason}, t)
}

// Drills lists drills, newest first; limit 0 is the server's default.
func (c *Client) Drills(ctx context.Context, limit int) (out api.Drills, err error) {
	query := url.Values{}
	setLimit(query, limit)
	err = c.get(ctx, "/v1/drills", query, &out)
	return out, err
}

// Drill shows one drill.
func (c *Client) Drill(ctx context.Context, id string) (out api.Drill, err error) {
	err = c.get(ctx, "/v1/drills/"+url.PathEscape(id), nil, &out)
	return out, err
}

// DrillReport returns what a drill measured, as json, markdown or html.
func (c *Client) DrillReport(ctx context.Context, id, format string) (out api.DrillReport, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	resp, err := c.do(ctx, call{
		method: http.MethodGet, path: "/v1/drills/" + url.PathEscape(id) + "/report", query: url.Values{"format": {format}},
		header: http.Header{"Accept": {"*/*"}},
	})
	if err != nil {
		return out, err
	}
	defer func() { _ = resp.Body.Close() }() // read only
	out.ContentType = resp.Header.Get("Content-Type")
	if out.Body, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer)); err != nil {
		return out, fmt.Errorf("reading the report: %w", err)
	}
	return out, nil
}
