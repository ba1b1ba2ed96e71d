package policy

import "slices"

// Read reads and compiles the document of a scope: <policies>, or a snippet
// without it, or a <fragment>. The Tree is nil where a problem is not a
// warning.
func Read(d Document, s Scope, o Options) (*Tree, Problems) {
	r := &report{file: d.Name}
	src, ok := newSource(d, &o)
	if !ok {
		r.refuse(src, 0, "", "more than %d bytes, with named values", MaxText)
		return nil, r.sorted()
	}
	root, m := readMarkup(src, r, MaxElements)
	src.xml = !m.typed
	c := &compiler{
		o: &o, report: r, kinds: catalogue(), scope: s, once: map[string]bool{},
		fragments: map[string]*element{}, secrets: src.secrets,
	}
	t := &Tree{scope: s}
	c.document(t, root)
	t.secrets = c.secrets
	problems := r.sorted()
	if r.fatal {
		return nil, problems
	}
	return t, problems
}

// document fills a tree from the elements without a parent.
func (c *compiler) document(t *Tree, root *element) {
	if !c.noText(root) {
		return
	}
	switch {
	case len(root.children) == 0:
		c.refuse(root.src, 0, "no elements; want <policies>")
	case root.children[0].name == "policies":
		c.policies(t, root.children)
	case c.hasSections(root):
		t.inherit(inbound, backend, outbound, onError)
		c.sections(t, root)
	default:
		t.inherit(inbound, backend, outbound, onError)
		c.snippet(t, c.unwrapped(root))
	}
}

// inherit makes sections stand for those of the outer scope.
func (t *Tree) inherit(list ...section) {
	for _, s := range list {
		t.parts[s].inherits = true
	}
}

// policies compiles a whole document. A backend section that is not there is
// that of the outer scope, as in the manual's own examples; other sections that
// are not there hold nothing.
func (c *compiler) policies(t *Tree, roots []*element) {
	for _, extra := range roots[1:] {
		c.refuse(extra.src, extra.at, "<%s> behind </policies>; a document has one root", extra.name)
	}
	e := roots[0]
	if c.noText(e) {
		t.inherit(backend)
		c.sections(t, e)
	}
	if t.scope == ScopeGlobal {
		return
	}
	if !slices.ContainsFunc(e.children, func(e *element) bool { return e.name == inbound.String() }) {
		c.warn(e.src, e.at, "no <inbound>: the policies of outer scopes do not apply; write <inbound><base /></inbound> if they shall")
	}
}

// hasSections reports whether the elements without a parent are sections.
func (c *compiler) hasSections(root *element) bool {
	return slices.ContainsFunc(root.children, func(e *element) bool {
		_, is := parseSection(e.name)
		return is
	})
}

// sections compiles <inbound>, <backend>, <outbound> and <on-error>.
func (c *compiler) sections(t *Tree, around *element) {
	seen := map[section]bool{}
	for _, e := range around.children {
		s, is := parseSection(e.name)
		switch {
		case !is:
			c.refuse(e.src, e.at, "<%s> is no section; want inbound, backend, outbound and on-error", e.name)
		case seen[s]:
			c.refuse(e.src, e.at, "<%s> is there twice", e.name)
		case c.known(e, nil) && c.noText(e):
			c.section = s
			t.parts[s] = block{steps: c.steps(e.children)}
		}
		seen[s] = seen[s] || is
	}
}

// unwrapped returns a fragment's elements.
func (c *compiler) unwrapped(root *element) *element {
	if len(root.children) == 1 && root.children[0].name == "fragment" && c.noText(root.children[0]) {
		return root.children[0]
	}
	return root
}

// snippet compiles elements that stand in no section: in the first one that
// allows them all, behind what the outer scope has there; in the backend
// section in its place.
func (c *compiler) snippet(t *Tree, root *element) {
	c.section = c.home(root)
	steps := c.steps(root.children)
	if c.section != backend {
		before := step{name: "base", scope: c.scope, file: root.src.name, at: root.src.position(root.at), outer: true, run: runOuter}
		steps = append([]step{before}, steps...)
	}
	t.parts[c.section] = block{steps: steps}
}

// home returns the first section that may hold all elements below e.
func (c *compiler) home(e *element) section {
	set := c.shared(e, everywhere)
	for s := range section(sectionCount) {
		if set.has(s) {
			return s
		}
	}
	return inbound
}

// shared returns those of a set of sections that may hold all elements below e.
func (c *compiler) shared(e *element, set sections) sections {
	for _, child := range e.children {
		if k := c.row(child.name); k != nil {
			set &= k.in
		}
		if child.name != "return-response" {
			set = c.shared(child, set)
		}
	}
	return set
}
