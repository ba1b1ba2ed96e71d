package configs

import (
	"net/netip"
	"slices"

	"meridian/routing"
)

// Region is a location of the document.
type Region struct {
	Name     routing.LocationName
	Display  string         // as the document spells it
	Capacity int            // nodes it is meant to have; 0: not stated
	UnitRPS  int            // requests a second one node can take; 0: unknown
	Zones    []string       // in which nodes may stand; none: not stated
	Internal bool           // answered only to clients inside Networks
	Networks []netip.Prefix // Internal: masked, disjoint, at least one
}

// NodeKey is a node that is trusted where trust is pinned: by key or by id.
type NodeKey struct {
	Name string
	Key  []byte // ed25519 public key of 32 octets; nil where ID is given
	ID   string // 32 hexadecimal digits in lower case; empty where Key is given
}

// region converts what the document says of a location besides its gateways.
func (c *compiler) region(l *LocationDocument, id routing.LocationName, p *path) Region {
	out := Region{
		Name: id, Display: l.Name, Capacity: l.SKU.Capacity, UnitRPS: l.UnitCapacity.RequestsPerSecond,
		Zones: l.Zones, Internal: l.VirtualNetworkType == "Internal",
	}
	for i, zone := range l.Zones {
		if contains(l.Zones[:i], zone) && zone != "" {
			c.r.fail(p.key("zones").item(i), "%s is there twice: want each zone once", quote(zone))
		}
	}
	out.Networks = c.networks(l, p.key("internalNetworks"))
	switch {
	case out.Internal && len(l.InternalNetworks) == 0:
		c.r.fail(p.key("virtualNetworkType"), "Internal without internalNetworks: want the networks of its clients, such as 10.0.0.0/8")
	case !out.Internal && len(l.InternalNetworks) > 0:
		c.r.fail(p.key("internalNetworks"), "%d networks without virtualNetworkType: Internal: want both or neither", len(l.InternalNetworks))
	case out.Internal:
		c.inside[id] = rangesOf(out.Networks)
	}
	return out
}

// networks reads the client networks of an Internal location.
func (c *compiler) networks(l *LocationDocument, p *path) []netip.Prefix {
	var out []netip.Prefix
	for i, text := range l.InternalNetworks {
		prefix, ok := c.cidr(text, p.item(i))
		if !ok {
			continue
		}
		if twin := slices.IndexFunc(out, prefix.Overlaps); twin >= 0 {
			c.r.fail(p.item(i), "%s overlaps %s: want each address once", prefix, out[twin])
			continue
		}
		out = append(out, prefix)
	}
	return out
}

func rangesOf(prefixes []netip.Prefix) []routing.AddrRange {
	out := make([]routing.AddrRange, 0, len(prefixes))
	for _, p := range prefixes {
		out = append(out, routing.AddrRange{First: p.Addr(), Last: lastOf(p)})
	}
	return out
}

// internal reports whether a location answers clients inside its networks only.
func (c *compiler) internal(id routing.LocationName) bool {
	_, internal := c.inside[id]
	return internal
}

// locationTarget returns the target of an endpoint that is a location: for an
// Internal one the profile that answers only the clients inside.
func (c *compiler) locationTarget(id routing.LocationName) routing.Target {
	if c.internal(id) {
		return routing.Target{Kind: routing.TargetProfile, Profile: c.locationName(id, "internal")}
	}
	return routing.Target{Kind: routing.TargetLocation, Location: id}
}

// insiders reports endpoints through which clients outside the networks of an
// Internal location would get no data, unless the profile accepts that.
func (c *compiler) insiders(profile *routing.Profile, d *ProfileDocument, p *path) {
	for i := range d.Endpoints {
		id := routing.ParseLocationName(d.Endpoints[i].Location)
		if profile.NoMatchNoData || i >= len(profile.Endpoints) || !c.internal(id) {
			continue
		}
		if profile.Method != routing.Subnet || !within(profile.Endpoints[i].Subnets, c.inside[id]) {
			c.r.fail(p.key("endpoints").item(i).key("location"), "%s is Internal, and clients outside its internalNetworks would get no data: "+
				"want method Subnet with subnets inside them, or noMatch: nodata", quote(d.Endpoints[i].Location))
		}
	}
}

// within reports whether there are ranges and each lies in one of networks.
func within(ranges, networks []routing.AddrRange) bool {
	for _, r := range ranges {
		if !slices.ContainsFunc(networks, func(n routing.AddrRange) bool { return n.Contains(r.First) && n.Contains(r.Last) }) {
			return false
		}
	}
	return len(ranges) > 0
}
