package configs

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"math"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// schemaMaker makes a JSON Schema of a document type, from the rules the
// decoder reads and the comments of the source.
type schemaMaker struct {
	comments map[string]string // "Type" and "Type.Field"
	defs     map[string]any
}

type object = map[string]any

// makeSchema returns the schema of a document type as indented JSON.
func makeSchema(t *testing.T, title string, doc reflect.Type) string {
	t.Helper()
	m := &schemaMaker{comments: typeComments(t), defs: object{}}
	m.define(doc)
	root := object{
		"$schema": "https://json-schema.org/draft/2020-12/schema",
		"title":   title,
		"$ref":    "#/$defs/" + doc.Name(),
		"$defs":   m.defs,
	}
	data, err := json.MarshalIndent(root, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(data) + "\n"
}

// typeComments reads the comments of the exported types of the package.
func typeComments(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	names, err := filepath.Glob("*document.go")
	if err != nil || len(names) == 0 {
		t.Fatalf("sources: got %v, %v", names, err)
	}
	for _, name := range names {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			if gen, ok := decl.(*ast.GenDecl); ok && gen.Tok == token.TYPE {
				typeComment(out, gen)
			}
		}
	}
	return out
}

func typeComment(out map[string]string, gen *ast.GenDecl) {
	for _, s := range gen.Specs {
		ts := s.(*ast.TypeSpec)
		st, ok := ts.Type.(*ast.StructType)
		if !ok {
			continue
		}
		out[ts.Name.Name] = oneLine(gen.Doc.Text())
		for _, f := range st.Fields.List {
			out[ts.Name.Name+"."+f.Names[0].Name] = oneLine(f.Doc.Text())
		}
	}
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// define adds a struct type to the definitions.
func (m *schemaMaker) define(t reflect.Type) {
	if m.defs[t.Name()] != nil {
		return
	}
	properties, required := object{}, []string{}
	def := object{"type": "object", "additionalProperties": false, "properties": properties, "description": m.comments[t.Name()]}
	m.defs[t.Name()] = def
	for _, f := range specOf(t).fields {
		s := m.schema(f.typ, f.rule)
		if text := m.comments[t.Name()+"."+t.Field(f.index).Name]; text != "" {
			s["description"] = text
		}
		if f.rule.env {
			s["$comment"] = "${NAME} and ${NAME:-default} are expanded"
		}
		properties[f.name] = s
		if f.rule.required {
			required = append(required, f.name)
		}
	}
	if len(required) > 0 {
		def["required"] = required
	}
}

// schema returns the schema of one field.
func (m *schemaMaker) schema(t reflect.Type, r rule) object {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch reflect.New(t).Interface().(type) {
	case *Toggle:
		return object{"enum": []any{"Enabled", "Disabled", true, false}}
	case *Duration:
		return object{"type": "string", "pattern": `^(0|([0-9]+(\.[0-9]*)?(ns|us|µs|ms|s|m|h))+|P([0-9.]+W)?([0-9.]+D)?(T([0-9.]+H)?([0-9.]+M)?([0-9.]+S)?)?)$`}
	case *Percent:
		return object{"type": "string", "pattern": `^([1-9][0-9]?|100)%$`}
	case *Ignored:
		return object{"description": "Ignored."}
	}
	switch t.Kind() {
	case reflect.Struct:
		m.define(t)
		ref := object{"$ref": "#/$defs/" + t.Name()}
		if short, ok := reflect.New(t).Interface().(short); ok {
			return object{"anyOf": []any{text(specOf(t).field(short.shortFor()).rule), ref}}
		}
		return ref
	case reflect.Slice:
		return object{"type": "array", "maxItems": r.items, "items": m.schema(t.Elem(), rule{
			min: r.min, max: r.max, length: r.length, enum: r.enum, blank: r.blank, env: r.env,
		})}
	case reflect.Map:
		return object{"type": "object", "maxProperties": r.items, "additionalProperties": m.schema(t.Elem(), r)}
	case reflect.Bool:
		return object{"enum": []any{true, false, "true", "false"}}
	case reflect.Int:
		return number("integer", `^(0|-?[1-9][0-9]*)$`, r)
	case reflect.Float64:
		return number("number", `^-?[0-9.]+([eE][-+]?[0-9]+)?$`, r)
	}
	return text(r)
}

// number allows numbers that arrive as strings.
func number(kind, pattern string, r rule) object {
	n := object{"type": kind}
	if !math.IsInf(r.min, -1) {
		n["minimum"] = r.min
	}
	if !math.IsInf(r.max, 1) {
		n["maximum"] = r.max
	}
	return object{"anyOf": []any{n, object{"type": "string", "pattern": pattern}}}
}

func text(r rule) object {
	if r.enum != nil {
		return object{"enum": r.enum}
	}
	s := object{"type": "string", "maxLength": r.length}
	if !r.blank {
		s["minLength"] = 1
	}
	if !r.env && !r.free {
		s["not"] = object{"pattern": `\$\{`}
	}
	return s
}
