package policy

import "meridian/gateway/expr"

// step is one element, ready to run.
type step struct {
	name  string
	id    string // the element's id, context.LastError.PolicyId
	scope Scope
	path  string // choose[1]/when[2]
	file  string
	at    expr.Position
	plain bool // the default forward-request
	outer bool // <base />
	run   runner
}

// Tree is one compiled document: the steps of each section.
type Tree struct {
	scope   Scope
	parts   [sectionCount]block
	secrets []string
}

// block is one section of a Tree.
type block struct {
	steps    []step
	inherits bool // the section is not in the document: that of the outer scope
}
