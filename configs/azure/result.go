package azure

import (
	"cmp"
	"fmt"
	"slices"
)

// Source is one foreign document.
type Source struct {
	Name string // for the notes
	Data []byte
}

// Options says what the service document is to be called and who judges it.
type Options struct {
	Name string // of the service; empty: the API Management service's, else "imported"
	Zone string // empty: a placeholder

	// WithoutPolicies imports APIs whose policies are refused without these
	// policies. Otherwise they are refused too: a policy may be what guards them.
	WithoutPolicies bool

	// Check returns what keeps a service document and its files from being used.
	// The document is JSON.
	Check func(document []byte, files []File) []Problem
}

// File is a file beside the service document.
type File struct {
	Name string // relative, with slashes
	Data []byte
}

// Problem is a reason why a document cannot be used.
type Problem struct {
	File    string // of Files; empty: the document itself
	Path    string // in the document, as backends[3].url
	Message string // with line and column where File is set
}

// Note is about one place of a foreign document.
type Note struct {
	File    string
	Path    string // JSON path, as resources[0].properties.url; empty: the whole file
	Message string
}

// String returns the note on one line.
func (n Note) String() string {
	if n.Path == "" {
		return fmt.Sprintf("%s: %s", n.File, n.Message)
	}
	return fmt.Sprintf("%s: %s: %s", n.File, n.Path, n.Message)
}

// Result is what was imported.
type Result struct {
	Document []byte // JSON that Check finds nothing wrong with
	Files    []File // that the document names, by name
	Unused   []File // policies that were refused, to be repaired by hand

	Changed, Ignored, Refused []Note

	Locations, Backends, APIs, Operations, Profiles int // in the document
}

// maxNotes is the most notes of one kind.
const maxNotes = 2000

// notes collects what is told.
type notes struct {
	changed, ignored, refused []Note
	dropped                   int // notes beyond maxNotes
}

func (n *notes) add(list *[]Note, at node, format string, args []any) {
	note := Note{at.file, at.path, fmt.Sprintf(format, args...)}
	if slices.Contains((*list)[max(0, len(*list)-20):], note) {
		return
	}
	if len(*list) >= maxNotes {
		n.dropped++
		return
	}
	*list = append(*list, note)
}

func (n *notes) change(at node, format string, args ...any) { n.add(&n.changed, at, format, args) }

func (n *notes) ignore(at node, format string, args ...any) { n.add(&n.ignored, at, format, args) }

func (n *notes) refuse(at node, format string, args ...any) { n.add(&n.refused, at, format, args) }

// byFile orders notes by file and keeps the order in it.
func byFile(list []Note) []Note {
	slices.SortStableFunc(list, func(a, b Note) int { return cmp.Compare(a.File, b.File) })
	return list
}
