package configs

import "slices"

// pos is a place in a document.
type pos struct{ line, column int } // both from 1

// shape is the kind of a tree value.
type shape uint8

const (
	scalar shape = iota
	list
	table
)

// String returns the shape as error messages name it.
func (s shape) String() string { return [...]string{"a single value", "a list", "a mapping"}[s] }

// value is a value of a document with its place. Aliases are resolved; several
// parents may share a value.
type value struct {
	shape   shape
	pos     pos
	tag     string // of a scalar: !!str, !!int, !!float, !!bool, !!null …
	text    string // of a scalar, unquoted
	literal bool   // a scalar in literal style (|): its lines are lines of the file
	keys    []key  // of a table, beside items
	items   []*value
}

// key is a key of a table.
type key struct {
	name string
	pos  pos
}

// lookup returns the value of a key of a table; nil when there is none.
func (v *value) lookup(name string) *value {
	for i := range v.keys {
		if v.keys[i].name == name {
			return v.items[i]
		}
	}
	return nil
}

// index returns the position of a single value in a list, or -1.
func (v *value) index(text string) int {
	if v.shape != list {
		return -1
	}
	return slices.IndexFunc(v.items, func(item *value) bool { return item.shape == scalar && item.text == text })
}

// find returns the value at p, or the nearest one above it that exists; exact
// says which.
func (v *value) find(p *path) (found *value, exact bool) {
	if p == nil {
		return v, true
	}
	parent, exact := v.find(p.up)
	if !exact {
		return parent, false
	}
	if child := parent.child(p); child != nil {
		return child, true
	}
	return parent, false
}

// child returns the value that the last step of p leads to; nil when there is
// none.
func (v *value) child(p *path) *value {
	switch {
	case p.name != "" && v.shape == table:
		return v.lookup(p.name)
	case p.name == "" && v.shape == list && p.index < len(v.items):
		return v.items[p.index]
	}
	return nil
}
