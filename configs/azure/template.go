package azure

import "strings"

// maxNested is how deep deployments are nested.
const maxNested = 8

// deployments is the type of a deployment inside a template.
const deployments = "microsoft.resources/deployments"

// template reads a deployment template. given holds the values of its
// parameters by name in lower case.
func (im *importer) template(n node, given map[string]any, outer *scope) {
	if im.nested >= maxNested {
		im.refuse(n, "deployments nested deeper than %d", maxNested)
		return
	}
	im.nested++
	defer func() { im.nested-- }()
	s := outer
	if s == nil {
		s = im.scopeOf(n, given)
	}
	im.resources(n.get("resources"), nil, s)
}

// scopeOf returns what the expressions of a template stand for.
func (im *importer) scopeOf(n node, given map[string]any) *scope {
	s := &scope{
		parameters: map[string]any{}, unset: map[string]string{}, variables: n.get("variables").v,
		known: map[string]any{}, copies: map[string]int{}, budget: &im.budget,
	}
	declared := n.get("parameters")
	for _, name := range declared.keys() {
		s.unset[strings.ToLower(name)] = "parameter '" + name + "' has no value: want a defaultValue, or a file of parameters"
	}
	for _, name := range declared.keys() {
		key := strings.ToLower(name)
		if v, there := given[key]; there {
			s.parameters[key] = v
		} else if _, fallback := lookup(declared.get(name).v, "defaultValue"); fallback != nil {
			s.parameters[key] = s.evaluate(fallback)
		} else if declared.get(name).get("nullable").yes() {
			s.parameters[key] = nil
		}
	}
	return s
}

// resources reads the resources of a template or inside a resource: a list, or
// an object by symbolic names.
func (im *importer) resources(n node, above *resource, s *scope) {
	entries := n.items()
	for _, key := range n.keys() {
		entries = append(entries, n.get(key))
	}
	for _, entry := range entries {
		switch loop := entry.get("copy"); {
		case entry.get("existing").yes():
		case loop.isObject():
			im.rounds(entry, loop, above, s)
		default:
			im.declared(entry, above, s)
		}
	}
}

// rounds reads a resource that a loop makes several of.
func (im *importer) rounds(n, loop node, above *resource, s *scope) {
	count, ok := wholeOf(s.evaluate(loop.get("count").v))
	if !ok || count < 0 || count > maxCopies {
		if kind := strings.ToLower(n.get("type").text()); above == nil && im.reader(kind) == nil && kind != deployments {
			im.ignore(n, "%s is not imported", printable(kind))
			return
		}
		im.refuse(loop.get("count"), "a loop of an unknown number of rounds: %s", expressionOf(loop.get("count")))
		return
	}
	name := textOf(s.evaluate(loop.get("name").v))
	for i := range count {
		im.declared(n, above, s.with(name, i))
	}
}

// expressionOf quotes an expression for a note.
func expressionOf(n node) string {
	const most = 120
	text := n.text()
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}

// declared reads a resource of a template, or what is inside of a nested
// deployment.
func (im *importer) declared(raw node, above *resource, s *scope) {
	if !im.wanted(raw.get("condition"), s) {
		return
	}
	if strings.EqualFold(raw.get("type").text(), deployments) {
		im.deployment(raw, s)
		return
	}
	whole := map[string]any{}
	for _, key := range raw.keys() {
		if key != "resources" && key != "copy" && key != "condition" && key != "dependsOn" {
			whole[key] = s.evaluate(raw.get(key).v)
		}
	}
	r := resourceOf(node{whole, raw.file, raw.path}, above)
	im.resource(r)
	im.resources(raw.get("resources"), r, s)
}

// wanted evaluates the condition of a resource.
func (im *importer) wanted(n node, s *scope) bool {
	if !n.there() {
		return true
	}
	switch v := s.evaluate(n.v); {
	case strings.EqualFold(textOf(v), "false"):
		im.ignore(n, "the condition is false: %s", expressionOf(n))
		return false
	case holeIn(v) != "":
		im.change(n, "the condition is not known (%s): taken for true", holeIn(v))
	}
	return true
}

// deployment reads a nested deployment.
func (im *importer) deployment(raw node, s *scope) {
	p := raw.get("properties")
	inner := p.get("template")
	if !inner.isObject() {
		im.refuse(p, "a deployment whose template is elsewhere: want it as a file of its own")
		return
	}
	given := map[string]any{}
	for _, name := range p.get("parameters").keys() {
		if v := p.get("parameters").get(name).get("value"); v.there() {
			given[strings.ToLower(name)] = s.evaluate(v.v)
		}
	}
	if len(p.get("template").get("parameters").keys()) == 0 && !strings.EqualFold(p.get("expressionEvaluationOptions").get("scope").text(), "inner") {
		im.template(inner, nil, s)
		return
	}
	im.template(inner, given, nil)
}

// parametersOf reads a file of parameters.
func parametersOf(n node, into map[string]any) {
	for _, name := range n.get("parameters").keys() {
		if v := n.get("parameters").get(name).get("value"); v.there() {
			into[strings.ToLower(name)] = v.v
		}
	}
}
