package azure

import (
	"encoding/json"
	"fmt"
	"strings"
)

// call evaluates a call of a function. Those that only Azure can answer, and
// those that are not known here, are holes.
func (s *scope) call(e *expression) any {
	name := strings.ToLower(strings.TrimPrefix(strings.ToLower(e.text), "sys."))
	if out, done := s.lazy(name, e.args); done {
		return out
	}
	args := make([]any, 0, len(e.args))
	for _, arg := range e.args {
		args = append(args, s.run(arg))
	}
	for _, family := range []func(string, []any) (any, bool){s.names, s.texts, s.values, s.numbers, s.parts, s.lists} {
		if out, done := family(name, args); done {
			return s.paid(out)
		}
	}
	return hole(fmt.Sprintf("%.60s() is known to Azure only", e.text))
}

// paid returns a value unless it is larger than may be made.
func (s *scope) paid(v any) any {
	if !s.budget.take(sizeOf(v, s.budget.octets)) {
		return hole("the expressions make too much")
	}
	return v
}

// sizeOf returns about how many octets a value has, shared parts counted each
// time; beyond most it stops counting.
func sizeOf(v any, most int) int {
	size := 16
	switch v := v.(type) {
	case string:
		return size + len(v)
	case []any:
		for _, item := range v {
			if size > most {
				break
			}
			size += sizeOf(item, most-size)
		}
	case map[string]any:
		for key, item := range v {
			if size > most {
				break
			}
			size += len(key) + sizeOf(item, most-size)
		}
	}
	return size
}

// lazy evaluates functions that look at some arguments only.
func (s *scope) lazy(name string, args []*expression) (any, bool) {
	switch {
	case name == "if" && len(args) == 3:
		switch condition := s.run(args[0]); strings.ToLower(textOf(condition)) {
		case "true":
			return s.run(args[1]), true
		case "false":
			return s.run(args[2]), true
		default:
			return hole("the condition of if() is not known"), true
		}
	case name == "coalesce":
		for _, arg := range args {
			if v := s.run(arg); v != nil {
				return v, true
			}
		}
		return nil, true
	case name == "trygetvalue" || name == "tryget":
		return nil, false
	}
	return nil, false
}

// names answers functions of the template and of resources.
func (s *scope) names(name string, args []any) (any, bool) {
	first := ""
	if len(args) > 0 {
		first = textOf(args[0])
	}
	switch name {
	case "parameters":
		return s.parameter(first), true
	case "variables":
		return s.variable(first), true
	case "copyindex":
		return s.copyIndex(args), true
	case "resourceid", "subscriptionresourceid", "tenantresourceid", "extensionresourceid":
		return resourceID(args), true
	}
	return nil, false
}

// copyIndex returns the round of a loop, plus an offset.
func (s *scope) copyIndex(args []any) any {
	loop, offset := "", 0
	for _, arg := range args {
		if n, ok := wholeOf(arg); ok {
			offset = n
		} else {
			loop = strings.ToLower(textOf(arg))
		}
	}
	at, known := s.copies[loop]
	if !known {
		return hole("copyIndex() outside of a loop")
	}
	return json.Number(fmt.Sprint(at + offset))
}

// resourceID returns the id of a resource as far as it is known: what stands
// before the type is Azure's.
func resourceID(args []any) any {
	for i, arg := range args {
		kind := textOf(arg)
		namespace, types, found := strings.Cut(kind, "/")
		if holed(kind) || !found || !strings.Contains(namespace, ".") || strings.HasPrefix(kind, "/") {
			continue
		}
		id := "/providers/" + namespace
		for j, one := range strings.Split(types, "/") {
			name := hole("a name is missing in resourceId()")
			if i+1+j < len(args) {
				name = textOf(args[i+1+j])
			}
			id += "/" + one + "/" + name
		}
		return id
	}
	return hole("resourceId() without a type")
}

// texts answers functions that make texts. Holes stay holes inside.
func (s *scope) texts(name string, args []any) (any, bool) {
	switch name {
	case "concat":
		return concat(args), true
	case "format":
		return format(args), true
	case "tolower":
		return eachText(args, strings.ToLower), true
	case "toupper":
		return eachText(args, strings.ToUpper), true
	case "trim":
		return eachText(args, strings.TrimSpace), true
	case "string":
		return stringOf(args), true
	case "replace":
		return s.replaced(args), true
	case "uri":
		if len(args) == 2 {
			return strings.TrimSuffix(textOf(args[0]), "/") + "/" + strings.TrimPrefix(textOf(args[1]), "/"), true
		}
	}
	return nil, false
}

// replaced is replace(text, old, new).
func (s *scope) replaced(args []any) any {
	if len(args) != 3 || holed(textOf(args[1])) || textOf(args[1]) == "" {
		return hole("replace() of something that is not known")
	}
	text := textOf(args[0])
	if grown := strings.Count(text, textOf(args[1])) * len(textOf(args[2])); !s.budget.take(grown) {
		return hole("the expressions make too much text")
	}
	return strings.ReplaceAll(text, textOf(args[1]), textOf(args[2]))
}

// eachText applies f to a text around its holes.
func eachText(args []any, f func(string) string) any {
	if len(args) != 1 {
		return hole("a call with the wrong number of arguments")
	}
	parts := strings.Split(textOf(args[0]), "\x00")
	for i := 0; i < len(parts); i += 2 {
		parts[i] = f(parts[i])
	}
	return strings.Join(parts, "\x00")
}

// concat joins texts, or lists.
func concat(args []any) any {
	if len(args) > 0 {
		if _, lists := args[0].([]any); lists {
			var out []any
			for _, arg := range args {
				list, ok := arg.([]any)
				if !ok {
					return hole("a list of concat() is not known")
				}
				if out = append(out, list...); len(out) > maxResources {
					return hole("concat() makes too long a list")
				}
			}
			return out
		}
	}
	texts, size := make([]string, 0, len(args)), 0
	for _, arg := range args {
		texts = append(texts, textOf(arg))
		if size += len(texts[len(texts)-1]); size > maxSource {
			return hole("concat() makes too much text")
		}
	}
	return strings.Join(texts, "")
}

// format puts arguments in the place of {0}, {1} …
func format(args []any) any {
	if len(args) == 0 {
		return hole("format() without arguments")
	}
	text, size := textOf(args[0]), 0
	pairs := []string{"{{", "{", "}}", "}"}
	for i, arg := range args[1:] {
		if size += strings.Count(text, fmt.Sprintf("{%d}", i)) * len(textOf(arg)); size > maxSource {
			return hole("format() makes too much text")
		}
		pairs = append(pairs, fmt.Sprintf("{%d}", i), textOf(arg))
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// stringOf returns a value as text: lists and objects as JSON.
func stringOf(args []any) any {
	if len(args) != 1 {
		return hole("string() wants one argument")
	}
	switch v := args[0].(type) {
	case []any, map[string]any:
		if why := holeIn(v); why != "" {
			return hole(why)
		}
		data, err := json.Marshal(v)
		if err != nil {
			return hole(err.Error())
		}
		return string(data)
	}
	return textOf(args[0])
}
