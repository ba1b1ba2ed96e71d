package policy

import (
	"context"
	"slices"
)

// includeKind is <include-fragment fragment-id="…" />: the steps of a fragment
// in its place, in the section around it.
func includeKind() kind {
	return kind{
		name: "include-fragment", in: everywhere,
		attributes: []attr{{name: "fragment-id", required: true, want: wantName}},
		compile:    compileInclude,
	}
}

func compileInclude(c *compiler, e *element, t terms) runner {
	id := t["fragment-id"].constant()
	d, known := c.o.Fragments[id]
	switch {
	case !known:
		c.refuse(e.src, t["fragment-id"].at, "fragment %q does not exist", id)
		return nil
	case slices.Contains(c.includes, id):
		c.refuse(e.src, t["fragment-id"].at, "fragment %q includes itself, by %s", id, list(c.includes))
		return nil
	case len(c.includes) >= MaxIncludes:
		c.refuse(e.src, t["fragment-id"].at, "fragments more than %d deep", MaxIncludes)
		return nil
	}
	c.included += len(d.Text)
	if c.included > maxIncluded {
		c.refuse(e.src, t["fragment-id"].at, "more than %d bytes of fragments", maxIncluded)
		return nil
	}
	root := c.fragment(id, d)
	if root == nil {
		return nil
	}
	c.includes = append(c.includes, id)
	steps := c.steps(root.children)
	c.includes = c.includes[:len(c.includes)-1]
	return func(ctx context.Context, r *run) error {
		if r.x.Trace != nil {
			r.note("fragment " + id)
		}
		return r.steps(ctx, steps)
	}
}

// maxIncluded is the most bytes of fragments in one document, each counted as
// often as it is included.
const maxIncluded = 8 * MaxText

// fragment reads a fragment, once; nil where it cannot be used.
func (c *compiler) fragment(id string, d Document) *element {
	if root, done := c.fragments[id]; done {
		return root
	}
	c.fragments[id] = nil
	src, ok := newSource(d, c.o)
	if !ok {
		c.report.refuse(src, 0, "", "more than %d bytes, with named values", MaxText)
		return nil
	}
	root, m := readMarkup(src, c.report, MaxElements)
	src.xml = !m.typed
	c.secrets = append(c.secrets, src.secrets...)
	if len(root.children) > 0 && root.children[0].name == "policies" {
		c.report.refuse(src, root.children[0].at, "", "<policies> in a fragment; want <fragment>")
		return nil
	}
	if root = c.unwrapped(root); !c.noText(root) {
		return nil
	}
	c.fragments[id] = root
	return root
}
