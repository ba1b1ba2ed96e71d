package azure

import (
	"encoding/json"
	"strconv"
	"unicode/utf8"
)

// numbers answers functions of two whole numbers.
func (s *scope) numbers(name string, args []any) (any, bool) {
	switch name {
	case "greater", "greaterorequals", "less", "lessorequals", "add", "sub":
	default:
		return nil, false
	}
	if len(args) != 2 {
		return hole(name + "() wants two numbers"), true
	}
	for _, arg := range args {
		if why := holeIn(arg); why != "" {
			return hole(why), true
		}
	}
	a, errA := strconv.ParseInt(textOf(args[0]), 10, 64)
	b, errB := strconv.ParseInt(textOf(args[1]), 10, 64)
	if errA != nil || errB != nil {
		return hole(name + "() of something that is no whole number"), true
	}
	switch name {
	case "add":
		return json.Number(strconv.FormatInt(a+b, 10)), true
	case "sub":
		return json.Number(strconv.FormatInt(a-b, 10)), true
	}
	return ordered(name, a, b), true
}

func ordered(name string, a, b int64) bool {
	switch name {
	case "greater":
		return a > b
	case "greaterorequals":
		return a >= b
	case "less":
		return a < b
	}
	return a <= b
}

// parts answers functions that take a part of a text or a list.
func (s *scope) parts(name string, args []any) (any, bool) {
	if name != "substring" && name != "take" && name != "skip" || len(args) < 2 {
		return nil, false
	}
	for _, arg := range args {
		if why := holeIn(arg); why != "" {
			return hole(why), true
		}
	}
	from, to, err := bounds(name, args[1:], lengthOf(args[0]))
	if err != nil {
		return hole(name + "() of something that is not known"), true
	}
	return part(name, args[0], from, to), true
}

// part returns a part of a list, or of a text between its letters.
func part(name string, v any, from, to int) any {
	if list, ok := v.([]any); ok && name != "substring" {
		return list[from:to]
	}
	if text, ok := v.(string); ok && utf8.ValidString(text[from:to]) {
		return text[from:to]
	}
	return hole(name + "() of something that is not known")
}

// bounds returns what part of a value of some length is asked for.
func bounds(name string, args []any, length int) (from, to int, err error) {
	n, err := strconv.Atoi(textOf(args[0]))
	n = max(0, min(n, length))
	switch {
	case err != nil:
		return 0, 0, err
	case name == "take":
		return 0, n, nil
	case name == "skip" || len(args) < 2:
		return n, length, nil
	}
	count, err := strconv.Atoi(textOf(args[1]))
	return n, n + max(0, min(count, length-n)), err
}
