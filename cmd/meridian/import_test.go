package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestImportAzure: what the verb writes passes check; exit status and lists say
// what was left out; nothing is overwritten.
func TestImportAzure(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "out")
	samples := filepath.Join("..", "..", "configs", "azure", "testdata")
	code, said, errs := lineOf("import", "azure", filepath.Join(samples, "template.json"), filepath.Join(samples, "backends.json"), "--out", out, "--name", "contoso", "--zone", "gtm.example.net")
	if code != exitIncomplete || errs != "" {
		t.Fatalf("got exit %d, %s; want %d", code, errs, exitIncomplete)
	}
	for _, want := range []string{"changed:\n", "ignored:\n", "refused:\n", "backends.json: value[4].properties.properties: a Service Fabric cluster is no backend here", "1 APIs with 1 operations"} {
		if !strings.Contains(said, want) {
			t.Errorf("got %s; want %q in it", said, want)
		}
	}
	document := filepath.Join(out, "service.yaml")
	if code, said, errs := lineOf("check", document); code != exitOK {
		t.Errorf("check: got exit %d, %s%s", code, said, errs)
	}
	if _, err := os.Stat(filepath.Join(out, "policies", "orders.get.xml")); err != nil {
		t.Error(err)
	}
	before, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	if code, _, errs := lineOf("import", "azure", filepath.Join(samples, "example.json"), "--out", out); code != exitRefused || !strings.Contains(errs, "is there already") {
		t.Errorf("a second import: got exit %d, %s; want %d", code, errs, exitRefused)
	}
	if after, err := os.ReadFile(document); err != nil || string(after) != string(before) {
		t.Errorf("a second import: got %v and another document", err)
	}
	if code, said, _ := lineOf("import", "azure", filepath.Join(samples, "pool-invalid.json"), "--out", filepath.Join(dir, "none")); code != exitRefused || !strings.Contains(said, "Url is not supported for backend pool") {
		t.Errorf("an invalid pool: got exit %d, %s; want %d and Azure's words", code, said, exitRefused)
	}
}

// TestImportPolicyFile: a policy document beside a file is told of, once.
func TestImportPolicyFile(t *testing.T) {
	dir := t.TempDir()
	api := `{"type": "Microsoft.ApiManagement/service/apis", "name": "s/shop", "properties": {"path": "shop", "serviceUrl": "http://shop.example.net"}}`
	for name, text := range map[string]string{"apiInformation.json": api, "second.json": `{"value": []}`, "policy.xml": "<policies/>"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	line := []string{"import", "azure", filepath.Join(dir, "apiInformation.json"), filepath.Join(dir, "second.json"), "--out"}
	_, said, errs := lineOf(append(line, filepath.Join(dir, "out"))...)
	if strings.Count(errs, "policy.xml is not read") != 1 {
		t.Errorf("got %s%s; want one warning of policy.xml", said, errs)
	}
	if err := os.Remove(filepath.Join(dir, "policy.xml")); err != nil {
		t.Fatal(err)
	}
	if _, said, errs := lineOf(append(line, filepath.Join(dir, "again"))...); strings.Contains(errs, "policy.xml") {
		t.Errorf("got %s%s; want no warning", said, errs)
	}
}
