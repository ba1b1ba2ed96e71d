package configs_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"meridian/configs"
	"meridian/configs/azure"
)

// importFile imports one document of configs/azure/testdata.
func importFile(t *testing.T, name string, without bool) *azure.Result {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("azure", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return azure.Import([]azure.Source{{Name: name, Data: data}}, azure.Options{
		WithoutPolicies: without, Check: configs.JudgeImport(configs.Options{Region: regions}),
	})
}

// told lists all that an import has to say.
func told(t *testing.T, r *azure.Result) string {
	t.Helper()
	var b strings.Builder
	for title, notes := range map[string][]azure.Note{"1 changed": r.Changed, "2 ignored": r.Ignored, "3 refused": r.Refused} {
		for _, n := range notes {
			fmt.Fprintf(&b, "%s: %s\n", title, n)
		}
	}
	lines := strings.SplitAfter(b.String(), "\n")
	slices.SortStableFunc(lines, func(a, b string) int { return strings.Compare(a[:min(1, len(a))], b[:min(1, len(b))]) })
	out := strings.Join(lines, "")
	for _, f := range r.Files {
		out += "file: " + f.Name + "\n"
	}
	for _, f := range r.Unused {
		out += "unused: " + f.Name + "\n"
	}
	if r.Document == nil {
		return out
	}
	text, err := configs.FormatYAML(r.Document, "Imported.")
	if err != nil {
		t.Fatal(err)
	}
	return out + string(text)
}

// TestImports: what was imported is told line by line, and it compiles as the
// YAML it is written as.
func TestImports(t *testing.T) {
	names, err := filepath.Glob("azure/testdata/*.json")
	if err != nil || len(names) < 10 {
		t.Fatalf("documents: got %d, %v; want at least 10", len(names), err)
	}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			r := importFile(t, filepath.Base(name), false)
			said := regexp.MustCompile(`(\.xml: \d+:\d+:).*`).ReplaceAllString(told(t, r), "$1 …") // in the words of gateway/policy
			golden(t, strings.TrimSuffix(name, ".json")+".want", said)
			if strings.Contains(told(t, r)+string(r.Document), "must not be copied") {
				t.Error("got the value of a secret in what was imported")
			}
			if r.Document != nil {
				compileImported(t, r)
			}
		})
	}
}

// compileImported compiles what was imported from its YAML.
func compileImported(t *testing.T, r *azure.Result) *configs.Service {
	t.Helper()
	text, err := configs.FormatYAML(r.Document, "Imported.")
	if err != nil {
		t.Fatal(err)
	}
	b, err := configs.NewBundle("service.yaml", text, func(name string) ([]byte, error) {
		i := slices.IndexFunc(r.Files, func(f azure.File) bool { return f.Name == name })
		if i < 0 {
			return nil, os.ErrNotExist
		}
		return r.Files[i].Data, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	s, err := b.Compile(configs.Options{Region: regions, Secret: anySecret})
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return s
}

// TestImportWithoutPolicies: an API whose policies are refused is imported
// without them only where that was asked for.
func TestImportWithoutPolicies(t *testing.T) {
	names := func(without bool) (out []string) {
		for _, a := range compileImported(t, importFile(t, "refused-policies.json", without)).APIs {
			out = append(out, fmt.Sprintf("%s %d", a.Name, len(a.Operations)))
		}
		return out
	}
	if got, want := names(false), []string{"open 0", "half 1"}; !slices.Equal(got, want) {
		t.Errorf("got %q; want %q", got, want)
	}
	if got, want := names(true), []string{"open 0", "guarded 0", "half 2"}; !slices.Equal(got, want) {
		t.Errorf("without refused policies: got %q; want %q", got, want)
	}
}
