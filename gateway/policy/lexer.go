package policy

import "strings"

// lexer walks over C# to find the bracket that ends an expression. It knows
// what brackets can hide in: strings of all kinds, characters and comments;
// and it reads entities as the characters they stand for, outside of strings
// that were opened by a quote as typed.
type lexer struct {
	s     string
	i     int
	quote byte // of the attribute around; 0 in text
	xml   bool // nothing so far that XML does not allow
	plain bool // CDATA: no entities
	out   strings.Builder
	marks []mark
	start int
	bare  [2]bool // no */, no line end ahead: what looks like a comment is none
}

// scanCode returns the expression whose @( or @{ is at s[at:], and the offset
// after its closing bracket. It reports false where nothing closes it.
func scanCode(s string, at int, quote byte, cdata bool) (c code, end int, xml, ok bool) {
	l := lexer{s: s, i: at + 2, start: at + 2, quote: quote, xml: true, plain: cdata}
	open, shut := byte('('), byte(')')
	if s[at+1] == '{' {
		open, shut = '{', '}'
	}
	if !l.code(open, shut, 0) {
		return code{}, 0, false, false
	}
	last := l.i - 1
	c = code{at: at + 2, raw: s[at+2 : last], block: open == '{', plain: cdata}
	c.typed = text{value: l.out.String()[:l.out.Len()-1], marks: l.marks}
	return c, l.i, l.xml, true
}

// next takes one character: a byte, or what an entity stands for.
func (l *lexer) next() (c byte, entity bool) {
	c, n := l.peek()
	l.copy(c, n)
	return c, n > 1
}

// peek returns the character ahead and how many bytes it is written in; 0 at
// the end.
func (l *lexer) peek() (c byte, n int) {
	if l.i >= len(l.s) {
		return 0, 0
	}
	c = l.s[l.i]
	if c != '&' || l.plain {
		return c, 1
	}
	value, n := entity(l.s[l.i:])
	if n == 0 || len(value) != 1 {
		return c, 1
	}
	return value[0], n
}

// copy takes c, written in n bytes.
func (l *lexer) copy(c byte, n int) {
	if n == 0 {
		return
	}
	if n == 1 && (c == l.quote || c == '<' || c == '&' && !l.plain && !startsEntity(l.s[l.i:])) {
		l.xml = false
	}
	l.out.WriteByte(c)
	l.i += n
	if n > 1 {
		l.marks = append(l.marks, mark{to: l.out.Len(), from: l.i - l.start})
	}
}

// code walks to the bracket that closes one that is open. depth counts strings
// inside interpolations inside strings.
func (l *lexer) code(open, shut byte, depth int) bool {
	level := 1
	for l.i < len(l.s) && depth <= MaxDepth {
		c, n := l.peek()
		if l.literal(c, n, depth) {
			continue
		}
		l.copy(c, n)
		switch c {
		case open:
			level++
		case shut:
			level--
			if level == 0 {
				return true
			}
		}
	}
	return false
}

// literal takes a string, a character or a comment, if one is ahead.
func (l *lexer) literal(c byte, n, depth int) bool {
	switch c {
	case '"':
		l.copy(c, n)
		l.text(quoted{entity: n > 1}, depth)
	case '\'':
		return l.character()
	case '/':
		return l.comment()
	case '@', '$':
		return l.prefixed(depth)
	default:
		return false
	}
	return true
}

// prefixed takes @"…", $"…", $@"…" and @$"…".
func (l *lexer) prefixed(depth int) bool {
	j, verbatim, interpolated := l.i, false, false
	for j < len(l.s) && j < l.i+2 && (l.s[j] == '@' || l.s[j] == '$') {
		verbatim = verbatim || l.s[j] == '@'
		interpolated = interpolated || l.s[j] == '$'
		j++
	}
	behind := lexer{s: l.s, i: j, plain: l.plain}
	if c, _ := behind.peek(); c != '"' {
		return false
	}
	for l.i < j {
		l.next()
	}
	_, entity := l.next()
	l.text(quoted{entity: entity, verbatim: verbatim, interpolated: interpolated}, depth)
	return true
}

// quoted is how a C# string is written.
type quoted struct{ entity, verbatim, interpolated bool }

// text takes a string up to its closing quote, which is written as the opening
// one was. A string that is not verbatim ends with its line.
func (l *lexer) text(q quoted, depth int) {
	for l.i < len(l.s) {
		c, n := l.inText(q.entity)
		if c == '\n' && !q.verbatim {
			return
		}
		if c == '{' && q.interpolated {
			l.hole(depth)
			continue
		}
		l.copy(c, n)
		if c == '\\' && !q.verbatim {
			l.next()
		}
		if l.ends(q, c, n) {
			return
		}
	}
}

// ends reports whether the character just taken ends the string. It takes the
// second quote of a "" in a verbatim one.
func (l *lexer) ends(q quoted, c byte, n int) bool {
	return c == '"' && (n > 1) == q.entity && (!q.verbatim || !l.doubled(q.entity))
}

// inText is peek inside of a string: in one as typed an entity is the
// characters it is written in.
func (l *lexer) inText(entity bool) (c byte, n int) {
	if c, n = l.peek(); n > 1 && !entity {
		return l.s[l.i], 1
	}
	return c, n
}

// doubled takes the second quote of a "" in a verbatim string.
func (l *lexer) doubled(entity bool) bool {
	c, n := l.peek()
	if c != '"' || (n > 1) != entity {
		return false
	}
	l.next()
	return true
}

// hole takes {{, or {…} with what is in it.
func (l *lexer) hole(depth int) {
	l.next()
	if c, _ := l.peek(); c == '{' {
		l.next()
		return
	}
	l.code('{', '}', depth+1)
}

// character takes 'x', '\n', '\u0041' and the like, or nothing.
func (l *lexer) character() bool {
	ahead := *l
	ahead.out, ahead.marks = strings.Builder{}, nil
	ahead.next()
	if c, _ := ahead.next(); c == '\\' {
		ahead.next()
		for range 8 {
			if c, _ := ahead.peek(); c == '\'' || !namedByte(c) {
				break
			}
			ahead.next()
		}
	} else if c >= 0x80 {
		for range 3 {
			if c, _ := ahead.peek(); c < 0x80 {
				break
			}
			ahead.next()
		}
	}
	if c, _ := ahead.next(); c != '\'' {
		return false
	}
	for l.i < ahead.i {
		l.next()
	}
	return true
}

// comment takes // to the end of the line, or /* to */.
func (l *lexer) comment() bool {
	stop, bare := "\n", &l.bare[1]
	switch {
	case strings.HasPrefix(l.s[l.i:], "/*"):
		stop, bare = "*/", &l.bare[0]
	case !strings.HasPrefix(l.s[l.i:], "//"):
		return false
	}
	if *bare {
		return false
	}
	end := strings.Index(l.s[l.i+2:], stop)
	if end < 0 {
		*bare = true
		return false
	}
	for end += l.i + 2 + len(stop); l.i < end; {
		l.next()
	}
	return true
}
