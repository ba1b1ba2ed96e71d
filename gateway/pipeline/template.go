package pipeline

import (
	"fmt"
	"net/url"
	"strings"
)

// Limits of a template.
const (
	maxTemplate = 1000 // bytes, as API Management has it
	maxSegments = 64
	maxParams   = 16
)

// template is an operation's urlTemplate, read: segments of its path, and what
// has to stand in the query.
type template struct {
	segments []segment
	params   []string // names, in the order in which values are found
	wild     bool     // the last thing is "*" or "{*name}": any rest, or none
	captured bool     // of wild: the rest is a value
	query    []condition
}

// segment is a part of a path between slashes: literals and parameters in turn.
// A literal of one piece is compared without regard to the case of ASCII letters.
type segment struct {
	literals []string // one more than parameters; lower case
}

func (s segment) static() bool { return len(s.literals) == 1 }

// free reports whether the segment is a parameter and nothing else.
func (s segment) free() bool {
	return len(s.literals) == 2 && s.literals[0] == "" && s.literals[1] == ""
}

// condition is a part of the query that an operation asks for: a value, or any.
type condition struct {
	name  string
	value string
	any   bool
}

// parseTemplate reads a urlTemplate such as "/users/{id}/*?view={view}".
func parseTemplate(text string) (*template, error) {
	if len(text) > maxTemplate {
		return nil, fmt.Errorf("urlTemplate of %d bytes: want at most %d", len(text), maxTemplate)
	}
	path, query, _ := strings.Cut(text, "?")
	t := &template{}
	if err := t.parsePath(path); err != nil {
		return nil, fmt.Errorf("urlTemplate %q: %w", text, err)
	}
	if err := t.parseQuery(query); err != nil {
		return nil, fmt.Errorf("urlTemplate %q: %w", text, err)
	}
	if len(t.params) > maxParams {
		return nil, fmt.Errorf("urlTemplate %q: %d parameters: want at most %d", text, len(t.params), maxParams)
	}
	seen := map[string]bool{}
	for _, name := range t.params {
		if seen[name] {
			return nil, fmt.Errorf("urlTemplate %q: parameter %q stands there twice: want each once", text, name)
		}
		seen[name] = true
	}
	return t, nil
}

func (t *template) parsePath(path string) error {
	path = strings.Trim(path, "/")
	if path == "" {
		return nil
	}
	parts := strings.Split(path, "/")
	if len(parts) > maxSegments {
		return fmt.Errorf("%d segments: want at most %d", len(parts), maxSegments)
	}
	for i, part := range parts {
		last := i == len(parts)-1
		if name, rest := wildcard(part); rest {
			if !last {
				return fmt.Errorf("%q before the end: want it last", part)
			}
			t.wild, t.captured = true, name != ""
			if t.captured {
				t.params = append(t.params, name)
			}
			return nil
		}
		if err := t.parseSegment(part); err != nil {
			return err
		}
	}
	return nil
}

// wildcard reads "*" and "{*name}".
func wildcard(part string) (name string, ok bool) {
	if part == "*" {
		return "", true
	}
	name, ok = strings.CutPrefix(part, "{*")
	if !ok {
		return "", false
	}
	return strings.CutSuffix(name, "}")
}

func (t *template) parseSegment(part string) error {
	var s segment
	for {
		before, rest, found := strings.Cut(part, "{")
		literal, err := url.PathUnescape(before)
		if err != nil || strings.ContainsAny(before, "}*") {
			return fmt.Errorf("segment %q: want literals and {parameters}", part)
		}
		if s.literals = append(s.literals, lower(literal)); !found {
			break
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed || name == "" || strings.ContainsAny(name, "{*") {
			return fmt.Errorf("segment %q: want {name}", part)
		}
		if len(s.literals) > 1 && literal == "" {
			return fmt.Errorf("segment %q: two parameters without a text between them", part)
		}
		t.params, part = append(t.params, name), after
	}
	t.segments = append(t.segments, s)
	return nil
}

func (t *template) parseQuery(query string) error {
	for query != "" {
		var one string
		one, query, _ = strings.Cut(query, "&")
		name, value, _ := strings.Cut(one, "=")
		name, err := url.QueryUnescape(name)
		if err != nil || name == "" {
			return fmt.Errorf("query %q: want name=value or name={parameter}", one)
		}
		c := condition{name: name, value: value}
		if param, ok := strings.CutPrefix(value, "{"); ok {
			if param, ok = strings.CutSuffix(param, "}"); !ok || param == "" {
				return fmt.Errorf("query %q: want name=value or name={parameter}", one)
			}
			c.any, c.value = true, ""
			t.params = append(t.params, param)
		} else if c.value, err = url.QueryUnescape(value); err != nil {
			return fmt.Errorf("query %q: %w", one, err)
		}
		t.query = append(t.query, c)
	}
	return nil
}

// key is the same for templates that match the same requests.
func (t *template) key() string {
	var b strings.Builder
	for _, s := range t.segments {
		b.WriteString("/" + strings.Join(s.literals, "{}"))
	}
	if t.wild {
		b.WriteString("/*")
	}
	for _, c := range t.query {
		fmt.Fprintf(&b, "?%q=%q,%t", c.name, c.value, c.any)
	}
	return b.String()
}

// lower folds ASCII letters, as paths are compared.
func lower(s string) string {
	for i := range len(s) {
		if 'A' <= s[i] && s[i] <= 'Z' {
			b := []byte(s)
			for ; i < len(b); i++ {
				b[i] = lowerByte(b[i])
			}
			return string(b)
		}
	}
	return s
}

func lowerByte(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
