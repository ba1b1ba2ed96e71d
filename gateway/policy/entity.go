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
	if number, is := strings.CutPrefix(name, "#"); is {
		value = numbered(number)
	} else {
		value = predefined(name)
	}
	if value == "" {
		return "", 0
	}
	return value, end + 1
}

// predefined returns the character of a name; "" where there is none.
func predefined(name string) string {
	switch name {
	case "quot":
		return `"`
	case "apos":
		return "'"
	case "amp":
		return "&"
	case "lt":
		return "<"
	case "gt":
		return ">"
	}
	return ""
}

// numbered returns the character of a number such as 65 or x41; "" where there
// is none.
func numbered(number string) string {
	radix := 10
	if hex, is := strings.CutPrefix(number, "x"); is {
		number, radix = hex, 16
	}
	code, err := strconv.ParseUint(number, radix, 31)
	if err != nil || code == 0 || !utf8.ValidRune(rune(code)) {
		return ""
	}
	return string(rune(code))
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
