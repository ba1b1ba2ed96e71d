package azure

import (
	"strings"
)

// methods lists the traffic-routing methods in Azure's spelling.
func methods() []string {
	return []string{"Performance", "Priority", "Weighted", "Geographic", "MultiValue", "Subnet"}
}

// profileFields is azure.md §1.2.
func profileFields() []field {
	return []field{
		{name: "profileStatus", do: oneOf("Enabled", "Disabled")},
		{name: "trafficRoutingMethod", do: oneOf(methods()...)},
		{name: "dnsConfig", key: "ttl", do: func(im *importer, n node) any { return im.fields(n, dnsFields()).get("ttl") }},
		{name: "maxReturn", do: counted},
		{name: "monitorConfig", do: monitor},
		{name: "endpoints", do: readOnly},
		{name: "trafficViewEnrollmentStatus", do: ignored("Traffic View has no counterpart")},
		{name: "allowedEndpointRecordTypes", do: ignored("the endpoints say which types there are")},
		{name: "recordType", do: ignored("the endpoints say which types there are")},
		{name: "profileMonitorStatus", do: readOnly},
		{name: "profileMonitorStatuses", do: readOnly},
		{name: "id", do: readOnly},
		{name: "name", do: readOnly},
		{name: "type", do: readOnly},
		{name: "location", do: readOnly},
		{name: "tags", do: readOnly},
		{name: "etag", do: readOnly},
		{name: "resourceGroup", do: readOnly},
		{name: "provisioningState", do: readOnly},
	}
}

func dnsFields() []field {
	return []field{{name: "ttl", do: keep}, {name: "relativeName", do: readOnly}, {name: "fqdn", do: readOnly}}
}

// profile imports a Traffic Manager profile.
func (im *importer) profile(r *resource) {
	name, ok := im.profileName(r)
	if !ok {
		return
	}
	body := append(table{{"name", name}}, im.fields(r.properties, profileFields())...)
	if method := body.text("trafficRoutingMethod"); method != "MultiValue" {
		body = body.without("maxReturn")
	}
	if im.failed {
		return
	}
	e := &element{at: r.node, name: name, body: body}
	if !im.add(profiles, e) {
		return
	}
	for _, reference := range []string{r.name(), r.properties.get("dnsConfig").get("relativeName").text(), r.properties.get("dnsConfig").get("fqdn").text()} {
		if key := strings.ToLower(reference); key != "" && !holed(key) && im.profiles[key] == nil {
			im.profiles[key] = e
		}
	}
	for _, item := range r.properties.get("endpoints").items() {
		im.failed = false
		im.endpoint(e, resourceOf(item, nil))
	}
}

// profileName returns the name of a profile in the zone: its relative DNS name,
// else the resource's.
func (im *importer) profileName(r *resource) (string, bool) {
	at := r.properties.get("dnsConfig").get("relativeName")
	name := strings.ToLower(strings.Trim(at.text(), "."))
	if name == "" || holed(name) {
		if holed(name) {
			im.change(at, "the name is not known (%s): the resource's own name counts", printable(whyHole(at.text())))
		}
		var ok bool
		if name, ok = im.known(r, "profile"); !ok {
			return "", false
		}
		name = strings.ToLower(name)
	}
	return name, true
}

// monitor converts a monitorConfig. Azure takes any certificate (azure.md §1.9),
// and so do the probes of an imported profile.
func monitor(im *importer, n node) any {
	if im.hole1(n) {
		return nil
	}
	out := im.fields(n, []field{
		{name: "protocol", do: oneOf("HTTP", "HTTPS", "TCP")},
		{name: "port", do: keep},
		{name: "path", do: keepText},
		{name: "intervalInSeconds", do: counted},
		{name: "timeoutInSeconds", do: counted},
		{name: "toleratedNumberOfFailures", do: keep},
		{name: "expectedStatusCodeRanges", do: each(inside([]field{{name: "min", do: keep}, {name: "max", do: keep}}))},
		{name: "customHeaders", do: each(inside([]field{{name: "name", do: keepText}, {name: "value", do: keepText}}))},
		{name: "profileMonitorStatus", do: readOnly},
	})
	switch out.text("protocol") {
	case "HTTPS":
		im.change(n.get("protocol"), "certificates are not checked by probes, as in Azure: want tls.validateCertificateChain: true to check them")
		out.set("tls", table{{"validateCertificateChain", false}})
	case "TCP":
		out = out.without("path").without("expectedStatusCodeRanges").without("customHeaders")
	}
	return out
}

// nestedProfiles completes the profiles when all endpoints are there.
func (im *importer) nestedProfiles() {
	for _, e := range im.elements[profiles] {
		for _, part := range e.parts {
			im.nest(part)
		}
		switch e.body.text("trafficRoutingMethod") {
		case "Priority":
			im.priorities(e)
		case "Geographic":
			e.body.set("geographic", "strict")
			im.misses(e, func(part *element) bool { return containsText(part.body.get("geoMapping"), "WORLD") })
		case "Subnet":
			im.misses(e, func(part *element) bool { return part.body.get("subnets") == nil })
		}
		im.families(e)
	}
}

// nest finds the profile of a nested endpoint.
func (im *importer) nest(part *element) {
	if part.nested == nil {
		return
	}
	for _, reference := range part.nested {
		if child := im.profiles[strings.ToLower(reference)]; child != nil {
			part.body = append(table{part.body[0], {"profile", child.name}}, part.body[1:]...)
			return
		}
	}
	im.refuse(part.at, "nested endpoint %q: none of the files has its profile %q", part.name, printable(strings.Join(part.nested, ", ")))
	part.why = "told"
}

// misses accepts that clients no endpoint is meant for get no data, as Azure
// does, unless an endpoint takes the rest.
func (im *importer) misses(e *element, rest func(*element) bool) {
	for _, part := range e.parts {
		if part.why == "" && rest(part) {
			return
		}
	}
	im.change(e.at, "clients that no endpoint is meant for get no data, as in Azure (noMatch: nodata)")
	e.body.set("noMatch", "nodata")
}

// families accepts, as Azure does, that endpoints are addresses of both
// families.
func (im *importer) families(e *element) {
	var v4, v6 bool
	for _, part := range e.parts {
		target := part.body.text("target")
		v6 = v6 || strings.Contains(target, ":")
		v4 = v4 || target != "" && strings.Trim(target, "0123456789.") == ""
	}
	if v4 && v6 {
		im.change(e.at, "endpoints of both address families: each is answered from its own (partialFamilies: true)")
		e.body.set("partialFamilies", true)
	}
}

// containsText reports whether a list has a text.
func containsText(v any, text string) bool {
	list, _ := v.([]any)
	for _, item := range list {
		if strings.EqualFold(textOf(item), text) {
			return true
		}
	}
	return false
}
