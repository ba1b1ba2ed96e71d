package policy

import "strings"

// element is a node of a document's tree.
type element struct {
	src        *source
	name       string
	at         int // offset of its <
	attributes []attribute
	children   []*element
	parts      []part // of the content, but for the children
	inner      [2]int // offsets of the content
}

// attribute is a name and a value.
type attribute struct {
	name  string
	at    int // offset of the name
	parts []part
}

// part is a piece of a value: literal text, or an expression.
type part struct {
	at   int // offset of its first byte, of the @ where it is code
	text text
	code *code
	open bool // an expression that nothing closes: reported, and skipped
}

// blank reports whether the part is white space.
func (p part) blank() bool { return p.code == nil && !p.open && strings.TrimSpace(p.text.value) == "" }

// title is the element in a message.
func (e *element) title() string {
	if e.name == "" {
		return "the document, outside of its elements"
	}
	return "<" + e.name + ">"
}

// attribute returns the attribute of that name, or nil.
func (e *element) attribute(name string) *attribute {
	for i := range e.attributes {
		if e.attributes[i].name == name {
			return &e.attributes[i]
		}
	}
	return nil
}

// literal returns the attribute's text; false where there is none, or an
// expression in it.
func (a *attribute) literal() (string, bool) {
	if a == nil || len(a.parts) > 1 || len(a.parts) == 1 && a.parts[0].code != nil {
		return "", false
	}
	if len(a.parts) == 0 {
		return "", true
	}
	return a.parts[0].text.value, true
}
