package configs

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// rule is what a field's tags say of its values. One vocabulary serves strict
// decoding and the JSON Schemas:
//
//	rule:"required,min=1,max=1000,items=8,length=255,enum=HTTP|HTTPS,later=QUIC,env,free,blank"
type rule struct {
	required bool
	min, max float64  // of numbers; -Inf and +Inf where unbounded
	items    int      // most entries of a list
	length   int      // most octets of a string
	enum     []string // the strings allowed; nil: any
	later    []string // strings of the design that this version refuses
	env      bool     // ${ENV} is expanded
	free     bool     // ${ is text like any other
	blank    bool     // may be empty
}

// Defaults of a rule.
const (
	defaultItems  = 10_000
	defaultLength = 255
)

// parseRule reads a rule tag. Tags are part of the program, so that a wrong one
// is a defect: it panics, and a test parses all.
func parseRule(tag string) rule {
	r := rule{min: math.Inf(-1), max: math.Inf(1), items: defaultItems, length: defaultLength}
	for part := range strings.SplitSeq(tag, ",") {
		word, arg, _ := strings.Cut(part, "=")
		r.set(word, arg)
	}
	return r
}

func (r *rule) set(word, arg string) {
	switch word {
	case "":
	case "required":
		r.required = true
	case "min", "max", "items", "length":
		r.setNumber(word, arg)
	case "enum":
		r.enum = strings.Split(arg, "|")
	case "later":
		r.later = strings.Split(arg, "|")
	case "env":
		r.env = true
	case "free":
		r.free = true
	case "blank":
		r.blank = true
	default:
		panic("unknown word in rule tag: " + word)
	}
}

func (r *rule) setNumber(word, arg string) {
	n, err := strconv.ParseFloat(arg, 64)
	if err != nil {
		panic("number in rule tag: " + arg)
	}
	switch word {
	case "min":
		r.min = n
	case "max":
		r.max = n
	case "items":
		r.items = int(n)
	case "length":
		r.length = int(n)
	}
}

// within reports whether a number is in range.
func (r rule) within(n float64) bool { return n >= r.min && n <= r.max }

// span returns the range in words: "1 .. 1000".
func (r rule) span() string {
	low, high := math.IsInf(r.min, -1), math.IsInf(r.max, 1)
	number := func(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }
	switch {
	case low && high:
		return "a number"
	case high:
		return "at least " + number(r.min)
	case low:
		return "at most " + number(r.max)
	}
	return number(r.min) + " .. " + number(r.max)
}

// want returns what a field of type t takes, in words.
func (r rule) want(t reflect.Type) string {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if w, ok := reflect.New(t).Interface().(textual); ok {
		return w.want()
	}
	switch t.Kind() {
	case reflect.Int:
		return "a whole number, " + r.span()
	case reflect.Float64:
		return "a number, " + r.span()
	case reflect.Bool:
		return "true or false"
	case reflect.Slice:
		return fmt.Sprintf("a list of at most %d", r.items)
	case reflect.Struct, reflect.Map:
		return "a mapping"
	}
	if r.enum != nil {
		return "one of " + strings.Join(r.enum, ", ")
	}
	return "a string"
}

// field is one key of a document type.
type field struct {
	name  string
	index int
	typ   reflect.Type
	rule  rule
}

// spec is what the tags of a document type say of its keys.
type spec struct {
	fields []field
	later  []string // keys of the design that this version refuses
}

// specOf reads the tags of a document type. The blank field of a type, if any,
// lists the later keys.
func specOf(t reflect.Type) *spec {
	s := &spec{}
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Name == "_" {
			s.later = strings.Split(f.Tag.Get("later"), ",")
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" {
			name = f.Tag.Get("ignored")
		}
		s.fields = append(s.fields, field{name: name, index: i, typ: f.Type, rule: parseRule(f.Tag.Get("rule"))})
	}
	return s
}

func (s *spec) field(name string) *field {
	i := slices.IndexFunc(s.fields, func(f field) bool { return f.name == name })
	if i < 0 {
		return nil
	}
	return &s.fields[i]
}

// names lists the keys in the order of the type.
func (s *spec) names() []string {
	out := make([]string, len(s.fields))
	for i, f := range s.fields {
		out[i] = f.name
	}
	return out
}
