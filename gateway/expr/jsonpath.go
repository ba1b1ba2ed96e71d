package expr

import (
	"strconv"
	"strings"
)

// selectToken is the first token at a path such as a.b[0]['c d'].
func selectToken(t *Token, path string, must bool) (value, error) {
	steps, err := readPath(path)
	if err != nil {
		return null(), err
	}
	found := walk([]*Token{t}, steps)
	if len(found) == 0 {
		if must {
			return null(), fail(BadJSON, "Path returned no token: '"+path+"'.")
		}
		return null(), nil
	}
	return tokenValue(found[0]), nil
}

func selectTokens(f *frame, t *Token, path string) (value, error) {
	steps, err := readPath(path)
	if err != nil {
		return null(), err
	}
	if err := charge(f, t); err != nil {
		return null(), err
	}
	out := &list{}
	for _, it := range walk([]*Token{t}, steps) {
		out.items = append(out.items, tokenValue(it))
	}
	return object(kSeq, out), nil
}

// pathStep is a name, an index, or * for all children.
type pathStep struct {
	name  string
	index int
	all   bool
	array bool
}

func pathError(path string) error {
	return fail(BadJSON, "Path '"+path+"' is not supported: names, [index], ['name'] and * are.")
}

// readPath reads a JSONPath of names, indexes and wildcards.
func readPath(path string) ([]pathStep, error) {
	var steps []pathStep
	rest := strings.TrimPrefix(strings.TrimPrefix(path, "$"), ".")
	for rest != "" {
		step, tail, ok := readStep(rest)
		if !ok {
			return nil, pathError(path)
		}
		steps = append(steps, step)
		rest = strings.TrimPrefix(tail, ".")
		if strings.HasPrefix(rest, ".") {
			return nil, pathError(path)
		}
	}
	return steps, nil
}

func readStep(s string) (step pathStep, rest string, ok bool) {
	if s[0] != '[' {
		end := strings.IndexAny(s, ".[")
		if end < 0 {
			end = len(s)
		}
		return pathStep{name: s[:end], all: s[:end] == "*"}, s[end:], end > 0
	}
	end := strings.IndexByte(s, ']')
	if end < 0 {
		return step, "", false
	}
	inner := s[1:end]
	if len(inner) > 1 && (inner[0] == '\'' || inner[0] == '"') && inner[len(inner)-1] == inner[0] {
		return pathStep{name: inner[1 : len(inner)-1]}, s[end+1:], true
	}
	if inner == "*" {
		return pathStep{all: true}, s[end+1:], true
	}
	n, err := strconv.Atoi(inner)
	return pathStep{index: n, array: true}, s[end+1:], err == nil
}

func walk(at []*Token, steps []pathStep) []*Token {
	for _, step := range steps {
		var next []*Token
		for _, t := range at {
			next = append(next, step.from(t)...)
		}
		at = next
	}
	return at
}

// values are the elements of an array and the values of an object.
func (t *Token) values() []*Token {
	if t.k != kJObject {
		return t.items
	}
	var out []*Token
	for _, it := range t.items {
		out = append(out, it.items...)
	}
	return out
}

func (p pathStep) from(t *Token) []*Token {
	switch {
	case p.all:
		return t.values()
	case p.array && (t.k != kJArray || p.index < 0 || p.index >= len(t.items)):
		return nil
	case p.array:
		return t.items[p.index : p.index+1]
	}
	if v := t.get(p.name); v != nil {
		return []*Token{v}
	}
	return nil
}
