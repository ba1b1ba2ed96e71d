package dnstest

import (
	"fmt"
	"strings"
)

// Case is a query and what its reply looks like.
type Case struct {
	Line    int    // of the query
	Comment string // the "#" lines before it
	Query   string // as Query reads it; "tcp" in front: over TCP
	Want    string // as Show writes it; "-\n": no reply
}

// Cases reads cases: "> QUERY", followed by the reply's lines up to an empty
// one.
func Cases(text string) ([]Case, error) {
	var out []Case
	open := false
	comment := ""
	for i, line := range strings.Split(text, "\n") {
		query, starts := strings.CutPrefix(line, "> ")
		switch {
		case starts:
			out = append(out, Case{Line: i + 1, Comment: strings.TrimSpace(comment), Query: query})
			open, comment = true, ""
		case line == "":
			open = false
		case strings.HasPrefix(line, "#"):
			comment += strings.TrimPrefix(line, "#")
		case !open:
			return nil, fmt.Errorf("line %d: %q: want a query, \"> TYPE NAME …\"", i+1, line)
		default:
			out[len(out)-1].Want += line + "\n"
		}
	}
	return out, nil
}
