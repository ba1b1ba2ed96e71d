package configs_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"meridian/configs"
)

// update rewrites the golden files: go test ./configs -update.
func update(t *testing.T) bool {
	t.Helper()
	f := flag.Lookup("update")
	return f != nil && f.Value.String() == "true"
}

func TestMain(m *testing.M) {
	flag.Bool("update", false, "rewrite golden files")
	os.Exit(m.Run())
}

// problemsOf reads a document as its name says and returns all that is wrong.
func problemsOf(t *testing.T, name string) configs.Problems {
	t.Helper()
	var err error
	if isNodeFile(name) {
		_, err = configs.LoadNode(name, noEnv)
	} else {
		var bundle *configs.Bundle
		if bundle, err = configs.LoadBundle(name); err == nil {
			_, err = bundle.Compile(configs.Options{Region: regions})
		}
	}
	var problems configs.Problems
	if !errors.As(err, &problems) {
		t.Fatalf("got error %v; want Problems", err)
	}
	return problems
}

func TestInvalidDocuments(t *testing.T) {
	names, err := filepath.Glob("testdata/invalid-*.yaml")
	if err != nil || len(names) < 40 {
		t.Fatalf("documents: got %d, %v; want at least 40", len(names), err)
	}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			problems := problemsOf(t, name)
			if !problems.Fatal() {
				t.Errorf("got warnings only: %v", problems)
			}
			for _, p := range problems {
				if p.Line < 1 || p.Column < 1 {
					t.Errorf("%v: got place %d:%d; want both from 1", p, p.Line, p.Column)
				}
			}
			var got strings.Builder
			if err := problems.Print(&got); err != nil {
				t.Fatal(err)
			}
			golden(t, strings.TrimSuffix(name, ".yaml")+".want", got.String())
		})
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	if update(t) {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}
