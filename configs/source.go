package configs

import (
	"bytes"
	"unicode/utf8"
)

// source is the text of a document.
type source struct {
	name  string
	data  []byte
	start []int // offset of each line; filled on first use
}

// maxSourceLine is the most octets of a line kept for the caret.
const maxSourceLine = 16 << 10

// line returns line n, from 1, without its end; empty when there is none.
func (s *source) line(n int) string {
	if s.start == nil {
		s.start = []int{0}
		for i, c := range s.data {
			if c == '\n' {
				s.start = append(s.start, i+1)
			}
		}
	}
	if n < 1 || n > len(s.start) {
		return ""
	}
	rest := s.data[s.start[n-1]:]
	if end := bytes.IndexByte(rest, '\n'); end >= 0 {
		rest = rest[:end]
	}
	rest = bytes.TrimSuffix(rest, []byte("\r"))
	if len(rest) > maxSourceLine {
		rest = rest[:maxSourceLine]
	}
	return string(rest)
}

// invalid returns the place of the first octet that is not UTF-8.
func (s *source) invalid() (pos, bool) {
	at := pos{1, 1}
	for i := 0; i < len(s.data); {
		r, size := utf8.DecodeRune(s.data[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			return at, true
		case r == '\n':
			at = pos{at.line + 1, 1}
		default:
			at.column++
		}
		i += size
	}
	return pos{}, false
}
