package configs

import (
	"fmt"
	"io"
	"strings"
)

// MaxProblems is the most errors one document is reported to have, MaxWarnings
// the most warnings. A last problem counts those beyond.
const (
	MaxProblems = 200
	MaxWarnings = 50
)

// Problem is one thing wrong with a document.
type Problem struct {
	File    string
	Line    int    // from 1
	Column  int    // from 1, in characters
	Path    string // profiles[1].endpoints[0].weight; empty for the whole document
	Message string // what is wrong, what is allowed
	Warning bool   // the document is used all the same
	Source  string // the line itself, for the caret
}

// String returns the problem on one line, file:line:column: path: message.
func (p Problem) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d:%d: ", p.File, p.Line, p.Column)
	if p.Warning {
		b.WriteString("warning: ")
	}
	if p.Path != "" {
		b.WriteString(p.Path + ": ")
	}
	b.WriteString(p.Message)
	return b.String()
}

// Problems is everything wrong with a document. As an error it holds at least
// one problem that is not a warning.
type Problems []Problem

// Error returns all problems, one a line.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// Fatal reports whether any problem is not a warning.
func (ps Problems) Fatal() bool {
	for _, p := range ps {
		if !p.Warning {
			return true
		}
	}
	return false
}

// Print writes all problems, each followed by its line of the document and a
// caret under the place.
func (ps Problems) Print(w io.Writer) error {
	var b strings.Builder
	for _, p := range ps {
		b.WriteString(p.String() + "\n")
		b.WriteString(caret(p.Source, p.Column))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Widths of the excerpt above a caret, in characters.
const (
	caretBefore = 60
	caretAfter  = 40
)

// caret returns two lines: an excerpt of line around column, and the mark.
func caret(line string, column int) string {
	runes := []rune(line)
	at := min(max(column-1, 0), len(runes))
	if len(runes) == 0 {
		return ""
	}
	from, to := max(at-caretBefore, 0), min(at+caretAfter, len(runes))
	for i, r := range runes {
		if r < ' ' || r == 0x7f {
			runes[i] = ' '
		}
	}
	return fmt.Sprintf("    %s\n    %s^\n", string(runes[from:to]), strings.Repeat(" ", at-from))
}
