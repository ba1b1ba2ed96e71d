package configs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// yamlText returns a document as the YAML parser takes it. A JSON document is
// YAML but for two things: tabs between tokens, which become spaces, and
// characters written as two \u escapes (RFC 8259 §7), which become one \U.
func yamlText(data []byte) []byte {
	if bytes.IndexByte(data, '\t') < 0 && !bytes.Contains(data, []byte(`\ud`)) && !bytes.Contains(data, []byte(`\uD`)) || !json.Valid(data) {
		return data
	}
	out := make([]byte, 0, len(data))
	for i := 0; i < len(data); {
		switch c := data[i]; c {
		case '\t':
			out = append(out, ' ')
			i++
		case '\\':
			if r := surrogates(data[i:]); r != utf8.RuneError {
				out = fmt.Appendf(out, `\U%08X`, r)
				i += 12
				continue
			}
			out = append(out, c, data[i+1])
			i += 2
		default:
			out = append(out, c)
			i++
		}
	}
	return out
}

// surrogates reads the two escapes text begins with; utf8.RuneError when it
// begins otherwise.
func surrogates(text []byte) rune {
	if len(text) < 12 || text[1] != 'u' || text[6] != '\\' || text[7] != 'u' {
		return utf8.RuneError
	}
	high, err := strconv.ParseUint(string(text[2:6]), 16, 16)
	low, err2 := strconv.ParseUint(string(text[8:12]), 16, 16)
	if err != nil || err2 != nil {
		return utf8.RuneError
	}
	return utf16.DecodeRune(rune(high), rune(low))
}
