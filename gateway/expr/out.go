package expr

// outType is the type of the local that an out argument of x.name fills.
func outType(x typed, name string) Type {
	switch {
	case x.t.plain() == String && name == "TryParseJwt":
		return Type(kJWT)
	case x.t.plain() == String && name == "TryParseBasic":
		return Type(kBasic)
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

// outSlot returns the local that the last of count arguments of a Try… call
// fills with a t.
func (c *compiler) outSlot(m *memberNode, args []actual, count int, t Type) (int, bool) {
	if len(args) != count || !args[count-1].out {
		c.problem(m.at(), "%s takes %s", m.name, []string{"an out variable", "a value and an out variable"}[count-1])
		return 0, false
	}
	n, _ := args[count-1].argument.x.(*nameNode)
	l, ok := c.find(n.name)
	if ok && l.t != t {
		c.problem(args[count-1].at(), "%s gives %s, %s is of type %s", m.name, t, n.name, l.t)
		return 0, false
	}
	return l.slot, ok
}

// tryText compiles text.TryParseJwt(out local) and its like: false where As…
// gives null.
func (c *compiler) tryText(m *memberNode, x typed, args []actual, rows []method) typed {
	slot, ok := c.outSlot(m, args, 1, outType(x, m.name))
	if !ok {
		return bad()
	}
	text, read := x.run, rows[0].run
	return typed{t: Bool, run: func(f *frame) (value, error) {
		v, err := text(f)
		if err != nil {
			return v, err
		}
		f.locals[slot], err = read(f, []value{v})
		return boolean(f.locals[slot].k != kNull), err
	}}
}

// tryParse compiles T.TryParse(text, out local).
func (c *compiler) tryParse(n *callNode, m *memberNode, t Type, args []actual) typed {
	rows := named(staticMethods(t.kind()), "Parse")
	if len(rows) == 0 {
		return c.noMember(m, t, staticNames(t))
	}
	slot, ok := c.outSlot(m, args, 2, t)
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
	slot, ok := c.outSlot(m, args, 2, outType(x, m.name))
	if !ok {
		return bad()
	}
	best, ok := c.choose(rows, args[:1], x.t, nil)
	if !ok {
		return c.mismatch(m, m.name, x.t, rows, args)
	}
	return tried(emit(best, x.run).run, slot, zero(outType(x, m.name)))
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
