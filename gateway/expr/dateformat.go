package expr

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// formatDate applies a standard (one letter) or a custom format.
func formatDate(v value, spec string) (string, error) {
	if spec == "" {
		return textOf(v), nil
	}
	if len(spec) > 1 {
		return formatTime(v, spec), nil
	}
	if spec == "o" || spec == "O" {
		return formatTime(v, "yyyy-MM-ddTHH:mm:ss.fffffffK"), nil
	}
	for _, row := range [][2]string{
		{"d", "MM/dd/yyyy"},
		{"D", "dddd, dd MMMM yyyy"},
		{"f", "dddd, dd MMMM yyyy HH:mm"},
		{"F", "dddd, dd MMMM yyyy HH:mm:ss"},
		{"U", "dddd, dd MMMM yyyy HH:mm:ss"},
		{"g", "MM/dd/yyyy HH:mm"},
		{"G", "MM/dd/yyyy HH:mm:ss"},
		{"m", "MMMM dd"},
		{"M", "MMMM dd"},
		{"r", "ddd, dd MMM yyyy HH:mm:ss 'GMT'"},
		{"R", "ddd, dd MMM yyyy HH:mm:ss 'GMT'"},
		{"s", "yyyy-MM-ddTHH:mm:ss"},
		{"t", "HH:mm"},
		{"T", "HH:mm:ss"},
		{"u", "yyyy-MM-dd HH:mm:ss'Z'"},
		{"y", "yyyy MMMM"},
		{"Y", "yyyy MMMM"},
	} {
		if row[0] == spec {
			return formatTime(v, row[1]), nil
		}
	}
	return "", formatError()
}

// isoTime is a time as JSON has it.
func isoTime(v value) string { return formatTime(v, "yyyy-MM-ddTHH:mm:ss.FFFFFFFK") }

// formatTime applies a custom format.
func formatTime(v value, layout string) string {
	t := goTime(v)
	var sb strings.Builder
	for i := 0; i < len(layout); {
		c := layout[i]
		switch c {
		case '\\', '\'', '"':
			text, size := quotedText(layout[i:])
			sb.WriteString(text)
			i += size
		case '%':
			i++
		default:
			n := run(layout[i:])
			text, ok := timePart(v, t, c, n)
			if !ok {
				text = layout[i : i+n]
			}
			if c == 'F' && text == "" {
				dropPoint(&sb)
			}
			sb.WriteString(text)
			i += n
		}
	}
	return sb.String()
}

// run is how often the first byte of s stands at its start.
func run(s string) int {
	n := 1
	for n < len(s) && s[n] == s[0] {
		n++
	}
	return n
}

// dropPoint removes the point before a fraction that is not written.
func dropPoint(sb *strings.Builder) {
	if s := sb.String(); strings.HasSuffix(s, ".") {
		sb.Reset()
		sb.WriteString(s[:len(s)-1])
	}
}

// timePart writes n letters c of a custom format.
func timePart(v value, t time.Time, c byte, n int) (string, bool) {
	switch c {
	case 'y':
		return yearPart(t, n), true
	case 'M', 'd':
		return dayPart(t, c, n), true
	case 'H':
		return digits(t.Hour(), min(n, 2)), true
	case 'h':
		return digits((t.Hour()+11)%12+1, min(n, 2)), true
	case 'm':
		return digits(t.Minute(), min(n, 2)), true
	case 's':
		return digits(t.Second(), min(n, 2)), true
	case 'f', 'F':
		s := digits(t.Nanosecond()/100, 7)[:min(n, 7)]
		if c == 'F' {
			s = strings.TrimRight(s, "0")
		}
		return s, true
	}
	return zonePart(v, t, c, n)
}

func zonePart(v value, t time.Time, c byte, n int) (string, bool) {
	switch c {
	case 't':
		return t.Format("PM")[:min(n, 2)], true
	case 'z':
		return []string{"+0", "+00", "+00:00"}[min(n, 3)-1], true
	case 'K':
		switch {
		case v.k == kDateTimeOffset:
			return "+00:00", true
		case zoned(v):
			return "Z", true
		}
		return "", true
	case 'g':
		return "A.D.", true
	}
	return "", false
}

func digits(n, width int) string {
	s := strconv.Itoa(n)
	return strings.Repeat("0", max(0, width-len(s))) + s
}

func yearPart(t time.Time, n int) string {
	if n <= 2 {
		return digits(t.Year()%100, n)
	}
	return digits(t.Year(), min(n, 16))
}

func dayPart(t time.Time, c byte, n int) string {
	number, long := t.Day(), t.Weekday().String()
	if c == 'M' {
		number, long = int(t.Month()), t.Month().String()
	}
	switch n {
	case 1, 2:
		return digits(number, n)
	case 3:
		return long[:3]
	}
	return long
}

// spanText is a TimeSpan in form c.
func spanText(n int64) string {
	sign := ""
	u := uint64(n)
	if n < 0 {
		sign, u = "-", -u
	}
	days, rest := u/ticksPerDay, u%ticksPerDay
	sec, frac := rest/ticksPerSecond, rest%ticksPerSecond
	clock := fmt.Sprintf("%02d:%02d:%02d", sec/3600, sec/60%60, sec%60)
	if frac > 0 {
		clock += fmt.Sprintf(".%07d", frac)
	}
	if days > 0 {
		clock = strconv.FormatUint(days, 10) + "." + clock
	}
	return sign + clock
}

// formatSpan is TimeSpan.ToString(format).
func formatSpan(n int64, spec string) (string, error) {
	switch spec {
	case "", "c", "t", "T", "g", "G":
		return spanText(n), nil
	}
	u := uint64(max(n, -n))
	var sb strings.Builder
	for i := 0; i < len(spec); {
		size := run(spec[i:])
		text, ok := spanPart(u, spec[i], size)
		switch {
		case spec[i] == '\\' || spec[i] == '\'':
			text, size = quotedText(spec[i:])
		case spec[i] == '%':
		case !ok:
			return "", formatError()
		}
		sb.WriteString(text)
		i += size
	}
	return sb.String(), nil
}

func spanPart(u uint64, c byte, n int) (string, bool) {
	sec := u % ticksPerDay / ticksPerSecond
	switch c {
	case 'd':
		return digits(int(u/ticksPerDay), min(n, 8)), true
	case 'h':
		return digits(int(sec/3600), min(n, 2)), true
	case 'm':
		return digits(int(sec/60%60), min(n, 2)), true
	case 's':
		return digits(int(sec%60), min(n, 2)), true
	case 'f', 'F':
		return digits(int(u%ticksPerSecond), 7)[:min(n, 7)], true
	}
	return "", false
}
