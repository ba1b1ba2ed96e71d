package policy

import "meridian/gateway/expr"

// Document is the text of one policy document or fragment.
type Document struct {
	Name string        // the file, for messages
	Text []byte        // UTF-8, at most MaxText bytes
	At   expr.Position // of the text's first character; each further line starts in the same column. Zero: 1:1
}

// Options is what a document may name.
type Options struct {
	NamedValues map[string]string      // {{name}}
	Secret      func(name string) bool // a named value that no trace may show; nil: none is
	Fragments   map[string]Document    // by fragment-id
	Backend     func(name string) bool // whether a backend or pool of that name exists; nil: any

	// Region reports whether a location has a display name, spelled so or with
	// ignoreCase in any case; nil: any.
	Region func(display string, ignoreCase bool) bool
}

// Limits of a document, each checked before it costs anything.
const (
	MaxText       = 1 << 20 // bytes, before and after named values are put in
	MaxElements   = 10_000  // with included fragments
	MaxDepth      = 100     // elements inside each other, with included fragments
	MaxIncludes   = 16      // fragments inside each other
	MaxAttributes = 100     // of one element
	MaxProblems   = 100     // reported for one document
)
