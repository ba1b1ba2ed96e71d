package azure

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"strings"
)

// values answers functions of logic and of single values. A hole among the
// arguments is the answer.
func (s *scope) values(name string, args []any) (any, bool) {
	switch name {
	case "true", "false":
		return name == "true", true
	case "null":
		return nil, true
	case "and", "or":
		return junction(name == "or", args), true
	case "equals", "not", "bool", "int", "json", "empty", "contains", "startswith", "endswith":
	default:
		return nil, false
	}
	for _, arg := range args {
		if why := holeIn(arg); why != "" {
			return hole(why), true
		}
	}
	if len(args) == 2 {
		return pair(name, args[0], args[1])
	}
	if len(args) == 1 {
		return single(name, args[0])
	}
	return nil, false
}

// junction is and() or or(): one operand may decide although others are
// unknown.
func junction(decides bool, args []any) any {
	unknown := ""
	for _, arg := range args {
		switch text := textOf(arg); {
		case strings.EqualFold(text, fmt.Sprint(decides)):
			return decides
		case holed(text):
			unknown = whyHole(text)
		}
	}
	if unknown != "" {
		return hole(unknown)
	}
	return !decides
}

func single(name string, v any) (any, bool) {
	switch name {
	case "not":
		return !strings.EqualFold(textOf(v), "true"), true
	case "bool":
		return strings.EqualFold(textOf(v), "true") || textOf(v) == "1", true
	case "int":
		return json.Number(textOf(v)), true
	case "empty":
		return lengthOf(v) == 0, true
	case "json":
		out, err := parse([]byte(textOf(v)))
		if err != nil {
			return hole("json() of something else"), true
		}
		return out, true
	}
	return nil, false
}

// lengthOf returns the number of entries, members or octets of a value.
func lengthOf(v any) int {
	switch v := v.(type) {
	case []any:
		return len(v)
	case map[string]any:
		return len(v)
	}
	return len(textOf(v))
}

func pair(name string, a, b any) (any, bool) {
	switch name {
	case "equals":
		return reflect.DeepEqual(a, b), true
	case "startswith":
		return strings.HasPrefix(strings.ToLower(textOf(a)), strings.ToLower(textOf(b))), true
	case "endswith":
		return strings.HasSuffix(strings.ToLower(textOf(a)), strings.ToLower(textOf(b))), true
	case "contains":
		return contains(a, b), true
	}
	return nil, false
}

// contains reports whether a list has an entry, an object a member, a text a
// part.
func contains(in, what any) bool {
	switch v := in.(type) {
	case []any:
		for _, item := range v {
			if reflect.DeepEqual(item, what) {
				return true
			}
		}
		return false
	case map[string]any:
		_, member := lookup(v, textOf(what))
		return member != nil
	}
	return strings.Contains(textOf(in), textOf(what))
}

// lists answers functions of lists and objects.
func (s *scope) lists(name string, args []any) (any, bool) {
	switch name {
	case "length", "tryget":
		return inspect(args)
	case "createarray", "array":
		return args, true
	case "createobject":
		out := map[string]any{}
		for i := 0; i+1 < len(args); i += 2 {
			out[textOf(args[i])] = args[i+1]
		}
		return out, true
	case "union":
		return union(args), true
	case "shallowmerge":
		return shallowMerge(args), true
	case "first", "last":
		return edge(name == "last", args), true
	case "split":
		return split(args), true
	}
	return nil, false
}

// inspect is length(value) with one argument, tryGet(value, member) with two.
func inspect(args []any) (any, bool) {
	switch {
	case len(args) == 0 || isHole(args[0]):
		return nil, false
	case len(args) == 1:
		return json.Number(fmt.Sprint(lengthOf(args[0]))), true
	}
	_, v := lookup(args[0], textOf(args[1]))
	return v, true
}

// union merges objects, or joins lists.
func union(args []any) any {
	merged := map[string]any{}
	for _, arg := range args {
		switch v := arg.(type) {
		case map[string]any:
			maps.Copy(merged, v)
		case []any:
			return concat(args)
		default:
			return hole("an argument of union() is not known")
		}
	}
	return merged
}

// shallowMerge merges the objects of one list.
func shallowMerge(args []any) any {
	if len(args) == 1 {
		if list, ok := args[0].([]any); ok {
			return union(list)
		}
	}
	return hole("shallowMerge() of a list that is not known")
}

// edge returns the first or last entry of a list.
func edge(last bool, args []any) any {
	if len(args) == 1 {
		if list, ok := args[0].([]any); ok && len(list) > 0 {
			if last {
				return list[len(list)-1]
			}
			return list[0]
		}
	}
	return hole("the entry of a list that is not known")
}

func split(args []any) any {
	if len(args) != 2 || holed(textOf(args[0])) || textOf(args[1]) == "" {
		return hole("the parts of a text that is not known")
	}
	var out []any
	for _, part := range strings.Split(textOf(args[0]), textOf(args[1])) {
		out = append(out, part)
	}
	return out
}
