package expr

func (c *compiler) equality(n *binaryNode, x, y typed) typed {
	same := sameness(x, y)
	if same == nil {
		return c.inapplicable(n, x, y)
	}
	left, right, want := x.run, y.run, n.op == "=="
	return typed{t: Bool, run: func(f *frame) (value, error) {
		a, err := left(f)
		if err != nil {
			return a, err
		}
		b, err := right(f)
		if err != nil {
			return b, err
		}
		return boolean(same(a, b) == want), f.look(a)
	}}
}

// sameness returns how == compares values of the types of x and y, nil where
// it does not.
func sameness(x, y typed) func(a, b value) bool {
	a, b := x.t.plain(), y.t.plain()
	if a == String && b == String {
		return func(a, b value) bool { return a.k == b.k && a.s == b.s }
	}
	switch {
	case a.numeric() && b.numeric():
		return sameNumber(a, b)
	case loose(a) || loose(b):
		return sameLoose(x.t, y.t)
	case a.structs() && a == b:
		return sameStruct
	}
	return sameReference(a, b)
}

// sameLoose compares with null, which a value type never is, or with object,
// which a value type is not compared with.
func sameLoose(x, y Type) func(a, b value) bool {
	if (x.structs() || y.structs()) && !x.is(kNull) && !y.is(kNull) {
		return nil
	}
	return func(a, b value) bool { return a.same(b) }
}

// loose reports whether == with a value of t compares references.
func loose(t Type) bool { return t.is(kNull) || t == Any }

func sameNumber(a, b Type) func(a, b value) bool {
	if a.is(kDouble) || b.is(kDouble) {
		return func(a, b value) bool {
			return (a.k == kNull) == (b.k == kNull) && (a.k == kNull || a.double() == b.double())
		}
	}
	return func(a, b value) bool { return a.n == b.n && (a.k == kNull) == (b.k == kNull) }
}

// sameStruct compares values of one value type: DateTime without its kind.
func sameStruct(a, b value) bool {
	if a.k == kDateTime && b.k == kDateTime {
		return ticks(a) == ticks(b)
	}
	return a.same(b)
}

// sameReference compares objects: the same one, or Uris of the same text.
func sameReference(a, b Type) func(a, b value) bool {
	if valued(a) && !b.json() || valued(b) && !a.json() {
		return nil
	}
	if a.is(kURI) && b.is(kURI) {
		return func(a, b value) bool { return textOf(a) == textOf(b) }
	}
	return func(a, b value) bool { return a.same(b) }
}

// valued reports whether == compares values of t and not references.
func valued(t Type) bool { return t.structs() || t == String }

// comparison compiles <, >, <= and >=.
func (c *compiler) comparison(n *binaryNode, x, y typed) typed {
	a, b := x.t.plain(), y.t.plain()
	if !(a.numeric() && b.numeric()) && !(a == b && (a.temporal() || enumeration(a))) {
		return c.inapplicable(n, x, y)
	}
	return typed{t: Bool, run: compared(x.run, y.run, ordering(a, b), ordinal(n.op))}
}

func compared(left, right code, order func(a, b value) int, test func(int) bool) code {
	return func(f *frame) (value, error) {
		a, err := left(f)
		if err != nil {
			return a, err
		}
		b, err := right(f)
		if err != nil {
			return b, err
		}
		if a.k == kNull || b.k == kNull {
			return boolean(false), nil
		}
		return boolean(test(order(a, b))), nil
	}
}

// unordered is what ordering returns of NaN.
const unordered = 2

// ordering returns how < compares: -1, 0, 1 or unordered.
func ordering(a, b Type) func(a, b value) int {
	switch {
	case a.is(kDouble) || b.is(kDouble):
		return func(a, b value) int {
			x, y := a.double(), b.double()
			switch {
			case x < y:
				return -1
			case x > y:
				return 1
			case x == y:
				return 0
			}
			return unordered
		}
	case a.is(kDateTime):
		return func(a, b value) int { return sign(ticks(a), ticks(b)) }
	}
	return func(a, b value) int { return sign(a.n, b.n) }
}

func sign(a, b int64) int {
	if a < b {
		return -1
	}
	if a > b {
		return 1
	}
	return 0
}

func ordinal(op string) func(int) bool {
	switch op {
	case "<":
		return func(n int) bool { return n < 0 }
	case "<=":
		return func(n int) bool { return n <= 0 }
	case ">":
		return func(n int) bool { return n == 1 }
	}
	return func(n int) bool { return n == 0 || n == 1 }
}
