package arch

import (
	"bytes"
	"go/ast"
	"path"
	"regexp"
	"slices"
	"strings"
)

func checkLater(t *Tree) []Finding {
	later := regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X|HA` + `CK)\b`)
	var out []Finding
	for _, f := range t.Files {
		for _, group := range f.AST.Comments {
			for _, c := range group.List {
				if word := later.FindString(c.Text); word != "" {
					out = append(out, t.at(f, c.Pos(), "comment says %s", word))
				}
			}
		}
	}
	return out
}

// checkSleep lets a test sleep only in files that run in synctest bubbles,
// where sleeping advances the fake clock and costs nothing.
func checkSleep(t *Tree) []Finding {
	var out []Finding
	for _, f := range t.Files {
		if !f.Test || imports(f, "testing/synctest") {
			continue
		}
		ast.Inspect(f.AST, func(n ast.Node) bool {
			if selector(n) == "time.Sleep" {
				out = append(out, t.at(f, n.Pos(), "time.Sleep outside of a synctest bubble"))
			}
			return true
		})
	}
	return out
}

func imports(f *File, p string) bool {
	return slices.ContainsFunc(f.AST.Imports, func(s *ast.ImportSpec) bool { return importPath(s) == p })
}

// checkPlaces looks for paths and hosts of the machine that somebody works on.
func checkPlaces(t *Tree) []Finding {
	place := regexp.MustCompile(`(^|[\s"'=(])/(wo` + `rk|ro` + `ot)/[a-z.]|\b(pro` + `xy|reg` + `istry|de` + `b)\.[a-z]+\.(org|io|com)\b`)
	var out []Finding
	report := func(p string, data []byte) {
		if !suspect(data) {
			return
		}
		for i, line := range bytes.Split(data, []byte("\n")) {
			if !suspect(line) {
				continue
			}
			if hit := place.Find(line); hit != nil {
				out = append(out, Finding{Path: p, Line: i + 1, What: "names a place of somebody's machine or a registry's host: " + strings.TrimSpace(string(hit))})
			}
		}
	}
	for _, f := range t.Files {
		report(f.Path, f.src)
	}
	for _, text := range t.Texts {
		if path.Base(text.Path) != "go.sum" && !bytes.ContainsRune(text.Data, 0) {
			report(text.Path, text.Data)
		}
	}
	return out
}

// suspect is a quick look that spares nearly every line the slow one.
func suspect(data []byte) bool {
	hints := []string{"/wo" + "rk/", "/ro" + "ot/", "proxy.", "registry.", "deb."}
	return slices.ContainsFunc(hints, func(hint string) bool { return bytes.Contains(data, []byte(hint)) })
}
