package configs

import (
	"strings"

	"go.yaml.in/yaml/v4"
)

// planter turns YAML nodes into a tree: it resolves aliases within a budget and
// refuses what the documents have no use for.
type planter struct {
	r       *report
	open    map[*yaml.Node]bool // anchors being resolved
	aliased int                 // values planted through aliases
	through int                 // aliases around the current value
	depth   int
}

// plant returns the tree of n; nil when it cannot be part of a document.
func (p *planter) plant(n *yaml.Node, at *path) *value {
	if p.depth++; p.depth > maxDepth {
		p.depth--
		p.r.failAt(posOf(n), at, "nested too deep: want at most %d levels", maxDepth)
		return nil
	}
	defer func() { p.depth-- }()
	if p.through > 0 {
		if p.aliased++; p.aliased > maxAliased {
			p.r.failAt(posOf(n), nil, "aliases stand for more values than fit: want at most %d", maxAliased)
			return nil
		}
	}
	v := &value{pos: posOf(n)}
	switch n.Kind {
	case yaml.AliasNode:
		return p.alias(n, at)
	case yaml.MappingNode:
		v.shape = table
		p.table(v, n, at)
	case yaml.SequenceNode:
		v.shape = list
		p.list(v, n, at)
	case yaml.ScalarNode:
		p.scalar(v, n, at)
	default:
		p.r.failAt(v.pos, at, "want a value")
		return nil
	}
	return v
}

func posOf(n *yaml.Node) pos { return pos{max(n.Line, 1), max(n.Column, 1)} }

func (p *planter) alias(n *yaml.Node, at *path) *value {
	if n.Alias == nil || p.open[n.Alias] {
		p.r.failAt(posOf(n), at, "alias *%s stands for a value that holds it: want a value of its own", n.Value)
		return nil
	}
	p.open[n.Alias] = true
	p.through++
	v := p.plant(n.Alias, at)
	p.through--
	delete(p.open, n.Alias)
	return v
}

func (p *planter) list(v *value, n *yaml.Node, at *path) {
	v.items = make([]*value, 0, len(n.Content))
	for i, item := range n.Content {
		if p.aliased > maxAliased {
			return
		}
		v.items = append(v.items, p.child(item, at.item(i)))
	}
}

func (p *planter) table(v *value, n *yaml.Node, at *path) {
	first := make(map[string]pos, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content) && p.aliased <= maxAliased; i += 2 {
		k, ok := p.tableKey(n.Content[i], at)
		if !ok {
			continue
		}
		if earlier, twice := first[k.name]; twice {
			p.r.failAt(k.pos, at.key(k.name), "the key is there twice, first on line %d: want it once", earlier.line)
			continue
		}
		first[k.name] = k.pos
		v.keys = append(v.keys, k)
		v.items = append(v.items, p.child(n.Content[i+1], at.key(k.name)))
	}
}

// child plants n and keeps the place of what could not be planted, so that the
// paths of its neighbours stay right.
func (p *planter) child(n *yaml.Node, at *path) *value {
	if v := p.plant(n, at); v != nil {
		return v
	}
	return &value{pos: posOf(n), tag: "!!null"}
}

func (p *planter) tableKey(n *yaml.Node, at *path) (key, bool) {
	where := posOf(n)
	if n.Kind == yaml.AliasNode || n.Kind == yaml.ScalarNode && n.ShortTag() == "!!merge" {
		p.r.failAt(where, at.key("<<"), "merge keys and aliases as keys are not supported: want the keys written out, or an alias as a value")
		return key{}, false
	}
	if n.Kind != yaml.ScalarNode || n.Value == "" || len(n.Value) > maxKeyLength {
		p.r.failAt(where, at, "a key that is no name: want a name of at most %d characters", maxKeyLength)
		return key{}, false
	}
	return key{name: n.Value, pos: where}, true
}

func (p *planter) scalar(v *value, n *yaml.Node, at *path) {
	v.tag, v.text = n.ShortTag(), n.Value
	v.literal = n.Style&yaml.LiteralStyle != 0
	switch v.tag {
	case "!!str", "!!int", "!!float", "!!bool", "!!null":
	case "!!timestamp":
		v.tag = "!!str"
	default:
		p.r.failAt(v.pos, at, "tag %s: want no tags", strings.TrimSpace(v.tag))
		v.tag = "!!str"
	}
}
