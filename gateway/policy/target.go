package policy

import (
	"context"
	"net/url"
	"strconv"

	"meridian/gateway/expr"
)

// backendKind is <set-backend-service>: base-url in place of the API's scheme,
// host and path, or a backend or pool by its id.
func backendKind() kind {
	return kind{
		name: "set-backend-service", in: in(inbound, backend),
		attributes: []attr{
			{name: "base-url", code: true, want: wantName},
			{name: "backend-id", code: true, want: wantName},
		},
		compile: compileTarget,
	}
}

// target is a <set-backend-service>: a constant one, or what an expression says.
type target struct {
	address *term
	id      *term
	fixed   *url.URL
}

func compileTarget(c *compiler, e *element, t terms) runner {
	o := &target{address: t["base-url"], id: t["backend-id"]}
	if (o.address == nil) == (o.id == nil) {
		c.refuse(e.src, e.at, "<set-backend-service> has both or neither of base-url and backend-id; want one")
		return nil
	}
	if o.id != nil {
		id := o.id.constant()
		if id != "" && c.o.Backend != nil && !c.o.Backend(id) {
			c.refuse(o.id.src, o.id.at, "backend-id %q: there is no such backend or pool", id)
		}
		return o.byID
	}
	if address := o.address.constant(); address != "" {
		var why string
		if o.fixed, why = parseTarget(address); why != "" {
			c.refuse(o.address.src, o.address.at, "base-url %s", why)
			return nil
		}
	}
	return o.byURL
}

// parseTarget reads a URL a backend can have. ws and wss are http and https: a
// WebSocket begins as a request.
func parseTarget(address string) (*url.URL, string) {
	u, err := url.Parse(address)
	if err == nil && (u.Scheme == "ws" || u.Scheme == "wss") {
		u.Scheme = "http" + u.Scheme[len("ws"):]
	}
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.Fragment != "" {
		return nil, "is " + strconv.Quote(address) + "; want http:// or https://, a host and maybe a path and a query"
	}
	return u, ""
}

func (o *target) byID(_ context.Context, r *run) error {
	id, err := o.id.name(r)
	if err != nil {
		return err
	}
	r.x.Target = Target{Backend: id}
	r.x.Backend = expr.Backend{ID: id}
	if r.x.Trace != nil {
		r.note("backend " + id)
	}
	return nil
}

// byURL sets the URL, unless a backend was named before: only another
// backend-id takes its place.
func (o *target) byURL(_ context.Context, r *run) error {
	u := o.fixed
	if u == nil {
		address, err := o.address.name(r)
		if err != nil {
			return err
		}
		var why string
		if u, why = parseTarget(address); why != "" {
			return &valueError{"base-url " + why}
		}
	}
	if r.x.Target.Backend != "" {
		if r.x.Trace != nil {
			r.note("base-url has no effect behind backend-id " + r.x.Target.Backend)
		}
		return nil
	}
	if u.RawQuery != "" {
		u = r.withQuery(u)
	}
	r.x.Target = Target{URL: u}
	if r.x.Trace != nil {
		r.note("base URL " + u.Redacted())
	}
	return nil
}

// withQuery moves the query of a base URL before that of the request.
func (r *run) withQuery(u *url.URL) *url.URL {
	now := *r.x.Request.HTTP.URL
	now.RawQuery = append(parseQuery(u.RawQuery), parseQuery(now.RawQuery)...).String()
	r.x.Request.HTTP.URL = &now
	bare := *u
	bare.RawQuery = ""
	return &bare
}
