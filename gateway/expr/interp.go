package expr

func (n *interpNode) compile(c *compiler) typed {
	parts := make([]code, 0, len(n.pieces))
	ok := true
	for _, p := range n.pieces {
		if p.x == nil {
			text := str(p.text)
			parts = append(parts, func(*frame) (value, error) { return text, nil })
			continue
		}
		x := c.value(p.x)
		if x.t.is(kVoid) {
			x = c.problem(p.x.at(), "an expression without a value stands in an interpolated string")
		}
		ok = ok && !x.bad()
		parts = append(parts, formatted(x.run, p))
	}
	if !ok {
		return bad()
	}
	return typed{t: String, joins: parts, run: joinAll(parts)}
}

// formatted applies the alignment and format of a hole.
func formatted(run code, p piece) code {
	if p.align == 0 && p.format == "" {
		return run
	}
	return func(f *frame) (value, error) {
		v, err := run(f)
		if err != nil {
			return v, err
		}
		s, err := format(v, p.format)
		if err != nil {
			return v, err
		}
		return str(pad(s, p.align)), nil
	}
}

// pad widens s to the alignment n: to the right where n is negative.
func pad(s string, n int) string {
	gap := max(n, -n) - units(s)
	if gap <= 0 {
		return s
	}
	if n < 0 {
		return s + spaces(gap)
	}
	return spaces(gap) + s
}

func spaces(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = ' '
	}
	return string(b)
}
