package expr

func (n *binaryNode) compile(c *compiler) typed {
	x, y := c.value(n.x), c.value(n.y)
	if x.bad() || y.bad() {
		return bad()
	}
	switch n.op {
	case "&&", "||":
		return c.logical(n, x, y)
	case "??":
		return c.coalesce(n, x, y)
	case "==", "!=":
		c.noteRegion(n.x, n.y, false)
		return c.equality(n, x, y)
	case "<", ">", "<=", ">=":
		return c.comparison(n, x, y)
	case "+":
		if x.t == String || y.t == String {
			return c.concat(n, x, y)
		}
	}
	return c.arithmetic(n, x, y)
}

func (c *compiler) inapplicable(n *binaryNode, x, y typed) typed {
	return c.problem(n.at(), "operator %s cannot be applied to %s and %s", n.op, x.t, y.t)
}

func (c *compiler) logical(n *binaryNode, x, y typed) typed {
	if x.t.plain() != Bool || y.t.plain() != Bool {
		return c.inapplicable(n, x, y)
	}
	left, right, stop := x.run, y.run, n.op == "||"
	return typed{t: Bool, run: func(f *frame) (value, error) {
		v, err := left(f)
		if err != nil || v.bool() == stop && v.k == kBool {
			return v, err
		}
		return right(f)
	}}
}

// coalesce compiles x ?? y.
func (c *compiler) coalesce(n *binaryNode, x, y typed) typed {
	if x.t.structs() {
		return c.problem(n.at(), "operator ?? cannot be applied to %s, which is never null", x.t)
	}
	t, right, ok := c.coalesced(x, y)
	if !ok {
		return c.inapplicable(n, x, y)
	}
	left := x.run
	if x.t != t && x.t.plain() != t {
		if lifted, ok := c.implicit(x, t); ok {
			left = lifted.run
		}
	}
	return typed{t: t, run: func(f *frame) (value, error) {
		v, err := left(f)
		if err != nil || v.k != kNull {
			return v, err
		}
		return right(f)
	}}
}

// coalesced returns the type of x ?? y, and y converted to it.
func (c *compiler) coalesced(x, y typed) (Type, code, bool) {
	if r, ok := c.implicit(y, x.t.plain()); ok && !y.t.is(kNull) && !x.t.is(kNull) {
		return x.t.plain(), r.run, true
	}
	if r, ok := c.implicit(y, x.t); ok && !x.t.is(kNull) {
		return x.t, r.run, true
	}
	if _, ok := c.implicit(x, y.t); ok {
		return y.t, y.run, true
	}
	return Any, nil, false
}

// concat compiles a string concatenation. A chain of them is joined once.
func (c *compiler) concat(n *binaryNode, x, y typed) typed {
	if x.t.is(kVoid) || y.t.is(kVoid) {
		return c.inapplicable(n, x, y)
	}
	parts := x.joins
	if len(parts) == 0 {
		parts = []code{x.run}
	}
	parts = append(parts[:len(parts):len(parts)], y.run)
	if len(y.joins) > 0 {
		parts = append(parts[:len(parts)-1], y.joins...)
	}
	return typed{t: String, joins: parts, run: joinAll(parts)}
}

func joinAll(parts []code) code {
	return func(f *frame) (value, error) {
		var space [8]string
		texts, size := space[:0], 0
		for _, part := range parts {
			v, err := part(f)
			if err != nil {
				return v, err
			}
			s := textOf(v)
			size += len(s)
			texts = append(texts, s)
			if err := f.take(len(s)); err != nil {
				return null(), err
			}
		}
		return str(concatenated(texts, size)), nil
	}
}

func concatenated(texts []string, size int) string {
	b := make([]byte, 0, size)
	for _, s := range texts {
		b = append(b, s...)
	}
	return string(b)
}

func (n *condNode) compile(c *compiler) typed {
	cond, yes, no := c.value(n.cond), c.value(n.yes), c.value(n.no)
	if cond.bad() || yes.bad() || no.bad() {
		return bad()
	}
	if cond.t.plain() != Bool {
		return c.problem(n.at(), "the condition before ? is of type %s, bool is expected", cond.t)
	}
	t, a, b, ok := c.unified(yes, no)
	if !ok {
		return c.problem(n.at(), "the values around : are of types %s and %s, one must convert to the other", yes.t, no.t)
	}
	test := cond.run
	return typed{t: t, run: func(f *frame) (value, error) {
		v, err := test(f)
		if err != nil {
			return v, err
		}
		if v.bool() {
			return a(f)
		}
		return b(f)
	}}
}

// unified converts two values to the type of one of them.
func (c *compiler) unified(x, y typed) (Type, code, code, bool) {
	if x.t == y.t {
		return x.t, x.run, y.run, true
	}
	if r, ok := c.implicit(y, x.t); ok {
		return x.t, x.run, r.run, true
	}
	if l, ok := c.implicit(x, y.t); ok {
		return y.t, l.run, y.run, true
	}
	if x.t.is(kNull) && y.t.structs() || y.t.is(kNull) && x.t.structs() {
		return max(x.t, y.t) | nullable, x.run, y.run, true // a target type that is Nullable
	}
	return Any, nil, nil, false
}
