package expr

import "slices"

// noteRegion keeps the literal of a comparison with context.Deployment.Region.
func (c *compiler) noteRegion(x, y node, fold bool) {
	for _, pair := range [][2]node{{x, y}, {y, x}} {
		region, folded := regionOf(pair[0])
		literal, other := literalOf(pair[1])
		if region && literal != nil {
			c.regions = append(c.regions, Literal{Text: literal.v.s, IgnoreCase: fold || folded || other, Position: c.o.At.after(c.src, literal.at())})
		}
	}
}

// regionOf reports whether n is context.Deployment.Region, and whether its
// case was changed.
func regionOf(n node) (region, folded bool) {
	if inner, ok := cased(n); ok {
		region, _ = regionOf(inner)
		return region, true
	}
	if cast, ok := n.(*castNode); ok {
		return regionOf(cast.x)
	}
	return path(n) == "context.Deployment.Region", false
}

func literalOf(n node) (*literalNode, bool) {
	if inner, ok := cased(n); ok {
		l, _ := literalOf(inner)
		return l, true
	}
	l, ok := n.(*literalNode)
	if !ok || l.v.k != kString {
		return nil, false
	}
	return l, false
}

// cased returns x of x.ToLower() and its like.
func cased(n node) (node, bool) {
	call, ok := n.(*callNode)
	if !ok {
		return nil, false
	}
	m, ok := call.fn.(*memberNode)
	if !ok || !slices.Contains([]string{"ToLower", "ToUpper", "ToLowerInvariant", "ToUpperInvariant"}, m.name) {
		return nil, false
	}
	return m.x, true
}

// noteRegionCall notes x.Equals(y, …), string.Equals(x, y, …) and their like.
func (c *compiler) noteRegionCall(m *memberNode, args []argument) {
	if !slices.Contains([]string{"Equals", "Compare", "CompareTo"}, m.name) || len(args) == 0 {
		return
	}
	fold := false
	for _, a := range args {
		fold = fold || slices.Contains([]string{"OrdinalIgnoreCase", "InvariantCultureIgnoreCase", "CurrentCultureIgnoreCase"}, lastName(a.x))
	}
	if t, ok := (typeRef{name: path(m.x)}).resolve(); ok && t == String {
		if len(args) > 1 {
			c.noteRegion(args[0].x, args[1].x, fold)
		}
		return
	}
	c.noteRegion(m.x, args[0].x, fold)
}

func lastName(n node) string {
	if m, ok := n.(*memberNode); ok {
		return m.name
	}
	return ""
}

// variableOf returns the known type of context.Variables["name"].
func (c *compiler) variableOf(n node) (string, Type, bool) {
	i, ok := n.(*indexNode)
	if !ok || path(i.x) != "context.Variables" || len(i.args) != 1 {
		return "", Any, false
	}
	l, ok := i.args[0].x.(*literalNode)
	if !ok {
		return "", Any, false
	}
	t, known := c.o.Variables[l.v.s]
	return l.v.s, t, known && t != Any
}

// noteCast warns of a cast of a variable whose type is known to be another.
func (c *compiler) noteCast(n *castNode, x typed, t Type) {
	name, known, ok := c.variableOf(n.x)
	if ok && x.t.is(kAny) && known.plain() != t.plain() && t != Any && !known.derives(t) {
		c.warn(n.at(), name, known, t)
	}
}

// noteVariable warns of context.Variables.GetValueOrDefault<T>("name").
func (c *compiler) noteVariable(m *memberNode, x typed, args []actual, targ *Type) {
	if !x.t.is(kVariables) || targ == nil || *targ == Any || len(args) == 0 || args[0].v.k != kString {
		return
	}
	known, ok := c.o.Variables[args[0].v.s]
	if ok && known != Any && known.plain() != targ.plain() && !known.derives(*targ) {
		c.warn(m.at(), args[0].v.s, known, *targ)
	}
}

func (c *compiler) warn(pos int, name string, known, t Type) {
	c.warnings = append(c.warnings, Problem{
		c.o.At.after(c.src, pos),
		"context.Variables[\"" + name + "\"] is " + known.String() + " here: the cast to " + t.String() + " fails",
	})
}
