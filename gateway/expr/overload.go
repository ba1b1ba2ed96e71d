package expr

import (
	"slices"
	"strings"
)

// chosen is an overload with the arguments in the order of its parameters.
type chosen struct {
	sig  signature
	args []typed // converted; a rest parameter's is one array
	cost int
}

// actual is a compiled argument.
type actual struct {
	argument
	typed
}

// choose finds the overload that fits the arguments best.
func (c *compiler) choose(rows []method, args []actual, receiver Type, targ *Type) (chosen, bool) {
	best, found := chosen{}, false
	for _, row := range rows {
		sig := readSignature(row)
		if sig.generic == (targ == nil) && !(sig.generic && inferable(sig)) {
			continue
		}
		fit, ok := c.fit(sig, args, receiver, targ)
		if ok && (!found || fit.cost < best.cost) {
			best, found = fit, true
		}
	}
	return best, found
}

// inferable reports whether the type argument follows from an argument.
func inferable(sig signature) bool {
	return slices.ContainsFunc(sig.params, func(p param) bool { return p.t == typeT })
}

// fit converts the arguments to the parameters of sig.
func (c *compiler) fit(sig signature, args []actual, receiver Type, targ *Type) (chosen, bool) {
	out := chosen{sig: sig}
	used := 0
	arg := argumentType(sig, args, targ)
	for i, p := range sig.params {
		p.t = p.t.bind(receiver, arg)
		if p.rest {
			rest, ok := c.rest(p, args[min(i, len(args)):], &out.cost)
			out.args = append(out.args, rest)
			return out.bound(receiver, arg), ok
		}
		a, ok := pick(args, i, p.name)
		if !ok {
			if !p.optional {
				return out, false
			}
			out.args = append(out.args, constant(p.t, defaultOf(p)))
			out.cost++
			continue
		}
		used++
		x, cost, ok := c.pass(a, p.t)
		if !ok {
			return out, false
		}
		out.cost += cost
		out.args = append(out.args, x)
	}
	return out.bound(receiver, arg), used == len(args)
}

func (ch chosen) bound(receiver, arg Type) chosen {
	ch.sig.result = ch.sig.result.bind(receiver, arg)
	if ch.sig.generic {
		ch.args = append([]typed{constant(Type(kType), typeOf(arg))}, ch.args...)
	}
	return ch
}

func defaultOf(p param) value {
	if p.def.k == kT || p.def.k == kAny || !p.t.structs() && p.def.k != kString {
		return zero(p.t)
	}
	return p.def
}

// argumentType is the type argument: written, or that of the argument for T.
func argumentType(sig signature, args []actual, targ *Type) Type {
	if targ != nil {
		return *targ
	}
	for i, p := range sig.params {
		if a, ok := pick(args, i, p.name); ok && p.t == typeT && !a.t.is(kNull) {
			return a.t
		}
	}
	return Any
}

// pick finds the argument for the i-th parameter, by place or by name.
func pick(args []actual, i int, name string) (actual, bool) {
	if i < len(args) && args[i].name == "" {
		return args[i], true
	}
	for _, a := range args {
		if a.name != "" && slices.Contains(strings.Split(name, "|"), a.name) {
			return a, true
		}
	}
	return actual{}, false
}

// pass converts one argument; the cost says how far its type is.
func (c *compiler) pass(a actual, t Type) (typed, int, bool) {
	if a.t == t {
		return a.typed, 0, true
	}
	x, ok := c.implicit(a.typed, t)
	switch {
	case t.is(kAny):
		return x, 20, ok
	case a.t.is(kChar) && t.numeric():
		return x, 40, ok
	case t.numeric() && a.t.numeric():
		return x, 1 + int(t.kind()), ok // the nearest: int, long, double
	}
	return x, 1, ok
}

// rest packs the arguments of a params array, or takes one array as it is.
func (c *compiler) rest(p param, args []actual, cost *int) (typed, bool) {
	*cost += 30
	if len(args) == 1 && args[0].t.elem() == p.t && args[0].t != String && !args[0].t.json() {
		return args[0].typed, true
	}
	var parts []code
	for _, a := range args {
		x, _, ok := c.pass(a, p.t)
		if !ok || a.name != "" {
			return bad(), false
		}
		parts = append(parts, x.run)
	}
	return typed{t: Type(kObjects), run: packed(p.t, parts)}, true
}

// packed makes an array of values.
func packed(elem Type, parts []code) code {
	return func(f *frame) (value, error) {
		items := make([]value, 0, len(parts))
		for _, part := range parts {
			v, err := part(f)
			if err != nil {
				return v, err
			}
			items = append(items, v)
		}
		return arrayOf(elem, items), nil
	}
}

// mismatch says why no overload fits.
func (c *compiler) mismatch(n node, name string, t Type, rows []method, args []actual) typed {
	var got, want []string
	for _, a := range args {
		got = append(got, a.t.String())
	}
	for _, row := range rows {
		want = append(want, row.sig)
	}
	return c.problem(n.at(), "no overload of %s.%s takes (%s); allowed are %s", t, name, strings.Join(got, ", "), strings.Join(want, "; "))
}
