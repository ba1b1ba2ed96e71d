package policy

import (
	"context"
	"net/url"
	"slices"
	"strings"
)

// queryKind is <set-query-parameter>, of the request.
func queryKind() kind {
	return kind{
		name: "set-query-parameter", in: in(inbound, backend), content: anything,
		attributes: []attr{{name: "name", required: true, code: true, want: wantName}, actionAttr()},
		compile: func(c *compiler, e *element, t terms) runner {
			values, ok := c.values(e)
			if !ok {
				return nil
			}
			if len(values) == 0 && t["exists-action"].constant() != "delete" && (t["exists-action"] == nil || t["exists-action"].program == nil) {
				c.warn(e.src, e.at, "<set-query-parameter> without <value> sets nothing; write exists-action=\"delete\" to remove the parameter")
			}
			return (&parameter{name: t["name"], action: t["exists-action"], values: values}).run
		},
	}
}

type parameter struct {
	name, action *term
	values       []*term
}

func (o *parameter) run(_ context.Context, r *run) error {
	name, err := o.name.name(r)
	if err != nil {
		return err
	}
	action, err := o.action.choice(r, "override")
	if err != nil {
		return err
	}
	q := parseQuery(r.x.Request.HTTP.URL.RawQuery)
	switch {
	case action == "skip" && q.has(name):
		return r.did("query parameter " + name + " is there")
	case action == "delete":
		q = q.without(name)
	case len(o.values) == 0:
		return r.did("query parameter " + name + " has no value")
	default:
		if action == "override" {
			q = q.without(name)
		}
		for _, v := range o.values {
			value, err := v.text(r)
			if err != nil {
				return err
			}
			q = append(q, pair{name: name, raw: url.QueryEscape(name) + "=" + url.QueryEscape(value)})
		}
	}
	now := *r.x.Request.HTTP.URL
	now.RawQuery = q.String()
	r.x.Request.HTTP.URL = &now
	return r.did(action + " query parameter " + name)
}

// query is a query string in its order, each parameter as it was written.
type query []pair

type pair struct{ name, raw string }

func parseQuery(raw string) query {
	var q query
	for part := range strings.SplitSeq(raw, "&") {
		if part == "" {
			continue
		}
		name, _, _ := strings.Cut(part, "=")
		if plain, err := url.QueryUnescape(name); err == nil {
			name = plain
		}
		q = append(q, pair{name: name, raw: part})
	}
	return q
}

// has reports whether a parameter is there; case does not matter, as to API
// Management.
func (q query) has(name string) bool {
	return slices.ContainsFunc(q, func(p pair) bool { return strings.EqualFold(p.name, name) })
}

// without returns the query without a parameter.
func (q query) without(name string) query {
	return slices.DeleteFunc(q, func(p pair) bool { return strings.EqualFold(p.name, name) })
}

func (q query) String() string {
	parts := make([]string, len(q))
	for i, p := range q {
		parts[i] = p.raw
	}
	return strings.Join(parts, "&")
}
