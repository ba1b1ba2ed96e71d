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
	errors   tally
	warnings tally
}

// tally counts the problems of one kind.
type tally struct{ shown, dropped int }

// room reports whether another problem may be shown, and counts it if not.
func (t *tally) room(limit int) bool {
	if t.shown < limit {
		return true
	}
	t.dropped++
	return false
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
func (r *report) full() bool { return !r.errors.room(MaxProblems) }

// warn reports something the document is used in spite of.
func (r *report) warn(p *path, format string, args ...any) {
	if name := p.String(); !r.seen[name] {
		r.add(r.place(p), name, true, fmt.Sprintf(format, args...))
	}
}

// add reports a problem without looking for others at the same path.
func (r *report) add(at pos, name string, warning bool, message string) {
	r.addProblem(Problem{
		File: r.src.name, Line: at.line, Column: at.column,
		Path: name, Message: message, Warning: warning, Source: r.src.line(at.line),
	})
}

// addProblem adds a problem, of this document or of a file that it names.
func (r *report) addProblem(p Problem) {
	count, limit := &r.errors, MaxProblems
	if p.Warning {
		count, limit = &r.warnings, MaxWarnings
	}
	if !count.room(limit) {
		return
	}
	count.shown++
	r.problems = append(r.problems, p)
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

// sorted returns the problems in the order of the document, then those of the
// files it names, with a last one that counts those left out.
func (r *report) sorted() Problems {
	out := slices.Clone(r.problems)
	slices.SortStableFunc(out, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(r.rank(a.File), r.rank(b.File)), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	if r.errors.dropped+r.warnings.dropped > 0 {
		out = append(out, r.rest(out[len(out)-1]))
	}
	return out
}

// rank orders files: the document first.
func (r *report) rank(file string) string {
	if file == r.src.name {
		return ""
	}
	return file
}

// rest counts the problems left out, at the place of the last that is not.
func (r *report) rest(last Problem) Problem {
	last.Path, last.Warning = "", r.errors.dropped == 0
	last.Message = fmt.Sprintf("%d more errors and %d more warnings are not shown: want at most %d errors and %d warnings at a time",
		r.errors.dropped, r.warnings.dropped, MaxProblems, MaxWarnings)
	return last
}

// clone returns a report that goes on where r is without changing it.
func (r *report) clone() *report {
	c := *r
	c.problems = slices.Clone(r.problems)
	c.seen = maps.Clone(r.seen)
	return &c
}
