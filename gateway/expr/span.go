package expr

import "math"

func spanProperties() []property {
	part := func(name string, unit, modulo int64) property {
		return property{name + " int", func(_ *frame, v value) (value, error) { return integer(int32(v.n / unit % modulo)), nil }}
	}
	total := func(name string, unit int64) property {
		return property{"Total" + name + " double", func(_ *frame, v value) (value, error) { return double(float64(v.n) / float64(unit)), nil }}
	}
	return []property{
		part("Days", ticksPerDay, math.MaxInt64),
		part("Hours", 3600*ticksPerSecond, 24),
		part("Minutes", 60*ticksPerSecond, 60),
		part("Seconds", ticksPerSecond, 60),
		part("Milliseconds", ticksPerSecond/1000, 1000),
		total("Days", ticksPerDay),
		total("Hours", 3600*ticksPerSecond),
		total("Minutes", 60*ticksPerSecond),
		total("Seconds", ticksPerSecond),
		total("Milliseconds", ticksPerSecond/1000),
		{"Ticks long", func(_ *frame, v value) (value, error) { return long(v.n), nil }},
	}
}

func spanConstants() []property {
	return []property{
		{"Zero TimeSpan", func(*frame, value) (value, error) { return spanOf(0), nil }},
		{"MaxValue TimeSpan", func(*frame, value) (value, error) { return spanOf(math.MaxInt64), nil }},
		{"MinValue TimeSpan", func(*frame, value) (value, error) { return spanOf(math.MinInt64), nil }},
	}
}

func spanMethods() []method {
	return []method{
		{"Add(TimeSpan value) TimeSpan", func(_ *frame, a []value) (value, error) { return spanOf(a[0].n + a[1].n), nil }},
		{"Subtract(TimeSpan value) TimeSpan", func(_ *frame, a []value) (value, error) { return spanOf(a[0].n - a[1].n), nil }},
		{"Negate() TimeSpan", func(_ *frame, a []value) (value, error) { return spanOf(-a[0].n), nil }},
		{"Duration() TimeSpan", func(_ *frame, a []value) (value, error) { return spanOf(max(a[0].n, -a[0].n)), nil }},
		{"CompareTo(TimeSpan value) int", func(_ *frame, a []value) (value, error) { return integer(int32(sign(a[0].n, a[1].n))), nil }},
		{"ToString(string format) string", formatMethod},
		{"ToString(string format, IFormatProvider provider) string", formatMethod},
	}
}

func spanStatics() []method {
	from := func(name string, unit int64) method {
		return method{"From" + name + "(double value) TimeSpan", func(_ *frame, a []value) (value, error) { return spanUnits(a[0].double(), unit) }}
	}
	return []method{
		from("Days", ticksPerDay),
		from("Hours", 3600*ticksPerSecond),
		from("Minutes", 60*ticksPerSecond),
		from("Seconds", ticksPerSecond),
		from("Milliseconds", ticksPerSecond/1000),
		{"FromTicks(long value) TimeSpan", func(_ *frame, a []value) (value, error) { return spanOf(a[0].n), nil }},
		{"Parse(string s) TimeSpan", func(_ *frame, a []value) (value, error) { return parseSpan(a[0].s) }},
		{"Parse(string s, IFormatProvider provider) TimeSpan", func(_ *frame, a []value) (value, error) { return parseSpan(a[0].s) }},
	}
}

func spanUnits(d float64, unit int64) (value, error) {
	n := d * float64(unit)
	if math.IsNaN(n) || math.Abs(n) > 9.2e18 {
		return null(), fail(Overflow, "TimeSpan overflowed because the duration is too long.")
	}
	return spanOf(int64(math.Round(n))), nil
}

func spanConstructors() []method {
	parts := func(a []value) (value, error) {
		n := a[0].n*ticksPerDay + a[1].n*3600*ticksPerSecond + a[2].n*60*ticksPerSecond + a[3].n*ticksPerSecond
		if a[0].n > 10_675_199 || a[0].n < -10_675_199 {
			return null(), fail(OutOfRange, "TimeSpan overflowed because the duration is too long.")
		}
		return spanOf(n), nil
	}
	return []method{
		{"new(long ticks) TimeSpan", func(_ *frame, a []value) (value, error) { return spanOf(a[0].n), nil }},
		{"new(int hours, int minutes, int seconds) TimeSpan", func(_ *frame, a []value) (value, error) { return parts(append([]value{integer(0)}, a...)) }},
		{"new(int days, int hours, int minutes, int seconds) TimeSpan", func(_ *frame, a []value) (value, error) { return parts(a) }},
	}
}
