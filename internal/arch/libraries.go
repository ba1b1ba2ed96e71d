package arch

import (
	"slices"
	"strings"
)

// library says who may import a module of others.
type library struct {
	path  string // module, or the part of it the row is about
	in    string // top folders, separated by spaces; "*" for every package that is not pure
	tests bool   // only tests and test support may import it
}

// libraries is the table of the modules we depend on. A module without a row
// is a finding.
func libraries() []library {
	return []library{
		{path: "github.com/miekg/dns", in: "dnswire dnsserver resolver internal/dnstest"},
		{path: "github.com/oschwald/maxminddb-golang", in: "geo"},
		{path: "github.com/danielgtaylor/huma", in: "admin"},
		{path: "go.yaml.in/yaml", in: "configs cmd/meridian"},
		{path: "github.com/santhosh-tekuri/jsonschema", tests: true},
		{path: "github.com/spf13/cobra", in: "cmd/meridian"},
		{path: "github.com/jmespath/go-jmespath", in: "cmd/meridian"},
		{path: "github.com/fsnotify/fsnotify", in: "node geo"},
		{path: "github.com/hashicorp/memberlist", in: "cluster"},
		{path: "github.com/hashicorp/go-metrics", in: "cluster"},
		{path: "golang.org/x/crypto", in: "secret"},
		{path: "github.com/prometheus/client_golang", in: "*"},
		{path: "github.com/prometheus/client_model", in: "*"},
		{path: "golang.org/x/sys", in: "*"},
		{path: "golang.org/x/net", in: "*"},
		{path: "golang.org/x/sync", in: "*"},
		{path: "github.com/google/go-cmp", tests: true},
		{path: "go.uber.org/goleak", tests: true},
		{path: "pgregory.net/rapid", tests: true},
		{path: "github.com/maxmind/mmdbwriter", tests: true},
		{path: "github.com/getkin/kin-openapi", tests: true},
		{path: "github.com/rogpeppe/go-internal/diff", in: "node"},
		{path: "github.com/rogpeppe/go-internal", tests: true},
		{path: "github.com/anishathalye/porcupine", tests: true},
	}
}

// std reports whether an import is of the standard library.
func std(p string) bool {
	first, _, _ := strings.Cut(p, "/")
	return !strings.Contains(first, ".")
}

func libraryOf(p string) (library, bool) {
	for _, l := range libraries() {
		if p == l.path || strings.HasPrefix(p, l.path+"/") {
			return l, true
		}
	}
	return library{}, false
}

func checkLibraries(t *Tree) []Finding {
	var out []Finding
	for _, f := range t.Files {
		for _, spec := range f.AST.Imports {
			p := importPath(spec)
			if _, own := ours(p); own || std(p) {
				continue
			}
			if problem := foreign(f, p); problem != "" {
				out = append(out, t.at(f, spec.Pos(), "%s imports %s: %s", f.Dir, p, problem))
			}
		}
	}
	return out
}

// foreign says what is wrong with f importing p, or "".
func foreign(f *File, p string) string {
	l, known := libraryOf(p)
	support := f.Test || strings.HasPrefix(f.Dir, "internal/")
	switch {
	case !known:
		return "the module has no row in internal/arch/libraries.go"
	case l.tests && support:
		return ""
	case l.tests:
		return "only tests may"
	case l.in == "*":
		return impureOnly(f)
	case slices.Contains(strings.Fields(l.in), owner(f.Dir)), slices.Contains(strings.Fields(l.in), f.Dir):
		return ""
	case f.Test && top(f.Dir) == "e2e":
		return ""
	}
	return "only " + strings.ReplaceAll(l.in, " ", ", ") + " may"
}

func impureOnly(f *File) string {
	if row, ok := layerOf(f.Dir); ok && row.pure && !f.Test {
		return "the package is pure"
	}
	return ""
}
