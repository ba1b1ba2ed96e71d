package arch

import (
	"cmp"
	"fmt"
	"slices"
)

// Finding is one place where a rule is broken.
type Finding struct {
	Path string // slash-separated, relative to the root of the module
	Line int    // 1-based; 0 for a whole file or folder
	What string
}

func (f Finding) String() string {
	if f.Line == 0 {
		return f.Path + ": " + f.What
	}
	return fmt.Sprintf("%s:%d: %s", f.Path, f.Line, f.What)
}

// Rule is one rule of the house.
type Rule struct {
	Name  string // as in testdata/NAME.txtar
	Why   string // printed with every failure
	Check func(*Tree) []Finding
}

// Apply returns the findings of the rule in the order of paths and lines.
func (r Rule) Apply(t *Tree) []Finding {
	out := r.Check(t)
	slices.SortStableFunc(out, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Line, b.Line), cmp.Compare(a.What, b.What))
	})
	return out
}
