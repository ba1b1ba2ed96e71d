package azure

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Limits of what the expressions of all files may make.
const (
	maxSteps    = 10_000_000 // calls, accesses and values
	maxOctets   = 64 << 20   // of texts made
	maxCopies   = 800        // Resource Manager's own
	maxEvaluate = 60         // variables and parameters that stand for each other
)

// budget is what evaluation may still cost.
type budget struct{ steps, octets int }

// take reports whether another step with a text of so many octets fits.
func (b *budget) take(octets int) bool {
	b.steps--
	b.octets -= octets
	return b.steps > 0 && b.octets > 0
}

// scope is where the expressions of one template get their values from.
type scope struct {
	parameters map[string]any // by name in lower case, evaluated
	unset      map[string]string
	variables  any            // as written
	known      map[string]any // variables, evaluated, by name in lower case
	copies     map[string]int // copyIndex by name of the loop; "" is the innermost
	budget     *budget
	depth      int
}

// evaluate returns a value of a template with its expressions replaced.
func (s *scope) evaluate(v any) any {
	if s.depth++; s.depth > maxEvaluate+maxDepth {
		s.depth--
		return hole("expressions that stand for each other")
	}
	defer func() { s.depth-- }()
	if !s.budget.take(len(textOf(v))) {
		return hole("the template makes too much")
	}
	switch v := v.(type) {
	case string:
		return s.text(v)
	case []any:
		out := make([]any, 0, len(v))
		for _, item := range v {
			out = append(out, s.evaluate(item))
		}
		return out
	case map[string]any:
		return s.members(v)
	}
	return v
}

// members evaluates an object, its names too.
func (s *scope) members(v map[string]any) map[string]any {
	out := make(map[string]any, len(v))
	for _, key := range (node{v: v}).keys() {
		if loops, ok := v[key].([]any); ok && key == "copy" {
			s.propertyCopies(loops, out)
			continue
		}
		name := key
		if text, ok := s.text(key).(string); ok && !holed(text) {
			name = text
		}
		out[name] = s.evaluate(v[key])
	}
	return out
}

// text evaluates a string.
func (s *scope) text(text string) any {
	source, ok := expressionIn(text)
	if !ok {
		if strings.HasPrefix(text, "[[") {
			return text[1:]
		}
		return text
	}
	e, err := parseExpression(source)
	if err != nil {
		return hole(fmt.Sprintf("expression %.80q cannot be read: %v", text, err))
	}
	return s.run(e)
}

// propertyCopies adds the lists that the loops of an object make.
func (s *scope) propertyCopies(loops []any, out map[string]any) {
	for _, loop := range loops {
		n := node{v: loop}
		name := n.get("name").text()
		count, ok := wholeOf(s.evaluate(n.get("count").v))
		if !ok || count < 0 || count > maxCopies {
			out[name] = hole(fmt.Sprintf("the count of copy %.40q is not known", name))
			continue
		}
		list := make([]any, 0, count)
		for i := range count {
			list = append(list, s.with(name, i).evaluate(n.get("input").v))
		}
		out[name] = list
	}
}

// with returns the scope inside a round of a loop.
func (s *scope) with(name string, i int) *scope {
	inner := *s
	inner.copies = map[string]int{"": i, strings.ToLower(name): i}
	for other, at := range s.copies {
		if _, own := inner.copies[other]; !own {
			inner.copies[other] = at
		}
	}
	return &inner
}

// run evaluates an expression.
func (s *scope) run(e *expression) any {
	if !s.budget.take(len(e.text)) {
		return hole("the expressions cost too much")
	}
	switch {
	case e.of != nil:
		return access(s.run(e.of), s.run(e.args[0]))
	case e.num:
		return json.Number(e.text)
	case !e.call:
		return e.text
	}
	return s.call(e)
}

// access returns a member or an entry of a value.
func access(of, which any) any {
	if isHole(of) {
		return of
	}
	if list, ok := of.([]any); ok {
		if i, ok := wholeOf(which); ok && i >= 0 && i < len(list) {
			return list[i]
		}
		return hole(fmt.Sprintf("there is no entry %.20s", textOf(which)))
	}
	name := textOf(which)
	if _, v := lookup(of, name); v != nil {
		return v
	}
	return hole(fmt.Sprintf("there is no member %.40q", name))
}

// wholeOf returns a whole number.
func wholeOf(v any) (int, bool) {
	n, err := strconv.Atoi(textOf(v))
	return n, err == nil
}

// parameter returns the value of a parameter.
func (s *scope) parameter(name string) any {
	key := strings.ToLower(name)
	if v, known := s.parameters[key]; known {
		return v
	}
	if why := s.unset[key]; why != "" {
		return hole(why)
	}
	return hole(fmt.Sprintf("parameter %.60q is not declared", name))
}

// variable returns the value of a variable.
func (s *scope) variable(name string) any {
	key := strings.ToLower(name)
	if v, known := s.known[key]; known {
		return v
	}
	_, raw := lookup(s.variables, name)
	if raw == nil {
		return hole(fmt.Sprintf("variable %.60q is not declared", name))
	}
	s.known[key] = hole(fmt.Sprintf("variable %.60q stands for itself", name))
	s.known[key] = s.evaluate(raw)
	return s.known[key]
}
