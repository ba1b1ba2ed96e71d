package expr

import "strings"

// holeText is a hole of an interpolated string, cut but not read.
type holeText struct {
	source, align, format string
	size                  int // to behind the closing brace
}

// cutHole cuts s, which starts behind the opening brace, at the comma, colon
// and brace that stand outside of brackets and strings.
func cutHole(s string) (holeText, bool) {
	h := holeScan{comma: -1, colon: -1}
	for i := 0; i < len(s); {
		if s[i] == '}' && h.depth == 0 {
			return holeOf(s, i, h.comma, h.colon), true
		}
		n := 1
		if h.colon < 0 {
			n = quotedSize(s[i:])
		}
		if n == 0 {
			return holeText{}, false
		}
		if n == 1 {
			h.see(i, s[i])
		}
		i += n
	}
	return holeText{}, false
}

// holeScan is what is known of a hole on the way through it.
type holeScan struct{ depth, comma, colon int }

func (h *holeScan) see(i int, c byte) {
	switch c {
	case '(', '[', '{':
		h.depth++
	case ')', ']', '}':
		h.depth--
	case ',':
		if h.depth == 0 && h.colon < 0 && h.comma < 0 {
			h.comma = i
		}
	case ':':
		if h.depth == 0 && h.colon < 0 {
			h.colon = i
		}
	}
}

func holeOf(s string, end, comma, colon int) holeText {
	h := holeText{size: end + 1}
	if colon >= 0 {
		h.format = s[colon+1 : end]
		end = colon
	}
	if comma >= 0 {
		h.align = s[comma+1 : end]
		end = comma
	}
	h.source = s[:end]
	return h
}

// quotedSize returns the length of the string or character that s starts with,
// 1 where s starts with none, and 0 where it has no end.
func quotedSize(s string) int {
	i := 0
	for i < len(s) && (s[i] == '@' || s[i] == '$') {
		i++
	}
	if i >= len(s) || s[i] != '"' && (s[i] != '\'' || i > 0) {
		return max(i, 1)
	}
	verbatim, interpolated := strings.Contains(s[:i], "@"), strings.Contains(s[:i], "$")
	return endOfQuote(s, i, verbatim, interpolated)
}

func endOfQuote(s string, start int, verbatim, interpolated bool) int {
	for i := start + 1; i < len(s); i++ {
		doubled := i+1 < len(s) && s[i+1] == s[i]
		switch s[i] {
		case '\\':
			i += branch(!verbatim)
		case s[start]:
			if !verbatim || !doubled {
				return i + 1
			}
			i++
		case '{':
			n := innerHole(s[i+1:], interpolated, doubled)
			if n < 0 {
				return 0
			}
			i += n
		}
	}
	return 0
}

func branch(b bool) int {
	if b {
		return 1
	}
	return 0
}

// innerHole is what to skip behind a { in a string, -1 where it has no end.
func innerHole(s string, interpolated, doubled bool) int {
	if !interpolated || doubled {
		return branch(interpolated)
	}
	h, ok := cutHole(s)
	if !ok {
		return -1
	}
	return h.size
}
