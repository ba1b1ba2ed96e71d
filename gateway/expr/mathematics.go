package expr

import "math"

func mathConstants() []property {
	return []property{numberConstant("PI double", double(math.Pi)), numberConstant("E double", double(math.E))}
}

// kept makes the rows of a function that has the type of its arguments.
func kept(name, params string, fn func(a []value) value) []method {
	var rows []method
	for _, t := range []string{"int", "long", "double"} {
		sig := "("
		for i, p := range params {
			if i > 0 {
				sig += ", "
			}
			sig += t + " " + string(p)
		}
		rows = append(rows, method{name + sig + ") " + t, func(_ *frame, a []value) (value, error) { return fn(a), nil }})
	}
	return rows
}

func lesser(a, b value) bool {
	if a.k == kDouble {
		return a.double() < b.double() || math.IsNaN(a.double())
	}
	return a.n < b.n
}

func mathStatics() []method {
	real := func(name string, fn func(float64) float64) method {
		return method{name + "(double d) double", func(_ *frame, a []value) (value, error) { return double(fn(a[0].double())), nil }}
	}
	rows := []method{
		real("Floor", math.Floor),
		real("Ceiling", math.Ceil),
		real("Truncate", math.Trunc),
		real("Sqrt", math.Sqrt),
		real("Exp", math.Exp),
		real("Log", math.Log),
		real("Log10", math.Log10),
		real("Sin", math.Sin),
		real("Cos", math.Cos),
		real("Tan", math.Tan),
		real("Round", math.RoundToEven),
		{"Round(double d, int digits) double", func(_ *frame, a []value) (value, error) { return rounded(a[0].double(), a[1].n, 0) }},
		{"Round(double d, MidpointRounding mode) double", func(_ *frame, a []value) (value, error) { return rounded(a[0].double(), 0, a[1].n) }},
		{"Round(double d, int digits, MidpointRounding mode) double", func(_ *frame, a []value) (value, error) { return rounded(a[0].double(), a[1].n, a[2].n) }},
		{"Pow(double x, double y) double", func(_ *frame, a []value) (value, error) { return double(math.Pow(a[0].double(), a[1].double())), nil }},
		{"Log(double x, double radix) double", func(_ *frame, a []value) (value, error) {
			return double(math.Log(a[0].double()) / math.Log(a[1].double())), nil
		}},
		{"Sign(double d) int", func(_ *frame, a []value) (value, error) {
			return integer(int32(ordering(Double, Double)(a[0], double(0)))), nil
		}},
	}
	rows = append(rows, kept("Abs", "a", absolute)...)
	rows = append(rows, kept("Max", "ab", func(a []value) value {
		if lesser(a[0], a[1]) {
			return a[1]
		}
		return a[0]
	})...)
	return append(rows, kept("Min", "ab", func(a []value) value {
		if lesser(a[0], a[1]) {
			return a[0]
		}
		return a[1]
	})...)
}

func absolute(a []value) value {
	v := a[0]
	if v.k == kDouble {
		return double(math.Abs(v.double()))
	}
	return wrapped(v.k, max(v.n, -v.n))
}

// rounded rounds to digits, half to even or away from zero.
func rounded(d float64, digits, mode int64) (value, error) {
	if digits < 0 || digits > 15 {
		return null(), rangeError("Rounding digits must be between 0 and 15, inclusive.", "digits")
	}
	scale := math.Pow(10, float64(digits))
	if math.Abs(d) > 1e16 {
		return double(d), nil
	}
	if mode == 1 {
		return double(math.Round(d*scale) / scale), nil
	}
	return double(math.RoundToEven(d*scale) / scale), nil
}
