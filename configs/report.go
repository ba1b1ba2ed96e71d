package configs

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// report collects what is wrong with one document.
type report struct {
	src      *source
	root     *value // nil until the document is parsed
	problems Problems
	seen     map[string]bool // paths that have an error
	dropped  int             // problems beyond MaxProblems
	stopped  bool            // an error was dropped
}

func newReport(src *source) *report { return &report{src: src, seen: map[string]bool{}} }

// fail reports an error at p. A path has at most one: what follows from the
// first is left out.
func (r *report) fail(p *path, format string, args ...any) {
	r.failAt(r.place(p), p, format, args...)
}

// failAt is fail with a place of its own, for keys and for lines of a text.
func (r *report) failAt(at pos, p *path, format string, args ...any) {
	name := p.String()
	if r.full() || r.seen[name] {
		return
	}
	r.seen[name] = true
	r.add(at, name, false, fmt.Sprintf(format, args...))
}

// full reports whether another error would be left out, and counts it if so.
func (r *report) full() bool {
	if len(r.problems) < MaxProblems {
		return false
	}
	r.dropped++
	r.stopped = true
	return true
}

// warn reports something the document is used in spite of.
func (r *report) warn(p *path, format string, args ...any) {
	if name := p.String(); !r.seen[name] {
		r.add(r.place(p), name, true, fmt.Sprintf(format, args...))
	}
}

// add reports a problem without looking for others at the same path.
func (r *report) add(at pos, name string, warning bool, message string) {
	if len(r.problems) >= MaxProblems {
		r.dropped++
		r.stopped = r.stopped || !warning
		return
	}
	r.problems = append(r.problems, Problem{
		File: r.src.name, Line: at.line, Column: at.column,
		Path: name, Message: message, Warning: warning, Source: r.src.line(at.line),
	})
}

// broken reports whether p itself has an error.
func (r *report) broken(p *path) bool { return len(r.seen) > 0 && r.seen[p.String()] }

// brokenBelow reports whether p or a value below it has an error.
func (r *report) brokenBelow(p *path) bool {
	name := p.String()
	for broken := range r.seen {
		rest, below := strings.CutPrefix(broken, name)
		if below && (rest == "" || rest[0] == '.' || rest[0] == '[' || name == "") {
			return true
		}
	}
	return false
}

// place returns where p is, or where the nearest value above it is.
func (r *report) place(p *path) pos {
	if r.root == nil {
		return pos{1, 1}
	}
	found, _ := r.root.find(p)
	return found.pos
}

// sorted returns the problems in the order of the document, with a last one
// that counts those left out.
func (r *report) sorted() Problems {
	out := slices.Clone(r.problems)
	slices.SortStableFunc(out, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	if r.dropped > 0 && len(out) > 0 {
		out = append(out, r.rest(out[len(out)-1]))
	}
	return out
}

// rest counts the problems left out, at the place of the last that is not.
func (r *report) rest(last Problem) Problem {
	last.Path, last.Warning = "", !r.stopped
	last.Message = fmt.Sprintf("%d more problems are not shown: want at most %d at a time", r.dropped, MaxProblems)
	return last
}

// clone returns a report that goes on where r is without changing it.
func (r *report) clone() *report {
	c := *r
	c.problems = slices.Clone(r.problems)
	c.seen = maps.Clone(r.seen)
	return &c
}
