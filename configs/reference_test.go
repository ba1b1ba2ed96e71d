package configs

import (
	"flag"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestReferenceIsCurrent holds the tables of docs/configuration.md: they are
// made from the document types and their comments.
func TestReferenceIsCurrent(t *testing.T) {
	const name = "../docs/configuration.md"
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	for mark, doc := range map[string]reflect.Type{"node": reflect.TypeFor[NodeDocument](), "service": reflect.TypeFor[ServiceDocument]()} {
		begin, end := "<!-- "+mark+" keys, made by go generate ./configs -->\n", "<!-- end of "+mark+" keys -->\n"
		before, rest, ok := strings.Cut(text, begin)
		_, after, closed := strings.Cut(rest, end)
		if !ok || !closed {
			t.Fatalf("%s: got no marks %q and %q", name, begin, end)
		}
		m := &referenceMaker{comments: typeComments(t)}
		m.table(doc, "")
		text = before + begin + m.String() + "\n" + end + after
	}
	if f := flag.Lookup("update"); f != nil && f.Value.String() == "true" {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(text, string(data)); diff != "" {
		t.Errorf("%s is out of date; run go generate ./configs (-want +got):\n%s", name, diff)
	}
}

// referenceMaker writes one table per document type.
type referenceMaker struct {
	strings.Builder
	comments map[string]string
}

func (m *referenceMaker) table(t reflect.Type, at string) {
	if at != "" {
		fmt.Fprintf(m, "\n#### `%s`\n", at)
	}
	m.WriteString("\n| key | value | what |\n|---|---|---|\n")
	s := specOf(t)
	type nested struct {
		t  reflect.Type
		at string
	}
	var below []nested
	for _, f := range s.fields {
		var marks []string
		if f.rule.required {
			marks = append(marks, "**required**")
		}
		if f.rule.env {
			marks = append(marks, "`${ENV}`")
		}
		what := m.comments[t.Name()+"."+t.Field(f.index).Name]
		want := f.rule.want(f.typ)
		if f.typ.Kind() == reflect.Slice && f.rule.enum != nil {
			want += " of " + strings.Join(f.rule.enum, ", ")
		}
		fmt.Fprintf(m, "| `%s` | %s | %s |\n", f.name, strings.Join(append([]string{want}, marks...), ", "), strings.ReplaceAll(what, "|", "\\|"))
		inner, where := f.typ, strings.TrimPrefix(at+"."+f.name, ".")
		for inner.Kind() == reflect.Pointer || inner.Kind() == reflect.Slice || inner.Kind() == reflect.Map {
			where += map[reflect.Kind]string{reflect.Slice: "[]", reflect.Map: ".<name>"}[inner.Kind()]
			inner = inner.Elem()
		}
		if _, single := reflect.New(inner).Interface().(textual); inner.Kind() == reflect.Struct && !single {
			below = append(below, nested{inner, where})
		}
	}
	for _, n := range below {
		m.table(n.t, n.at)
	}
}
