package arch

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

func checkInit(t *Tree) []Finding {
	var out []Finding
	for f, fn := range funcs(t.Files) {
		if fn.Recv == nil && fn.Name.Name == "init" {
			out = append(out, t.at(f, fn.Pos(), "func init"))
		}
	}
	return out
}

func checkVars(t *Tree) []Finding {
	var out []Finding
	for f, decl := range decls(t.Product()) {
		gen, ok := decl.(*ast.GenDecl)
		if !ok || gen.Tok != token.VAR {
			continue
		}
		for _, spec := range gen.Specs {
			out = append(out, t.vars(f, gen, spec.(*ast.ValueSpec))...)
		}
	}
	return out
}

// vars returns the names of spec that may not be package variables.
func (t *Tree) vars(f *File, gen *ast.GenDecl, spec *ast.ValueSpec) []Finding {
	if embedded(gen.Doc) || embedded(spec.Doc) {
		return nil
	}
	var out []Finding
	for i, name := range spec.Names {
		if !sentinel(name.Name, spec, i) && !stamped(f, name.Name) {
			out = append(out, t.at(f, name.Pos(), "package variable %s", name.Name))
		}
	}
	return out
}

func embedded(doc *ast.CommentGroup) bool {
	return doc != nil && slices.ContainsFunc(doc.List, func(c *ast.Comment) bool {
		return strings.HasPrefix(c.Text, "//go:embed ")
	})
}

// stamped reports whether the linker sets the variable: version in the command.
func stamped(f *File, name string) bool { return f.Dir == "cmd/meridian" && name == "version" }

// sentinel reports whether the i-th name of spec is _, or an error made by
// errors.New or fmt.Errorf.
func sentinel(name string, spec *ast.ValueSpec, i int) bool {
	if name == "_" {
		return true
	}
	if !strings.HasPrefix(name, "err") && !strings.HasPrefix(name, "Err") || i >= len(spec.Values) {
		return false
	}
	call, ok := spec.Values[i].(*ast.CallExpr)
	return ok && (selector(call.Fun) == "errors.New" || selector(call.Fun) == "fmt.Errorf")
}

// selector returns "pkg.Name" for a selector on a plain identifier, else "".
func selector(expr ast.Node) string {
	sel, ok := expr.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	id, ok := sel.X.(*ast.Ident)
	if !ok {
		return ""
	}
	return id.Name + "." + sel.Sel.Name
}

func checkContext(t *Tree) []Finding {
	var out []Finding
	for _, f := range t.Product() {
		ast.Inspect(f.AST, func(n ast.Node) bool {
			s, ok := n.(*ast.StructType)
			if !ok {
				return true
			}
			for _, field := range s.Fields.List {
				if selector(field.Type) == "context.Context" {
					out = append(out, t.at(f, field.Pos(), "context.Context kept in a struct"))
				}
			}
			return true
		})
	}
	return out
}

func checkGlobals(t *Tree) []Finding {
	global := map[string]string{
		"slog.Default": "take a *slog.Logger", "slog.SetDefault": "pass the logger on", "prometheus.DefaultRegisterer": "take a prometheus.Registerer",
		"prometheus.MustRegister": "take a prometheus.Registerer", "prometheus.DefaultGatherer": "take a prometheus.Gatherer",
		"http.DefaultClient": "make a client with limits", "http.DefaultServeMux": "make a mux", "http.HandleFunc": "make a mux",
	}
	var out []Finding
	for _, f := range t.Product() {
		ast.Inspect(f.AST, func(n ast.Node) bool {
			if s := selector(n); global[s] != "" {
				out = append(out, t.at(f, n.Pos(), "%s is state of the whole process: %s", s, global[s]))
			}
			return true
		})
	}
	return out
}
