package policy

import (
	"bytes"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"

	"meridian/gateway/expr"
)

// source is a document with its named values put in. Each offset of text leads
// back to the place the user wrote.
type source struct {
	name    string
	at      expr.Position
	written []byte
	text    string
	cuts    []cut     // ascending; the text before the first is as written
	lines   []int     // offsets in written at which lines start
	unknown []mention // names in {{ }} that no named value has
	secrets []string  // values that no trace may show
	xml     bool      // nothing in it but what XML allows
	last    place     // the place asked for last: most questions are for one behind it
}

// place is a line and column of written, both counted from 0.
type place struct{ from, line, column int }

// cut says where a piece of text was written: text[at:] is written[from:], or
// all of it stands for what is at from where it is a named value.
type cut struct {
	at, from int
	value    bool
}

// mention is a name between {{ and }}.
type mention struct {
	at   int // offset in text
	name string
}

// newSource puts the named values in. It reports false where the result is
// longer than MaxText.
func newSource(d Document, o *Options) (*source, bool) {
	s := &source{name: d.Name, at: d.At, written: d.Text, lines: []int{0}}
	if s.at.Line < 1 {
		s.at.Line = 1
	}
	if s.at.Column < 1 {
		s.at.Column = 1
	}
	if len(d.Text) > MaxText {
		return s, false
	}
	for i, c := range d.Text {
		if c == '\n' {
			s.lines = append(s.lines, i+1)
		}
	}
	return s, s.fill(o)
}

// fill makes text of what is written.
func (s *source) fill(o *Options) bool {
	var out strings.Builder
	rest := 0
	if bytes.HasPrefix(s.written, []byte("\ufeff")) {
		rest = len("\ufeff")
		s.cuts = append(s.cuts, cut{from: rest})
	}
	for {
		start, end, name := nextNamed(s.written, rest)
		if start < 0 {
			out.Write(s.written[rest:])
			s.text = out.String()
			return out.Len() <= MaxText
		}
		out.Write(s.written[rest:start])
		value, known := o.NamedValues[strings.TrimSpace(name)]
		if known {
			s.put(&out, start, end, value)
			if o.Secret != nil && value != "" && o.Secret(strings.TrimSpace(name)) {
				s.secrets = append(s.secrets, value)
			}
		} else {
			s.unknown = append(s.unknown, mention{at: out.Len(), name: name})
			out.Write(s.written[start:end])
		}
		rest = end
		if out.Len() > MaxText {
			return false
		}
	}
}

// mentions reports whether text[from:to] names a named value there is not.
func (s *source) mentions(from, to int) bool {
	i := sort.Search(len(s.unknown), func(i int) bool { return s.unknown[i].at >= from })
	return i < len(s.unknown) && s.unknown[i].at < to && strings.TrimSpace(s.unknown[i].name) == s.unknown[i].name
}

// put writes a value in the place of written[start:end].
func (s *source) put(out *strings.Builder, start, end int, value string) {
	s.cuts = append(s.cuts, cut{at: out.Len(), from: start, value: true})
	out.WriteString(value)
	s.cuts = append(s.cuts, cut{at: out.Len(), from: end})
}

// nextNamed finds the next {{name}} at or after from. A third brace on either
// side makes it something else: an interpolated string.
func nextNamed(text []byte, from int) (start, end int, name string) {
	for {
		i := bytes.Index(text[from:], []byte("{{"))
		if i < 0 {
			return -1, -1, ""
		}
		start = from + i
		j := start + 2
		for j < len(text) && (namedByte(text[j]) || text[j] == ' ') {
			j++
		}
		name = string(text[start+2 : j])
		if closesNamed(text[j:]) && strings.TrimSpace(name) != "" && (start == 0 || text[start-1] != '{') {
			return start, j + 2, name
		}
		from = start + 1
	}
}

// closesNamed reports whether text starts with two braces and not with three.
func closesNamed(text []byte) bool {
	return bytes.HasPrefix(text, []byte("}}")) && !bytes.HasPrefix(text, []byte("}}}"))
}

// namedByte reports whether a named value's name may contain c.
func namedByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.'
}

// position returns where text[offset:] was written.
func (s *source) position(offset int) expr.Position {
	from := offset
	if i := sort.Search(len(s.cuts), func(i int) bool { return s.cuts[i].at > offset }); i > 0 {
		c := s.cuts[i-1]
		from = c.from
		if !c.value {
			from += offset - c.at
		}
	}
	from = max(0, min(from, len(s.written)))
	p := s.place(from)
	return expr.Position{Line: s.at.Line + p.line, Column: s.at.Column + p.column}
}

// place returns the place of an offset in written; a byte order mark has none.
func (s *source) place(from int) place {
	for from > 0 && from < len(s.written) && !utf8.RuneStart(s.written[from]) {
		from--
	}
	line, found := slices.BinarySearch(s.lines, from)
	if !found {
		line--
	}
	start, column := s.lines[line], 0
	if line == s.last.line && s.last.from <= from {
		start, column = s.last.from, s.last.column
	} else if line == 0 && bytes.HasPrefix(s.written, []byte("\ufeff")) {
		start = min(len("\ufeff"), from)
	}
	s.last = place{from: from, line: line, column: column + utf8.RuneCount(s.written[start:from])}
	return s.last
}
