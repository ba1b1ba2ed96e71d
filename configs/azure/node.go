package azure

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// node is a value of a foreign document with its place.
type node struct {
	v    any // map[string]any, []any, string, json.Number, bool or nil
	file string
	path string
}

// lookup returns a member of an object; names are compared as Resource Manager
// does, exactly first, then without regard to case.
func lookup(v any, key string) (name string, member any) {
	object, _ := v.(map[string]any)
	if member, there := object[key]; there {
		return key, member
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if strings.EqualFold(name, key) {
			return name, object[name]
		}
	}
	return key, nil
}

// get returns a member of an object; its value is nil where there is none.
func (n node) get(key string) node {
	name, member := lookup(n.v, key)
	return node{member, n.file, join(n.path, name)}
}

// join appends a name to a path.
func join(path, name string) string {
	switch {
	case strings.ContainsAny(name, ".[]' ") || name == "":
		return path + "['" + name + "']"
	case path == "":
		return name
	}
	return path + "." + name
}

// keys lists the names of an object's members.
func (n node) keys() []string {
	object, _ := n.v.(map[string]any)
	return slices.Sorted(maps.Keys(object))
}

// items lists the entries of a list.
func (n node) items() []node {
	list, _ := n.v.([]any)
	out := make([]node, 0, len(list))
	for i, item := range list {
		out = append(out, node{item, n.file, fmt.Sprintf("%s[%d]", n.path, i)})
	}
	return out
}

// isObject reports whether n is an object.
func (n node) isObject() bool { _, ok := n.v.(map[string]any); return ok }

// isList reports whether n is a list.
func (n node) isList() bool { _, ok := n.v.([]any); return ok }

// there reports whether n has a value other than null.
func (n node) there() bool { return n.v != nil }

// text returns a single value as text; empty for anything else.
func (n node) text() string { return textOf(n.v) }

// textOf returns a single value as text; empty for anything else.
func textOf(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return fmt.Sprint(v)
	}
	return ""
}

// yes reports whether n is true, as a boolean or as text.
func (n node) yes() bool { return strings.EqualFold(n.text(), "true") }
