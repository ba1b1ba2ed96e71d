package azure

import (
	"fmt"
	"regexp"
	"strings"
)

// globalPolicy imports the policies of every API.
func (im *importer) globalPolicy(r *resource) {
	if text, ok := im.policyText(r); ok && text != "" {
		im.add(policies, &element{at: r.node, name: "global", file: &File{"policies/global.xml", []byte(text)}})
	} else if !ok {
		im.add(policies, &element{at: r.node, name: "global", why: "told"})
	}
}

// policyOf imports the policies of an API or of an operation.
func (im *importer) policyOf(r *resource) {
	e := im.owner(r, "policy")
	if e == nil {
		return
	}
	file := "policies/" + fileName(e.name)
	if strings.HasSuffix(r.kind, "/operations/policies") {
		operation := r.parent(1)
		owner := e
		if e = owner.find(operation); e == nil {
			im.refuse(r.node, "policy of operation %q of API %q, which is not imported", printable(operation), owner.name)
			return
		}
		file += "." + fileName(operation)
	}
	text, ok := im.policyText(r)
	switch {
	case !ok:
		e.unguarded = true
	case text != "" && e.file != nil:
		im.refuse(r.node, "%q has policies already", e.name)
	case text != "":
		e.file = &File{im.freeName(file), []byte(text)}
	}
}

// find returns a part by its name.
func (e *element) find(name string) *element {
	for _, part := range e.parts {
		if strings.EqualFold(part.name, name) {
			return part
		}
	}
	return nil
}

// policyText returns a policy document; ok is false where it is refused.
func (im *importer) policyText(r *resource) (text string, ok bool) {
	p := r.properties
	value, format := p.get("value"), strings.ToLower(p.get("format").text())
	if !value.there() {
		value, format = p.get("policyContent"), strings.ToLower(p.get("contentFormat").text())
	}
	text = value.text()
	switch trimmed := strings.TrimSpace(text); {
	case holed(text):
		im.hole(value)
		return "", false
	case strings.HasSuffix(format, "link") || strings.HasPrefix(trimmed, "http://") || strings.HasPrefix(trimmed, "https://"):
		im.refuse(value, "a link to a policy document: want the document itself")
		return "", false
	case trimmed == "":
		return "", true
	}
	return strings.TrimRight(strings.TrimPrefix(text, "\ufeff"), " \t\r\n") + "\n", true
}

// fragment imports a part of policies.
func (im *importer) fragment(r *resource) {
	name, ok := im.known(r, "fragment")
	if !ok {
		return
	}
	if text, ok := im.policyText(r); ok && text != "" {
		file := &File{im.freeName("policies/fragments/" + fileName(name)), []byte(text)}
		im.add(fragments, &element{at: r.node, name: name, body: table{{"name", name}, {"file", file.Name}}, file: file})
	}
}

// fileName returns a name as part of a file's.
func fileName(name string) string {
	const most = 100
	out := strings.Trim(regexp.MustCompile(`[^a-zA-Z0-9_-]+`).ReplaceAllString(name, "-"), "-")
	return strings.ToLower(out[:min(len(out), most)])
}

// freeName returns the name of a file that no other has.
func (im *importer) freeName(name string) string {
	out := name + ".xml"
	for i := 2; im.taken["file/"+out] != nil; i++ {
		out = fmt.Sprintf("%s-%d.xml", name, i)
	}
	im.taken["file/"+out] = &element{}
	return out
}

// namedValue imports a text that {{name}} stands for: Azure knows it by its
// display name. What is secret is not copied.
func (im *importer) namedValue(r *resource) {
	p := r.properties
	name := p.get("displayName").text()
	if name == "" || holed(name) {
		var ok bool
		if name, ok = im.known(r, "named value"); !ok {
			return
		}
	}
	body := table{{"name", name}}
	value := p.get("value")
	switch why := holeIn(value.v); {
	case p.get("secret").yes() || p.get("keyVault").isObject():
		im.change(r.node, "secret: put it with meridian secret set %s", secretName(name))
		body.set("secret", secretName(name))
	case why != "":
		im.change(value, "the value is not known (%s): it becomes a secret, put it with meridian secret set %s", printable(why), secretName(name))
		body.set("secret", secretName(name))
	default:
		body.set("value", value.text())
	}
	im.add(namedValues, &element{at: r.node, name: name, body: body})
}

// secretName returns the name of a secret for a named value.
func secretName(name string) string {
	const most = 64
	out := strings.Trim(regexp.MustCompile(`[^a-zA-Z0-9._-]+`).ReplaceAllString(name, "-"), "._-")
	if out == "" {
		return "value"
	}
	return out[:min(len(out), most)]
}
