package policy

import (
	"fmt"
	"strings"
)

// Problem is one thing wrong with a document.
type Problem struct {
	File    string
	Line    int    // from 1
	Column  int    // from 1, in characters
	Path    string // inbound/choose[1]/when[2]; empty for the whole document
	Message string // what is wrong, what is allowed
	Warning bool   // the document is used all the same
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

// Problems is everything wrong with a document, in the order of the text.
type Problems []Problem
