package dnswire

import "strings"

// entry is one logical line of zone-file text: a record or a directive, over
// as many lines as its parentheses need.
type entry struct {
	text string // without the final newline
	line int    // of its first character
}

// entryEnd is where an entry stops.
type entryEnd struct {
	depth  int // of parentheses
	quoted bool
	lines  int // newlines inside the entry
}

// nextEntry cuts the first entry off text, which starts at line. A problem
// concerns the whole entry, whose extent is then a guess.
func nextEntry(text string, line int) (e entry, rest string, nextLine int, problem string) {
	var end entryEnd
	for i := 0; i < len(text); i++ {
		if text[i] == '\n' && (end.depth <= 0 || end.quoted) {
			return entry{text[:i], line}, text[i+1:], line + end.lines + 1, end.problem()
		}
		i = end.step(text, i)
	}
	problem = end.problem()
	if problem == "" && end.depth > 0 {
		problem = "opening parenthesis is never closed"
	}
	return entry{text, line}, "", line + end.lines + 1, problem
}

// step takes in the character at i and returns the position of the last one it
// settled. A parenthesis closed too often stays so.
func (s *entryEnd) step(text string, i int) int {
	switch c := text[i]; {
	case c == '\\':
		return skipEscape(text, i)
	case c == '\n':
		s.lines++
	case c == '"':
		s.quoted = !s.quoted
	case s.quoted || s.depth < 0:
	case c == ';':
		return skipComment(text, i)
	case c == '(':
		s.depth++
	case c == ')':
		s.depth--
	}
	return i
}

func (s *entryEnd) problem() string {
	switch {
	case s.quoted:
		return "quoted string does not end on its line"
	case s.depth < 0:
		return "closing parenthesis without an opening one"
	}
	return ""
}

// skipEscape returns the position of the character that the backslash at i
// escapes; newlines cannot be escaped.
func skipEscape(text string, i int) int {
	if i+1 < len(text) && text[i+1] != '\n' {
		return i + 1
	}
	return i
}

// skipComment returns the position of the last character before the newline
// that ends the comment at i.
func skipComment(text string, i int) int {
	if end := strings.IndexByte(text[i:], '\n'); end >= 0 {
		return i + end - 1
	}
	return len(text) - 1
}

// blank reports whether the entry holds nothing but space and comments.
func (e entry) blank() bool {
	text := strings.TrimLeft(e.text, " \t\r")
	return text == "" || text[0] == ';'
}

// first returns the first token, empty when the entry begins with a blank, and
// what follows it.
func (e entry) first() (token, rest string) {
	for i := 0; i < len(e.text); i++ {
		switch e.text[i] {
		case '\\':
			i++
		case ' ', '\t', '\r', '\n', ';', '(', ')', '"':
			return e.text[:i], e.text[i:]
		}
	}
	return e.text, ""
}
