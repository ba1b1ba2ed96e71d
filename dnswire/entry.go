package dnswire

import "strings"

// entry is one logical line of zone-file text: a record or a directive, over
// as many lines as its parentheses need.
type entry struct {
	text string // without the final newline
	line int    // of its first character
}

// nextEntry cuts the first entry off text, which starts at line. A problem
// concerns the whole entry, whose extent is then a guess.
func nextEntry(text string, line int) (e entry, rest string, nextLine int, problem string) {
	depth, quoted := 0, false
	lines := 1
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\':
			if i+1 < len(text) && text[i+1] != '\n' {
				i++
			}
		case c == '\n':
			if depth == 0 || quoted {
				return entry{text[:i], line}, text[i+1:], line + lines, quoteProblem(quoted)
			}
			lines++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == ';':
			i = skipComment(text, i)
		case c == '(':
			depth++
		case c == ')':
			if depth--; depth < 0 {
				e, rest, nextLine = restOfLine(text, i, line, lines)
				return e, rest, nextLine, "closing parenthesis without an opening one"
			}
		}
	}
	problem = quoteProblem(quoted)
	if depth > 0 {
		problem = "opening parenthesis is never closed"
	}
	return entry{text, line}, "", line + lines, problem
}

func quoteProblem(quoted bool) string {
	if quoted {
		return "quoted string does not end on its line"
	}
	return ""
}

// skipComment returns the position of the last character before the newline
// that ends the comment at i.
func skipComment(text string, i int) int {
	if end := strings.IndexByte(text[i:], '\n'); end >= 0 {
		return i + end - 1
	}
	return len(text) - 1
}

func restOfLine(text string, i, line, lines int) (entry, string, int) {
	end := strings.IndexByte(text[i:], '\n')
	if end < 0 {
		return entry{text, line}, "", line + lines
	}
	return entry{text[:i+end], line}, text[i+end+1:], line + lines
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
