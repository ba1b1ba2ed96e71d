package expr

// outType is the type of the local that an out argument of a call on x fills.
func outType(x typed) Type {
	switch {
	case x.static:
		return x.t
	case x.t.json():
		return Type(kJToken)
	}
	return x.t.elem()
}

// outLocal declares the local of an out argument where it is new.
func (c *compiler) outLocal(a argument, t Type) {
	if n, ok := a.x.(*nameNode); ok {
		if _, found := c.find(n.name); !found {
			c.declare(a.at(), n.name, t)
		}
	}
}

// outSlot returns the local that the last argument of a Try… call fills.
func (c *compiler) outSlot(m *memberNode, args []actual) (int, bool) {
	if len(args) != 2 || !args[1].out {
		c.problem(m.at(), "%s takes a value and an out variable", m.name)
		return 0, false
	}
	n, _ := args[1].argument.x.(*nameNode)
	l, ok := c.find(n.name)
	return l.slot, ok
}

// tryParse compiles T.TryParse(text, out local).
func (c *compiler) tryParse(n *callNode, m *memberNode, t Type, args []actual) typed {
	rows := named(staticMethods(t.kind()), "Parse")
	if len(rows) == 0 {
		return c.noMember(m, t, staticNames(t))
	}
	slot, ok := c.outSlot(m, args)
	if !ok {
		return bad()
	}
	best, ok := c.choose(rows, args[:1], t, nil)
	if !ok {
		return c.mismatch(n, m.name, t, rows, args)
	}
	return tried(emit(best, nil).run, slot, zero(t))
}

// tryGet compiles dictionary.TryGetValue(key, out local).
func (c *compiler) tryGet(m *memberNode, x typed, args []actual, rows []method) typed {
	slot, ok := c.outSlot(m, args)
	if !ok {
		return bad()
	}
	best, ok := c.choose(rows, args[:1], x.t, nil)
	if !ok {
		return c.mismatch(m, m.name, x.t, rows, args)
	}
	return tried(emit(best, x.run).run, slot, zero(outType(x)))
}

// tried runs code that fails where the Try… call returns false. Limits and
// null receivers still fail.
func tried(run code, slot int, otherwise value) typed {
	return typed{t: Bool, run: func(f *frame) (value, error) {
		v, err := run(f)
		if e, ok := err.(*Error); ok && e.Kind != Limit && e.Kind != NullReference { //nolint:errorlint // closures return *Error as it is
			f.locals[slot] = otherwise
			return boolean(false), nil
		}
		if err != nil {
			return v, err
		}
		f.locals[slot] = v
		return boolean(true), nil
	}}
}
