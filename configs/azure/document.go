package azure

import (
	"net/url"
	"path"
	"slices"
	"strings"
)

// maxResources is the most resources of all files.
const maxResources = 20_000

// document looks for resources in a file.
func (im *importer) document(n node) {
	switch {
	case n.isList():
		for _, item := range n.items() {
			im.document(item)
		}
	case !n.isObject():
		im.refuse(n, "no object: want a resource, a list of resources or a deployment template")
	case isParameters(n): // read already
	case isTemplate(n):
		im.template(n, im.given, nil)
	case isTemplate(n.get("template")):
		im.template(n.get("template"), im.given, nil)
	default:
		im.object(n)
	}
}

// object looks for resources in an object that is no template.
func (im *importer) object(n node) {
	switch {
	case n.get("responses").isObject() && n.get("parameters").isObject():
		im.example(n)
	case n.get("type").text() != "" || n.get("id").text() != "":
		im.resource(resourceOf(n, nil))
	case n.get("value").isList():
		im.page(n)
	case n.get("error").isObject():
		im.refuse(n.get("error"), "an answer with an error: %.200s", n.get("error").get("message").text())
	case n.get("properties").isObject():
		im.bare(n)
	default:
		im.refuse(n, "neither a resource (type, id, properties) nor a list (value) nor a deployment template (resources)")
	}
}

// isTemplate reports whether an object is a deployment template.
func isTemplate(n node) bool {
	schema := strings.ToLower(n.get("$schema").text())
	return n.isObject() && strings.Contains(schema, "deploymenttemplate") ||
		n.get("type").v == nil && n.get("id").v == nil && (n.get("resources").isList() || n.get("resources").isObject())
}

// isParameters reports whether an object is a file of parameters.
func isParameters(n node) bool {
	return strings.Contains(strings.ToLower(n.get("$schema").text()), "deploymentparameters")
}

// page reads a list as Azure answers it.
func (im *importer) page(n node) {
	if n.get("nextLink").text() != "" {
		im.ignore(n.get("nextLink"), "the list goes on elsewhere: what follows is not in this file")
	}
	for _, item := range n.get("value").items() {
		im.document(item)
	}
}

// example reads an example of the API's own definition: a request and what is
// answered.
func (im *importer) example(n node) {
	for _, status := range []string{"200", "201"} {
		if body := n.get("responses").get(status).get("body"); body.isObject() {
			im.document(body)
			return
		}
	}
	if body := n.get("parameters").get("parameters"); body.isObject() {
		im.document(body)
		return
	}
	im.ignore(n, "an example of an operation without a resource in it")
}

// bare reads the body of a request: neither type nor name, which its properties
// and the file's name have to say.
func (im *importer) bare(n node) {
	kind := kindOf(n.get("properties"))
	name := n.get("name").text()
	if name == "" {
		name = nameOfFile(n.file)
	}
	if kind == "" {
		im.refuse(n, "neither type nor id, and the properties do not say what it is")
		return
	}
	im.change(n, "has no type: taken for %s %q", kind, name)
	r := resourceOf(n, nil)
	r.kind = strings.ToLower(kind)
	r.names = inherit([]string{name}, r.kind, nil)
	im.resource(r)
}

// kindOf guesses a resource's type by its properties; empty where they do not
// tell.
func kindOf(p node) string {
	for _, guess := range []struct {
		all, any string
		kind     string
	}{
		{"trafficRoutingMethod", "", "Microsoft.Network/trafficManagerProfiles"},
		{"dnsConfig", "", "Microsoft.Network/trafficManagerProfiles"},
		{"pool", "", "Microsoft.ApiManagement/service/backends"},
		{"circuitBreaker", "", "Microsoft.ApiManagement/service/backends"},
		{"url protocol", "", "Microsoft.ApiManagement/service/backends"},
		{"path", "displayName serviceUrl protocols", "Microsoft.ApiManagement/service/apis"},
		{"displayName", "value secret keyVault", "Microsoft.ApiManagement/service/namedValues"},
	} {
		missing := func(key string) bool { return !p.get(key).there() }
		some := strings.Fields(guess.any)
		if !slices.ContainsFunc(strings.Fields(guess.all), missing) && (len(some) == 0 || slices.ContainsFunc(some, func(key string) bool { return !missing(key) })) {
			return guess.kind
		}
	}
	if strings.Contains(p.get("value").text(), "<fragment") {
		return "Microsoft.ApiManagement/service/policyFragments"
	}
	return ""
}

// nameOfFile returns the name that a file has for a resource: backends/NAME.json
// or backends/NAME/backendInformation.json.
func nameOfFile(file string) string {
	file = strings.ReplaceAll(file, "\\", "/")
	name := strings.TrimSuffix(path.Base(file), path.Ext(file))
	if folder := path.Base(path.Dir(file)); strings.HasSuffix(strings.ToLower(name), "information") && folder != "." && folder != "/" {
		return folder
	}
	return name
}

// unescaped undoes percent encoding where there is any.
func unescaped(text string) string {
	if plain, err := url.PathUnescape(text); err == nil {
		return plain
	}
	return text
}
