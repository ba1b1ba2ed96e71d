package intent

import (
	"cmp"
	"fmt"
	"slices"
)

// Registry is which nodes exist. It never changes; its slices are not to be
// written to.
type Registry struct {
	nodes   []Node // by Registered, then ID
	refused []Refused
}

// Refused is a node that is not let in.
type Refused struct {
	Node Node
	Why  string // in words
}

// NewRegistry makes a registry of what nodes say of themselves, one of each,
// less those that are forgotten. Of two with one name the older keeps it, by
// Registered, and the younger is refused; a node that has left keeps its name
// only against those that have left too.
func NewRegistry(nodes []Node, forgotten []NodeID) Registry {
	gone := make(map[NodeID]bool, len(forgotten))
	for _, id := range forgotten {
		gone[id] = true
	}
	byClaim := slices.SortedFunc(slices.Values(nodes), func(a, b Node) int {
		return cmp.Or(cmp.Compare(count(a.State == Left), count(b.State == Left)), a.compare(b))
	})
	var r Registry
	names := map[string]Node{}
	for _, n := range byClaim {
		owner, taken := names[n.Name]
		switch {
		case gone[n.ID]:
		case taken:
			r.refused = append(r.refused, Refused{Node: n, Why: fmt.Sprintf("the name %q belongs to node %s", n.Name, owner.ID)})
		default:
			names[n.Name] = n
			r.nodes = append(r.nodes, n)
		}
	}
	slices.SortFunc(r.nodes, Node.compare)
	slices.SortFunc(r.refused, func(a, b Refused) int { return a.Node.compare(b.Node) })
	return r
}

// Nodes returns the nodes, the first registered first, those that are leaving
// or have left among them.
func (r Registry) Nodes() []Node { return r.nodes }

// Refused returns the nodes that are not let in, in the same order.
func (r Registry) Refused() []Refused { return r.refused }

// Node returns the node with an id.
func (r Registry) Node(id NodeID) (Node, bool) {
	return r.find(func(n Node) bool { return n.ID == id })
}

// Named returns the node with a name.
func (r Registry) Named(name string) (Node, bool) {
	return r.find(func(n Node) bool { return n.Name == name })
}

// Members returns the nodes of a location that have not left, in order.
func (r Registry) Members(location string) []Node {
	var out []Node
	for _, n := range r.nodes {
		if n.Location == location && n.State != Left {
			out = append(out, n)
		}
	}
	return out
}

// Primary returns the node that writes plans: the one named primaryNode, or
// where that is empty the first that registered in the primary location. ok is
// false where there is none. One that has left stays it: nobody but an operator
// makes another the writer.
func (r Registry) Primary(location, primaryNode string) (n Node, ok bool) {
	if primaryNode != "" {
		return r.Named(primaryNode)
	}
	return r.find(func(n Node) bool { return n.Location == location })
}

func (r Registry) find(match func(Node) bool) (Node, bool) {
	i := slices.IndexFunc(r.nodes, match)
	if i < 0 {
		return Node{}, false
	}
	return r.nodes[i], true
}

// compare orders nodes: the first registered first.
func (n Node) compare(o Node) int {
	return cmp.Or(cmp.Compare(n.Registered, o.Registered), cmp.Compare(n.ID, o.ID))
}
