package policy

import (
	"slices"
	"strings"
)

// note tells the trace what the element that runs did, with the values its
// expressions had. Only called where somebody looks.
func (r *run) note(message string) {
	s := r.step
	entry := TraceEntry{
		Section: r.section.String(), Depth: r.depth - 1, Message: r.hidden.veil(message),
	}
	if s != nil {
		entry.Scope, entry.Element, entry.Path = s.scope.String(), s.name, s.path
		entry.File, entry.Line, entry.Column = s.file, s.at.Line, s.at.Column
	}
	if len(r.values) > 0 {
		entry.Values = slices.Clone(r.values)
		r.values = r.values[:0]
	}
	r.x.Trace(entry)
}

// saw keeps the value of an expression for the next note.
func (r *run) saw(name, value string) {
	r.values = append(r.values, TraceValue{Name: name, Value: clip(r.hidden.veil(value))})
}

// Veil replaces what no trace may show: secret named values, what expressions
// make of them, and the client's credentials. Only while Trace is set.
func (x *Exchange) Veil(s string) string {
	if x.veil == nil {
		return s
	}
	return x.veil(s)
}

// mask collects what no trace may show: secret named values, and what the
// client proves itself with.
func (r *run) mask() {
	for _, secret := range r.p.secrets {
		r.hidden.add(secret)
	}
	if r.x.Request != nil && r.x.Request.HTTP != nil {
		r.hidden.credentials(r.x.Request.HTTP.Header)
	}
}

// credential reports whether a header field's value is nobody else's business.
func credential(name string) bool {
	switch strings.ToLower(name) {
	case "authorization", "proxy-authorization", "cookie", "set-cookie", "api-key", "x-api-key",
		"ocp-apim-subscription-key", "x-functions-key":
		return true
	}
	return false
}

// clip shortens what is too long to read.
func clip(s string) string {
	const most = 400
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
