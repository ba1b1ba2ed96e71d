package pipeline

import (
	"net/http"
	"net/url"
	"strings"
)

// path is a request's path as it is matched: in its escaped form where that says
// more than the plain one, so that an escaped slash ends no segment.
type path struct {
	text    string
	escaped bool
}

// pathOf returns the path of a URL. An empty one is "/".
func pathOf(u *url.URL) path {
	switch {
	case u.RawPath != "":
		return path{u.EscapedPath(), true}
	case u.Path == "":
		return path{text: "/"}
	}
	return path{text: u.Path}
}

// segment returns what follows the slash at at, unescaped, and where it ends.
func (p path) segment(at int) (part string, end int) {
	end = len(p.text)
	if n := strings.IndexByte(p.text[at+1:], '/'); n >= 0 {
		end = at + 1 + n
	}
	part = p.text[at+1 : end]
	if !p.escaped || strings.IndexByte(part, '%') < 0 {
		return part, end
	}
	if plain, err := url.PathUnescape(part); err == nil {
		part = plain
	}
	return part, end
}

// plain returns the path from at on, unescaped.
func (p path) plain(at int) string {
	rest := p.text[at:]
	if !p.escaped {
		return rest
	}
	if plain, err := url.PathUnescape(rest); err == nil {
		return plain
	}
	return rest
}

// begin returns where the segment begins that is next at at: an empty one says
// nothing, as what stands behind a gateway may pass over it.
func (p path) begin(at int) int {
	for at+1 < len(p.text) && p.text[at+1] == '/' {
		at++
	}
	return at
}

// search is the look for an operation.
type search struct {
	method string
	path   path
	query  string // raw
	parsed url.Values
	values [maxParams]string // of parameters, in the order of the template
	n      int
	tail   int // where the rest begins that a wildcard takes
	found  *operation
}

// value notes the value of a parameter.
func (s *search) value(v string) bool {
	if s.n == len(s.values) {
		return false
	}
	s.values[s.n] = v
	s.n++
	return true
}

// take matches a segment with literals and parameters; a parameter takes as
// little as it can, and at least one byte.
func (s *search) take(to segment, part string) bool {
	first, last := to.literals[0], to.literals[len(to.literals)-1]
	if len(part) < len(first)+len(last) || !foldPrefix(part, first) || !foldPrefix(part[len(part)-len(last):], last) {
		return false
	}
	part = part[len(first) : len(part)-len(last)]
	for _, literal := range to.literals[1 : len(to.literals)-1] {
		at := foldIndex(part, literal)
		if at < 1 || !s.value(part[:at]) {
			return false
		}
		part = part[at+len(literal):]
	}
	return part != "" && s.value(part)
}

// rest tries operations that take any rest of the path.
func (s *search) rest(ops []*operation, at int) bool {
	if len(ops) == 0 {
		return false
	}
	s.tail = at
	return s.pick(ops)
}

// pick takes the first operation whose method and query fit. GET stands in for
// a HEAD that has no operation (RFC 9110 §9.3.2).
func (s *search) pick(ops []*operation) bool {
	return s.pickFor(ops, s.method) || s.method == http.MethodHead && s.pickFor(ops, http.MethodGet)
}

func (s *search) pickFor(ops []*operation, method string) bool {
	for _, op := range ops {
		if (op.method == method || op.method == anyMethod) && s.asked(op) {
			s.found = op
			return true
		}
	}
	return false
}

// asked reports whether the query has what an operation asks for, and takes the
// values of its parameters.
func (s *search) asked(op *operation) bool {
	if len(op.template.query) > 0 && s.query == "" {
		return false
	}
	values := s.n
	if op.template.captured {
		s.value(strings.TrimPrefix(s.path.plain(min(s.tail, len(s.path.text))), "/"))
	}
	if len(op.template.query) == 0 {
		return true
	}
	if s.parsed == nil {
		s.parsed, _ = url.ParseQuery(s.query) // what cannot be read is not there
	}
	for _, c := range op.template.query {
		if !s.has(c) {
			s.n = values
			return false
		}
	}
	return true
}

// has reports whether the query has a part, and takes its value.
func (s *search) has(c condition) bool {
	got, there := s.parsed[c.name]
	if !there || c.any {
		return there && s.value(got[0])
	}
	return got[0] == c.value
}

// foldPrefix is strings.HasPrefix whatever the case of s; prefix is lower case.
func foldPrefix(s, prefix string) bool {
	if len(s) < len(prefix) {
		return false
	}
	for i := range len(prefix) {
		if lowerByte(s[i]) != prefix[i] {
			return false
		}
	}
	return true
}

// foldIndex is strings.Index whatever the case of s; part is lower case.
func foldIndex(s, part string) int {
	for i := 0; i+len(part) <= len(s); i++ {
		if foldPrefix(s[i:], part) {
			return i
		}
	}
	return -1
}
