package azure

import "strings"

// resource is one resource of a foreign document.
type resource struct {
	node                // the whole of it, expressions replaced
	kind       string   // as microsoft.apimanagement/service/backends, in lower case
	names      []string // one for each part of kind behind the first; empty where not known
	properties node
}

// name returns the last name.
func (r *resource) name() string {
	if len(r.names) == 0 {
		return ""
	}
	return r.names[len(r.names)-1]
}

// parent returns the name of what it belongs to, n levels up; empty where it is
// not known.
func (r *resource) parent(n int) string {
	at := len(r.names) - 1 - n
	if at < 0 || holed(r.names[at]) {
		return ""
	}
	return r.names[at]
}

// resourceOf returns what an object says it is. Children inherit kind and names
// of the resource they stand in.
func resourceOf(n node, above *resource) *resource {
	r := &resource{node: n, properties: n.get("properties")}
	kind, names := "", []string(nil)
	if n.get("id").text() != "" && above == nil {
		kind, names = identityOf(n.get("id").text())
	}
	if kind == "" {
		kind = strings.Trim(strings.ToLower(n.get("type").text()), "/")
		if at := strings.IndexByte(kind, '@'); at >= 0 {
			kind = kind[:at] // as Bicep writes it
		}
		names = strings.Split(n.get("name").text(), "/")
		if above != nil && kind != "" && !strings.HasPrefix(kind, above.kind+"/") && !strings.Contains(strings.SplitN(kind, "/", 2)[0], ".") {
			kind = above.kind + "/" + kind
		}
		names = inherit(names, kind, above)
	}
	r.kind, r.names = kind, names
	if !r.properties.isObject() {
		r.properties = n // as the az command shows it
	}
	return r
}

// inherit returns names in full: one for each part of kind behind the first,
// the first ones of the resource around it or unknown.
func inherit(names []string, kind string, above *resource) []string {
	want := strings.Count(kind, "/")
	if len(names) >= want {
		return names[len(names)-want:]
	}
	out := make([]string, want)
	if above != nil {
		copy(out, above.names)
	}
	copy(out[want-len(names):], names)
	return out
}

// identityOf takes a resource id apart; kind is empty where it is none.
func identityOf(id string) (kind string, names []string) {
	at := strings.LastIndex(strings.ToLower(id), "/providers/")
	if at < 0 {
		return "", nil
	}
	parts := strings.Split(strings.Trim(id[at+len("/providers/"):], "/"), "/")
	if len(parts) < 3 || len(parts)%2 == 0 {
		return "", nil
	}
	kind = strings.ToLower(parts[0])
	for i := 1; i < len(parts); i += 2 {
		kind += "/" + strings.ToLower(parts[i])
		names = append(names, unescaped(parts[i+1]))
	}
	return kind, names
}

// lastName returns the last name of a resource id, or the text itself.
func lastName(id string) string {
	return unescaped(id[strings.LastIndexByte(id, '/')+1:])
}
