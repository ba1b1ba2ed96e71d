package configs

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// yamlText returns a document as the YAML parser takes it. A JSON document is
// YAML but for three things: tabs between tokens, which become spaces; line
// breaks of Unicode in strings, which become escapes; and characters written as
// two \u escapes (RFC 8259 §7), which become one \U.
func yamlText(data []byte) []byte {
	if !json.Valid(data) {
		return data
	}
	breaks := strings.NewReplacer("\t", " ", "\u0085", `\u0085`, "\u2028", `\u2028`, "\u2029", `\u2029`)
	return joinSurrogates([]byte(breaks.Replace(string(data))))
}

// joinSurrogates writes pairs of \u escapes as one \U. In JSON a character
// follows every backslash.
func joinSurrogates(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for len(text) > 0 {
		size := 1
		if text[0] == '\\' {
			size = 2
		}
		if r := surrogates(text); r != utf8.RuneError {
			out, size = fmt.Appendf(out, `\U%08X`, r), 12
		} else {
			out = append(out, text[:size]...)
		}
		text = text[size:]
	}
	return out
}

// surrogates reads the two escapes text begins with; utf8.RuneError when it
// begins otherwise.
func surrogates(text []byte) rune {
	if len(text) < 12 || text[0] != '\\' || text[1] != 'u' || text[6] != '\\' || text[7] != 'u' {
		return utf8.RuneError
	}
	high, err := strconv.ParseUint(string(text[2:6]), 16, 16)
	low, err2 := strconv.ParseUint(string(text[8:12]), 16, 16)
	if err != nil || err2 != nil {
		return utf8.RuneError
	}
	return utf16.DecodeRune(rune(high), rune(low))
}
