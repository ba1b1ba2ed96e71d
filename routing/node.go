package routing

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// nodeID is the position of a node in Structure.nodes: profiles first, by
// ProfileID, then places, then groups.
type nodeID uint32

// Choice is where a step of a decision leads: to another node (top bit set), or
// to an answer.
type Choice uint32

const nodeBit Choice = 1 << 31

// noChoice is the Choice of a decision that ends without an answer.
const noChoice = Choice(NoSet)

func choose(id nodeID) Choice         { return nodeBit | Choice(id) }
func (c Choice) node() (nodeID, bool) { return nodeID(c &^ nodeBit), c&nodeBit != 0 }

// option is a step's outcome with the reason for it.
type option struct {
	choice Choice
	reason Reason
}

func off() option       { return option{noChoice, ReasonOff} }
func noMatch() option   { return option{noChoice, ReasonNoMatch} }
func noAddress() option { return option{noChoice, ReasonNoAddress} }

// node is one step of a decision: exactly one of its pointers is set.
type node struct {
	profile *profileNode
	place   *place
	group   *group
}

// group deals clients evenly over endpoints that a method holds to be equal:
// those of one location, of one priority, or all of them.
type group struct {
	profile *profileNode
	members []uint8
}

// place is a set of gateways: all of a location, or one node's.
type place struct {
	location LocationID
	gateway  string // the node's name; empty: all
	minimum  int    // nodes that must be up
	seed     uint64
}

// profileNode is a profile as Build compiled it.
type profileNode struct {
	Profile
	id     ProfileID
	first  EndpointID
	seed   uint64   // of Name and Reroll: deals clients
	hashes []uint64 // of each endpoint's name
	static []Choice // by ordinal: what never changes; noChoice where it follows from State
	name   bool     // answers names

	everyone []uint8           // all ordinals
	peers    [][]uint8         // Priority, Performance: by ordinal: its equals and itself
	groupIDs map[string]nodeID // by members
	order    []uint8           // Priority: ordinals, most preferred first
	stands   []LocationID      // by ordinal: the location whose gateways it stands for, or NoLocation
	where    []LocationID      // Performance: by ordinal
	byPlace  []uint8           // Performance: ordinals, by where
	mapping  map[GeoCode]uint8 // Geographic
	geoKey   string            // Geographic: tells mappings apart
	spans    [2][]span         // Subnet: by family, sorted, disjoint
	slots    *slotTable        // Weighted
}

// span is a range of clients mapped to an endpoint.
type span struct {
	first, last word128
	ordinal     uint8
}

// fallback lists the endpoints of a Subnet profile without a range of their own.
func (n *profileNode) fallback() []uint8 {
	var out []uint8
	for _, e := range n.everyone {
		if len(n.Endpoints[e].Subnets) == 0 {
			out = append(out, e)
		}
	}
	return out
}

// equals lists the groups of endpoints the method may have to treat as equals.
func (n *profileNode) equals() [][]uint8 {
	switch n.Method {
	case Priority:
		return n.peers
	case Performance:
		return append(slices.Clone(n.peers), n.everyone)
	case Geographic:
		return [][]uint8{n.everyone}
	case Subnet:
		return [][]uint8{n.fallback()}
	default:
		return nil
	}
}

// compilePeers groups the ordinals that of maps to the same number.
func (n *profileNode) compilePeers(of func(e uint8) int) {
	groups := map[int][]uint8{}
	for _, e := range n.everyone {
		groups[of(e)] = append(groups[of(e)], e)
	}
	n.peers = make([][]uint8, len(n.everyone))
	for _, e := range n.everyone {
		n.peers[e] = groups[of(e)]
	}
}

// compileOrder sorts the endpoints of a Priority profile. Endpoints without a
// priority come after all others, in list order, as Azure's order of creation.
func (n *profileNode) compileOrder() {
	next := MaxPriority
	for i := range n.Endpoints {
		if n.Endpoints[i].Priority == 0 {
			next++
			n.Endpoints[i].Priority = next
		}
	}
	number := func(e uint8) int { return n.Endpoints[e].Priority }
	n.order = slices.Clone(n.everyone)
	slices.SortStableFunc(n.order, func(a, b uint8) int { return number(a) - number(b) })
	n.compilePeers(number)
}

// compilePlaces groups the endpoints of a Performance profile by location.
func (n *profileNode) compilePlaces() {
	where := func(e uint8) int { return int(n.where[e]) }
	n.byPlace = slices.Clone(n.everyone)
	slices.SortStableFunc(n.byPlace, func(a, b uint8) int { return where(a) - where(b) })
	n.compilePeers(where)
}

func (n *profileNode) compileMapping() {
	n.mapping = map[GeoCode]uint8{}
	var parts []string
	for e := range n.Endpoints {
		for _, code := range n.Endpoints[e].Geo {
			n.mapping[code] = uint8(e)
			parts = append(parts, fmt.Sprintf("%s=%d;", code, e))
		}
	}
	slices.Sort(parts)
	n.geoKey = strings.Join(parts, "")
}

func (n *profileNode) compileSpans() {
	for e := range n.Endpoints {
		for _, r := range n.Endpoints[e].Subnets {
			f := familyOf(r.First)
			n.spans[f] = append(n.spans[f], span{number(r.First), number(r.Last), uint8(e)})
		}
	}
	for f := range n.spans {
		slices.SortFunc(n.spans[f], func(a, b span) int {
			if a.first.less(b.first) {
				return -1
			}
			return 1
		})
	}
}

func familyOf(a netip.Addr) Family {
	if a.Is4() {
		return IPv4
	}
	return IPv6
}
