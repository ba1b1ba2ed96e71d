package policy

// Program is the linked policies of one API or operation. It is immutable and
// serves any number of requests at once.
type Program struct {
	levels  []*Tree // outermost first
	plain   bool
	handles bool
	last    step // the forward-request that the outermost backend section stands for
	secrets []string
}

// Link joins the documents of one request's scopes, outermost first; nil trees
// are skipped. Without any, the program is the default forward-request, which
// also stands for <base /> in the backend section of the outermost document.
func Link(trees ...*Tree) *Program {
	p := &Program{last: step{name: "forward-request", scope: ScopeGlobal, run: (&forward{}).run}}
	for _, t := range trees {
		if t != nil {
			p.levels = append(p.levels, t)
			p.secrets = append(p.secrets, t.secrets...)
		}
	}
	top := len(p.levels) - 1
	p.handles = !p.still(onError, top)
	p.plain = p.still(inbound, top) && p.still(outbound, top) && !p.handles && p.forwards(top)
	return p
}

// Plain reports whether the program does nothing but the default
// forward-request, so that a caller may send the request itself.
func (p *Program) Plain() bool { return p.plain }

// Handles reports whether on-error does anything.
func (p *Program) Handles() bool { return p.handles }

// still reports whether a section does nothing, seen from a level.
func (p *Program) still(s section, level int) bool {
	for ; level >= 0; level-- {
		b := &p.levels[level].parts[s]
		if b.inherits {
			continue
		}
		outer := false
		for i := range b.steps {
			if !b.steps[i].outer {
				return false
			}
			outer = true
		}
		if !outer {
			return true
		}
	}
	return true
}

// forwards reports whether the backend section is one default forward-request,
// seen from a level.
func (p *Program) forwards(level int) bool {
	for ; level >= 0; level-- {
		b := &p.levels[level].parts[backend]
		switch {
		case b.inherits:
		case len(b.steps) != 1:
			return false
		case !b.steps[0].outer:
			return b.steps[0].plain
		}
	}
	return true
}
