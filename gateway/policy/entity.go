package policy

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// entity returns what the entity at the start of s stands for, and its length;
// "", 0 where there is none.
func entity(s string) (value string, n int) {
	end := strings.IndexByte(s[:min(len(s), 12)], ';')
	if end < 2 || s[0] != '&' {
		return "", 0
	}
	name := s[1:end]
	switch name {
	case "quot":
		return `"`, end + 1
	case "apos":
		return "'", end + 1
	case "amp":
		return "&", end + 1
	case "lt":
		return "<", end + 1
	case "gt":
		return ">", end + 1
	}
	number, isNumber := strings.CutPrefix(name, "#")
	if !isNumber {
		return "", 0
	}
	radix := 10
	if hex, isHex := strings.CutPrefix(number, "x"); isHex {
		number, radix = hex, 16
	}
	code, err := strconv.ParseUint(number, radix, 32)
	if err != nil || code == 0 || !utf8.ValidRune(rune(code)) || code > utf8.MaxRune {
		return "", 0
	}
	return string(rune(code)), end + 1
}

// startsEntity reports whether s starts with an entity.
func startsEntity(s string) bool {
	_, n := entity(s)
	return n > 0
}

// decode replaces the entities of XML text.
func decode(s string) text {
	if !strings.Contains(s, "&") {
		return text{value: s}
	}
	var out strings.Builder
	var marks []mark
	for i := 0; i < len(s); {
		value, n := "", 0
		if s[i] == '&' {
			value, n = entity(s[i:])
		}
		if n == 0 {
			out.WriteByte(s[i])
			i++
			continue
		}
		out.WriteString(value)
		i += n
		marks = append(marks, mark{to: out.Len(), from: i})
	}
	return text{value: out.String(), marks: marks}
}
