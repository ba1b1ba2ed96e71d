package policy

import (
	"context"
	"fmt"
	"strings"
)

// chooseKind is <choose> with <when condition="…"> and <otherwise>: the first
// branch whose condition is true, only.
func chooseKind() kind {
	return kind{name: "choose", in: everywhere, content: elements, compile: compileChoose}
}

// choose is its branches in their order.
type choose struct {
	branches  []branch
	otherwise []step
}

type branch struct {
	condition *term
	line      int // where it stands
	steps     []step
}

func compileChoose(c *compiler, e *element, _ terms) runner {
	if !c.only(e, "when", "otherwise") {
		return nil
	}
	out := &choose{}
	last := false
	for i, child := range e.children {
		if !c.room(child) {
			return nil
		}
		if last {
			c.refuse(child.src, child.at, "<%s> behind <otherwise>, which is the last", child.name)
		}
		if child.name == "otherwise" {
			last = true
			out.otherwise = c.branch(child, "otherwise", nil).steps
			continue
		}
		when := []attr{{name: "condition", required: true, code: true, want: wantBool}}
		out.branches = append(out.branches, c.branch(child, fmt.Sprintf("when[%d]", i+1), when))
	}
	if len(out.branches) == 0 {
		c.refuse(e.src, e.at, "<choose> has no <when>; want at least one")
	}
	return out.run
}

// branch compiles <when> or <otherwise>.
func (c *compiler) branch(e *element, name string, table []attr) branch {
	c.path = append(c.path, name)
	defer func() { c.path = c.path[:len(c.path)-1] }()
	t, _ := c.terms(e, table)
	c.noText(e)
	return branch{condition: t["condition"], line: e.src.position(e.at).Line, steps: c.steps(e.children)}
}

func (o *choose) run(ctx context.Context, r *run) error {
	for i := range o.branches {
		taken, err := o.branches[i].condition.isTrue(r, false)
		if err != nil {
			return err
		}
		if taken {
			if r.x.Trace != nil {
				r.note(fmt.Sprintf("when %d of %d", i+1, len(o.branches)) + o.passed(i))
			}
			return r.steps(ctx, o.branches[i].steps)
		}
	}
	if r.x.Trace != nil {
		r.note("otherwise" + o.passed(len(o.branches)))
	}
	return r.steps(ctx, o.otherwise)
}

// passed says which conditions were false, the first n; their values stand with
// the note, in the same order.
func (o *choose) passed(n int) string {
	if n == 0 {
		return ""
	}
	parts := make([]string, n)
	for i := range parts {
		parts[i] = fmt.Sprintf("%d (line %d)", i+1, o.branches[i].line)
	}
	if n == 1 {
		return ", as when " + parts[0] + " was false"
	}
	return ", as when " + strings.Join(parts[:n-1], ", ") + " and " + parts[n-1] + " were false"
}
