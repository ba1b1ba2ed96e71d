package arch

import (
	"fmt"
	"go/ast"
	"go/build/constraint"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Module is the path of the module whose rules these are.
const Module = "meridian"

// Tree is the source of a module.
type Tree struct {
	Fset  *token.FileSet
	Files []*File  // Go files, in the order of paths
	Texts []Text   // every other file that people read or programs run
	Mod   []byte   // go.mod
	Dirs  []string // folders with Go files, in order
}

// File is a parsed Go file.
type File struct {
	Path      string
	Dir       string // "" for the root
	Lines     int
	Test      bool // *_test.go
	Generated bool // "Code generated … DO NOT EDIT."
	AST       *ast.File
	src       []byte
}

// Text is a file that is not Go.
type Text struct {
	Path string
	Data []byte
}

// textLimit is the size in bytes above which a file is data, not text.
const textLimit = 1 << 20

// Load parses the module at the root of fsys. It leaves out hidden folders,
// testdata, other modules, and files that no build includes (tags ignore and
// deps).
func Load(fsys fs.FS) (*Tree, error) {
	t := &Tree{Fset: token.NewFileSet()}
	err := fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			return enter(fsys, p)
		}
		return t.add(fsys, p)
	})
	if err != nil {
		return nil, fmt.Errorf("reading the source: %w", err)
	}
	for _, f := range t.Files {
		if !slices.Contains(t.Dirs, f.Dir) {
			t.Dirs = append(t.Dirs, f.Dir)
		}
	}
	return t, nil
}

// enter returns fs.SkipDir for folders that are not part of the module.
func enter(fsys fs.FS, p string) error {
	if p == "." {
		return nil
	}
	name := path.Base(p)
	hidden := strings.HasPrefix(name, ".") && name != ".ci"
	if hidden || name == "testdata" || name == "node_modules" || p == "bin" || p == "dist" {
		return fs.SkipDir
	}
	if _, err := fs.Stat(fsys, path.Join(p, "go.mod")); err == nil {
		return fs.SkipDir
	}
	return nil
}

// add reads the file at p.
func (t *Tree) add(fsys fs.FS, p string) error {
	info, err := fs.Stat(fsys, p)
	if err != nil || info.Size() > textLimit {
		return err
	}
	data, err := fs.ReadFile(fsys, p)
	if err != nil {
		return err
	}
	switch {
	case p == "go.mod":
		t.Mod = data
	case path.Ext(p) == ".go":
		return t.addGo(p, data)
	}
	t.Texts = append(t.Texts, Text{Path: p, Data: data})
	return nil
}

func (t *Tree) addGo(p string, data []byte) error {
	file, err := parser.ParseFile(t.Fset, p, data, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	if neverBuilt(file) {
		return nil
	}
	dir := path.Dir(p)
	if dir == "." {
		dir = ""
	}
	t.Files = append(t.Files, &File{
		Path:      p,
		Dir:       dir,
		Lines:     strings.Count(string(data), "\n"),
		Test:      strings.HasSuffix(p, "_test.go"),
		Generated: ast.IsGenerated(file),
		AST:       file,
		src:       data,
	})
	return nil
}

// neverBuilt reports whether the file's build constraint is a lone tag that no
// build of the product sets.
func neverBuilt(file *ast.File) bool {
	for _, group := range file.Comments {
		if group.Pos() > file.Package {
			return false
		}
		for _, c := range group.List {
			expr, err := constraint.Parse(c.Text)
			if err != nil {
				continue
			}
			tag, ok := expr.(*constraint.TagExpr)
			return ok && (tag.Tag == "ignore" || tag.Tag == "deps")
		}
	}
	return false
}

// Product returns the files that are written by hand and end up in a program.
func (t *Tree) Product() []*File {
	return slices.DeleteFunc(slices.Clone(t.Files), func(f *File) bool { return f.Test || f.Generated })
}

func (t *Tree) line(pos token.Pos) int { return t.Fset.Position(pos).Line }

func (t *Tree) at(f *File, pos token.Pos, format string, args ...any) Finding {
	return Finding{Path: f.Path, Line: t.line(pos), What: fmt.Sprintf(format, args...)}
}
