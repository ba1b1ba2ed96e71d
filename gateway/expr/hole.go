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
	depth, comma, colon := 0, -1, -1
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case strings.IndexByte(`"@$'`, c) >= 0 && colon < 0:
			n := quotedSize(s[i:])
			if n == 0 {
				return holeText{}, false
			}
			i += n
			continue
		case c == '}' && depth == 0:
			return holeOf(s, i, comma, colon), true
		case strings.IndexByte("([{", c) >= 0:
			depth++
		case strings.IndexByte(")]}", c) >= 0:
			depth--
		case c == ',' && depth == 0 && colon < 0 && comma < 0:
			comma = i
		case c == ':' && depth == 0 && colon < 0:
			colon = i
		}
		i++
	}
	return holeText{}, false
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
		switch {
		case s[i] == '\\' && !verbatim:
			i++
		case s[i] == s[start] && verbatim && i+1 < len(s) && s[i+1] == s[i]:
			i++
		case s[i] == s[start]:
			return i + 1
		case interpolated && s[i] == '{' && i+1 < len(s) && s[i+1] == '{':
			i++
		case interpolated && s[i] == '{':
			h, ok := cutHole(s[i+1:])
			if !ok {
				return 0
			}
			i += h.size
		}
	}
	return 0
}
