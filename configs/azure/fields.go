package azure

import (
	"slices"
	"strings"
)

// conversion returns the value of a field of the service document; nil where it
// is left out.
type conversion func(im *importer, n node) any

// field says what becomes of a field of a foreign document.
type field struct {
	name string // there
	key  string // here; empty: the same name
	do   conversion
}

// fields converts the members of an object in the order of the table. Members
// that are not in it are told and left out.
func (im *importer) fields(n node, all []field) table {
	for _, key := range n.keys() {
		if !slices.ContainsFunc(all, func(f field) bool { return strings.EqualFold(f.name, key) }) && n.get(key).there() {
			im.ignore(n.get(key), "no field that is known here")
		}
	}
	var out table
	for _, f := range all {
		member := n.get(f.name)
		if !member.there() {
			continue
		}
		key := f.key
		if key == "" {
			key = f.name
		}
		out.set(key, f.do(im, member))
	}
	return out
}

// keep takes a value as it is.
func keep(im *importer, n node) any {
	if im.hole(n) {
		return nil
	}
	return n.v
}

// hole refuses the resource at hand if a value is not known in full.
func (im *importer) hole(n node) bool {
	why := holeIn(n.v)
	if why != "" {
		im.refuse(n, "the value is not known: %s", printable(why))
		im.failed = true
	}
	return why != ""
}

// keepText takes a text; a blank one is none.
func keepText(im *importer, n node) any {
	if im.hole(n) || strings.TrimSpace(n.text()) == "" {
		return nil
	}
	return n.text()
}

// note takes a text for people, unless it is not known.
func note(im *importer, n node) any {
	if holeIn(n.v) != "" || strings.TrimSpace(n.text()) == "" {
		return nil
	}
	return n.text()
}

// readOnly leaves out what only Azure answers.
func readOnly(*importer, node) any { return nil }

// ignored leaves out what has no meaning here, and says so.
func ignored(why string) conversion {
	return func(im *importer, n node) any {
		if empty(n.v) {
			return nil
		}
		im.ignore(n, "%s", why)
		return nil
	}
}

// empty reports whether a value says nothing.
func empty(v any) bool { return v == nil || lengthOf(v) == 0 }

// unsupported refuses a part; the rest is imported.
func unsupported(why string) conversion {
	return func(im *importer, n node) any {
		if !empty(n.v) {
			im.refuse(n, "%s", why)
		}
		return nil
	}
}

// fatal refuses the resource at hand.
func fatal(why string) conversion {
	return func(im *importer, n node) any {
		if !empty(n.v) {
			im.refuse(n, "%s", why)
			im.failed = true
		}
		return nil
	}
}

// oneOf takes a word in the spelling of the service document.
func oneOf(words ...string) conversion {
	return func(im *importer, n node) any {
		if im.hole(n) || n.text() == "" {
			return nil
		}
		for _, word := range words {
			if strings.EqualFold(word, n.text()) {
				return word
			}
		}
		return n.v
	}
}

// inside converts an object by a table of its own; one without any member that
// counts is left out.
func inside(all []field) conversion {
	return func(im *importer, n node) any {
		if im.hole1(n) || !n.isObject() {
			return nil
		}
		if out := im.fields(n, all); len(out) > 0 {
			return out
		}
		return nil
	}
}

// hole1 refuses the resource at hand if a value is not known as a whole.
func (im *importer) hole1(n node) bool { return isHole(n.v) && im.hole(n) }

// each converts the entries of a list; an empty list is left out.
func each(do conversion) conversion {
	return func(im *importer, n node) any {
		if im.hole1(n) {
			return nil
		}
		var out []any
		for _, item := range n.items() {
			if v := do(im, item); v != nil {
				out = append(out, v)
			}
		}
		if len(out) == 0 {
			return nil
		}
		return out
	}
}

// yes takes a true; anything else is the default.
func yes(im *importer, n node) any {
	if im.hole(n) || !n.yes() {
		return nil
	}
	return true
}

// flag takes a boolean, also one that is written as a text.
func flag(im *importer, n node) any {
	if im.hole(n) {
		return nil
	}
	return n.yes()
}
