package configs_test

import (
	"os"
	"path/filepath"
	"testing"

	"meridian/configs"
	"meridian/configs/azure"
)

// FuzzImport: whatever the foreign document, the import ends, and what it
// returns compiles.
func FuzzImport(f *testing.F) {
	names, err := filepath.Glob("azure/testdata/*.json")
	if err != nil || len(names) == 0 {
		f.Fatalf("seeds: got %d, %v", len(names), err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, false)
	}
	f.Fuzz(func(t *testing.T, data []byte, without bool) {
		r := azure.Import([]azure.Source{{Name: "a.json", Data: data}}, azure.Options{
			WithoutPolicies: without, Check: configs.JudgeImport(configs.Options{Region: regions}),
		})
		if r.Document != nil {
			compileImported(t, r)
		}
	})
}
