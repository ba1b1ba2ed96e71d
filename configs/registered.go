package configs

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"

	"meridian/routing"
)

// maxRegistered is the most gateways of one location that nodes may register.
const maxRegistered = 512

// maxGatewayAddrs is the most addresses of a gateway.
const maxGatewayAddrs = 8

// RegisteredGateway is a gateway that a node has registered.
type RegisteredGateway struct {
	Location routing.LocationName
	Name     string       // the node's
	Addrs    []netip.Addr // 1 .. 8
	Port     uint16
	TLS      bool
	Status   string // path that probes ask for; empty: the usual one
}

// Unassigned is a registered gateway that serves nothing.
type Unassigned struct {
	RegisteredGateway
	Why string // "…: want …", for people
}

// registration merges registered gateways into those the document lists.
type registration struct {
	*compiler
	names map[string]bool
	addrs map[netip.Addr]string
	count map[routing.LocationName]int
}

// registered merges the gateways that nodes have registered: by name and in an
// order that is the same on every node. Nothing here is an error: the document
// is as right as before.
func (c *compiler) registered() {
	all := slices.Clone(c.options.Gateways)
	slices.SortFunc(all, compareRegistered)
	r := registration{c, map[string]bool{}, map[netip.Addr]string{}, map[routing.LocationName]int{}}
	var accepted []Gateway
	for i := range all {
		g := Gateway{
			Location: all[i].Location, Name: all[i].Name, Port: all[i].Port, TLS: all[i].TLS,
			Registered: true, Status: all[i].Status, Addrs: r.free(all[i].Addrs),
		}
		if why := r.unfit(&g); why != "" {
			c.out.Unassigned = append(c.out.Unassigned, Unassigned{all[i], why})
			continue
		}
		r.take(&g)
		accepted = append(accepted, g)
	}
	r.supersede()
	c.out.Gateways = append(c.out.Gateways, accepted...)
	c.listed = append(c.listed, make([]*path, len(accepted))...)
}

// compareRegistered orders by name, and by everything else where two have one
// name.
func compareRegistered(a, b RegisteredGateway) int {
	secure := map[bool]int{true: 1}
	return cmp.Or(
		cmp.Compare(a.Name, b.Name), cmp.Compare(a.Location, b.Location), slices.CompareFunc(a.Addrs, b.Addrs, netip.Addr.Compare),
		cmp.Compare(a.Port, b.Port), cmp.Compare(secure[a.TLS], secure[b.TLS]), cmp.Compare(a.Status, b.Status),
	)
}

// free returns the addresses that can be answered and that no gateway before has
// registered, unmapped, each once.
func (r *registration) free(addrs []netip.Addr) []netip.Addr {
	var out []netip.Addr
	for _, a := range addrs {
		a, err := parseAddr(a.String())
		if _, taken := r.addrs[a]; err == nil && !taken {
			out = appendOnce(out, a)
		}
	}
	return out
}

// unfit says why a registered gateway serves nothing; empty when it does.
func (r *registration) unfit(g *Gateway) string {
	at, known := r.places[g.Location]
	switch {
	case !known || !r.out.Places[at].Declared:
		return fmt.Sprintf("location %s is not in the plan: want one of %s", quote(string(g.Location)), r.declaredNames())
	case r.count[g.Location] >= maxRegistered:
		return fmt.Sprintf("location %s has %d registered gateways already: want at most as many", g.Location, maxRegistered)
	case r.names[g.Name]:
		return fmt.Sprintf("another node has registered the name %s: want a name of its own", quote(g.Name))
	}
	return malformed(g)
}

// malformed says what is wrong with a registered gateway by itself; empty when
// nothing is.
func malformed(g *Gateway) string {
	err := checkLabel(g.Name)
	switch {
	case err != nil:
		return err.Error()
	case len(g.Addrs) == 0 || len(g.Addrs) > maxGatewayAddrs:
		return fmt.Sprintf("%d addresses that are its own: want 1 .. %d that no other node has registered", len(g.Addrs), maxGatewayAddrs)
	case g.Port == 0:
		return "port 0: want 1 .. 65535"
	case g.Status != "" && !validPath(g.Status):
		return fmt.Sprintf("status path %s: want a path that begins with one slash", quote(g.Status))
	}
	return ""
}

// take notes what an accepted gateway has.
func (r *registration) take(g *Gateway) {
	r.names[g.Name] = true
	r.count[g.Location]++
	for _, a := range g.Addrs {
		r.addrs[a] = g.Name
	}
}

// supersede drops gateways of the document whose name a node has registered, and
// addresses that a node answers for.
func (r *registration) supersede() {
	gateways, listed := r.out.Gateways, r.listed
	r.out.Gateways, r.listed = nil, nil
	for i := range gateways {
		g, at := &gateways[i], listed[i]
		if r.names[g.Name] {
			r.r.warn(at.key("name"), "node %s has registered itself, and what it says counts: want it out of the document", quote(g.Name))
			continue
		}
		before := len(g.Addrs)
		g.Addrs = slices.DeleteFunc(g.Addrs, func(a netip.Addr) bool { return r.superseded(g, a, at) })
		if len(g.Addrs) == 0 && before > 0 {
			continue
		}
		r.out.Gateways, r.listed = append(r.out.Gateways, *g), append(r.listed, at)
	}
}

// superseded reports whether a node answers for an address of a gateway that
// the document lists.
func (r *registration) superseded(g *Gateway, a netip.Addr, at *path) bool {
	node, taken := r.addrs[a]
	if taken {
		r.r.warn(at.key("addresses"), "%s of gateway %s is registered by node %s, which counts: want it out of the document", a, quote(g.Name), quote(node))
	}
	return taken
}
