package expr

func (n *newNode) compile(c *compiler) typed {
	if n.typ.name == "default" && len(n.typ.args) == 1 {
		t, ok := c.resolve(n.typ.args[0])
		if !ok {
			return bad()
		}
		return constant(t, zero(t))
	}
	if n.array {
		return c.newArray(n)
	}
	t, ok := c.resolve(n.typ)
	if !ok {
		return bad()
	}
	args, ok := c.arguments(n.args, Any)
	if !ok {
		return bad()
	}
	rows := constructors(t.kind())
	if len(rows) == 0 {
		return c.problem(n.at(), "new %s is not allowed", t)
	}
	best, ok := c.choose(rows, args, t, nil)
	if !ok {
		return c.mismatch(n, "new", t, rows, args)
	}
	x := emit(best, nil)
	x.t = t
	if n.values == nil {
		return x
	}
	return c.initialised(n, x)
}

// newArray compiles new T[] {…}, new[] {…} and new T[n].
func (c *compiler) newArray(n *newNode) typed {
	elem, known := Any, n.typ.name != ""
	if known {
		ref := n.typ
		ref.rank--
		t, ok := c.resolve(ref)
		if !ok {
			return bad()
		}
		elem = t
	}
	if n.size != nil {
		return c.emptyArray(n, elem)
	}
	return c.filledArray(n, elem, known)
}

// filledArray compiles the elements; where the type is not known it is that of
// the first that is not null.
func (c *compiler) filledArray(n *newNode, elem Type, known bool) typed {
	var list []typed
	for i, in := range n.values {
		x := c.value(in.x)
		if x.bad() {
			return bad()
		}
		if !known && (i == 0 || elem.is(kNull)) {
			elem = x.t
		}
		list = append(list, x)
	}
	parts := make([]code, 0, len(list))
	for i, x := range list {
		y, ok := c.implicit(x, elem)
		if !ok {
			return c.problem(n.values[i].x.at(), "cannot convert %s to %s", x.t, elem)
		}
		parts = append(parts, y.run)
	}
	return typed{t: arrayType(elem), run: packed(elem, parts)}
}

func (c *compiler) emptyArray(n *newNode, elem Type) typed {
	size := c.value(n.size)
	if size.t != Int {
		return c.problem(n.size.at(), "the size of an array is an int, not %s", size.t)
	}
	run := size.run
	return typed{t: arrayType(elem), run: func(f *frame) (value, error) {
		v, err := run(f)
		if err != nil {
			return v, err
		}
		if v.n < 0 {
			return null(), fail(Overflow, "Arithmetic operation resulted in an overflow.")
		}
		if err := f.step(v.int()); err != nil {
			return null(), err
		}
		all := make([]value, v.n)
		for i := range all {
			all[i] = zero(elem)
		}
		return arrayOf(elem, all), nil
	}}
}

// initialised compiles new T(…) {…}: each element becomes a call of Add or an
// assignment by index.
func (c *compiler) initialised(n *newNode, x typed) typed {
	hole := &holeNode{place: n.place, t: x.t, slot: c.slot()}
	var steps []code
	for _, in := range n.values {
		y := c.initialStep(hole, in)
		if y.bad() {
			return bad()
		}
		steps = append(steps, y.run)
	}
	run, slot := x.run, hole.slot
	return typed{t: x.t, run: func(f *frame) (value, error) {
		v, err := run(f)
		if err != nil {
			return v, err
		}
		for _, step := range steps {
			f.locals[slot] = v
			if _, err := step(f); err != nil {
				return null(), err
			}
		}
		return v, nil
	}}
}

func (c *compiler) initialStep(hole *holeNode, in initial) typed {
	at := place(in.x.at())
	switch {
	case in.name != "":
		return c.problem(in.x.at(), "%s has no property %s that can be set here", hole.t, in.name)
	case in.key == nil:
		return c.addCall(hole, at, []argument{{place: at, x: in.x}})
	}
	if hole.t.is(kDict) || hole.t.is(kJObject) {
		index := &indexNode{at, hole, []argument{{place: place(in.key.at()), x: in.key}}}
		return (&assignNode{at, "=", index, in.x}).compile(c)
	}
	return c.addCall(hole, at, []argument{{place: at, x: in.key}, {place: at, x: in.x}})
}

func (c *compiler) addCall(hole *holeNode, at place, args []argument) typed {
	return (&callNode{at, &memberNode{place: at, x: hole, name: "Add"}, args}).compile(c)
}

// failure is an Exception: what catch gets and throw takes.
type failure struct{ message string }

func exceptionConstructors() []method {
	return []method{{`new(string message = "") Exception`, func(_ *frame, a []value) (value, error) {
		return object(kException, &failure{a[0].s}), nil
	}}}
}

func exceptionProperties() []property {
	return []property{textRow("Message", func(e *failure) string { return e.message })}
}
