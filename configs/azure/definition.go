package azure

import (
	"regexp"
	"slices"
	"strings"
)

// definition adds the operations of an API that come from a definition (OpenAPI
// or Swagger in JSON). Other definitions are not read: the API takes every
// method and path then.
func (im *importer) definition(p node, e *element) {
	format, value := strings.ToLower(p.get("format").text()), p.get("value")
	if format == "" {
		format, value = strings.ToLower(p.get("contentFormat").text()), p.get("contentValue")
	}
	if !value.there() {
		return
	}
	v := value.v
	if text := strings.TrimSpace(value.text()); strings.HasPrefix(text, "{") && !holed(text) {
		if parsed, err := parse([]byte(text)); err == nil {
			v = parsed
		}
	}
	paths := node{v, value.file, value.path}.get("paths")
	if !paths.isObject() {
		im.change(value, "the definition (%s) is not read: API %q takes every method and path below its own", printable(format), e.name)
		return
	}
	for _, path := range paths.keys() {
		for _, method := range paths.get(path).keys() {
			im.defined(paths.get(path).get(method), path, method, e)
		}
	}
	if e.body.get("serviceUrl") == nil {
		im.server(node{v, value.file, value.path}.get("servers"), e)
	}
}

// defined adds one operation of a definition.
func (im *importer) defined(n node, path, method string, e *element) {
	method = strings.ToUpper(method)
	if !slices.Contains([]string{"GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE"}, method) {
		return
	}
	name := n.get("operationId").text()
	if name == "" {
		name = method + path
	}
	name = strings.Trim(regexp.MustCompile(`[^a-zA-Z0-9_.-]+`).ReplaceAllString(name, "-"), "-")
	if len(name) > 80 {
		name = name[:80]
	}
	im.failed = false
	im.part(e, &element{at: n, name: name, body: table{{"name", name}, {"method", method}, {"urlTemplate", path}}})
}

// server takes the backend of a definition.
func (im *importer) server(servers node, e *element) {
	if items := servers.items(); len(items) > 0 {
		if url := items[0].get("url").text(); strings.HasPrefix(url, "http") && !strings.Contains(url, "{") {
			e.body.set("serviceUrl", url)
		}
	}
}
