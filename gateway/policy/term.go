package policy

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"meridian/gateway/expr"
)

// term is a compiled value: a literal or an expression.
type term struct {
	attr    attr
	src     *source
	at      int
	literal string
	program *expr.Program
	code    string // of program
	hidden  bool   // a secret named value stands in it
}

// terms are an element's attributes by name; a nil term was not written.
type terms map[string]*term

// text returns the value as text.
func (t *term) text(r *run) (string, error) {
	if t.program == nil {
		return t.literal, nil
	}
	value, err := t.program.Text(&r.x.Context)
	if err == nil && r.x.Trace != nil {
		t.saw(r, value)
	}
	return value, err
}

// saw keeps the value for the next note. What is made of a secret is one, also
// where later expressions have it.
func (t *term) saw(r *run, value string) {
	if t.program != nil && t.secret(r) {
		r.hidden.made(value)
		value = mask
	}
	r.saw(t.attr.name, value)
}

// secret reports whether the value is made of a secret.
func (t *term) secret(r *run) bool {
	if t.program == nil {
		return r.hidden.veil(t.literal) != t.literal
	}
	return t.hidden || r.hidden.mentions(t.code)
}

// isTrue returns a boolean; fallback where t is nil.
func (t *term) isTrue(r *run, fallback bool) (bool, error) {
	if t == nil {
		return fallback, nil
	}
	if t.program == nil {
		return strings.EqualFold(t.literal, "true"), nil
	}
	if t.program.Type() == expr.Bool {
		value, err := t.program.Bool(&r.x.Context)
		if err == nil && r.x.Trace != nil {
			r.saw(t.attr.name, strconv.FormatBool(value))
		}
		return value, err
	}
	value, err := t.program.Eval(&r.x.Context)
	if err != nil {
		return false, err
	}
	truth, ok := value.(bool)
	if !ok {
		return false, t.invalid(expr.ToText(value))
	}
	return truth, nil
}

// number returns a whole number; fallback where t is nil.
func (t *term) number(r *run, fallback int) (int, error) {
	if t == nil {
		return fallback, nil
	}
	value, err := t.text(r)
	if err != nil {
		return 0, err
	}
	n, ok := t.attr.number(value)
	if !ok {
		return 0, t.invalid(value)
	}
	return n, nil
}

// choice returns one of the attribute's choices; fallback where t is nil.
func (t *term) choice(r *run, fallback string) (string, error) {
	if t == nil {
		return fallback, nil
	}
	value, err := t.text(r)
	if err == nil && !slices.Contains(t.attr.choices, value) {
		err = t.invalid(value)
	}
	return value, err
}

// name returns text that is not empty.
func (t *term) name(r *run) (string, error) {
	value, err := t.text(r)
	if err == nil && strings.TrimSpace(value) == "" {
		err = t.invalid(value)
	}
	return value, err
}

// invalid is the error of an expression whose value nobody can use.
func (t *term) invalid(value string) error {
	why := t.attr.check(value)
	if why == "" {
		why = fmt.Sprintf("is %q", value)
	}
	return &valueError{fmt.Sprintf("%s %s", t.attr.name, why)}
}

// valueError is a value that an element cannot use.
type valueError struct{ message string }

func (e *valueError) Error() string { return e.message }

// constant returns the literal; "" for nil and for expressions.
func (t *term) constant() string {
	if t == nil || t.program != nil {
		return ""
	}
	return t.literal
}
