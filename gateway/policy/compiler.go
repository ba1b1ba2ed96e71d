package policy

import (
	"fmt"
	"slices"
	"strings"

	"meridian/gateway/expr"
)

// compiler makes steps of the elements of one document and its fragments.
type compiler struct {
	o         *Options
	report    *report
	kinds     []kind
	scope     Scope
	section   section
	path      []string
	response  bool // inside return-response: set-header and its like act on the new response
	elements  int
	once      map[string]bool
	fragments map[string]*element // read so far
	includes  []string            // fragments around, outermost first
	included  int                 // bytes of fragments
	secrets   []string
}

func (c *compiler) where() string {
	if len(c.path) == 0 {
		return ""
	}
	return c.section.String() + "/" + strings.Join(c.path, "/")
}

func (c *compiler) refuse(src *source, at int, format string, args ...any) {
	c.report.refuse(src, at, c.where(), format, args...)
}

func (c *compiler) warn(src *source, at int, format string, args ...any) {
	c.report.warn(src, at, c.where(), format, args...)
}

// steps compiles a run of elements.
func (c *compiler) steps(list []*element) []step {
	var out []step
	seen := map[string]int{}
	for _, e := range list {
		seen[e.name]++
		c.path = append(c.path, fmt.Sprintf("%s[%d]", e.name, seen[e.name]))
		if s, ok := c.step(e); ok {
			out = append(out, s)
		}
		c.path = c.path[:len(c.path)-1]
	}
	return out
}

// step compiles one element.
func (c *compiler) step(e *element) (step, bool) {
	k := c.kind(e)
	if k == nil || !c.room(e) {
		return step{}, false
	}
	if !k.in.has(c.section) && !c.response {
		c.refuse(e.src, e.at, "<%s> is not allowed in <%s>; it may stand in %s", e.name, c.section, k.in)
		return step{}, false
	}
	if k.once && c.once[k.name] {
		c.refuse(e.src, e.at, "<%s> is there twice; a document may hold one", e.name)
	}
	c.once[k.name] = true
	t, ok := c.terms(e, k.attributes)
	if !c.holds(e, k.content) || !ok {
		return step{}, false
	}
	s := step{name: e.name, scope: c.scope, path: strings.Join(c.path, "/"), file: e.src.name, at: e.src.position(e.at)}
	s.id, _ = e.attribute("id").literal()
	s.plain = k.name == "forward-request" && len(e.attributes) == 0
	s.outer = k.name == "base"
	s.run = k.compile(c, e, t)
	return s, s.run != nil
}

// row returns the row of the catalogue with a name, or nil.
func (c *compiler) row(name string) *kind {
	i := slices.IndexFunc(c.kinds, func(k kind) bool { return k.name == name })
	if i < 0 {
		return nil
	}
	return &c.kinds[i]
}

// kind returns an element's row of the catalogue, and refuses one that has none.
func (c *compiler) kind(e *element) *kind {
	if k := c.row(e.name); k != nil {
		return k
	}
	what := "there is no such element"
	if slices.Contains(unsupported(), e.name) {
		what = "the element is not supported"
	}
	c.refuse(e.src, e.at, "<%s>: %s; supported in <%s>: %s", e.name, what, c.section, list(c.allowed()))
	return nil
}

// allowed lists the elements that the section may hold.
func (c *compiler) allowed() []string {
	var out []string
	for _, k := range c.kinds {
		if k.in.has(c.section) {
			out = append(out, k.name)
		}
	}
	return out
}

// room counts elements, those of fragments as often as they are included.
func (c *compiler) room(e *element) bool {
	c.elements++
	if c.elements == MaxElements+1 {
		c.refuse(e.src, e.at, "more than %d elements, with fragments", MaxElements)
	}
	return c.elements <= MaxElements
}

// holds checks what stands between an element's tags.
func (c *compiler) holds(e *element, what content) bool {
	ok := true
	if what == nothing {
		for _, child := range e.children {
			c.refuse(child.src, child.at, "<%s> in <%s>, which holds nothing", child.name, e.name)
			ok = false
		}
	}
	return ok && (what == anything || c.noText(e))
}

// noText refuses text between an element's tags.
func (c *compiler) noText(e *element) bool {
	for _, p := range e.parts {
		if !p.blank() {
			lead := len(p.text.value) - len(strings.TrimLeft(p.text.value, " \t\r\n"))
			c.refuse(e.src, p.at+p.text.origin(lead), "text in %s, which holds none", e.title())
			return false
		}
	}
	return true
}

// terms compiles an element's attributes by its table.
func (c *compiler) terms(e *element, table []attr) (terms, bool) {
	out, ok := terms{}, true
	for _, row := range table {
		a := e.attribute(row.name)
		if a == nil {
			if row.required {
				c.refuse(e.src, e.at, "<%s> has no attribute %s", e.name, row.name)
				ok = false
			}
			continue
		}
		t := c.term(e.src, row, a.at, a.parts)
		ok = ok && t != nil
		out[row.name] = t
	}
	return out, c.known(e, table) && ok
}

// known refuses attributes that the table does not have. Every element may
// have an id.
func (c *compiler) known(e *element, table []attr) bool {
	ok := true
	for _, a := range e.attributes {
		if a.name == "id" || slices.ContainsFunc(table, func(row attr) bool { return row.name == a.name }) {
			continue
		}
		allowed := "it takes none"
		if len(table) > 0 {
			allowed = "it takes " + list(names(table))
		}
		c.refuse(e.src, a.at, "<%s> has no attribute %s; %s", e.name, a.name, allowed)
		ok = false
	}
	return ok
}

// term compiles a value.
func (c *compiler) term(src *source, row attr, at int, parts []part) *term {
	t := &term{attr: row, src: src, at: at}
	parts = slices.DeleteFunc(slices.Clone(parts), func(p part) bool { return p.blank() && len(parts) > 1 })
	if slices.ContainsFunc(parts, func(p part) bool { return p.open }) {
		return nil
	}
	i := slices.IndexFunc(parts, func(p part) bool { return p.code != nil })
	switch {
	case i >= 0 && len(parts) > 1:
		c.refuse(src, parts[i].at, "%s mixes text and an expression; the whole value must be one expression, such as @($\"…{…}…\")", row.name)
		return nil
	case i >= 0:
		return c.compile(t, parts[i])
	}
	for _, p := range parts {
		if src.mentions(p.at, p.at+len(p.text.value)) {
			return nil // reported: nobody knows what it says
		}
		t.literal += p.text.value
	}
	if len(parts) > 0 {
		t.at = parts[0].at
	}
	if why := row.check(t.literal); why != "" {
		c.refuse(src, t.at, "%s %s", row.name, why)
		return nil
	}
	return t
}

// compile compiles an expression.
func (c *compiler) compile(t *term, p part) *term {
	if !t.attr.code {
		c.refuse(t.src, p.at, "%s takes no expression", t.attr.name)
		return nil
	}
	t.at = p.at
	text := p.code.source(t.src.xml)
	program, problems := expr.Compile(text.value, p.code.block, expr.Options{Want: t.attr.static()})
	for _, problem := range problems {
		c.refuse(t.src, p.code.at+text.origin(offset(text.value, problem.Position)), "%s", problem.Message)
	}
	if len(problems) > 0 || program == nil {
		return nil
	}
	t.program, t.code = program, text.value
	t.hidden = slices.ContainsFunc(t.src.secrets, func(s string) bool { return strings.Contains(text.value, s) })
	c.regions(t, p.code, text)
	return t
}

// regions warns of a comparison of the region with what is no location.
func (c *compiler) regions(t *term, p *code, text text) {
	if c.o.Region == nil {
		return
	}
	for _, literal := range t.program.Regions() {
		if !c.o.Region(literal.Text, literal.IgnoreCase) {
			c.warn(t.src, p.at+text.origin(offset(text.value, literal.Position)),
				"context.Deployment.Region is never %q: no location has that display name%s", literal.Text, spelled(literal))
		}
	}
}

// spelled says that the comparison with a literal heeds its case.
func spelled(l expr.Literal) string {
	if l.IgnoreCase {
		return ""
	}
	return ", spelled so"
}

// offset returns the offset of a position in s; lines end with \n, columns are
// counted in bytes.
func offset(s string, at expr.Position) int {
	from := 0
	for line := 1; line < at.Line; line++ {
		i := strings.IndexByte(s[from:], '\n')
		if i < 0 {
			break
		}
		from += i + 1
	}
	return min(from+max(0, at.Column-1), len(s))
}
