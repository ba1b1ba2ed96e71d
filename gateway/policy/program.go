package policy

import (
	"context"
	"errors"
)

// Program is the linked policies of one API or operation. It is immutable.
type Program struct {
	plain bool
}

// Tree is one compiled document.
type Tree struct {
	scope Scope
}

// Read reads and compiles the document of a scope. The Tree is nil where a
// problem is not a warning.
func Read(d Document, s Scope, o Options) (*Tree, Problems) {
	return nil, Problems{{File: d.Name, Message: "no document is supported"}}
}

// Link joins the documents of one request's scopes, outermost first; nil trees
// are skipped. Without any, the program is the default forward-request.
func Link(trees ...*Tree) *Program { return &Program{plain: len(trees) == 0} }

// Plain reports whether the program does nothing but the default
// forward-request, so that a caller may send the request itself.
func (p *Program) Plain() bool { return p.plain }

// Run takes x through the sections. It leaves x.Response set, or returns ctx's
// error.
func (p *Program) Run(ctx context.Context, x *Exchange, h Host) error {
	return errors.New("no program runs")
}
