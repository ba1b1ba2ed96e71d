package dnsserver

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"

	"meridian/dnswire"
	"meridian/routing"
)

// tree holds the names of all zones.
type tree struct {
	names    map[string]*node // by wire form, lower case
	depth    int              // most labels of any name
	profiles map[dnswire.Name]routing.ProfileID
}

// find returns the node of a name, or else of its closest encloser, which is
// nil outside the zones.
func (t *tree) find(name []byte) (n *node, exact bool) {
	if n, ok := t.names[string(name)]; ok {
		return n, true
	}
	for excess := countLabels(name) - t.depth; excess > 1; excess-- {
		name = parentName(name)
	}
	for len(name) > 1 {
		name = parentName(name)
		if n, ok := t.names[string(name)]; ok {
			return n, false
		}
	}
	return nil, false
}

// insert returns the node of a name of zone z, made with the names between
// them if need be.
func (t *tree) insert(z *zone, name []byte) *node {
	if n, ok := t.names[string(name)]; ok && n.zone == z {
		return n
	}
	n := &node{zone: z, name: name}
	t.names[string(name)] = n
	t.depth = max(t.depth, countLabels(name))
	if len(name) == len(z.origin) {
		return n
	}
	up := t.insert(z, parentName(name))
	up.parent = true
	if name[0] == 1 && name[1] == '*' {
		up.wildcard = n
	}
	return n
}

// connect makes the names between a zone and one of ours above it exist there:
// to deny them would be to deny the zone (RFC 8020).
func (t *tree) connect(origin []byte) {
	if len(origin) == 1 {
		return
	}
	up := parentName(origin)
	if n, _ := t.find(up); n != nil {
		t.insert(n.zone, up).parent = true
	}
}

// buildTree makes the names of all zones; ttl returns the TTL of a profile. The
// error names everything that is wrong.
func buildTree(zones []Zone, view profileInfo) (*tree, error) {
	t := &tree{names: make(map[string]*node), profiles: make(map[dnswire.Name]routing.ProfileID)}
	order := make([]*Zone, len(zones))
	for i := range zones {
		order[i] = &zones[i]
	}
	// Shorter origins first: a child zone of ours takes its names from its parent.
	slices.SortStableFunc(order, func(a, b *Zone) int { return cmp.Compare(a.Origin.WireLen(), b.Origin.WireLen()) })
	var errs []error
	for _, z := range order {
		b := zoneBuild{tree: t, in: z, profiles: view}
		b.build()
		errs = append(errs, b.errs...)
	}
	return t, errors.Join(errs...)
}

// zoneBuild makes one zone of a tree.
type zoneBuild struct {
	tree     *tree
	in       *Zone
	profiles profileInfo
	zone     *zone
	nodes    []*node // of this zone, parents first once sorted
	errs     []error
}

func (b *zoneBuild) fail(format string, args ...any) {
	b.errs = append(b.errs, fmt.Errorf("zone %q: %w", b.in.Origin, fmt.Errorf(format, args...)))
}

func (b *zoneBuild) build() {
	origin := b.in.Origin.AppendWire(nil)
	if old, ok := b.tree.names[string(origin)]; ok && len(old.zone.origin) == len(origin) {
		b.fail("is there twice")
		return
	}
	b.zone = &zone{origin: origin, labels: uint8(countLabels(origin)), serial: b.in.Serial}
	b.tree.connect(origin)
	b.zone.apex = b.tree.insert(b.zone, origin)
	b.addSOA()
	b.addServers()
	b.addRecords()
	b.addProfiles()
	b.collect()
	b.addCuts()
	b.addServerGlue()
	b.check()
}

// node returns the node of a name of this zone; nil, with an error noted, where
// it lies outside.
func (b *zoneBuild) node(name dnswire.Name) *node {
	if !name.IsSubdomainOf(b.in.Origin) {
		b.fail("name %q: want a name in the zone", name)
		return nil
	}
	return b.tree.insert(b.zone, name.AppendWire(nil))
}

// collect lists the zone's nodes, parents before children: a name is longer
// than those above it.
func (b *zoneBuild) collect() {
	for _, n := range b.tree.names {
		if n.zone == b.zone {
			b.nodes = append(b.nodes, n)
		}
	}
	slices.SortFunc(b.nodes, func(a, c *node) int {
		return cmp.Or(cmp.Compare(len(a.name), len(c.name)), bytes.Compare(a.name, c.name))
	})
}
