package expr

import "math"

func (n *unaryNode) compile(c *compiler) typed {
	x := c.value(n.x)
	if x.bad() {
		return x
	}
	if n.op == "!" {
		return c.not(n, x)
	}
	t := x.t
	if t.is(kByte) || t.is(kChar) {
		t = Int
	}
	if t.is(kTimeSpan) && n.op == "-" {
		return typed{t: t, run: mapped(x.run, kTimeSpan, func(n int64) int64 { return -n })}
	}
	if !t.numeric() || n.op == "~" && t.is(kDouble) {
		return c.problem(n.at(), "operator %s cannot be applied to %s", n.op, x.t)
	}
	return n.number(x, t)
}

func (n *unaryNode) number(x typed, t Type) typed {
	switch n.op {
	case "-":
		if x.konst && x.v.k == kLong && x.v.n == -math.MinInt32 {
			return constant(Int, integer(math.MinInt32))
		}
		if t.is(kDouble) {
			run := x.run
			return typed{t: t, run: func(f *frame) (value, error) {
				v, err := run(f)
				if v.k == kDouble {
					v = double(-v.double())
				}
				return v, err
			}}
		}
		return typed{t: t, run: mapped(x.run, t.kind(), func(n int64) int64 { return -n })}
	case "~":
		return typed{t: t, run: mapped(x.run, t.kind(), func(n int64) int64 { return ^n })}
	}
	return typed{t: t, run: x.run}
}

// mapped applies op to an integer of kind k.
func mapped(run code, k kind, op func(int64) int64) code {
	return func(f *frame) (value, error) {
		v, err := run(f)
		if err != nil || v.k == kNull {
			return v, err
		}
		return wrapped(k, op(v.n)), nil
	}
}

// wrapped keeps n in the range of kind k, without a check.
func wrapped(k kind, n int64) value {
	if k == kInt {
		n = int64(int32(n))
	}
	return value{k: k, n: n}
}

func (c *compiler) not(n *unaryNode, x typed) typed {
	if x.t.plain() != Bool {
		return c.problem(n.at(), "operator ! cannot be applied to %s", x.t)
	}
	run := x.run
	return typed{t: x.t, run: func(f *frame) (value, error) {
		v, err := run(f)
		if err != nil || v.k == kNull {
			return v, err
		}
		return boolean(v.n == 0), nil
	}}
}
