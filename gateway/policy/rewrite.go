package policy

import (
	"context"
	"fmt"
	"net/url"
	"strings"
)

// rewriteKind is <rewrite-uri template="/v2/{a}?b={c}" />: the path and query
// that the backend is called with.
func rewriteKind() kind {
	return kind{
		name: "rewrite-uri", in: in(inbound),
		attributes: []attr{
			{name: "template", required: true, code: true},
			{name: "copy-unmatched-params", code: true, want: wantBool},
		},
		compile: compileRewrite,
	}
}

type rewrite struct{ template, copied *term }

func compileRewrite(c *compiler, e *element, t terms) runner {
	o := &rewrite{template: t["template"], copied: t["copy-unmatched-params"]}
	if text := o.template.constant(); text != "" {
		if _, err := url.Parse(rooted(plainTemplate(text))); err != nil {
			c.refuse(o.template.src, o.template.at, "template %q; want a path and maybe a query", text)
			return nil
		}
	}
	return o.run
}

// plainTemplate writes each {parameter} as x.
func plainTemplate(text string) string {
	out, _ := expand(text, func(string, bool) (string, bool) { return "x", true })
	return out
}

// rooted returns a path that begins with /.
func rooted(path string) string {
	if !strings.HasPrefix(path, "/") {
		return "/" + path
	}
	return path
}

// expand replaces each {name} by what value says, told whether it stands in the
// query. It returns the first name that has no value.
func expand(template string, value func(name string, query bool) (string, bool)) (out, missing string) {
	var b strings.Builder
	query := false
	for {
		i := strings.IndexByte(template, '{')
		j := -1
		if i >= 0 {
			j = strings.IndexByte(template[i:], '}')
		}
		if j < 0 {
			b.WriteString(template)
			return b.String(), missing
		}
		b.WriteString(template[:i])
		query = query || strings.Contains(template[:i], "?")
		name := template[i+1 : i+j]
		text, ok := value(name, query)
		if !ok {
			text = template[i : i+j+1]
			if missing == "" {
				missing = name
			}
		}
		b.WriteString(text)
		template = template[i+j+1:]
	}
}

func (o *rewrite) run(_ context.Context, r *run) error {
	template, err := o.template.text(r)
	if err != nil {
		return err
	}
	copied, err := o.copied.isTrue(r, true)
	if err != nil {
		return err
	}
	matched := r.x.Request.Matched
	text, missing := expand(template, func(name string, query bool) (string, bool) {
		value, ok := matched[strings.TrimPrefix(name, "*")]
		if query {
			return url.QueryEscape(value), ok
		}
		return escapePath(value), ok
	})
	if missing != "" && o.template.program == nil {
		return &valueError{fmt.Sprintf("template %q: the operation has no parameter %q", template, missing)}
	}
	u, err := url.Parse(rooted(text))
	if err != nil {
		return &valueError{fmt.Sprintf("template gives %q, which is no path", text)}
	}
	q := parseQuery(u.RawQuery)
	if copied {
		q = r.unmatched(q)
	}
	now := *r.x.Request.HTTP.URL
	now.Path, now.RawPath, now.RawQuery = u.Path, u.RawPath, q.String()
	r.x.Request.HTTP.URL = &now
	return r.did("path and query " + now.RequestURI())
}

// escapePath escapes a matched value for a path; its slashes stay.
func escapePath(value string) string {
	return strings.ReplaceAll(url.PathEscape(value), "%2F", "/")
}

// unmatched adds the parameters of the request's query that the operation's
// template does not name.
func (r *run) unmatched(q query) query {
	_, template, _ := strings.Cut(r.x.Operation.URLTemplate, "?")
	named := parseQuery(template)
	for _, p := range parseQuery(r.x.Request.HTTP.URL.RawQuery) {
		if !named.has(p.name) && !q.has(p.name) {
			q = append(q, p)
		}
	}
	return q
}
