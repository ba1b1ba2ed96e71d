package policy

import (
	"cmp"
	"fmt"
	"slices"
)

// report collects what is wrong with one document.
type report struct {
	file     string // the document's own name; fragments follow it
	problems Problems
	fatal    bool
	left     int // problems beyond MaxProblems
}

// refuse adds a problem at an offset of src.
func (r *report) refuse(src *source, at int, path, format string, args ...any) {
	r.fatal = true
	r.add(src, at, Problem{Path: path, Message: fmt.Sprintf(format, args...)})
}

// warn adds what does not keep the document from being used.
func (r *report) warn(src *source, at int, path, format string, args ...any) {
	r.add(src, at, Problem{Path: path, Message: fmt.Sprintf(format, args...), Warning: true})
}

func (r *report) add(src *source, at int, p Problem) {
	if len(r.problems) >= MaxProblems {
		r.left++
		return
	}
	where := src.position(at)
	p.File, p.Line, p.Column = src.name, where.Line, where.Column
	r.problems = append(r.problems, p)
}

// sorted returns the problems in the order of the text, each once, the
// document's own first.
func (r *report) sorted() Problems {
	slices.SortStableFunc(r.problems, func(a, b Problem) int {
		if (a.File == r.file) != (b.File == r.file) {
			if a.File == r.file {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	r.problems = slices.Compact(r.problems)
	if r.left > 0 {
		r.problems = append(r.problems, Problem{
			File: r.file, Line: 1, Column: 1, Message: fmt.Sprintf("%d more problems are not shown", r.left), Warning: !r.fatal,
		})
	}
	return r.problems
}
