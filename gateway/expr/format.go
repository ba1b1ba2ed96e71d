package expr

import (
	"strconv"
	"strings"
)

// format is v.ToString(spec) in the invariant culture.
func format(v value, spec string) (string, error) {
	if spec == "" {
		return textOf(v), nil
	}
	switch v.k {
	case kInt, kLong, kByte, kDouble:
		return formatNumber(v, spec)
	case kDateTime, kDateTimeOffset:
		return formatDate(v, spec)
	case kTimeSpan:
		return formatSpan(v.n, spec)
	case kGUID:
		return guidFormat(v, spec)
	case kJValue:
		return format(v.token().val, spec)
	}
	return textOf(v), nil
}

// maxPrecision is more digits than any number has.
const maxPrecision = 99

// formatNumber applies a standard or a custom format.
func formatNumber(v value, spec string) (string, error) {
	letter := spec[0] | 0x20
	if letter < 'a' || letter > 'z' || len(spec) > 3 || !allDigits(spec[1:]) {
		return customNumber(v.double(), spec)
	}
	precision := -1
	if len(spec) > 1 {
		precision, _ = strconv.Atoi(spec[1:])
		precision = min(precision, maxPrecision)
	}
	switch letter {
	case 'd', 'x':
		return formatInteger(v, spec[0], precision)
	case 'f', 'n', 'p', 'c':
		return formatFixed(v.double(), letter, precision), nil
	case 'e', 'g', 'r':
		return formatGeneral(v, spec[0], precision), nil
	}
	return "", fail(Format, "Format specifier was invalid.")
}

func allDigits(s string) bool {
	return strings.Trim(s, "0123456789") == ""
}

func formatInteger(v value, letter byte, precision int) (string, error) {
	if v.k == kDouble {
		return "", fail(Format, "Format specifier was invalid.")
	}
	sign, digits := "", ""
	if letter|0x20 == 'x' {
		n := uint64(v.n)
		if v.k == kInt {
			n = uint64(uint32(v.n))
		}
		digits = strconv.FormatUint(n, 16)
		if letter == 'X' {
			digits = strings.ToUpper(digits)
		}
	} else {
		digits = strconv.FormatInt(v.n, 10)
		digits, sign = strings.TrimPrefix(digits, "-"), digits[:len(digits)-len(strings.TrimPrefix(digits, "-"))]
	}
	return sign + strings.Repeat("0", max(0, precision-len(digits))) + digits, nil
}

// formatFixed writes F, N, P and C.
func formatFixed(d float64, letter byte, precision int) string {
	if precision < 0 {
		precision = 2
	}
	if letter == 'p' {
		d *= 100
	}
	s := roundText(d, precision)
	negative := strings.HasPrefix(s, "-")
	s = strings.TrimPrefix(s, "-")
	if letter != 'f' {
		s = grouped(s)
	}
	switch letter {
	case 'p':
		s += " %"
	case 'c':
		s = "¤" + s
		if negative {
			return "(" + s + ")"
		}
	}
	if negative && strings.Trim(s, "0.,%¤ ") != "" {
		return "-" + s
	}
	return s
}

// roundText writes d with n decimals, half away from zero as .NET does it on
// the shortest decimal text.
func roundText(d float64, n int) string {
	s := strconv.FormatFloat(d, 'f', -1, 64)
	whole, frac, ok := strings.Cut(s, ".")
	if !ok || len(frac) <= n {
		return strconv.FormatFloat(d, 'f', n, 64)
	}
	up := frac[n] >= '5'
	digits := []byte(strings.TrimPrefix(whole, "-") + frac[:n])
	for i := len(digits) - 1; up && i >= 0; i-- {
		up = digits[i] == '9'
		digits[i] = "1234567890"[digits[i]-'0']
	}
	if up {
		digits = append([]byte{'1'}, digits...)
	}
	out := string(digits[:len(digits)-n])
	if n > 0 {
		out += "." + string(digits[len(digits)-n:])
	}
	if strings.HasPrefix(s, "-") {
		out = "-" + out
	}
	return out
}

// grouped puts commas into the whole part of a number.
func grouped(s string) string {
	whole, frac, ok := strings.Cut(s, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if ok {
		return whole + "." + frac
	}
	return whole
}

// formatGeneral writes E, G and R.
func formatGeneral(v value, letter byte, precision int) string {
	if letter|0x20 == 'e' {
		if precision < 0 {
			precision = 6
		}
		s := strconv.FormatFloat(v.double(), letter, precision, 64)
		mantissa, exponent := s[:len(s)-2], s[len(s)-2:]
		if i := strings.IndexByte(s, letter); i >= 0 {
			mantissa, exponent = s[:i+2], s[i+2:]
		}
		return mantissa + strings.Repeat("0", max(0, 3-len(exponent))) + exponent
	}
	if precision <= 0 {
		return textOf(v)
	}
	if v.k != kDouble && precision >= len(textOf(v)) {
		return textOf(v)
	}
	d, _ := strconv.ParseFloat(strconv.FormatFloat(v.double(), 'e', precision-1, 64), 64)
	return doubleText(d)
}

// composite is string.Format(format, args).
func composite(f *frame, a []value) (value, error) {
	if a[0].k == kNull {
		return null(), nullArgument("format")
	}
	args, err := items(f, a[1])
	if err != nil {
		return null(), err
	}
	var sb strings.Builder
	for s := a[0].s; s != ""; {
		size, text, err := compositePiece(s, args)
		if err == nil {
			err = f.take(len(text))
		}
		if err != nil {
			return null(), err
		}
		sb.WriteString(text)
		s = s[size:]
	}
	return str(sb.String()), nil
}

// compositePiece reads one piece of a composite format: text up to a brace, a
// doubled brace, or {index,align:format}.
func compositePiece(s string, args []value) (size int, text string, err error) {
	if i := strings.IndexAny(s, "{}"); i != 0 {
		if i < 0 {
			i = len(s)
		}
		return i, s[:i], nil
	}
	if strings.HasPrefix(s, "{{") || strings.HasPrefix(s, "}}") {
		return 2, s[:1], nil
	}
	end := strings.IndexByte(s, '}')
	if s[0] == '}' || end < 0 {
		return 0, "", formatError()
	}
	text, err = compositeHole(s[1:end], args)
	return end + 1, text, err
}

// compositeHole writes index,align:format.
func compositeHole(s string, args []value) (string, error) {
	head, spec, _ := strings.Cut(s, ":")
	index, align, hasAlign := strings.Cut(head, ",")
	n, err := strconv.Atoi(strings.TrimSpace(index))
	if err != nil {
		return "", formatError()
	}
	if n < 0 || n >= len(args) {
		return "", fail(Format, "Index (zero based) must be greater than or equal to zero and less than the size of the argument list.")
	}
	width := 0
	if hasAlign {
		if width, err = strconv.Atoi(strings.TrimSpace(align)); err != nil || width > 10_000 || width < -10_000 {
			return "", formatError()
		}
	}
	text, err := format(args[n], spec)
	return pad(text, width), err
}
