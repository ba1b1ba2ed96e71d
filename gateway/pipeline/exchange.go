package pipeline

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"meridian/gateway/backend"
	"meridian/gateway/policy"
	"meridian/gateway/record"
)

// exchange is one request and its answer, on one generation.
type exchange struct {
	p   *Pipeline
	g   *generation
	in  *http.Request
	rec *record.Record
	match
}

// match is what claims a request.
type match struct {
	api  *api
	op   *operation // nil: the API has none
	path path
	rest int // where in path the part below the API's path begins
	search
}

// program is the policies of what claims the request.
func (m *match) program() (program *policy.Program, plain bool) {
	if m.op != nil {
		return m.op.program, m.op.plain
	}
	return m.api.program, m.api.plain
}

// find fills m in, and reports whether anything claims the request.
func (g *generation) find(m *match, r *http.Request) bool { return g.findAt(m, r, pathOf(r.URL)) }

// findAt is find for another path than the request's.
func (g *generation) findAt(m *match, r *http.Request, at path) bool {
	m.path = at
	if m.api, m.rest = g.table.find(hostOf(r.Host), m.path); m.api == nil {
		return false
	}
	if m.api.trie == nil {
		return true
	}
	m.search = search{method: r.Method, path: m.path, query: r.URL.RawQuery}
	if !m.api.trie.find(&m.search, m.rest) {
		return false
	}
	m.op = m.found
	return true
}

// hostOf brings a Host field to the form of the table.
func hostOf(host string) string {
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
		host = host[:i]
	}
	return lower(strings.TrimSuffix(host, "."))
}

// serve answers the request.
func (x *exchange) serve() (*http.Response, error) {
	x.rec = record.Of(x.in.Context())
	claimed, no := x.g.claim(&x.match, x.in)
	switch {
	case no != nil:
		return nil, x.p.refused(x.in, no)
	case !claimed:
		return x.unclaimed()
	}
	x.rec.API = x.api.about.Name
	if x.op != nil {
		x.rec.Operation = x.op.name
	}
	resp, err := x.run()
	x.api.counts.note(resp, err)
	return resp, err
}

// run takes the request through its policies; straight to its backend where
// they do nothing else.
func (x *exchange) run() (*http.Response, error) {
	program, plain := x.program()
	if !plain {
		return x.follow(program)
	}
	if x.api.target.target == nil {
		return nil, x.p.refused(x.in, refuseTargetless())
	}
	out := x.outgoing()
	out.Host = "" // the backend's
	call := backend.Call{Retry: true}
	resp, err := x.api.target.target.Do(out, &call)
	x.note(&call, err)
	if err != nil {
		return nil, x.p.refused(x.in, err)
	}
	return resp, nil
}

// unclaimed serves what no API claims, with the Host and the path of the client.
func (x *exchange) unclaimed() (*http.Response, error) {
	if x.g.unclaimed == nil || x.api != nil {
		return x.unmatched()
	}
	call := backend.Call{Retry: true}
	resp, err := x.g.unclaimed.Do(x.in, &call)
	x.note(&call, err)
	if err != nil {
		return nil, x.p.refused(x.in, err)
	}
	return resp, nil
}

// outgoing is a copy of the request with the path below the API's. Its header is
// the request's own.
func (x *exchange) outgoing() *http.Request {
	out := &struct {
		request http.Request
		url     url.URL
	}{*x.in, *x.in.URL}
	out.request.URL = &out.url
	out.url.Path, out.url.RawPath = x.path.plain(x.rest), ""
	if x.path.escaped {
		out.url.RawPath = x.path.text[x.rest:]
	}
	return &out.request
}

// note writes down what came of a call.
func (x *exchange) note(c *backend.Call, err error) {
	x.rec.Attempts += len(c.Attempts)
	if len(c.Attempts) > 0 {
		x.rec.Backend, x.rec.Address = c.Backend, c.Addr
		x.rec.BackendTime = c.Attempts[len(c.Attempts)-1].Took
	}
	for i := range c.Attempts {
		if c.Attempts[i].Tripped {
			x.rec.Breaker = "tripped: " + c.Attempts[i].Backend
		}
	}
	var open *backend.OpenError
	if err != nil && errors.As(err, &open) {
		x.rec.Breaker = skipped(open)
	}
}

// refused is an error as the front answers it, noted.
func (p *Pipeline) refused(r *http.Request, err error) error {
	out := refusalOf(r.Context(), err)
	if out == nil {
		return err
	}
	record.Of(r.Context()).Reason = out.reason
	p.metrics.refusals.WithLabelValues(out.reason).Inc()
	return out
}
