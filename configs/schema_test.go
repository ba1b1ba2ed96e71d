package configs

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"
)

func TestSchemasAreCurrent(t *testing.T) {
	for name, want := range map[string]string{
		"schema/node.json":    makeSchema(t, "Meridian node file", reflect.TypeFor[NodeDocument]()),
		"schema/service.json": makeSchema(t, "Meridian service document", reflect.TypeFor[ServiceDocument]()),
	} {
		if f := flag.Lookup("update"); f != nil && f.Value.String() == "true" {
			if err := os.WriteFile(name, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		got, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("%s is out of date; run go generate ./configs (-want +got):\n%s", name, diff)
		}
	}
}

func TestEveryFieldIsDescribed(t *testing.T) {
	for name, text := range typeComments(t) {
		if text == "" && !strings.HasSuffix(name, "._") {
			t.Errorf("%s: got no comment; want one, it is the schema's description", name)
		}
	}
}

func compiled(t *testing.T, schema []byte) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// schemas are those of both kinds of document.
type schemas struct{ node, service *jsonschema.Schema }

func bothSchemas(t *testing.T) schemas {
	t.Helper()
	return schemas{compiled(t, NodeSchema()), compiled(t, ServiceSchema())}
}

// of returns the schema of a document by its name.
func (s schemas) of(name string) *jsonschema.Schema {
	if file := filepath.Base(name); strings.HasPrefix(file, "node") || strings.HasPrefix(file, "invalid-node-") {
		return s.node
	}
	return s.service
}

// loadAny reads a YAML file the way an editor does.
func loadAny(t *testing.T, name string) (any, error) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var doc any
	err = yaml.Load(data, &doc)
	return doc, err
}

func TestExamplesFitTheSchema(t *testing.T) {
	names, err := filepath.Glob("*.yaml")
	if err != nil || len(names) == 0 {
		t.Fatalf("examples: got %v, %v", names, err)
	}
	both := bothSchemas(t)
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		schema := "service.json"
		if strings.HasPrefix(name, "node") {
			schema = "node.json"
		}
		if first, _, _ := strings.Cut(string(data), "\n"); first != "# yaml-language-server: $schema=schema/"+schema {
			t.Errorf("%s: got first line %q; want it to name schema/%s", name, first, schema)
		}
		doc, err := loadAny(t, name)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := both.of(name).Validate(doc); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSchemaAgreesWithTheDecoder: what the decoder refuses in the shape of
// single values the schema refuses, and the other way round.
func TestSchemaAgreesWithTheDecoder(t *testing.T) {
	names, err := filepath.Glob("testdata/invalid-*.yaml")
	if err != nil || len(names) == 0 {
		t.Fatalf("documents: got %v, %v", names, err)
	}
	outside := map[string]bool{ // a schema sees no tags and no merge keys
		"testdata/invalid-custom-tag.yaml": true, "testdata/invalid-merge-key.yaml": true,
	}
	both, refused := bothSchemas(t), 0
	for _, name := range names {
		doc, err := loadAny(t, name)
		if err != nil {
			continue // not a matter of shape: syntax, duplicate keys, aliases
		}
		valid := both.of(name).Validate(doc) == nil
		if got := decodes(t, name); got != valid && !outside[name] {
			t.Errorf("%s: decoder accepts %t, schema accepts %t; want them to agree", name, got, valid)
		}
		if !valid {
			refused++
		}
	}
	if refused < 30 {
		t.Errorf("documents the schema refuses: got %d; want at least 30", refused)
	}
}

// decodes reports whether the decoder alone has nothing against a document.
// What a schema cannot say does not count: numbers in strings, environment
// variables, the length of durations.
func decodes(t *testing.T, name string) bool {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	r := newReport(&source{name: name, data: data})
	if r.root = parse(r.src, r); r.root == nil {
		return false
	}
	if strings.HasPrefix(filepath.Base(name), "invalid-node-") {
		decode(r.root, &NodeDocument{}, r, func(string) (string, bool) { return "x", true })
	} else {
		decode(r.root, &ServiceDocument{}, r, nil)
	}
	return !r.problems.Fatal()
}
