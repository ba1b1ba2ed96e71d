package arch

import (
	"go/ast"
	"slices"
	"strconv"
	"strings"
)

func importPath(spec *ast.ImportSpec) string {
	p, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		return spec.Path.Value
	}
	return p
}

// ours returns the folder of an import of this module.
func ours(importPath string) (dir string, ok bool) {
	if importPath == Module {
		return "", true
	}
	return strings.CutPrefix(importPath, Module+"/")
}

func checkPackages(t *Tree) []Finding {
	var out []Finding
	for _, dir := range t.Dirs {
		if _, ok := layerOf(dir); !ok {
			out = append(out, Finding{Path: dir + "/", What: "package has no row in internal/arch/layers.go; the table in the design says what may exist"})
		}
	}
	return out
}

func checkLayers(t *Tree) []Finding {
	var out []Finding
	for _, f := range t.Files {
		row, ok := layerOf(f.Dir)
		if !ok {
			continue
		}
		for _, spec := range f.AST.Imports {
			target, own := ours(importPath(spec))
			if own && !allowed(f, row, target) {
				out = append(out, t.at(f, spec.Pos(), "%s imports %s; it may import of ours: %s", f.Dir, target, listOf(row.allow)))
			}
		}
	}
	return out
}

// allowed reports whether f may import target. Tests may also use whatever has
// their owner (a server's tests its client), and the test support under
// internal.
func allowed(f *File, row layer, target string) bool {
	support := strings.HasPrefix(target, "internal/")
	switch {
	case f.Dir == target, f.Test && !support && top(f.Dir) == top(target):
		return true
	case support:
		return f.Test || top(f.Dir) == "e2e" || top(f.Dir) == "bench"
	case !row.mayImport(f.Dir, target):
		return false
	}
	return admits(f.Dir, target)
}

// admits reports whether target lets itself be imported by the package in dir.
func admits(dir, target string) bool {
	to, _ := layerOf(target)
	return to.only == "" || related(dir, target) || slices.Contains(strings.Fields(to.only), owner(dir))
}

// owner is the name under which layer.only lists a folder.
func owner(dir string) string {
	if top(dir) == "cmd" {
		return dir
	}
	return top(dir)
}

func listOf(names []string) string {
	if len(names) == 0 {
		return "nothing"
	}
	return strings.Join(names, ", ")
}

// impure lists what a pure package must not import of the standard library.
func impure() []string {
	return []string{"os", "net", "log", "log/slog", "sync", "sync/atomic", "math/rand", "math/rand/v2", "crypto/rand", "time", "context", "syscall", "unsafe"}
}

func checkPure(t *Tree) []Finding {
	var out []Finding
	for _, f := range t.Product() {
		row, ok := layerOf(f.Dir)
		if !ok || !row.pure {
			continue
		}
		for _, spec := range f.AST.Imports {
			p := importPath(spec)
			if slices.Contains(impure(), p) && !pureTime(f.Dir, p) || strings.HasPrefix(p, "os/") || strings.HasPrefix(p, "net/") && p != "net/netip" {
				out = append(out, t.at(f, spec.Pos(), "%s is pure and imports %q", f.Dir, p))
			}
		}
	}
	return out
}

// pureTime reports whether a pure package takes time.Time and time.Duration as
// arguments. routing has none: its times are seconds in a plan.
func pureTime(dir, p string) bool { return p == "time" && dir != "routing" }
