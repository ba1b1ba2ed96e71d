package expr

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

// Ticks of .NET: 100 ns since the start of year 1. A DateTime keeps its
// DateTimeKind in the two highest bits.
const (
	ticksPerSecond = 10_000_000
	ticksPerDay    = 24 * 3600 * ticksPerSecond
	unixTicks      = 621_355_968_000_000_000
	maxTicks       = 3_155_378_975_999_999_999
	tickMask       = 1<<62 - 1
	kindUTC        = 1 << 62
)

// ticks are those of a time, without its kind.
func ticks(v value) int64 {
	if v.k == kDateTime {
		return v.n & tickMask
	}
	return v.n
}

// zoned reports whether a DateTime says that it is UTC.
func zoned(v value) bool { return v.k == kDateTimeOffset || uint64(v.n)>>62 != 0 }

// ticksOf converts a Go time; its zone is lost but for "unspecified".
func ticksOf(t time.Time) int64 {
	n := t.Unix()*ticksPerSecond + int64(t.Nanosecond()/100) + unixTicks
	n = min(max(n, 0), maxTicks)
	if t.Location().String() == unspecified {
		return n
	}
	return n | kindUTC
}

const unspecified = "unspecified"

// timeOf converts the n of a DateTime.
func timeOf(n int64) time.Time {
	t := n&tickMask - unixTicks
	sec, rest := t/ticksPerSecond, t%ticksPerSecond
	out := time.Unix(sec, rest*100).UTC()
	if uint64(n)>>62 == 0 {
		return out.In(time.FixedZone(unspecified, 0))
	}
	return out
}

// goTime is the time of a DateTime or DateTimeOffset in UTC.
func goTime(v value) time.Time { return timeOf(ticks(v) | kindUTC) }

func timeError() error {
	return rangeError("The added or subtracted value results in an un-representable DateTime.", "value")
}

// addTicks adds to a time and keeps its kind.
func addTicks(k kind, v value, n int64) (value, error) {
	t := ticks(v)
	if n > maxTicks-t || n < -t {
		return null(), timeError()
	}
	return value{k: k, n: v.n&^tickMask | (t + n)}, nil
}

// addUnits adds a number of units of some ticks.
func addUnits(v value, d float64, unit int64) (value, error) {
	n := d * float64(unit)
	if math.IsNaN(n) || math.Abs(n) > maxTicks {
		return null(), timeError()
	}
	if unit >= 10_000 { // .NET rounds to milliseconds
		n = math.Round(n/10_000) * 10_000
	}
	return addTicks(v.k, v, int64(n))
}

// addMonths adds months; the day stays or becomes the month's last.
func addMonths(v value, n int64) (value, error) {
	if n < -120_000 || n > 120_000 {
		return null(), timeError()
	}
	t := goTime(v)
	y, m, d := t.Date()
	first := time.Date(y, m+time.Month(n), 1, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	out := first.AddDate(0, 0, min(d, last)-1)
	if out.Year() < 1 || out.Year() > 9999 {
		return null(), timeError()
	}
	return value{k: v.k, n: v.n&^tickMask | ticksOf(out)&tickMask}, nil
}

// layouts are the forms that Parse takes, the usual ones first.
func layouts() []string {
	return []string{
		time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02T15:04:05Z07:00", "2006-01-02T15:04", "2006-01-02 15:04:05.999999999Z07:00",
		"2006-01-02 15:04:05.999999999 -07:00", "2006-01-02 15:04:05.999999999", "2006-01-02 15:04", "2006-01-02",
		"Mon, 2 Jan 2006 15:04:05 MST", "Mon, 2 Jan 2006 15:04:05 -0700", "2 Jan 2006 15:04:05", "2 Jan 2006", "Jan 2, 2006", "January 2, 2006",
		"1/2/2006 15:04:05 -07:00", "1/2/2006 3:04:05 PM", "1/2/2006 15:04:05", "1/2/2006 15:04", "1/2/2006", "2006/1/2 15:04:05", "2006/1/2", "20060102T150405Z",
	}
}

// parseTime is DateTime.Parse: what has a zone is converted to UTC, which is
// the server's local zone.
func parseTime(s string, k kind) (value, error) {
	s = strings.TrimSpace(s)
	for _, layout := range layouts() {
		t, err := time.Parse(layout, s)
		if err != nil || t.Year() < 1 {
			continue
		}
		n := ticksOf(t.UTC()) & tickMask
		if k == kDateTime && strings.ContainsAny(layout, "ZM") && hasZone(layout) {
			n |= kindUTC
		}
		return value{k: k, n: n}, nil
	}
	return null(), fail(Format, "String was not recognized as a valid DateTime.")
}

func hasZone(layout string) bool {
	return strings.Contains(layout, "Z07") || strings.Contains(layout, "MST") || strings.Contains(layout, "-07") || strings.HasSuffix(layout, "Z")
}

// parseTimeKind parses a DateTime, DateTimeOffset or TimeSpan.
func parseTimeKind(s string, k kind) (value, error) {
	if k == kTimeSpan {
		return parseSpan(s)
	}
	return parseTime(s, k)
}

// parseSpan is TimeSpan.Parse: [-][d.]hh:mm[:ss[.fffffff]], or days.
func parseSpan(s string) (value, error) {
	s = strings.TrimSpace(s)
	rest, negative := strings.CutPrefix(s, "-")
	if allDigits(rest) && rest != "" {
		rest += ".00:00:00"
	}
	if head, tail, ok := strings.Cut(rest, "."); !ok || strings.Contains(head, ":") {
		rest = "0." + rest
	} else {
		rest = head + "." + tail
	}
	n, err := spanTicks(rest)
	if negative {
		n = -n
	}
	return spanOf(n), err
}

// spanTicks reads days.hh:mm[:ss[.fffffff]].
func spanTicks(s string) (int64, error) {
	bad := fail(Format, "String was not recognized as a valid TimeSpan.")
	days, clock, _ := strings.Cut(s, ".")
	fields := strings.Split(clock, ":")
	if len(fields) == 2 {
		fields = append(fields, "0")
	}
	if len(fields) != 3 {
		return 0, bad
	}
	d, err1 := strconv.ParseUint(days, 10, 24)
	h, err2 := strconv.ParseUint(fields[0], 10, 8)
	m, err3 := strconv.ParseUint(fields[1], 10, 8)
	sec, err4 := strconv.ParseFloat(fields[2], 64)
	if errors.Join(err1, err2, err3, err4) != nil {
		return 0, bad
	}
	if h > 23 || m > 59 || !(sec >= 0 && sec < 60) {
		return 0, fail(Overflow, "The TimeSpan could not be parsed because at least one of the numeric components is out of range or contains too many digits.")
	}
	return int64(d)*ticksPerDay + int64(h*3600+m*60)*ticksPerSecond + int64(math.Round(sec*ticksPerSecond)), nil
}
