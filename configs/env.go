package configs

import (
	"fmt"
	"strings"
)

// expand replaces ${NAME} and ${NAME:-default} by what env says. An undefined
// variable without a default is an error that names it; an empty one counts as
// undefined where there is a default.
func expand(text string, env func(string) (string, bool)) (string, error) {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "${")
		b.WriteString(before)
		if !found {
			return b.String(), nil
		}
		inside, after, closed := strings.Cut(rest, "}")
		if !closed {
			return "", fmt.Errorf("${%s has no closing brace", rest)
		}
		name, fallback, hasFallback := strings.Cut(inside, ":-")
		if !variableName(name) {
			return "", fmt.Errorf("${%s} is no environment variable: want ${NAME} or ${NAME:-default}", inside)
		}
		value, ok := env(name)
		switch {
		case hasFallback && value == "":
			b.WriteString(fallback)
		case !ok:
			return "", fmt.Errorf("environment variable %s is not defined: want it set, or a default as in ${%s:-value}", name, name)
		default:
			b.WriteString(value)
		}
		text = after
	}
}

func variableName(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := c == '_' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}
