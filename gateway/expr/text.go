package expr

import (
	"strings"
	"unicode"
	"unicode/utf16"
)

// The numbers of StringComparison. Culture means the invariant one.
const (
	kOrdinal        = 4
	kOrdinalNocase  = 5
	splitNoEmpties  = 1
	splitTrims      = 2
	cultureNocase   = 1
	invariantNocase = 3
)

func folds(comparison int) bool {
	return comparison == cultureNocase || comparison == invariantNocase || comparison == kOrdinalNocase
}

// fold is s as the comparison sees it.
func fold(s string, comparison int) string {
	if folds(comparison) {
		return strings.ToUpper(s)
	}
	return s
}

func equalText(a, b value, comparison int) value {
	if a.k == kNull || b.k == kNull {
		return boolean(a.k == b.k)
	}
	if !folds(comparison) {
		return boolean(a.s == b.s)
	}
	return boolean(strings.EqualFold(a.s, b.s))
}

// compareText compares as comparison says; culture-sensitive ones put lower
// case before upper case where nothing else differs.
func compareText(a, b value, comparison int) value {
	if a.k == kNull || b.k == kNull {
		return integer(int32(nullOrder(a, b)))
	}
	if comparison == kOrdinal {
		return integer(int32(strings.Compare(a.s, b.s)))
	}
	n := strings.Compare(strings.ToLower(a.s), strings.ToLower(b.s))
	if n == 0 && !folds(comparison) {
		n = strings.Compare(b.s, a.s)
	}
	return integer(int32(n))
}

func nullOrder(a, b value) int {
	switch a.k {
	case b.k:
		return 0
	case kNull:
		return -1
	}
	return 1
}

// needle is the text that is looked for, or the error of a null.
func needle(v value) (string, error) {
	if v.k == kNull {
		return "", nullArgument("value")
	}
	return v.s, nil
}

func found(a []value, comparison int) (value, error) {
	s, err := needle(a[1])
	return boolean(strings.Contains(fold(a[0].s, comparison), fold(s, comparison))), err
}

func starts(a []value, comparison int) (value, error) {
	s, err := needle(a[1])
	return boolean(strings.HasPrefix(fold(a[0].s, comparison), fold(s, comparison))), err
}

func ends(a []value, comparison int) (value, error) {
	s, err := needle(a[1])
	return boolean(strings.HasSuffix(fold(a[0].s, comparison), fold(s, comparison))), err
}

func indexOf(v, what value, from int64, comparison int) (value, error) {
	s, err := needle(what)
	if err != nil {
		return null(), err
	}
	if from < 0 || from > int64(units(v.s)) {
		return null(), rangeError("Index was out of range. Must be non-negative and less than the size of the collection.", "startIndex")
	}
	text := fold(v.s, comparison)
	start := offset(text, int(from))
	i := strings.Index(text[start:], fold(s, comparison))
	if i >= 0 {
		i += start
	}
	return integer(int32(indexUnits(text, i))), nil
}

func lastIndexOf(v, what value, comparison int) (value, error) {
	s, err := needle(what)
	text := fold(v.s, comparison)
	return integer(int32(indexUnits(text, strings.LastIndex(text, fold(s, comparison))))), err
}

func substring(s string, from, n int64) (value, error) {
	size := int64(units(s))
	switch {
	case from < 0:
		return null(), rangeError("StartIndex cannot be less than zero.", "startIndex")
	case from > size:
		return null(), rangeError("startIndex cannot be larger than length of string.", "startIndex")
	case n < 0:
		return null(), rangeError("Length cannot be less than zero.", "length")
	case from+n > size:
		return null(), rangeError("Index and length must refer to a location within the string.", "length")
	}
	return str(cut(s, int(from), int(from+n))), nil
}

func removed(s string, from, n int64) (value, error) {
	size := int64(units(s))
	if from < 0 || n < 0 {
		return null(), rangeError("StartIndex cannot be less than zero.", "startIndex")
	}
	if from+n > size {
		return null(), rangeError("Index and count must refer to a location within the string.", "count")
	}
	return str(cut(s, 0, int(from)) + cut(s, int(from+n), int(size))), nil
}

func inserted(f *frame, a []value) (value, error) {
	size := units(a[0].s)
	if a[1].n < 0 || a[1].n > int64(size) {
		return null(), rangeError("Specified argument was out of the range of valid values.", "startIndex")
	}
	if a[2].k == kNull {
		return null(), nullArgument("value")
	}
	at := a[1].int()
	return f.made(cut(a[0].s, 0, at) + a[2].s + cut(a[0].s, at, size))
}

func replaced(f *frame, s string, old value, with string) (value, error) {
	if old.k == kNull {
		return null(), nullArgument("oldValue")
	}
	if old.s == "" {
		return null(), fail(Argument, "String cannot be of zero length.\r\nParameter name: oldValue")
	}
	n := strings.Count(s, old.s)
	if n == 0 {
		return str(s), nil
	}
	if err := f.take(len(s) + n*(len(with)-len(old.s))); err != nil {
		return null(), err
	}
	return str(strings.ReplaceAll(s, old.s, with)), nil
}

// repeated makes a string of n times c.
func repeated(f *frame, c, n int64) (value, error) {
	if n < 0 {
		return null(), rangeError("'count' must be non-negative.", "count")
	}
	s := charText(c)
	if err := f.take(int(min(n, 1<<40)) * len(s)); err != nil {
		return null(), err
	}
	return str(strings.Repeat(s, int(n))), nil
}

func padded(f *frame, a []value, left bool) (value, error) {
	if a[1].n < 0 {
		return null(), rangeError("Non-negative number required.", "totalWidth")
	}
	gap := a[1].n - int64(units(a[0].s))
	if gap <= 0 {
		return a[0], nil
	}
	fill, err := repeated(f, a[2].n, gap)
	if err != nil {
		return fill, err
	}
	if left {
		return f.made(fill.s + a[0].s)
	}
	return f.made(a[0].s + fill.s)
}

// joined16 makes a string of a char[].
func joined16(f *frame, v value) (value, error) {
	chars, err := items(f, v)
	if err != nil {
		return str(""), nil //nolint:nilerr // new string(null) is empty
	}
	u := make([]uint16, len(chars))
	for i, c := range chars {
		u[i] = uint16(c.n)
	}
	return f.made(string(utf16.Decode(u)))
}

func charsOf(v value) string {
	var sb strings.Builder
	for i := range count(v) {
		sb.WriteString(charText(item(v, i).n))
	}
	return sb.String()
}

func charSeparators(v value) []string {
	var out []string
	for i := range count(v) {
		out = append(out, charText(item(v, i).n))
	}
	return out
}

func textSeparators(v value) []string {
	texts, _ := v.o.([]string)
	return texts
}

func trimmed(a []value, left, right bool) value {
	set := charsOf(a[1])
	in := func(r rune) bool { return strings.ContainsRune(set, r) }
	if set == "" {
		in = unicode.IsSpace
	}
	s := a[0].s
	if left {
		s = strings.TrimLeftFunc(s, in)
	}
	if right {
		s = strings.TrimRightFunc(s, in)
	}
	return str(s)
}
