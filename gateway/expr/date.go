package expr

import "time"

// timeParts are the properties that DateTime and DateTimeOffset share.
func timeParts() []property {
	part := func(name string, get func(t time.Time) int) property {
		return property{name + " int", func(_ *frame, v value) (value, error) { return integer(int32(get(goTime(v)))), nil }}
	}
	return []property{
		part("Year", time.Time.Year),
		part("Month", func(t time.Time) int { return int(t.Month()) }),
		part("Day", time.Time.Day),
		part("Hour", time.Time.Hour),
		part("Minute", time.Time.Minute),
		part("Second", time.Time.Second),
		part("Millisecond", func(t time.Time) int { return t.Nanosecond() / 1_000_000 }),
		part("DayOfYear", time.Time.YearDay),
		{"DayOfWeek string", func(_ *frame, v value) (value, error) { return str(goTime(v).Weekday().String()), nil }},
		{"Ticks long", func(_ *frame, v value) (value, error) { return long(ticks(v)), nil }},
		{"TimeOfDay TimeSpan", func(_ *frame, v value) (value, error) { return spanOf(ticks(v) % ticksPerDay), nil }},
	}
}

func dateProperties() []property {
	return append(timeParts(),
		property{"Date DateTime", func(_ *frame, v value) (value, error) { return value{k: v.k, n: v.n - ticks(v)%ticksPerDay}, nil }},
		property{"Kind DateTimeKind", func(_ *frame, v value) (value, error) { return enum(kDateTimeKind, int(uint64(v.n)>>62)), nil }},
	)
}

func offsetProperties() []property {
	return append(timeParts(),
		property{"Date DateTime", func(_ *frame, v value) (value, error) { return value{k: kDateTime, n: v.n - v.n%ticksPerDay}, nil }},
		property{"DateTime DateTime", func(_ *frame, v value) (value, error) { return value{k: kDateTime, n: v.n}, nil }},
		property{"UtcDateTime DateTime", func(_ *frame, v value) (value, error) { return value{k: kDateTime, n: v.n | kindUTC}, nil }},
		property{"LocalDateTime DateTime", func(_ *frame, v value) (value, error) { return value{k: kDateTime, n: v.n | kindUTC}, nil }},
		property{"UtcTicks long", func(_ *frame, v value) (value, error) { return long(v.n), nil }},
		property{"Offset TimeSpan", func(*frame, value) (value, error) { return spanOf(0), nil }},
	)
}

// timeSteps are the methods that DateTime and DateTimeOffset share; self is
// the name of the type.
func timeSteps(self string) []method {
	add := func(name string, unit int64) method {
		return method{name + "(double value) " + self, func(_ *frame, a []value) (value, error) { return addUnits(a[0], a[1].double(), unit) }}
	}
	return []method{
		add("AddDays", ticksPerDay),
		add("AddHours", 3600*ticksPerSecond),
		add("AddMinutes", 60*ticksPerSecond),
		add("AddSeconds", ticksPerSecond),
		add("AddMilliseconds", ticksPerSecond/1000),
		{"AddTicks(long value) " + self, func(_ *frame, a []value) (value, error) { return addTicks(a[0].k, a[0], a[1].n) }},
		{"AddMonths(int months) " + self, func(_ *frame, a []value) (value, error) { return addMonths(a[0], a[1].n) }},
		{"AddYears(int years) " + self, func(_ *frame, a []value) (value, error) { return addMonths(a[0], a[1].n*12) }},
		{"Add(TimeSpan value) " + self, func(_ *frame, a []value) (value, error) { return addTicks(a[0].k, a[0], a[1].n) }},
		{"Subtract(TimeSpan value) " + self, func(_ *frame, a []value) (value, error) { return addTicks(a[0].k, a[0], -a[1].n) }},
		{"Subtract(" + self + " value) TimeSpan", func(_ *frame, a []value) (value, error) { return spanOf(ticks(a[0]) - ticks(a[1])), nil }},
		{"CompareTo(" + self + " value) int", func(_ *frame, a []value) (value, error) { return integer(int32(sign(ticks(a[0]), ticks(a[1])))), nil }},
		{"ToString(string format) string", formatMethod},
		{"ToString(string format, IFormatProvider provider) string", formatMethod},
		{"ToString(IFormatProvider provider) string", func(_ *frame, a []value) (value, error) { return str(textOf(a[0])), nil }},
		{"ToUniversalTime() " + self, func(_ *frame, a []value) (value, error) { return inUTC(a[0]), nil }},
		{"ToLocalTime() " + self, func(_ *frame, a []value) (value, error) { return inUTC(a[0]), nil }},
	}
}

// inUTC is the time in UTC, which is the server's local zone too.
func inUTC(v value) value {
	if v.k == kDateTime {
		v.n |= kindUTC
	}
	return v
}

func formatMethod(f *frame, a []value) (value, error) {
	s, err := format(a[0], a[1].s)
	if err != nil {
		return null(), err
	}
	return f.made(s)
}

func dateMethods() []method {
	return append(timeSteps("DateTime"),
		method{"ToShortDateString() string", func(_ *frame, a []value) (value, error) { return str(formatTime(a[0], "MM/dd/yyyy")), nil }},
		method{"ToShortTimeString() string", func(_ *frame, a []value) (value, error) { return str(formatTime(a[0], "HH:mm")), nil }},
		method{"ToFileTimeUtc() long", func(_ *frame, a []value) (value, error) { return long(ticks(a[0]) - 504_911_232_000_000_000), nil }},
	)
}

func offsetMethods() []method {
	return append(timeSteps("DateTimeOffset"),
		method{"ToUnixTimeSeconds() long", func(_ *frame, a []value) (value, error) { return long(goTime(a[0]).Unix()), nil }},
		method{"ToUnixTimeMilliseconds() long", func(_ *frame, a []value) (value, error) { return long(goTime(a[0]).UnixMilli()), nil }},
	)
}

func now(f *frame) value { return value{k: kDateTime, n: ticksOf(f.x.now().UTC())} }

func dateConstants() []property {
	return []property{
		{"UtcNow DateTime", func(f *frame, _ value) (value, error) { return now(f), nil }},
		{"Now DateTime", func(f *frame, _ value) (value, error) { return now(f), nil }},
		{"Today DateTime", func(f *frame, _ value) (value, error) {
			v := now(f)
			return value{k: v.k, n: v.n - ticks(v)%ticksPerDay}, nil
		}},
		{"MinValue DateTime", func(*frame, value) (value, error) { return value{k: kDateTime}, nil }},
		{"MaxValue DateTime", func(*frame, value) (value, error) { return value{k: kDateTime, n: maxTicks}, nil }},
		{"UnixEpoch DateTime", func(*frame, value) (value, error) { return value{k: kDateTime, n: unixTicks | kindUTC}, nil }},
	}
}

func offsetConstants() []property {
	at := func(n int64) func(*frame, value) (value, error) {
		return func(*frame, value) (value, error) { return value{k: kDateTimeOffset, n: n}, nil }
	}
	current := func(f *frame, _ value) (value, error) { return value{k: kDateTimeOffset, n: ticks(now(f))}, nil }
	return []property{
		{"UtcNow DateTimeOffset", current},
		{"Now DateTimeOffset", current},
		{"MinValue DateTimeOffset", at(0)},
		{"MaxValue DateTimeOffset", at(maxTicks)},
		{"UnixEpoch DateTimeOffset", at(unixTicks)},
	}
}

func dateStatics() []method {
	parse := func(_ *frame, a []value) (value, error) { return parseTime(a[0].s, kDateTime) }
	return []method{
		{"Parse(string s) DateTime", parse},
		{"Parse(string s, IFormatProvider provider) DateTime", parse},
		{"Parse(string s, IFormatProvider provider, DateTimeStyles styles) DateTime", parse},
		{"ParseExact(string s, string format, IFormatProvider provider) DateTime", parse},
		{"ParseExact(string s, string format, IFormatProvider provider, DateTimeStyles styles) DateTime", parse},
		{"Compare(DateTime a, DateTime b) int", func(_ *frame, a []value) (value, error) { return integer(int32(sign(ticks(a[0]), ticks(a[1])))), nil }},
		{"SpecifyKind(DateTime value, DateTimeKind kind) DateTime", func(_ *frame, a []value) (value, error) {
			return value{k: kDateTime, n: ticks(a[0]) | min(a[1].n, 1)<<62}, nil
		}},
		{"DaysInMonth(int year, int month) int", func(_ *frame, a []value) (value, error) {
			v, err := calendar([]value{a[0], a[1], integer(1)}, 0)
			if err != nil {
				return v, err
			}
			return integer(int32(goTime(v).AddDate(0, 1, -1).Day())), nil
		}},
	}
}

func offsetStatics() []method {
	parse := func(_ *frame, a []value) (value, error) { return parseTime(a[0].s, kDateTimeOffset) }
	return []method{
		{"Parse(string s) DateTimeOffset", parse},
		{"Parse(string s, IFormatProvider provider) DateTimeOffset", parse},
		{"FromUnixTimeSeconds(long seconds) DateTimeOffset", func(_ *frame, a []value) (value, error) { return fromUnix(a[0].n, ticksPerSecond) }},
		{"FromUnixTimeMilliseconds(long milliseconds) DateTimeOffset", func(_ *frame, a []value) (value, error) { return fromUnix(a[0].n, ticksPerSecond/1000) }},
	}
}

func fromUnix(n, unit int64) (value, error) {
	if n > maxTicks/unit || n < -unixTicks/unit || n*unit+unixTicks > maxTicks {
		return null(), rangeError("Valid values are between -62135596800 and 253402300799, inclusive.", "seconds")
	}
	return value{k: kDateTimeOffset, n: n*unit + unixTicks}, nil
}

// calendar makes a time of year, month, day, hour, minute, second,
// millisecond, as many as there are.
func calendar(a []value, kind int64) (value, error) {
	var n [7]int
	for i := range min(len(a), 7) {
		n[i] = a[i].int()
	}
	t := time.Date(n[0], time.Month(n[1]), n[2], n[3], n[4], n[5], n[6]*1_000_000, time.UTC)
	if n[0] < 1 || n[0] > 9999 || int(t.Month()) != n[1] || t.Day() != n[2] || t.Hour() != n[3] || t.Minute() != n[4] || t.Second() != n[5] {
		return null(), fail(OutOfRange, "Year, Month, and Day parameters describe an un-representable DateTime.")
	}
	return value{k: kDateTime, n: ticksOf(t)&tickMask | min(kind, 1)<<62}, nil
}

func dateConstructors() []method {
	whole := func(_ *frame, a []value) (value, error) { return calendar(a, 0) }
	return []method{
		{"new(long ticks) DateTime", func(_ *frame, a []value) (value, error) { return addTicks(kDateTime, value{}, a[0].n) }},
		{"new(int year, int month, int day) DateTime", whole},
		{"new(int year, int month, int day, int hour, int minute, int second) DateTime", whole},
		{"new(int year, int month, int day, int hour, int minute, int second, int millisecond) DateTime", whole},
		{"new(int year, int month, int day, int hour, int minute, int second, DateTimeKind kind) DateTime", func(_ *frame, a []value) (value, error) {
			return calendar(a[:6], a[6].n)
		}},
		{"new(int year, int month, int day, int hour, int minute, int second, int millisecond, DateTimeKind kind) DateTime", func(_ *frame, a []value) (value, error) {
			return calendar(a[:7], a[7].n)
		}},
	}
}

func offsetConstructors() []method {
	return []method{
		{"new(DateTime dateTime) DateTimeOffset", func(_ *frame, a []value) (value, error) { return value{k: kDateTimeOffset, n: ticks(a[0])}, nil }},
		{"new(DateTime dateTime, TimeSpan offset) DateTimeOffset", func(_ *frame, a []value) (value, error) {
			return addTicks(kDateTimeOffset, value{n: ticks(a[0])}, -a[1].n)
		}},
	}
}
