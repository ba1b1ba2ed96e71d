package expr

import (
	"maps"
	"slices"
)

// query compiles the methods of LINQ that take a lambda. A lambda's parameters
// are locals of the frame: it runs inside of the call only.
func (c *compiler) query(n *callNode, m *memberNode, x typed) typed {
	elem := elementOf(x.t.plain())
	row, ok := queries()[m.name]
	if elem.is(kBad) || !ok {
		return c.problem(m.at(), "%s has no method %s that takes a lambda expression", x.t, m.name)
	}
	if len(n.args) == 0 || len(n.args) > row.lambdas {
		return c.problem(m.at(), "%s takes up to %d lambda expressions", m.name, row.lambdas)
	}
	fns, ok := c.lambdas(n.args, elem, row.test)
	if !ok {
		return bad()
	}
	if m.name == "Sum" && !fns[0].t.numeric() {
		return c.problem(m.at(), "Sum adds numbers, not %s", fns[0].t)
	}
	left := x.run
	return typed{t: row.result(elem, fns), run: func(f *frame) (value, error) {
		v, err := left(f)
		if err != nil {
			return v, err
		}
		all, err := items(f, v)
		if err != nil {
			return null(), err
		}
		return row.run(f, all, fns)
	}}
}

// arrayQuery compiles Array.Exists(array, x => …) and its like: array.Any(x => …).
func (c *compiler) arrayQuery(n *callNode, m *memberNode) typed {
	as := map[string]string{"Exists": "Any", "Find": "FirstOrDefault", "TrueForAll": "All"}
	if as[m.name] == "" {
		return c.noMember(m, Type(kArray), slices.Sorted(maps.Keys(as)))
	}
	if len(n.args) != 2 {
		return c.problem(m.at(), "Array.%s takes an array and a lambda expression", m.name)
	}
	x := c.value(n.args[0].x)
	if x.bad() {
		return x
	}
	return c.query(&callNode{n.place, n.fn, n.args[1:]}, &memberNode{place: m.place, x: n.args[0].x, name: as[m.name]}, x)
}

// lambdas compiles the arguments of a query.
func (c *compiler) lambdas(args []argument, elem Type, test bool) ([]lambda, bool) {
	fns := make([]lambda, 0, len(args))
	for _, a := range args {
		fn, ok := c.lambda(a, elem)
		if !ok {
			return nil, false
		}
		if test && fn.t.plain() != Bool {
			c.problem(a.at(), "the lambda expression is of type %s, bool is expected", fn.t)
			return nil, false
		}
		fns = append(fns, fn)
	}
	return fns, true
}

// lambda is a compiled lambda expression of one parameter.
type lambda struct {
	slot int
	t    Type
	body code
}

func (l lambda) call(f *frame, v value) (value, error) {
	if err := f.step(1); err != nil {
		return null(), err
	}
	f.locals[l.slot] = v
	return l.body(f)
}

func (c *compiler) lambda(a argument, elem Type) (lambda, bool) {
	n, ok := a.x.(*lambdaNode)
	if !ok || len(n.params) != 1 {
		c.problem(a.at(), "a lambda expression with one parameter is expected")
		return lambda{}, false
	}
	scope := len(c.locals)
	slot := c.declare(n.at(), n.params[0], elem)
	var body typed
	if n.body != nil {
		body = c.value(n.body)
	} else {
		body = c.body(n.at(), n.block)
	}
	c.leave(scope)
	return lambda{slot, body.t, body.run}, !body.bad()
}

// queryRow is a method of LINQ with lambdas.
type queryRow struct {
	lambdas int
	test    bool // the lambda is a condition
	result  func(elem Type, fns []lambda) Type
	run     func(f *frame, all []value, fns []lambda) (value, error)
}

func queries() map[string]queryRow {
	same := func(elem Type, _ []lambda) Type { return of(kSeq, elem) }
	one := func(elem Type, _ []lambda) Type { return elem }
	is := func(t Type) func(Type, []lambda) Type { return func(Type, []lambda) Type { return t } }
	return map[string]queryRow{
		"Where":             {1, true, same, where},
		"Select":            {1, false, func(_ Type, fns []lambda) Type { return of(kSeq, fns[0].t) }, selected},
		"Any":               {1, true, is(Bool), quantified(true, false)},
		"All":               {1, true, is(Bool), quantified(false, true)},
		"Count":             {1, true, is(Int), counted},
		"First":             {1, true, one, firstOf(false, false)},
		"FirstOrDefault":    {1, true, one, firstOf(false, true)},
		"Single":            {1, true, one, firstOf(false, false)},
		"SingleOrDefault":   {1, true, one, firstOf(false, true)},
		"Last":              {1, true, one, firstOf(true, false)},
		"LastOrDefault":     {1, true, one, firstOf(true, true)},
		"OrderBy":           {1, false, same, ordered(1)},
		"OrderByDescending": {1, false, same, ordered(-1)},
		"Sum":               {1, false, func(_ Type, fns []lambda) Type { return fns[0].t }, summed},
		"Max":               {1, false, func(_ Type, fns []lambda) Type { return fns[0].t }, extreme(1)},
		"Min":               {1, false, func(_ Type, fns []lambda) Type { return fns[0].t }, extreme(-1)},
		"ToDictionary":      {2, false, dictionaryType, toDictionary},
	}
}

func where(f *frame, all []value, fns []lambda) (value, error) {
	out := &list{}
	for _, it := range all {
		yes, err := fns[0].call(f, it)
		if err != nil {
			return null(), err
		}
		if yes.bool() {
			out.items = append(out.items, it)
		}
	}
	return object(kSeq, out), nil
}

// keysBy calls a lambda on all elements.
func keysBy(f *frame, all []value, fn lambda) ([]value, error) {
	out := make([]value, len(all))
	for i, it := range all {
		v, err := fn.call(f, it)
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

func selected(f *frame, all []value, fns []lambda) (value, error) {
	out, err := keysBy(f, all, fns[0])
	return object(kSeq, &list{out}), err
}

// quantified ends with result at the first element whose test is result != otherwise.
func quantified(stop, otherwise bool) func(*frame, []value, []lambda) (value, error) {
	return func(f *frame, all []value, fns []lambda) (value, error) {
		for _, it := range all {
			yes, err := fns[0].call(f, it)
			if err != nil {
				return null(), err
			}
			if yes.bool() == stop {
				return boolean(stop), nil
			}
		}
		return boolean(otherwise), nil
	}
}

func counted(f *frame, all []value, fns []lambda) (value, error) {
	v, err := where(f, all, fns)
	if err != nil {
		return v, err
	}
	return integer(int32(count(v))), nil
}

func firstOf(last, orDefault bool) func(*frame, []value, []lambda) (value, error) {
	return func(f *frame, all []value, fns []lambda) (value, error) {
		v, err := where(f, all, fns)
		if err != nil {
			return v, err
		}
		if count(v) == 0 && !orDefault {
			return null(), fail(Invalid, "Sequence contains no matching element")
		}
		at := 0
		if last {
			at = -1
		}
		return nth(f, v, at, true)
	}
}

func dictionaryType(elem Type, fns []lambda) Type {
	if len(fns) > 1 {
		elem = fns[1].t
	}
	return pairOf(kDict, fns[0].t, elem)
}

func toDictionary(f *frame, all []value, fns []lambda) (value, error) {
	keys, err := keysBy(f, all, fns[0])
	if err != nil {
		return null(), err
	}
	vals := all
	if len(fns) > 1 {
		if vals, err = keysBy(f, all, fns[1]); err != nil {
			return null(), err
		}
	}
	d := &dict{}
	for i, key := range keys {
		if _, ok := d.get(key); ok {
			return null(), fail(Argument, "An item with the same key has already been added.")
		}
		d.set(key, vals[i])
	}
	return object(kDict, d), nil
}
