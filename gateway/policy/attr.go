package policy

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"meridian/gateway/expr"
)

// attr is one row of an element's table of attributes.
type attr struct {
	name     string
	required bool
	code     bool     // an expression is allowed
	want     want     // what the value is
	min, max int      // of a number
	choices  []string // of a choice
}

// want is the type of an attribute's value.
type want uint8

const (
	wantText want = iota
	wantName      // text that is not empty
	wantBool
	wantNumber
	wantChoice
)

// check says what is wrong with a literal; "" where nothing is.
func (a attr) check(value string) string {
	switch a.want {
	case wantName:
		if strings.TrimSpace(value) == "" {
			return "is empty"
		}
	case wantBool:
		if !strings.EqualFold(value, "true") && !strings.EqualFold(value, "false") {
			return fmt.Sprintf("is %q; want true or false%s", value, a.orCode())
		}
	case wantNumber:
		if _, ok := a.number(value); !ok {
			return fmt.Sprintf("is %q; want a whole number from %d to %d%s", value, a.min, a.max, a.orCode())
		}
	case wantChoice:
		if !slices.Contains(a.choices, value) {
			return fmt.Sprintf("is %q; want %s%s", value, alternatives(a.choices), a.orCode())
		}
	}
	return ""
}

// number reads a whole number within the attribute's range.
func (a attr) number(value string) (n int, ok bool) {
	n, err := strconv.Atoi(strings.TrimSpace(value))
	return n, err == nil && n >= a.min && n <= a.max
}

func (a attr) orCode() string {
	if a.code {
		return ", or an expression"
	}
	return ""
}

// static returns the type an expression must have.
func (a attr) static() expr.Type {
	if a.want == wantBool {
		return expr.Bool
	}
	return expr.Any
}

// list writes names for a message: a, b and c.
func list(names []string) string { return joined(names, " and ") }

// alternatives writes names for a message: a, b or c.
func alternatives(names []string) string { return joined(names, " or ") }

func joined(names []string, last string) string {
	n := len(names)
	if n < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:n-1], ", ") + last + names[n-1]
}

// names returns the names of a table.
func names(table []attr) []string {
	out := make([]string, len(table))
	for i, a := range table {
		out[i] = a.name
	}
	return out
}
