package expr

import "strings"

func stringProperties() []property {
	return []property{
		{"Length int", func(_ *frame, v value) (value, error) { return integer(int32(units(v.s))), nil }},
	}
}

func stringConstants() []property {
	return []property{
		{"Empty string", func(*frame, value) (value, error) { return str(""), nil }},
	}
}

func stringConstructors() []method {
	return []method{
		{"new(char c, int count) string", func(f *frame, a []value) (value, error) { return repeated(f, a[0].n, a[1].n) }},
		{"new(char[] value) string", func(f *frame, a []value) (value, error) { return joined16(f, a[0]) }},
	}
}

func stringMethods() []method {
	return []method{
		{"Contains(string value) bool", func(_ *frame, a []value) (value, error) { return found(a, kOrdinal) }},
		{"Contains(string value, StringComparison comparisonType) bool", func(_ *frame, a []value) (value, error) { return found(a, a[2].int()) }},
		{"Contains(char value) bool", func(_ *frame, a []value) (value, error) {
			return boolean(strings.Contains(a[0].s, charText(a[1].n))), nil
		}},
		{"StartsWith(string value) bool", func(_ *frame, a []value) (value, error) { return starts(a, kOrdinal) }},
		{"StartsWith(string value, StringComparison comparisonType) bool", func(_ *frame, a []value) (value, error) { return starts(a, a[2].int()) }},
		{"StartsWith(char value) bool", func(_ *frame, a []value) (value, error) {
			return boolean(strings.HasPrefix(a[0].s, charText(a[1].n))), nil
		}},
		{"EndsWith(string value) bool", func(_ *frame, a []value) (value, error) { return ends(a, kOrdinal) }},
		{"EndsWith(string value, StringComparison comparisonType) bool", func(_ *frame, a []value) (value, error) { return ends(a, a[2].int()) }},
		{"EndsWith(char value) bool", func(_ *frame, a []value) (value, error) {
			return boolean(strings.HasSuffix(a[0].s, charText(a[1].n))), nil
		}},
		{"Equals(string value) bool", func(_ *frame, a []value) (value, error) { return equalText(a[0], a[1], kOrdinal), nil }},
		{"Equals(string value, StringComparison comparisonType) bool", func(_ *frame, a []value) (value, error) { return equalText(a[0], a[1], a[2].int()), nil }},
		{"CompareTo(string value) int", func(_ *frame, a []value) (value, error) { return compareText(a[0], a[1], 0), nil }},
		{"IndexOf(string value) int", func(_ *frame, a []value) (value, error) { return indexOf(a[0], a[1], 0, kOrdinal) }},
		{"IndexOf(string value, StringComparison comparisonType) int", func(_ *frame, a []value) (value, error) { return indexOf(a[0], a[1], 0, a[2].int()) }},
		{"IndexOf(string value, int startIndex) int", func(_ *frame, a []value) (value, error) { return indexOf(a[0], a[1], a[2].n, kOrdinal) }},
		{"IndexOf(string value, int startIndex, StringComparison comparisonType) int", func(_ *frame, a []value) (value, error) { return indexOf(a[0], a[1], a[2].n, a[3].int()) }},
		{"IndexOf(char value) int", func(_ *frame, a []value) (value, error) { return indexOf(a[0], str(charText(a[1].n)), 0, kOrdinal) }},
		{"IndexOf(char value, int startIndex) int", func(_ *frame, a []value) (value, error) {
			return indexOf(a[0], str(charText(a[1].n)), a[2].n, kOrdinal)
		}},
		{"IndexOfAny(char[] anyOf) int", func(_ *frame, a []value) (value, error) {
			return integer(int32(indexUnits(a[0].s, strings.IndexAny(a[0].s, charsOf(a[1]))))), nil
		}},
		{"LastIndexOf(string value) int", func(_ *frame, a []value) (value, error) { return lastIndexOf(a[0], a[1], kOrdinal) }},
		{"LastIndexOf(string value, StringComparison comparisonType) int", func(_ *frame, a []value) (value, error) { return lastIndexOf(a[0], a[1], a[2].int()) }},
		{"LastIndexOf(char value) int", func(_ *frame, a []value) (value, error) { return lastIndexOf(a[0], str(charText(a[1].n)), kOrdinal) }},
		{"Substring(int startIndex) string", func(_ *frame, a []value) (value, error) {
			return substring(a[0].s, a[1].n, int64(units(a[0].s))-a[1].n)
		}},
		{"Substring(int startIndex, int length) string", func(_ *frame, a []value) (value, error) { return substring(a[0].s, a[1].n, a[2].n) }},
		{"Remove(int startIndex) string", func(_ *frame, a []value) (value, error) { return removed(a[0].s, a[1].n, int64(units(a[0].s))-a[1].n) }},
		{"Remove(int startIndex, int count) string", func(_ *frame, a []value) (value, error) { return removed(a[0].s, a[1].n, a[2].n) }},
		{"Insert(int startIndex, string value) string", inserted},
		{"Replace(string oldValue, string newValue) string", func(f *frame, a []value) (value, error) { return replaced(f, a[0].s, a[1], a[2].s) }},
		{"Replace(char oldChar, char newChar) string", func(f *frame, a []value) (value, error) {
			return replaced(f, a[0].s, str(charText(a[1].n)), charText(a[2].n))
		}},
		{"ToCharArray() char[]", func(f *frame, a []value) (value, error) {
			return object(kChars, &list{charItems(a[0].s)}), f.step(len(a[0].s))
		}},
		{"ToString(IFormatProvider provider = null) string", func(_ *frame, a []value) (value, error) { return a[0], nil }},
	}
}

// credentialForms are the methods of string that read credentials; those with
// an out argument are compiled by tryText.
func credentialForms() []method {
	asJWT := func(f *frame, a []value) (value, error) { return jwtOf(a[0].s), f.take(len(a[0].s)) }
	asBasic := func(_ *frame, a []value) (value, error) { return basicOf(a[0].s), nil }
	return []method{
		{"AsJwt() Jwt", asJWT},
		{"AsBasic() BasicAuthCredentials", asBasic},
		{"TryParseJwt() Jwt", asJWT},
		{"TryParseBasic() BasicAuthCredentials", asBasic},
	}
}

// stringForms are the methods of string that change its form; see stringMethods.
func stringForms() []method {
	return []method{
		{"Split(params char[] separator) string[]", func(f *frame, a []value) (value, error) { return split(f, a[0].s, charSeparators(a[1]), 0, 0) }},
		{"Split(char separator, StringSplitOptions options) string[]", func(f *frame, a []value) (value, error) {
			return split(f, a[0].s, []string{charText(a[1].n)}, 0, a[2].int())
		}},
		{"Split(char separator, int count, StringSplitOptions options = 0) string[]", func(f *frame, a []value) (value, error) {
			return split(f, a[0].s, []string{charText(a[1].n)}, max(a[2].int(), 1), a[3].int())
		}},
		{"Split(char[] separator, StringSplitOptions options) string[]", func(f *frame, a []value) (value, error) {
			return split(f, a[0].s, charSeparators(a[1]), 0, a[2].int())
		}},
		{"Split(char[] separator, int count, StringSplitOptions options = 0) string[]", func(f *frame, a []value) (value, error) {
			return split(f, a[0].s, charSeparators(a[1]), max(a[2].int(), 1), a[3].int())
		}},
		{"Split(string separator, StringSplitOptions options = 0) string[]", func(f *frame, a []value) (value, error) {
			return split(f, a[0].s, []string{a[1].s}, 0, a[2].int())
		}},
		{"Split(string[] separator, StringSplitOptions options) string[]", func(f *frame, a []value) (value, error) {
			return split(f, a[0].s, textSeparators(a[1]), 0, a[2].int())
		}},
		{"Split(string[] separator, int count, StringSplitOptions options) string[]", func(f *frame, a []value) (value, error) {
			return split(f, a[0].s, textSeparators(a[1]), max(a[2].int(), 1), a[3].int())
		}},
		{"Trim(params char[] trimChars) string", func(_ *frame, a []value) (value, error) { return trimmed(a, true, true), nil }},
		{"TrimStart(params char[] trimChars) string", func(_ *frame, a []value) (value, error) { return trimmed(a, true, false), nil }},
		{"TrimEnd(params char[] trimChars) string", func(_ *frame, a []value) (value, error) { return trimmed(a, false, true), nil }},
		{"ToLower() string", func(f *frame, a []value) (value, error) { return f.made(strings.ToLower(a[0].s)) }},
		{"ToUpper() string", func(f *frame, a []value) (value, error) { return f.made(strings.ToUpper(a[0].s)) }},
		{"ToLowerInvariant() string", func(f *frame, a []value) (value, error) { return f.made(strings.ToLower(a[0].s)) }},
		{"ToUpperInvariant() string", func(f *frame, a []value) (value, error) { return f.made(strings.ToUpper(a[0].s)) }},
		{"PadLeft(int totalWidth, char paddingChar = 32) string", func(f *frame, a []value) (value, error) { return padded(f, a, true) }},
		{"PadRight(int totalWidth, char paddingChar = 32) string", func(f *frame, a []value) (value, error) { return padded(f, a, false) }},
		{"Normalize() string", func(_ *frame, a []value) (value, error) { return a[0], nil }},
	}
}

func stringStatics() []method {
	return []method{
		{"IsNullOrEmpty(string value) bool", func(_ *frame, a []value) (value, error) { return boolean(a[0].s == ""), nil }},
		{"IsNullOrWhiteSpace(string value) bool", func(_ *frame, a []value) (value, error) { return boolean(strings.TrimSpace(a[0].s) == ""), nil }},
		{"Equals(string a, string b) bool", func(_ *frame, a []value) (value, error) { return equalText(a[0], a[1], kOrdinal), nil }},
		{"Equals(string a, string b, StringComparison comparisonType) bool", func(_ *frame, a []value) (value, error) { return equalText(a[0], a[1], a[2].int()), nil }},
		{"Compare(string a, string b) int", func(_ *frame, a []value) (value, error) { return compareText(a[0], a[1], 0), nil }},
		{"Compare(string a, string b, bool ignoreCase) int", func(_ *frame, a []value) (value, error) { return compareText(a[0], a[1], int(a[2].n)), nil }},
		{"Compare(string a, string b, StringComparison comparisonType) int", func(_ *frame, a []value) (value, error) { return compareText(a[0], a[1], a[2].int()), nil }},
		{"CompareOrdinal(string a, string b) int", func(_ *frame, a []value) (value, error) { return compareText(a[0], a[1], kOrdinal), nil }},
		{"Copy(string a) string", func(_ *frame, a []value) (value, error) { return a[0], nil }},
		{"Concat(params object[] values) string", func(f *frame, a []value) (value, error) { return joinTexts(f, "", a[0]) }},
		{"Concat(IEnumerable<T> values) string", func(f *frame, a []value) (value, error) { return joinTexts(f, "", a[0]) }},
		{"Join(string separator, params object[] values) string", func(f *frame, a []value) (value, error) { return joinTexts(f, a[0].s, a[1]) }},
		{"Join(string separator, IEnumerable<T> values) string", func(f *frame, a []value) (value, error) { return joinTexts(f, a[0].s, a[1]) }},
		{"Format(string format, params object[] args) string", composite},
		{"Format(IFormatProvider provider, string format, params object[] args) string", func(f *frame, a []value) (value, error) { return composite(f, a[1:]) }},
	}
}
