package expr

import (
	"slices"
	"strings"
)

// property is a row of a table: a member without arguments. sig is
// "Name type".
type property struct {
	sig string
	get func(f *frame, v value) (value, error)
}

// method is a row of a table. sig is "Name(type name, type name = literal)
// type"; a generic one is "Name<T>(…) …", and its type argument comes first in
// a. Instance methods have their receiver in a[0], before it.
type method struct {
	sig string
	run func(f *frame, a []value) (value, error)
}

func sigName(sig string) string {
	if i := strings.IndexAny(sig, " (<"); i >= 0 {
		return sig[:i]
	}
	return sig
}

func (n *memberNode) compile(c *compiler) typed {
	x := n.x.compile(c)
	switch {
	case x.bad():
		return x
	case x.space != "":
		return c.qualified(n, x.space)
	case x.static:
		return c.staticProperty(n, x.t)
	}
	return c.property(n, x)
}

func (c *compiler) staticProperty(n *memberNode, t Type) typed {
	for _, p := range staticProperties(t.kind()) {
		if sigName(p.sig) == n.name {
			return typed{t: sigType(p.sig[len(n.name)+1:]), run: func(f *frame) (value, error) { return p.get(f, null()) }}
		}
	}
	for i, name := range enumNames(t.kind()) {
		if name == n.name {
			return constant(t, enum(t.kind(), i))
		}
	}
	return c.noMember(n, t, staticNames(t))
}

func (c *compiler) property(n *memberNode, x typed) typed {
	if x.t&nullable != 0 {
		if y, ok := nullableMember(n.name, x); ok {
			return y
		}
	}
	for t, ok := x.t.plain(), true; ok; t, ok = t.parent() {
		for _, p := range properties(t.kind()) {
			if sigName(p.sig) == n.name {
				return propertyOf(p, x)
			}
		}
	}
	return c.noMember(n, x.t, memberNames(x.t))
}

func propertyOf(p property, x typed) typed {
	run, get := x.run, p.get
	t := sigType(p.sig[len(sigName(p.sig))+1:]).bind(x.t, Any)
	return typed{t: t, run: func(f *frame) (value, error) {
		v, err := run(f)
		if err != nil {
			return v, err
		}
		if v.k == kNull {
			return v, nullError()
		}
		if err := f.look(v); err != nil {
			return null(), err
		}
		return get(f, v)
	}}
}

// nullableMember compiles HasValue and Value of a Nullable.
func nullableMember(name string, x typed) (typed, bool) {
	run := x.run
	switch name {
	case "HasValue":
		return typed{t: Bool, run: func(f *frame) (value, error) {
			v, err := run(f)
			return boolean(v.k != kNull), err
		}}, true
	case "Value":
		return typed{t: x.t.plain(), run: func(f *frame) (value, error) {
			v, err := run(f)
			if err == nil && v.k == kNull {
				err = fail(Invalid, "Nullable object must have a value.")
			}
			return v, err
		}}, true
	}
	return bad(), false
}

// noMember says what t has instead.
func (c *compiler) noMember(n *memberNode, t Type, names []string) typed {
	if slices.Contains(names, n.name) {
		return c.problem(n.at(), "%s.%s is %s", t, n.name, c.misused(n, t))
	}
	if len(names) == 0 {
		return c.problem(n.at(), "%s has no member %s", t, n.name)
	}
	if t.is(kAny) {
		return c.problem(n.at(), "object has no member %s: cast it first, as in ((string)x).%s", n.name, n.name)
	}
	return c.problem(n.at(), "%s has no member %s; allowed are %s", t, n.name, strings.Join(names, ", "))
}

// misused says how a member is used that is there but of another sort.
func (c *compiler) misused(n *memberNode, t Type) string {
	for t, ok := t.plain(), true; ok; t, ok = t.parent() {
		for _, p := range append(properties(t.kind()), staticProperties(t.kind())...) {
			if sigName(p.sig) == n.name {
				return "no method: leave the brackets out"
			}
		}
	}
	return "a method: brackets are missing"
}

// memberNames lists what a value of type t has.
func memberNames(t Type) []string {
	var names []string
	for t, ok := t.plain(), true; ok; t, ok = t.parent() {
		for _, p := range properties(t.kind()) {
			names = append(names, sigName(p.sig))
		}
		for _, m := range methods(t.kind()) {
			names = append(names, sigName(m.sig))
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// staticNames lists what the type t has.
func staticNames(t Type) []string {
	names := slices.Clone(enumNames(t.kind()))
	for _, p := range staticProperties(t.kind()) {
		names = append(names, sigName(p.sig))
	}
	for _, m := range staticMethods(t.kind()) {
		names = append(names, sigName(m.sig))
	}
	slices.Sort(names)
	return slices.Compact(names)
}
