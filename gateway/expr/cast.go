package expr

import "math"

func (n *castNode) compile(c *compiler) typed {
	t, ok := c.resolve(n.typ)
	x := c.value(n.x)
	if x.bad() || !ok {
		return bad()
	}
	return c.explicit(n.at(), x, t)
}

// explicit converts x to t as a cast does.
func (c *compiler) explicit(pos int, x typed, t Type) typed {
	if y, ok := c.implicit(x, t); ok {
		y.konst = false
		return y
	}
	if y, ok := converted(x, t, x.t.plain(), t.plain()); ok {
		return y
	}
	return c.problem(pos, "cannot convert %s to %s", x.t, t)
}

// converted compiles the casts that are no implicit conversions.
func converted(x typed, t, from, to Type) (typed, bool) {
	switch {
	case tokenCast(x.t, to):
		return typed{t: t, run: fromToken(x.run, t)}, true
	case from.numeric() && to.numeric():
		return typed{t: t, run: narrowed(x.run, t)}, true
	case x.t.is(kAny) || from == to || downcast(from, to): // from == to: Nullable to its value
		return typed{t: t, run: unboxed(x.run, t)}, true
	case numbered(from) && numbered(to):
		return typed{t: t, run: rekinded(x.run, to.kind())}, true
	}
	return bad(), false
}

// tokenCast reports whether JSON of type from has an explicit conversion to t.
func tokenCast(from, to Type) bool { return from.json() && (jsonable(to) || to.is(kBytes)) }

// numbered reports whether t is an enumeration or a number.
func numbered(t Type) bool { return t.numeric() || enumeration(t) }

// downcast reports whether a reference of type from may be one of type to.
func downcast(from, to Type) bool {
	return !from.structs() && !to.structs() && (to.derives(from) || from.is(kSeq) || to.is(kSeq))
}

func enumeration(t Type) bool { return len(enumNames(t.kind())) > 0 }

func unboxed(run code, t Type) code {
	return func(f *frame) (value, error) {
		v, err := run(f)
		if err != nil {
			return v, err
		}
		return unbox(v, t)
	}
}

func fromToken(run code, t Type) code {
	return func(f *frame) (value, error) {
		v, err := run(f)
		if err != nil {
			return v, err
		}
		return v.token().as(t)
	}
}

// narrowed converts numbers without a check, as C# does by default.
func narrowed(run code, t Type) code {
	return func(f *frame) (value, error) {
		v, err := run(f)
		if err != nil {
			return v, err
		}
		if v.k == kNull {
			return v, nullUnless(t)
		}
		return narrow(v, t.kind()), nil
	}
}

// nullUnless is the error of converting null to t.
func nullUnless(t Type) error {
	if t.structs() {
		return fail(Invalid, "Nullable object must have a value.")
	}
	return nil
}

// narrow converts a number to kind k. A double out of range becomes the least
// number, as on x64.
func narrow(v value, k kind) value {
	n := v.n
	if v.k == kDouble {
		n = truncated(v.double(), k)
	}
	switch k {
	case kInt:
		return integer(int32(n))
	case kByte:
		return value{k: kByte, n: n & 0xff}
	case kChar:
		return char(uint16(n))
	case kDouble:
		return double(v.double())
	}
	return long(n)
}

// truncated is a double as an integer of kind k.
func truncated(d float64, k kind) int64 {
	low, high := -9.2e18, 9.2e18
	least := int64(math.MinInt64)
	if k == kInt {
		low, high, least = math.MinInt32, math.MaxInt32, math.MinInt32
	}
	if d > low-1 && d < high+1 {
		return int64(d)
	}
	return least
}

func (n *isNode) compile(c *compiler) typed {
	x := c.value(n.x)
	if x.bad() {
		return x
	}
	run, not := x.run, n.not
	if n.null {
		return typed{t: Bool, run: func(f *frame) (value, error) {
			v, err := run(f)
			return boolean((v.k == kNull) != not), err
		}}
	}
	t, ok := c.resolve(n.typ)
	if !ok {
		return bad()
	}
	slot := -1
	if n.name != "" {
		slot = c.declare(n.at(), n.name, t)
	}
	return typed{t: Bool, run: func(f *frame) (value, error) {
		v, err := run(f)
		yes := v.fits(t)
		if yes && slot >= 0 {
			f.locals[slot] = v
		}
		return boolean(yes != not), err
	}}
}

func (n *asNode) compile(c *compiler) typed {
	t, ok := c.resolve(n.typ)
	x := c.value(n.x)
	if x.bad() || !ok {
		return bad()
	}
	if t.structs() {
		return c.problem(n.typ.at(), "operator as needs a type that can be null: write %s?", t)
	}
	run := x.run
	return typed{t: t, run: func(f *frame) (value, error) {
		v, err := run(f)
		if err != nil || !v.fits(t) {
			return null(), err
		}
		return v, nil
	}}
}
