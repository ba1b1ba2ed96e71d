package azure

import (
	"strings"
)

// apiFields is what an API says; what is not in it is for portals.
func apiFields() []field {
	out := []field{
		{name: "displayName", do: note},
		{name: "path", do: keepText},
		{name: "serviceUrl", do: serviceURL},
		{name: "apiRevision", key: "revision", do: keepText},
		{name: "apiVersion", key: "version", do: keepText},
		{name: "authenticationSettings", do: ignored("what the developer portal says of tokens; nothing checks them here")},
		{name: "subscriptionKeyParameterNames", do: readOnly},
		{name: "apiType", do: apiType},
		{name: "type", do: apiType},
	}
	for _, name := range []string{
		"id", "name", "description", "isCurrent", "isOnline", "protocols", "subscriptionRequired", "apiVersionSetId", "apiVersionSet",
		"format", "value", "contact", "license", "termsOfServiceUrl", "provisioningState", "sourceApiId", "apiVersionDescription",
		"apiRevisionDescription", "contentFormat", "contentValue", "wsdlSelector", "translateRequiredQueryParameters", "etag",
	} {
		out = append(out, field{name: name, do: readOnly})
	}
	return out
}

// api imports an API.
func (im *importer) api(r *resource) {
	full, ok := im.known(r, "API")
	if !ok {
		return
	}
	name, current := im.revision(r, full)
	if !current {
		return
	}
	p := r.properties
	body := append(table{{"name", name}}, im.fields(p, apiFields())...)
	if im.failed {
		return
	}
	e := &element{at: r.node, name: name, body: im.versioned(p, body)}
	if !im.add(apis, e) {
		return
	}
	im.apis[strings.ToLower(name)] = e
	if !strings.EqualFold(p.get("subscriptionRequired").text(), "false") {
		im.change(r.node, "subscription keys are not checked in this version: API %q is open to everybody who reaches the gateway", name)
	}
	im.definition(p, e)
}

// revision returns the name of an API without its revision, and whether it is
// the current one.
func (im *importer) revision(r *resource, full string) (name string, current bool) {
	name, _, _ = strings.Cut(full, ";rev=")
	if strings.EqualFold(r.properties.get("isCurrent").text(), "false") {
		im.ignore(r.node, "a revision that is not the current one of API %q", printable(name))
		return name, false
	}
	if name != full && im.apis[strings.ToLower(name)] != nil && !r.properties.get("isCurrent").yes() {
		im.ignore(r.node, "a revision of API %q, which is there without one", printable(name))
		return name, false
	}
	return name, true
}

// serviceURL takes the URL of a backend; WebSockets are HTTP until they are
// switched.
func serviceURL(im *importer, n node) any {
	if im.hole(n) || n.text() == "" {
		return nil
	}
	for from, to := range map[string]string{"wss://": "https://", "ws://": "http://"} {
		if rest, cut := strings.CutPrefix(strings.ToLower(n.text()), from); cut {
			im.change(n, "%s becomes %s: a WebSocket begins as an HTTP request", from, to)
			return to + n.text()[len(n.text())-len(rest):]
		}
	}
	return n.text()
}

// apiType tells of kinds of APIs that are served as plain HTTP.
func apiType(im *importer, n node) any {
	switch text := strings.ToLower(n.text()); text {
	case "", "http", "websocket":
	default:
		im.change(n, "%s: requests pass as plain HTTP", printable(text))
	}
	return nil
}

// versioned puts the version of an API where clients say it. Azure has it in
// the path, in a header or in the query, as its version set says.
func (im *importer) versioned(p node, body table) table {
	version := body.text("version")
	if version == "" {
		return body
	}
	scheme := p.get("apiVersionSet").get("versioningScheme").text()
	switch strings.ToLower(scheme) {
	case "header", "query":
		im.change(p.get("apiVersionSet"), "version %q is told by %s in Azure; here all versions need a path of their own", printable(version), strings.ToLower(scheme))
		return body
	}
	path := strings.Trim(body.text("path"), "/")
	im.change(p.get("apiVersion"), "version %q becomes the last part of the path, as with the scheme Segment", printable(version))
	out := body.without("path")
	out.set("path", strings.TrimPrefix(path+"/"+version, "/"))
	return out
}

// operation imports an operation into its API.
func (im *importer) operation(r *resource) {
	api := im.owner(r, "operation")
	name, ok := im.known(r, "operation")
	if api == nil || !ok {
		return
	}
	fields := []field{{name: "displayName", do: note}, {name: "method", do: keepText}, {name: "urlTemplate", do: keepText}}
	for _, other := range []string{"id", "name", "description", "templateParameters", "request", "responses", "policies", "etag", "provisioningState"} {
		fields = append(fields, field{name: other, do: readOnly})
	}
	body := append(table{{"name", name}}, im.fields(r.properties, fields)...)
	if text := r.properties.get("policies"); text.text() != "" {
		im.refuse(text, "policies inside an operation: want a resource of their own")
		im.failed = true
	}
	im.part(api, &element{at: r.node, name: name, body: body})
}

// part adds an operation to its API. One that is refused takes the API along
// where it would be open otherwise.
func (im *importer) part(api *element, part *element) {
	if !im.free("parts of "+api.at.file+api.at.path+"/"+api.name, part) {
		return
	}
	if im.failed {
		part.why = "a value that is not known"
	}
	api.parts = append(api.parts, part)
}

// owner returns the API that an operation or a policy belongs to; nil where it
// is not there.
func (im *importer) owner(r *resource, what string) *element {
	name := ""
	if len(r.names) > 1 {
		name = r.names[1]
	}
	short, _, isRevision := strings.Cut(name, ";rev=")
	api := im.apis[strings.ToLower(short)]
	switch {
	case name == "" || holed(name):
		im.refuse(r.node, "whose %s it is cannot be told: want its id, or the API's name before its own", what)
		return nil
	case api == nil:
		im.refuse(r.node, "%s of API %q, which is not imported", what, printable(name))
		return nil
	case isRevision && !strings.HasSuffix(api.at.get("name").text(), name) && api.body.text("revision") != name[len(short)+len(";rev="):]:
		im.ignore(r.node, "%s of a revision that is not the current one", what)
		return nil
	}
	return api
}
