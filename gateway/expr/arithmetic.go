package expr

import "math"

// binaryOp computes one operator on two values of a known kind.
type binaryOp func(a, b value) (value, error)

func (c *compiler) arithmetic(n *binaryNode, x, y typed) typed {
	a, b := x.t.plain(), y.t.plain()
	t, op := result(n.op, a, b)
	if op == nil {
		return c.inapplicable(n, x, y)
	}
	t |= (x.t | y.t) & nullable
	left, right := x.run, y.run
	return typed{t: t, run: func(f *frame) (value, error) {
		a, err := left(f)
		if err != nil {
			return a, err
		}
		b, err := right(f)
		if err != nil {
			return b, err
		}
		if a.k == kNull || b.k == kNull {
			return null(), nil
		}
		return op(a, b)
	}}
}

// result returns the type of a op b and how it is computed, nil where C# does
// not.
func result(op string, a, b Type) (Type, binaryOp) {
	switch {
	case a == Bool && b == Bool:
		return Bool, boolOp(op)
	case a.temporal():
		return timeOp(op, a, b)
	case op == "|" && a == b && enumeration(a):
		return a, func(x, y value) (value, error) { return value{k: x.k, n: x.n | y.n}, nil }
	case !a.numeric() || !b.numeric():
		return Any, nil
	}
	return numberResult(op, a, b)
}

// temporal reports whether t is a time or a span.
func (t Type) temporal() bool { return t.is(kDateTime) || t.is(kDateTimeOffset) || t.is(kTimeSpan) }

func numberResult(op string, a, b Type) (Type, binaryOp) {
	switch {
	case op == "<<" || op == ">>":
		return shift(op, a, b)
	case a.is(kDouble) || b.is(kDouble):
		return Double, doubleOp(op)
	case a.is(kLong) || b.is(kLong):
		return Long, intOp(op, kLong)
	}
	return Int, intOp(op, kInt)
}

func boolOp(op string) binaryOp {
	switch op {
	case "&":
		return func(a, b value) (value, error) { return boolean(a.n&b.n != 0), nil }
	case "|":
		return func(a, b value) (value, error) { return boolean(a.n|b.n != 0), nil }
	case "^":
		return func(a, b value) (value, error) { return boolean(a.n != b.n), nil }
	}
	return nil
}

func intOp(op string, k kind) binaryOp {
	var fn func(a, b int64) int64
	switch op {
	case "+":
		fn = func(a, b int64) int64 { return a + b }
	case "-":
		fn = func(a, b int64) int64 { return a - b }
	case "*":
		fn = func(a, b int64) int64 { return a * b }
	case "&":
		fn = func(a, b int64) int64 { return a & b }
	case "|":
		fn = func(a, b int64) int64 { return a | b }
	case "^":
		fn = func(a, b int64) int64 { return a ^ b }
	default:
		return divide(op, k)
	}
	return func(a, b value) (value, error) { return wrapped(k, fn(a.n, b.n)), nil }
}

// divide compiles / and % of integers.
func divide(op string, k kind) binaryOp {
	if op != "/" && op != "%" {
		return nil
	}
	least := int64(math.MinInt64)
	if k == kInt {
		least = math.MinInt32
	}
	return func(a, b value) (value, error) {
		switch {
		case b.n == 0:
			return null(), fail(DivideByZero, "Attempted to divide by zero.")
		case b.n == -1 && a.n == least:
			return null(), fail(Overflow, "Arithmetic operation resulted in an overflow.")
		case op == "/":
			return value{k: k, n: a.n / b.n}, nil
		}
		return value{k: k, n: a.n % b.n}, nil
	}
}

func doubleOp(op string) binaryOp {
	var fn func(a, b float64) float64
	switch op {
	case "+":
		fn = func(a, b float64) float64 { return a + b }
	case "-":
		fn = func(a, b float64) float64 { return a - b }
	case "*":
		fn = func(a, b float64) float64 { return a * b }
	case "/":
		fn = func(a, b float64) float64 { return a / b }
	case "%":
		fn = math.Mod
	default:
		return nil
	}
	return func(a, b value) (value, error) { return double(fn(a.double(), b.double())), nil }
}

// shift compiles << and >>: only the lowest bits of the distance count.
func shift(op string, a, b Type) (Type, binaryOp) {
	if a.is(kDouble) || b.is(kDouble) || b.is(kLong) {
		return Any, nil
	}
	t, k, mask := Int, kInt, int64(31)
	if a.is(kLong) {
		t, k, mask = Long, kLong, 63
	}
	if op == "<<" {
		return t, func(a, b value) (value, error) { return wrapped(k, a.n<<(b.n&mask)), nil }
	}
	return t, func(a, b value) (value, error) { return value{k: k, n: a.n >> (b.n & mask)}, nil }
}

// timeOp computes with DateTime and TimeSpan.
func timeOp(op string, a, b Type) (Type, binaryOp) {
	k := a.kind()
	direction := map[string]int64{"+": 1, "-": -1}[op]
	switch {
	case direction == 0:
		return Any, nil
	case a.is(kTimeSpan) && b.is(kTimeSpan):
		return a, func(a, b value) (value, error) { return spanOf(a.n + direction*b.n), nil }
	case a.is(kTimeSpan):
		return Any, nil
	case b.is(kTimeSpan):
		return a, func(a, b value) (value, error) { return addTicks(k, a, direction*b.n) }
	case a == b && op == "-":
		return Type(kTimeSpan), func(a, b value) (value, error) { return spanOf(ticks(a) - ticks(b)), nil }
	}
	return Any, nil
}
