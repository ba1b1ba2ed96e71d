package drill

import (
	"strings"
	"unicode"
)

// maxText is the longest text of a mark or a reading, in bytes.
const maxText = 512

// flat makes one line of UTF-8.
func flat(s string) string {
	return strings.Map(func(r rune) rune {
		if unprintable(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
}

// line makes one line of UTF-8 of at most maxText bytes.
func line(s string) string {
	s = flat(s)
	if len(s) <= maxText {
		return s
	}
	return strings.ToValidUTF8(s[:maxText-len("…")], "") + "…"
}

// unprintable runes end a line or turn its direction: a name that has them
// could show as another.
func unprintable(r rune) bool {
	return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || unicode.Is(unicode.Bidi_Control, r)
}
