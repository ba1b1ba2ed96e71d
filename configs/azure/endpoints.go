package azure

import (
	"cmp"
	"slices"
	"strings"
)

// endpointFields is azure.md §1.3, but for what says where it leads.
func endpointFields() []field {
	out := []field{
		{name: "endpointStatus", do: toggle},
		{name: "weight", do: counted},
		{name: "priority", do: counted},
		{name: "endpointLocation", do: keepText},
		{name: "geoMapping", do: each(keepText)},
		{name: "subnets", do: each(inside([]field{{name: "first", do: keepText}, {name: "last", do: keepText}, {name: "scope", do: keep}}))},
		{name: "customHeaders", do: each(inside([]field{{name: "name", do: keepText}, {name: "value", do: keepText}}))},
		{name: "minChildEndpoints", do: counted},
		{name: "minChildEndpointsIPv4", do: counted},
		{name: "minChildEndpointsIPv6", do: counted},
		{name: "alwaysServe", do: toggle},
	}
	for _, name := range []string{"id", "name", "type", "target", "targetResourceId", "endpointMonitorStatus", "etag", "resourceGroup"} {
		out = append(out, field{name: name, do: readOnly})
	}
	return out
}

// toggle takes Enabled and Disabled, also as booleans.
func toggle(im *importer, n node) any {
	switch strings.ToLower(n.text()) {
	case "true":
		return "Enabled"
	case "false":
		return "Disabled"
	}
	return oneOf("Enabled", "Disabled")(im, n)
}

// only lists the methods a field of an endpoint has a meaning with; others are
// left out, as Azure sends them along with any method.
func only() map[string]string {
	return map[string]string{
		"weight": "Weighted", "priority": "Priority", "endpointLocation": "Performance", "geoMapping": "Geographic", "subnets": "Subnet",
	}
}

// endpointOf imports an endpoint that is a resource of its own.
func (im *importer) endpointOf(r *resource) {
	e := im.profiles[strings.ToLower(r.parent(1))]
	if r.parent(1) == "" || e == nil {
		im.refuse(r.node, "endpoint of profile %q, which is not imported", printable(r.parent(1)))
		return
	}
	im.endpoint(e, r)
}

// endpoint imports an endpoint into its profile.
func (im *importer) endpoint(e *element, r *resource) {
	name, ok := im.known(r, "endpoint")
	if !ok {
		return
	}
	fields := im.fields(r.properties, endpointFields())
	method := cmp.Or(e.body.text("trafficRoutingMethod"), "Performance")
	body := table{{"name", name}}
	kind := strings.ToLower(r.kind[strings.LastIndexByte(r.kind, '/')+1:])
	part := &element{at: r.node, name: name}
	if kind == "nestedendpoints" {
		part.nested = im.nestedReferences(r)
	} else {
		im.target(r, kind, &body)
	}
	for _, m := range fields {
		if im.meaningful(r, m, method, part.nested != nil) {
			body = append(body, m)
		}
	}
	part.body = body
	if im.failed {
		part.why = "told"
	}
	im.part(e, part)
}

// meaningful reports whether a field of an endpoint counts with the method of
// its profile.
func (im *importer) meaningful(r *resource, m member, method string, nested bool) bool {
	if meant := only()[m.key]; meant != "" && meant != method {
		if m.key == "geoMapping" || m.key == "subnets" {
			im.ignore(r.properties.get(m.key), "has no meaning with %s", method)
		}
		return false
	}
	if m.key == "alwaysServe" {
		return !nested && m.value != "Disabled"
	}
	return nested || !strings.HasPrefix(m.key, "minChild")
}

// nestedReferences lists what may name the profile of a nested endpoint.
func (im *importer) nestedReferences(r *resource) []string {
	out := []string{}
	if id := r.properties.get("targetResourceId").text(); id != "" && !holed(lastName(id)) {
		out = append(out, lastName(id))
	}
	if target := strings.Trim(r.properties.get("target").text(), "."); target != "" && !holed(target) {
		label, _, _ := strings.Cut(target, ".")
		out = append(out, target, label)
	}
	return out
}

// webApp returns the default host name of an App Service, or of a slot of one,
// by its id; empty where it is none or not known.
func webApp(id string) string {
	kind, names := identityOf(id)
	if kind != "microsoft.web/sites" && kind != "microsoft.web/sites/slots" {
		return ""
	}
	name := strings.ToLower(strings.Join(names, "-"))
	if holed(name) {
		return ""
	}
	return name + ".azurewebsites.net"
}

// target takes the host name or address of an endpoint.
func (im *importer) target(r *resource, kind string, body *table) {
	target := r.properties.get("target")
	id := r.properties.get("targetResourceId")
	switch {
	case target.there() && im.hole(target):
	case strings.TrimSpace(target.text()) != "":
		body.set("target", strings.TrimSuffix(strings.TrimSpace(target.text()), "."))
	case webApp(id.text()) != "":
		host := webApp(id.text())
		im.change(id, "the app is taken for %s, its default host name: want target where it has another", host)
		body.set("target", host)
	case id.there() || kind == "azureendpoints":
		im.refuse(id, "an Azure resource without target: its host name is not in the file")
		im.failed = true
	default:
		im.refuse(r.node, "an endpoint without target")
		im.failed = true
	}
}

// priorities drops numbers that are missing or there twice: the order of the
// list counts then, with the numbers there are.
func (im *importer) priorities(e *element) {
	number := func(part *element) int {
		n, _ := wholeOf(part.body.get("priority"))
		return n
	}
	seen, broken := map[int]bool{}, false
	for _, part := range e.parts {
		n := number(part)
		broken = broken || n == 0 || seen[n]
		seen[n] = true
	}
	if !broken || len(e.parts) == 0 {
		return
	}
	slices.SortStableFunc(e.parts, func(a, b *element) int { return cmp.Compare(number(a), number(b)) })
	for _, part := range e.parts {
		part.body = part.body.without("priority")
	}
	if len(seen) > 1 || !seen[0] {
		im.change(e.at, "priorities that are missing or there twice: the order of the list counts")
	}
}
