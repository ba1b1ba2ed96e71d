package arch

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

func checkDoc(t *Tree) []Finding {
	var out []Finding
	for _, dir := range t.Dirs {
		if problem := t.packageDoc(dir); problem != "" {
			out = append(out, Finding{Path: path.Join(dir, "doc.go"), What: problem})
		}
	}
	return out
}

// packageDoc says what is wrong with the package comment of dir, or "".
func (t *Tree) packageDoc(dir string) string {
	i := slices.IndexFunc(t.Files, func(f *File) bool { return f.Dir == dir && path.Base(f.Path) == "doc.go" })
	if i < 0 {
		return "missing: what the package owns, what it must not import, how data flows through"
	}
	file := t.Files[i].AST
	want := "Package " + file.Name.Name + " "
	if file.Name.Name == "main" {
		want = "Command " + path.Base(dir) + " "
	}
	if text := file.Doc.Text(); !strings.HasPrefix(text, want) {
		return fmt.Sprintf("the package comment does not start with %q", want)
	}
	return ""
}

// dependencyDoc is where each module has its line.
const dependencyDoc = "docs/dependencies.md"

func checkDependencies(t *Tree) []Finding {
	required := requirements(t.Mod)
	listed := t.listedModules()
	var out []Finding
	for _, m := range required {
		if !slices.Contains(listed, m) {
			out = append(out, Finding{Path: dependencyDoc, What: "no line for `" + m + "`, which go.mod requires"})
		}
	}
	for _, m := range listed {
		if !slices.Contains(required, m) {
			out = append(out, Finding{Path: dependencyDoc, What: "a line for `" + m + "`, which go.mod does not require"})
		}
	}
	return out
}

// listedModules returns the modules in the first column of the tables of
// docs/dependencies.md.
func (t *Tree) listedModules() []string {
	row := regexp.MustCompile("(?m)^\\| `([^`]+)` \\|")
	i := slices.IndexFunc(t.Texts, func(text Text) bool { return text.Path == dependencyDoc })
	if i < 0 {
		return nil
	}
	return firstGroups(row, t.Texts[i].Data)
}

// firstGroups returns what the first group of each match holds.
func firstGroups(re *regexp.Regexp, data []byte) []string {
	var out []string
	for _, m := range re.FindAllSubmatch(data, -1) {
		out = append(out, string(m[1]))
	}
	return out
}

// requirements returns the paths that a go.mod requires.
func requirements(mod []byte) []string {
	line := regexp.MustCompile(`(?m)^(?:\t|require )([a-z][^\s()]*\.[^\s()]*) v[0-9]`)
	return firstGroups(line, mod)
}
