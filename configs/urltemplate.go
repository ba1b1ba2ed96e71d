package configs

import (
	"fmt"
	"net/url"
	"strings"
)

// Limits of a urlTemplate.
const (
	maxTemplateSegments = 64
	maxTemplateParams   = 16
)

// urlTemplate is a urlTemplate taken apart: what it matches, and its
// parameters.
type urlTemplate struct {
	key    strings.Builder // the same for templates that match the same requests
	params map[string]bool
}

// parseURLTemplate checks a urlTemplate such as /users/{id}/*?view={view} and
// returns a key that is the same for all that match the same requests.
func parseURLTemplate(text string) (key string, err error) {
	t := &urlTemplate{params: map[string]bool{}}
	way, query, _ := strings.Cut(text, "?")
	if err := t.path(strings.Trim(way, "/")); err != nil {
		return "", fmt.Errorf("%s: %w", quote(text), err)
	}
	for one := range strings.SplitSeq(query, "&") {
		if err := t.query(one); err != nil {
			return "", fmt.Errorf("%s: %w", quote(text), err)
		}
	}
	if len(t.params) > maxTemplateParams {
		return "", fmt.Errorf("%s: %d parameters: want at most %d", quote(text), len(t.params), maxTemplateParams)
	}
	return t.key.String(), nil
}

func (t *urlTemplate) path(text string) error {
	if text == "" {
		return nil
	}
	parts := strings.Split(text, "/")
	if len(parts) > maxTemplateSegments {
		return fmt.Errorf("%d parts: want at most %d", len(parts), maxTemplateSegments)
	}
	for i, part := range parts {
		rest := part == "*" || strings.HasPrefix(part, "{*") && strings.HasSuffix(part, "}")
		switch {
		case rest && i < len(parts)-1:
			return fmt.Errorf("%s before the end: want it last", quote(part))
		case rest:
			t.key.WriteString("/*")
			return t.param(strings.Trim(part, "{*}"), part == "*")
		}
		t.key.WriteByte('/')
		if err := t.segment(part); err != nil {
			return err
		}
	}
	return nil
}

// segment reads literals and {parameters} in turn.
func (t *urlTemplate) segment(part string) error {
	for rest, first := part, true; ; first = false {
		literal, more, found := strings.Cut(rest, "{")
		plain, err := url.PathUnescape(literal)
		if err != nil || strings.ContainsAny(literal, "}*") {
			return fmt.Errorf("part %s: want text and {parameters}, * alone at the end", quote(part))
		}
		if found && !first && literal == "" {
			return fmt.Errorf("part %s: want text between two parameters", quote(part))
		}
		t.key.WriteString(lower(plain))
		if !found {
			return nil
		}
		name, after, closed := strings.Cut(more, "}")
		if !closed {
			return fmt.Errorf("part %s: want {name}", quote(part))
		}
		if err := t.param(name, false); err != nil {
			return err
		}
		t.key.WriteString("{}")
		rest = after
	}
}

// param takes a parameter, unless there is none.
func (t *urlTemplate) param(name string, none bool) error {
	switch {
	case none:
		return nil
	case name == "" || strings.ContainsAny(name, "{}*"):
		return fmt.Errorf("a parameter %s: want {name}", quote(name))
	case t.params[name]:
		return fmt.Errorf("parameter %s is there twice: want each once", quote(name))
	}
	t.params[name] = true
	return nil
}

// query reads name=value or name={parameter}.
func (t *urlTemplate) query(one string) error {
	if one == "" {
		return nil
	}
	name, value, _ := strings.Cut(one, "=")
	if _, err := url.QueryUnescape(one); err != nil || name == "" {
		return fmt.Errorf("query %s: want name=value or name={parameter}", quote(one))
	}
	fmt.Fprintf(&t.key, "?%q=", name)
	param, braced := strings.CutPrefix(value, "{")
	if !braced {
		fmt.Fprintf(&t.key, "%q", value)
		return nil
	}
	param, closed := strings.CutSuffix(param, "}")
	if !closed {
		return fmt.Errorf("query %s: want name=value or name={parameter}", quote(one))
	}
	return t.param(param, false)
}
