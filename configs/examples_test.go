package configs_test

import (
	"path/filepath"
	"strings"
	"testing"

	"meridian/configs"
	"meridian/routing"
)

// regions stands for the table of cloud regions that node passes in.
func regions(display string) (latitude, longitude float64, ok bool) {
	place, ok := map[routing.LocationName][2]float64{
		"westus2":       {47.2, -119.9},
		"westeurope":    {52.4, 4.9},
		"southeastasia": {1.3, 103.8},
		"northeurope":   {53.3, -6.3},
	}[routing.ParseLocationName(display)]
	return place[0], place[1], ok
}

// anySecret stands for a store of secrets that has every one.
func anySecret(name string) (string, bool) { return "value of " + name, true }

// noEnv is an environment without variables.
func noEnv(string) (string, bool) { return "", false }

// isNodeFile tells node files from service documents, by their names.
func isNodeFile(name string) bool {
	return strings.HasPrefix(filepath.Base(name), "node") || strings.HasPrefix(filepath.Base(name), "invalid-node-")
}

func examples(t *testing.T) []string {
	t.Helper()
	names, err := filepath.Glob("*.yaml")
	if err != nil || len(names) < 18 {
		t.Fatalf("examples: got %d, %v; want at least 18", len(names), err)
	}
	return names
}

func TestExamplesCompile(t *testing.T) {
	for _, name := range examples(t) {
		t.Run(name, func(t *testing.T) {
			if isNodeFile(name) {
				node, err := configs.LoadNode(name, noEnv)
				if err != nil {
					t.Fatalf("got problems:\n%v", err)
				}
				if len(node.Warnings) > 0 {
					t.Errorf("got warnings:\n%v", node.Warnings)
				}
				return
			}
			service := compileFile(t, name)
			if len(service.Warnings) > 0 {
				t.Errorf("got warnings:\n%v", service.Warnings)
			}
			if issues := routing.Check(service.Plan); len(issues.Errors()) > 0 {
				t.Errorf("routing refuses the plan:\n%v", issues)
			}
		})
	}
}

func compileFile(t *testing.T, name string) *configs.Service {
	t.Helper()
	bundle, err := configs.LoadBundle(name)
	if err != nil {
		t.Fatalf("loading %s:\n%v", name, err)
	}
	service, err := bundle.Compile(configs.Options{Region: regions, Secret: anySecret})
	if err != nil {
		t.Fatalf("compiling %s:\n%v", name, err)
	}
	return service
}
