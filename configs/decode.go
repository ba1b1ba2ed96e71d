package configs

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// decoder fills a document type from a tree and reports everything that does
// not fit.
type decoder struct {
	r     *report
	env   func(string) (string, bool)
	specs map[reflect.Type]*spec
}

// decode fills doc, a pointer to a document type, from the tree at root.
func decode(root *value, doc any, r *report, env func(string) (string, bool)) {
	d := &decoder{r: r, env: env, specs: map[reflect.Type]*spec{}}
	d.table(root, reflect.ValueOf(doc).Elem(), nil)
}

// value fills v from n.
func (d *decoder) value(n *value, v reflect.Value, rule *rule, p *path) {
	if text, ok := v.Addr().Interface().(textual); ok {
		d.textual(n, text, p)
		return
	}
	if n.tag == "!!null" {
		d.r.fail(p, "is blank: want %s, or leave the key out", rule.want(v.Type()))
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.value(n, v.Elem(), rule, p)
	case reflect.Struct:
		d.table(n, v, p)
	case reflect.Slice:
		d.list(n, v, rule, p)
	case reflect.Map:
		d.named(n, v, rule, p)
	default:
		d.scalar(n, v, rule, p)
	}
}

// shaped reports whether n has the shape the field wants, and complains if not.
func (d *decoder) shaped(n *value, want shape, wants string, p *path) bool {
	if n.shape == want {
		return true
	}
	if n.shape == scalar {
		d.r.fail(p, "%s: want %s", quote(n.text), wants)
	} else {
		d.r.fail(p, "is %s: want %s", n.shape, wants)
	}
	return false
}

func (d *decoder) textual(n *value, text textual, p *path) {
	if _, ignored := text.(*Ignored); ignored || !d.shaped(n, scalar, text.want(), p) {
		return
	}
	if n.tag == "!!null" || n.text == "" {
		d.r.fail(p, "is blank: want %s, or leave the key out", text.want())
		return
	}
	if err := text.set(n.tag, n.text); err != nil {
		d.r.fail(p, "%v: want %s", err, text.want())
	}
}

func (d *decoder) table(n *value, v reflect.Value, p *path) {
	s := d.spec(v.Type())
	if short, ok := v.Addr().Interface().(short); ok && n.shape == scalar {
		f := s.field(short.shortFor())
		d.value(n, v.Field(f.index), &f.rule, p)
		return
	}
	if !d.shaped(n, table, "a mapping", p) {
		return
	}
	for i, k := range n.keys {
		f := s.field(k.name)
		if f == nil {
			d.unknown(k, s, p)
			continue
		}
		d.value(n.items[i], v.Field(f.index), &f.rule, p.key(k.name))
	}
	d.required(n, s, p)
}

// spec returns that of a document type, read once.
func (d *decoder) spec(t reflect.Type) *spec {
	s := d.specs[t]
	if s == nil {
		s = specOf(t)
		d.specs[t] = s
	}
	return s
}

func (d *decoder) required(n *value, s *spec, p *path) {
	for i := range s.fields {
		f := &s.fields[i]
		if f.rule.required && n.lookup(f.name) == nil {
			d.r.fail(p.key(f.name), "is missing: want %s", f.rule.want(f.typ))
		}
	}
}

func (d *decoder) list(n *value, v reflect.Value, rule *rule, p *path) {
	if !d.shaped(n, list, "a list", p) {
		return
	}
	if len(n.items) > rule.items {
		d.r.fail(p, "%d entries: want at most %d", len(n.items), rule.items)
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.items), len(n.items)))
	for i, item := range n.items {
		d.value(item, v.Index(i), rule, p.item(i))
	}
}

// short is a table that a single value may stand for.
type short interface {
	shortFor() string // the key whose value it is
}

// named fills a mapping of names that the document chooses.
func (d *decoder) named(n *value, v reflect.Value, rule *rule, p *path) {
	if !d.shaped(n, table, "a mapping", p) {
		return
	}
	if len(n.keys) > rule.items {
		d.r.fail(p, "%d entries: want at most %d", len(n.keys), rule.items)
		return
	}
	v.Set(reflect.MakeMap(v.Type()))
	for i, k := range n.keys {
		item := reflect.New(v.Type().Elem()).Elem()
		d.value(n.items[i], item, rule, p.key(k.name))
		v.SetMapIndex(reflect.ValueOf(k.name), item)
	}
}

func (d *decoder) scalar(n *value, v reflect.Value, rule *rule, p *path) {
	if n.shape != scalar {
		d.shaped(n, scalar, rule.want(v.Type()), p)
		return
	}
	var ok bool
	switch v.Kind() {
	case reflect.String:
		d.text(n, v, rule, p)
		return
	case reflect.Bool:
		if ok = n.text == "true" || n.text == "false"; ok {
			v.SetBool(n.text == "true")
		}
	case reflect.Int:
		ok = setWhole(n.text, v, rule)
	case reflect.Float64:
		ok = setNumber(n.text, v, rule)
	default:
		panic("document field of kind " + v.Kind().String())
	}
	if !ok {
		d.r.fail(p, "%s: want %s", quote(n.text), rule.want(v.Type()))
	}
}

func setWhole(text string, v reflect.Value, rule *rule) bool {
	whole, ok := parseWhole(text)
	if ok = ok && rule.within(float64(whole)); ok {
		v.SetInt(int64(whole))
	}
	return ok
}

func setNumber(text string, v reflect.Value, rule *rule) bool {
	number, err := strconv.ParseFloat(text, 64)
	ok := err == nil && rule.within(number)
	if ok {
		v.SetFloat(number)
	}
	return ok
}

// text fills a string.
func (d *decoder) text(n *value, v reflect.Value, rule *rule, p *path) {
	if n.tag != "!!str" {
		d.r.fail(p, "%s is not a string: want %s; put it in quotes", n.text, rule.want(v.Type()))
		return
	}
	text, err := d.expanded(n.text, rule)
	if err != nil {
		d.r.fail(p, "%v", err)
		return
	}
	switch {
	case strings.TrimSpace(text) == "" && !rule.blank:
		d.r.fail(p, "is blank: want %s", rule.want(v.Type()))
	case len(text) > rule.length:
		d.r.fail(p, "%d characters: want at most %d", len(text), rule.length)
	case rule.enum != nil && !contains(rule.enum, text):
		d.enum(text, rule, p)
	default:
		v.SetString(text)
	}
}

// expanded replaces environment variables where the field is marked for them.
func (d *decoder) expanded(text string, rule *rule) (string, error) {
	switch {
	case rule.free || !strings.Contains(text, "${"):
		return text, nil
	case !rule.env || d.env == nil:
		return "", fmt.Errorf("%s: environment variables are not expanded here; want the value itself", quote(text))
	}
	return expand(text, d.env)
}

func (d *decoder) enum(text string, rule *rule, p *path) {
	if contains(rule.later, text) {
		d.r.fail(p, "%s is not supported in this version: want one of %s", quote(text), strings.Join(rule.enum, ", "))
		return
	}
	d.r.fail(p, "%s%s: want one of %s", quote(text), meant(text, rule.enum), strings.Join(rule.enum, ", "))
}

// unknown reports a key the table does not have.
func (d *decoder) unknown(k key, s *spec, p *path) {
	if contains(s.later, k.name) {
		d.r.failAt(k.pos, p.key(k.name), "not supported in this version: want one of %s", strings.Join(s.names(), ", "))
		return
	}
	d.r.failAt(k.pos, p.key(k.name), "unknown key%s: want one of %s", meant(k.name, s.names()), strings.Join(s.names(), ", "))
}
