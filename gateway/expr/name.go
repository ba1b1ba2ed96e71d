package expr

import "strings"

func (n *literalNode) compile(*compiler) typed { return constant(n.t, n.v) }

func (n *nameNode) compile(c *compiler) typed {
	if l, ok := c.find(n.name); ok {
		slot := l.slot
		return typed{t: l.t, run: func(f *frame) (value, error) { return f.locals[slot], nil }}
	}
	if n.name == "context" {
		return typed{t: Type(kContext), run: func(f *frame) (value, error) { return object(kContext, f.x), nil }}
	}
	if t, ok := (typeRef{name: n.name}).resolve(); ok {
		return typed{t: t, static: true}
	}
	if isNamespace(n.name) {
		return typed{space: n.name}
	}
	return c.problem(n.at(), "the name %s does not exist here; context and these types do: %s", n.name, typeNames())
}

// typeNames lists the types an expression may name.
func typeNames() string {
	var names []string
	for _, row := range typeRows() {
		name, _, _ := strings.Cut(row.names, " ")
		if !strings.ContainsAny(name, "<>[]?") && name != "T" && name != "void" && name != "Func" && name != "IContext" {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// path returns a chain of names as it is written: context.Deployment.Region.
func path(n node) string {
	switch n := n.(type) {
	case *nameNode:
		return n.name
	case *memberNode:
		if left := path(n.x); left != "" {
			return left + "." + n.name
		}
	}
	return ""
}

// qualified compiles System.Text.Encoding and the like.
func (c *compiler) qualified(n *memberNode, space string) typed {
	name := space + "." + n.name
	if t, ok := (typeRef{name: name}).resolve(); ok {
		return typed{t: t, static: true}
	}
	if isNamespace(name) {
		return typed{space: name}
	}
	return c.problem(n.at(), "the type or namespace %s is not allowed; these types are: %s", name, typeNames())
}

func (n *holeNode) compile(*compiler) typed {
	slot := n.slot
	return typed{t: n.t, run: func(f *frame) (value, error) { return f.locals[slot], nil }}
}

func (n *guardNode) compile(c *compiler) typed {
	x := c.value(n.x)
	if x.bad() {
		return x
	}
	if x.t.structs() {
		return c.problem(n.at(), "operator ?. cannot be applied to %s, which is never null", x.t)
	}
	slot := c.slot()
	n.hole.t, n.hole.slot = x.t.plain(), slot
	rest := n.rest.compile(c)
	if rest.bad() {
		return rest
	}
	left, right := x.run, rest.run
	return typed{t: rest.t.orNull(), run: func(f *frame) (value, error) {
		v, err := left(f)
		if err != nil || v.k == kNull {
			return v, err
		}
		f.locals[slot] = v
		return right(f)
	}}
}

func (n *lambdaNode) compile(*compiler) typed { return typed{t: Type(kLambda)} }
