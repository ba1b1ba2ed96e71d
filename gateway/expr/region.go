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
