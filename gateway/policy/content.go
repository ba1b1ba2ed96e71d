package policy

import (
	"slices"
	"strings"
)

// value compiles what stands between an element's tags: text without the white
// space around it, or one expression.
func (c *compiler) value(e *element, row attr) *term {
	for _, child := range e.children {
		c.refuse(child.src, child.at, "<%s> in <%s>, which holds text or an expression", child.name, e.name)
		return nil
	}
	t := c.term(e.src, row, e.at, e.parts)
	if t != nil && t.program == nil {
		t.literal = strings.TrimSpace(t.literal)
		if why := row.check(t.literal); why != "" {
			c.refuse(t.src, t.at, "%s %s", row.name, why)
			return nil
		}
	}
	return t
}

// raw compiles content that may be markup of its own: an expression, or all
// that is written between the tags.
func (c *compiler) raw(e *element, row attr) *term {
	if len(e.children) == 0 {
		return c.term(e.src, row, e.at, e.parts)
	}
	for _, p := range e.parts {
		if p.code != nil {
			c.refuse(e.src, p.at, "%s mixes text and an expression; the whole value must be one expression", row.name)
			return nil
		}
	}
	return &term{attr: row, src: e.src, at: e.inner[0], literal: strings.TrimSpace(e.src.text[e.inner[0]:e.inner[1]])}
}

// only refuses children that are none of the names.
func (c *compiler) only(e *element, allowed ...string) bool {
	ok := c.noText(e)
	for _, child := range e.children {
		if !slices.Contains(allowed, child.name) {
			c.refuse(child.src, child.at, "<%s> in <%s>, which holds %s", child.name, e.name, list(allowed))
			ok = false
		}
	}
	return ok
}
