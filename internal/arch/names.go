package arch

import (
	"go/ast"
	"go/token"
	"path"
	"regexp"
	"strings"
	"unicode"
)

func checkFileNames(t *Tree) []Finding {
	name := regexp.MustCompile(`^[a-z][a-z0-9]*(_(linux|darwin|unix|windows|freebsd|other|amd64|arm64))?(_test)?\.go$`)
	var out []Finding
	for _, f := range t.Files {
		if !name.MatchString(path.Base(f.Path)) {
			out = append(out, Finding{Path: f.Path, What: "file name: one noun in lower case; an underscore only before test or a GOOS"})
		}
	}
	return out
}

func checkWords(t *Tree) []Finding {
	var out []Finding
	for _, f := range t.Files {
		noun, _, _ := strings.Cut(path.Base(f.Path), "_")
		if word := banned(strings.TrimSuffix(noun, ".go")); word != "" {
			out = append(out, Finding{Path: f.Path, What: "file name says " + word})
		}
		for _, id := range declared(f.AST) {
			if word := banned(id.Name); word != "" {
				out = append(out, t.at(f, id.Pos(), "identifier %s says %s", id.Name, word))
			}
		}
		for _, id := range services(f.AST) {
			out = append(out, t.at(f, id.Pos(), "type %s: a service is the operator's", id.Name))
		}
	}
	return out
}

// banned returns the banned word in an identifier, or "".
func banned(id string) string {
	for _, w := range split(id) {
		switch w {
		case "manager", "util", "utils", "common", "helper", "helpers", "impl", "base":
			return w
		}
	}
	return ""
}

// services returns the types called something-Service. Service alone is the
// operator's service, and ServiceBinding a DNS term.
func services(file *ast.File) []*ast.Ident {
	var out []*ast.Ident
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if ok && spec.Name.Name != "Service" && strings.HasSuffix(spec.Name.Name, "Service") {
			out = append(out, spec.Name)
		}
		return true
	})
	return out
}

// split cuts an identifier at its underscores and humps and returns the words
// in lower case.
func split(id string) []string {
	var words []string
	for _, part := range strings.Split(id, "_") {
		start := 0
		runes := []rune(part)
		for i := 1; i <= len(runes); i++ {
			if i == len(runes) || hump(runes, i) {
				words = append(words, strings.ToLower(string(runes[start:i])))
				start = i
			}
		}
	}
	return words
}

// hump reports whether a word starts at runes[i], i > 0: "aB", and the last
// capital of "HTTPServer".
func hump(runes []rune, i int) bool {
	if !unicode.IsUpper(runes[i]) {
		return false
	}
	return !unicode.IsUpper(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1])
}

// declared returns every identifier that the file gives a name to.
func declared(file *ast.File) []*ast.Ident {
	var out []*ast.Ident
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			out = append(out, n.Name)
		case *ast.TypeSpec:
			out = append(out, n.Name)
		case *ast.ValueSpec:
			out = append(out, n.Names...)
		case *ast.Field:
			out = append(out, n.Names...)
		case *ast.AssignStmt:
			out = append(out, defined(n.Tok, n.Lhs...)...)
		case *ast.RangeStmt:
			out = append(out, defined(n.Tok, n.Key, n.Value)...)
		case *ast.ImportSpec:
			if n.Name != nil {
				out = append(out, n.Name)
			}
		}
		return true
	})
	return out
}

// defined returns the names among the left sides of a :=.
func defined(tok token.Token, left ...ast.Expr) []*ast.Ident {
	var out []*ast.Ident
	for _, expr := range left {
		if id, ok := expr.(*ast.Ident); ok && tok == token.DEFINE {
			out = append(out, id)
		}
	}
	return out
}
