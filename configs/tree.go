package configs

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
	var child *value
	switch {
	case p.name != "" && parent.shape == table:
		child = parent.lookup(p.name)
	case p.name == "" && parent.shape == list && p.index < len(parent.items):
		child = parent.items[p.index]
	}
	if child == nil {
		return parent, false
	}
	return child, true
}
