package expr

import (
	"strings"
	"unicode/utf16"
)

// Strings are kept as UTF-8; lengths and indexes of the language are UTF-16
// code units. A surrogate that is cut off its pair becomes U+FFFD.

func utf16Of(s string) []uint16 { return utf16.Encode([]rune(s)) }

// units is the length of s.
func units(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r > 0xffff {
			n++
		}
	}
	return n
}

// offset is the byte where the unit n of s starts. n is in range.
func offset(s string, n int) int {
	for i, r := range s {
		if n <= 0 {
			return i
		}
		n--
		if r > 0xffff {
			n--
		}
	}
	return len(s)
}

// cut returns the units [from, to) of s; both are in range.
func cut(s string, from, to int) string {
	if ascii(s) {
		return s[from:to]
	}
	u := utf16Of(s)
	return string(utf16.Decode(u[from:to]))
}

// indexUnits turns a byte offset into units, -1 into -1.
func indexUnits(s string, i int) int {
	if i < 0 {
		return i
	}
	return units(s[:i])
}

// charText is a char as a string.
func charText(n int64) string { return string(utf16.Decode([]uint16{uint16(n)})) }

// upper is s in upper case, character by character.
func upper(s string) string { return strings.ToUpper(s) }
