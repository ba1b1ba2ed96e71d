package expr

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// lexer cuts a source into tokens. The first error ends it.
type lexer struct {
	src string
	off int // of src in the whole source: holes are lexed on their own
	i   int
	ops []string
}

// sourceError is a lexical or syntax error at a byte offset.
type sourceError struct {
	pos int
	msg string
}

// Error returns the message.
func (e *sourceError) Error() string { return e.msg }

func (l *lexer) errorf(pos int, format string, args ...any) error {
	return &sourceError{l.off + pos, fmt.Sprintf(format, args...)}
}

// tokens returns all tokens of src, the last one tokEOF.
func tokens(src string, off int) ([]token, error) {
	l := &lexer{src: src, off: off, ops: operators()}
	var out []token
	for {
		t, err := l.next()
		if err != nil {
			return nil, err
		}
		out = append(out, t)
		if t.kind == tokEOF {
			return out, nil
		}
	}
}

func (l *lexer) next() (token, error) {
	start := l.i
	if err := l.skipSpace(); err != nil {
		return token{}, err
	}
	t := token{pos: l.off + l.i, space: l.i > start}
	err := l.scan(&t)
	return t, err
}

func (l *lexer) scan(t *token) error {
	rest := l.src[l.i:]
	if rest == "" {
		t.kind = tokEOF
		return nil
	}
	switch rest[0] {
	case '"', '@', '$':
		return l.quoted(t)
	case '\'':
		return l.char(t)
	}
	if digitAt(rest, 0) || rest[0] == '.' && digitAt(rest, 1) {
		return l.number(t)
	}
	if r, _ := utf8.DecodeRuneInString(rest); r == '_' || unicode.IsLetter(r) {
		l.name(t)
		return nil
	}
	return l.punct(t)
}

func (l *lexer) name(t *token) {
	start := l.i
	for l.i < len(l.src) {
		r, n := utf8.DecodeRuneInString(l.src[l.i:])
		if r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			break
		}
		l.i += n
	}
	t.kind, t.text = tokName, l.src[start:l.i]
}

func (l *lexer) punct(t *token) error {
	rest := l.src[l.i:]
	for _, op := range l.ops {
		if !strings.HasPrefix(rest, op) || op == "?." && len(rest) > 2 && '0' <= rest[2] && rest[2] <= '9' {
			continue
		}
		t.kind, t.text = tokPunct, op
		l.i += len(op)
		return nil
	}
	r, _ := utf8.DecodeRuneInString(rest)
	return l.errorf(l.i, "unexpected character %q", r)
}

// skipSpace skips white space and comments.
func (l *lexer) skipSpace() error {
	for l.i < len(l.src) {
		rest := l.src[l.i:]
		r, n := utf8.DecodeRuneInString(rest)
		switch {
		case unicode.IsSpace(r) || r == '\ufeff':
			l.i += n
		case strings.HasPrefix(rest, "//"):
			end := strings.IndexByte(rest, '\n')
			if end < 0 {
				end = len(rest)
			}
			l.i += end
		case strings.HasPrefix(rest, "/*"):
			end := strings.Index(rest[2:], "*/")
			if end < 0 {
				return l.errorf(l.i, "the comment has no end")
			}
			l.i += end + 4
		default:
			return nil
		}
	}
	return nil
}

// quoted lexes "…", @"…", $"…", $@"…", @$"…" and names written @name.
func (l *lexer) quoted(t *token) error {
	rest := l.src[l.i:]
	prefix := rest[:len(rest)-len(strings.TrimLeft(rest, "@$"))]
	rest = rest[len(prefix):]
	switch {
	case rest != "" && rest[0] == '"' && len(prefix) <= 2 && prefix != "@@" && prefix != "$$":
		l.i += len(prefix) + 1
		return l.text(t, strings.Contains(prefix, "@"), strings.Contains(prefix, "$"))
	case prefix == "@" && letterAt(rest):
		l.i++
		l.name(t)
		return nil
	}
	return l.errorf(l.i, "unexpected character %q", l.src[l.i])
}

// letterAt reports whether a name starts s.
func letterAt(s string) bool {
	return s != "" && (s[0] == '_' || alphanumeric(s[0]) && !digitAt(s, 0))
}

// text lexes a string from behind its opening quote.
func (l *lexer) text(t *token, verbatim, interpolated bool) error {
	start := l.i - 1
	var sb strings.Builder
	t.kind = tokString
	for l.i < len(l.src) {
		c := l.src[l.i]
		if c == '"' && !(verbatim && strings.HasPrefix(l.src[l.i:], `""`)) {
			l.i++
			l.finish(t, &sb, interpolated)
			return nil
		}
		if c == '\n' && !verbatim {
			return l.errorf(start, "the string has no end on its line")
		}
		if err := l.piece(t, &sb, verbatim, interpolated); err != nil {
			return err
		}
	}
	return l.errorf(start, "the string has no end")
}

// piece lexes a character, an escape or a hole of a string.
func (l *lexer) piece(t *token, sb *strings.Builder, verbatim, interpolated bool) error {
	c := l.src[l.i]
	switch {
	case c == '\\' && !verbatim:
		return l.escape(sb)
	case interpolated && (c == '{' || c == '}'):
		return l.brace(t, sb, c)
	}
	sb.WriteByte(c)
	l.i++
	if c == '"' { // doubled
		l.i++
	}
	return nil
}

func (l *lexer) finish(t *token, sb *strings.Builder, interpolated bool) {
	if !interpolated {
		t.text = sb.String()
		return
	}
	t.kind = tokInterp
	if sb.Len() > 0 {
		t.parts = append(t.parts, part{text: sb.String()})
	}
}

// brace lexes {{, }} or a hole of an interpolated string.
func (l *lexer) brace(t *token, sb *strings.Builder, c byte) error {
	if l.i+1 < len(l.src) && l.src[l.i+1] == c {
		sb.WriteByte(c)
		l.i += 2
		return nil
	}
	if c == '}' {
		return l.errorf(l.i, "a single } in an interpolated string: write }}")
	}
	if sb.Len() > 0 {
		t.parts = append(t.parts, part{text: sb.String()})
		sb.Reset()
	}
	p, err := l.hole()
	t.parts = append(t.parts, p)
	return err
}

// hole lexes {source,align:format}.
func (l *lexer) hole() (part, error) {
	start := l.i
	h, ok := cutHole(l.src[l.i+1:])
	if !ok {
		return part{}, l.errorf(start, "the { of the interpolated string has no end")
	}
	p := part{source: h.source, pos: l.off + l.i + 1, format: h.format}
	l.i += 1 + h.size
	if strings.TrimSpace(p.source) == "" {
		return p, l.errorf(start, "an expression is missing between { and }")
	}
	if h.align != "" {
		n, err := strconv.Atoi(strings.TrimSpace(h.align))
		if err != nil || n > 1000 || n < -1000 {
			return p, l.errorf(start, "alignment %q: a number from -1000 to 1000 is allowed", h.align)
		}
		p.align = n
	}
	return p, nil
}
