package arch

import (
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// TestHouse applies every rule to the module this package is part of.
func TestHouse(t *testing.T) {
	tree, err := Load(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	if len(tree.Files) == 0 || len(tree.Mod) == 0 {
		t.Fatalf("got %d Go files and %d bytes of go.mod, want a module", len(tree.Files), len(tree.Mod))
	}
	for _, rule := range Rules() {
		t.Run(rule.Name, func(t *testing.T) {
			for _, f := range rule.Apply(tree) {
				t.Errorf("%s\n\tbecause %s", f, rule.Why)
			}
		})
	}
}

// TestRulesCanFail applies each rule to testdata/RULE.txtar, a small module
// with a file "want" that lists the findings one a line.
func TestRulesCanFail(t *testing.T) {
	for _, rule := range Rules() {
		t.Run(rule.Name, func(t *testing.T) {
			archive, err := txtar.ParseFile("testdata/" + rule.Name + ".txtar")
			if err != nil {
				t.Fatalf("every rule has an archive that breaks it: %v", err)
			}
			fsys, want := module(archive)
			tree, err := Load(fsys)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range rule.Apply(tree) {
				got = append(got, f.String())
			}
			if len(got) == 0 {
				t.Error("the rule found nothing in the archive that breaks it")
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

// module returns the files of an archive and the lines of its file "want". A
// line "// pad N" in a file stands for N empty lines.
func module(archive *txtar.Archive) (fs.FS, []string) {
	fsys := fstest.MapFS{}
	var want []string
	for _, f := range archive.Files {
		if f.Name == "want" {
			want = strings.Split(strings.TrimSpace(string(f.Data)), "\n")
			continue
		}
		fsys[f.Name] = &fstest.MapFile{Data: pad(f.Data)}
	}
	return fsys, want
}

func pad(data []byte) []byte {
	var out strings.Builder
	for line := range strings.Lines(string(data)) {
		n := 0
		if _, err := fmt.Sscanf(line, "// pad %d", &n); err == nil {
			line = strings.Repeat("\n", n)
		}
		out.WriteString(line)
	}
	return []byte(out.String())
}

// TestTableIsAcyclic proves that no row of the package table allows a way
// back up.
func TestTableIsAcyclic(t *testing.T) {
	var visit func(dir string, path []string)
	visit = func(dir string, path []string) {
		for _, p := range path {
			if p == dir {
				t.Fatalf("cycle: %v", append(path, dir))
			}
		}
		row, ok := layerOf(dir)
		if !ok && dir != "gateway/policy" {
			t.Errorf("%s is allowed by %v and has no row", dir, path)
		}
		for _, next := range row.allow {
			if next != "*" {
				visit(next, append(path, dir))
			}
		}
	}
	for _, row := range layers() {
		visit(strings.TrimSuffix(row.path, "/..."), nil)
	}
}

func TestSplit(t *testing.T) {
	for id, want := range map[string]string{
		"baseURL": "base url", "HTTPServer": "http server", "max_Value": "max value", "x": "x", "URLBase": "url base", "Base64": "base64", "database": "database",
	} {
		if got := strings.Join(split(id), " "); got != want {
			t.Errorf("split(%q): got %q, want %q", id, got, want)
		}
	}
}
