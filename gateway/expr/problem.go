package expr

import "fmt"

// Position is a place in a document; both are counted from 1. Columns are bytes
// here, and characters in gateway/policy.
type Position struct{ Line, Column int }

// String returns line:column.
func (p Position) String() string { return fmt.Sprintf("%d:%d", p.Line, p.Column) }

// after returns the position of text[n:] in a text that starts at p.
func (p Position) after(text string, n int) Position {
	n = min(n, len(text))
	for _, c := range []byte(text[:n]) {
		p.Column++
		if c == '\n' {
			p.Line++
			p.Column = 1
		}
	}
	return p
}

// Problem is why an expression is refused, and where.
type Problem struct {
	Position
	Message string
}

// String returns line:column: message.
func (p Problem) String() string { return p.Position.String() + ": " + p.Message }
