package azure

import (
	"strings"
)

// backendFields is azure.md §3.2.
func backendFields() []field {
	return []field{
		{name: "type", do: oneOf("Single", "Pool")},
		{name: "url", do: keepText},
		{name: "protocol", do: protocol},
		{name: "title", do: note},
		{name: "description", do: note},
		{name: "azureRegion", do: keepText},
		{name: "credentials", do: inside(credentialFields())},
		{name: "proxy", do: inside([]field{{name: "url", do: keepText}, {name: "username", do: keepText}, {name: "password", do: reference}})},
		{name: "tls", do: inside([]field{
			{name: "validateCertificateChain", do: flag},
			{name: "validateCertificateName", do: flag},
			{name: "serverCertificateThumbprints", do: unsupported("certificates are not known by their thumbprints: want validateCertificateChain, or tls.caFile here")},
			{name: "serverX509Names", do: unsupported("certificates are not known by their names: want tls.serverName here")},
		})},
		{name: "circuitBreaker", do: circuitBreaker},
		{name: "pool", do: inside(poolFields())},
		{name: "resourceId", do: ignored("the resource behind the url has no meaning here")},
		{name: "properties", do: fatal("a Service Fabric cluster is no backend here")},
		{name: "serviceFabricCluster", do: fatal("a Service Fabric cluster is no backend here")},
		{name: "id", do: readOnly},
		{name: "name", do: readOnly},
		{name: "etag", do: readOnly},
		{name: "provisioningState", do: readOnly},
	}
}

// backend imports a backend or a pool.
func (im *importer) backend(r *resource) {
	name, ok := im.known(r, "backend")
	im.failed = !ok // what else is wrong is told all the same
	body := table{{"name", name}}
	body = append(body, im.fields(r.properties, backendFields())...)
	im.proxyPassword(r, name, body)
	if strings.EqualFold(body.text("type"), "Pool") {
		im.poolAlone(r, body)
	} else if body.get("pool") != nil {
		im.refuse(r.properties.get("pool"), "a pool of a backend whose type is not Pool")
		im.failed = true
	}
	if !im.failed {
		im.add(backends, &element{at: r.node, name: name, body: body})
	}
}

// poolAlone refuses what Azure refuses on pools, in its words.
func (im *importer) poolAlone(r *resource, body table) {
	if body.get("url") != nil {
		im.refuse(r.properties.get("url"), "Url is not supported for backend pool")
		im.failed = true
	}
	if body.get("protocol") != nil {
		im.refuse(r.properties.get("protocol"), "Protocol is not supported for backend pool")
		im.failed = true
	}
}

// protocol takes http; soap is sent over HTTP too.
func protocol(im *importer, n node) any {
	if im.hole(n) || n.text() == "" {
		return nil
	}
	switch text := strings.ToLower(n.text()); text {
	case "http":
		return text
	case "https", "soap":
		im.change(n, "%s becomes http: the url says whether TLS is spoken, and bodies pass as they are", text)
		return "http"
	}
	return n.v
}

// credentialFields is what every request to a backend carries.
func credentialFields() []field {
	return []field{
		{name: "authorization", do: inside([]field{{name: "scheme", do: keepText}, {name: "parameter", do: plainly}})},
		{name: "header", do: manyTexts},
		{name: "query", do: manyTexts},
		{name: "certificate", do: fatal("client certificates of backends are not supported in this version")},
		{name: "certificateIds", do: fatal("client certificates of backends are not supported in this version")},
		{name: "managedIdentity", do: fatal("there are no managed identities here: want credentials.authorization with a secret")},
	}
}

// manyTexts takes an object of lists of texts; single texts become lists.
func manyTexts(im *importer, n node) any {
	var out table
	for _, key := range n.keys() {
		member := n.get(key)
		if im.hole(member) {
			continue
		}
		switch {
		case member.isList() && len(member.items()) > 0:
			var values []any
			for _, item := range member.items() {
				values = append(values, plainly(im, item))
			}
			out.set(key, values)
		case member.text() != "":
			out.set(key, []any{plainly(im, member)})
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// plainly takes a credential, and says so where it is written out.
func plainly(im *importer, n node) any {
	text := keepText(im, n)
	if text != nil && !strings.Contains(n.text(), "{{") {
		im.change(n, "a credential that is written out: want a secret in its place, the plan is no place for it")
	}
	return text
}

// reference takes a text that stands for a named value; others are not copied.
func reference(_ *importer, n node) any {
	if text := n.text(); strings.HasPrefix(text, "{{") && strings.HasSuffix(text, "}}") {
		return text
	}
	return nil
}

// proxyPassword makes a secret of a password that is written out.
func (im *importer) proxyPassword(r *resource, name string, body table) {
	written := r.properties.get("proxy").get("password")
	for i, m := range body {
		proxy, ok := m.value.(table)
		if m.key != "proxy" || !ok || empty(written.v) || proxy.get("password") != nil {
			continue
		}
		secret := secretName(name + "-proxy")
		im.change(written, "a password is not copied: put it with meridian secret set %s", secret)
		body[i].value = append(proxy, member{"secret", secret})
	}
}

// poolFields is azure.md §3.2, pool.
func poolFields() []field {
	response := inside([]field{{name: "statusCode", do: keep}})
	return []field{
		{name: "services", do: each(poolMember)},
		{name: "sessionAffinity", do: inside([]field{{name: "sessionId", do: inside([]field{
			{name: "source", do: oneOf("cookie")}, {name: "name", do: keepText},
		})}})},
		{name: "failureResponse", do: response},
	}
}

// poolMember converts a member: the last name of its id counts.
func poolMember(im *importer, n node) any {
	out := im.fields(n, []field{
		{name: "id", do: memberName},
		{name: "priority", do: keep},
		{name: "weight", do: keep},
		{name: "preferredCarbonEmission", do: ignored("carbon emission is not known here")},
	})
	if out.get("id") == nil && holeIn(n.get("id").v) == "" {
		im.refuse(n, "a member of a pool without id: want the id of a backend")
		im.failed = true
	}
	return out
}

func memberName(im *importer, n node) any {
	name := lastName(n.text())
	if holed(name) {
		im.hole(node{name, n.file, n.path})
		return nil
	}
	if name == "" {
		return nil
	}
	return name
}
