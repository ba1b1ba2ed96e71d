package configs

import (
	"net/netip"
	"slices"
	"strings"

	"meridian/dnswire"
	"meridian/routing"
)

// endpoint converts one endpoint of the document.
func (c *compiler) endpoint(d *EndpointDocument, method routing.Method, p *path) routing.Endpoint {
	out := routing.Endpoint{
		Name:         routing.EndpointName(d.Name),
		Target:       c.target(d, p),
		Weight:       d.Weight,
		Priority:     d.Priority,
		Geo:          c.geoMapping(d.GeoMapping, p.key("geoMapping")),
		Subnets:      c.subnets(d.Subnets, p.key("subnets")),
		MinChild:     d.MinChildEndpoints,
		MinChildIPv4: d.MinChildEndpointsIPv4,
		MinChildIPv6: d.MinChildEndpointsIPv6,
	}
	if d.AlwaysServe == Enabled {
		out.Serve = routing.ServeAlways
	}
	c.endpointLocation(d, &out, p)
	c.misplaced(d, method, p)
	c.headers(d.CustomHeaders, p.key("customHeaders"))
	return out
}

// target reads which of target, location and profile an endpoint has.
func (c *compiler) target(d *EndpointDocument, p *path) routing.Target {
	given := len(slices.DeleteFunc([]string{d.Target, d.Location, d.Profile}, func(text string) bool { return text == "" }))
	if slices.ContainsFunc([]string{"target", "location", "profile"}, func(key string) bool { return c.r.broken(p.key(key)) }) {
		return routing.Target{}
	}
	switch {
	case given != 1:
		c.r.fail(p, "endpoint %s has %d of target, location and profile: want exactly 1", quote(d.Name), given)
		return routing.Target{}
	case d.Location != "":
		return c.locationTarget(c.declared(d.Location, p.key("location")))
	case d.Profile != "":
		return routing.Target{Kind: routing.TargetProfile, Profile: routing.ProfileName(lower(d.Profile))}
	}
	return c.external(d.Target, p.key("target"))
}

// external reads a target that is a host name or an address.
func (c *compiler) external(text string, p *path) routing.Target {
	if strings.ContainsAny(text, ":/[]%") || !strings.ContainsAny(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
		a, err := parseAddr(text)
		if err != nil {
			c.r.fail(p, "%s: want a host name or a unicast IP address, without scheme, port and path", quote(text))
		}
		return routing.Target{Kind: routing.TargetAddress, Addr: a}
	}
	name, err := dnswire.ParseHostName(text)
	if err != nil {
		c.r.fail(p, "%v", err)
	}
	return routing.Target{Kind: routing.TargetName, Name: string(name)}
}

// declared reads a reference to a location of the document.
func (c *compiler) declared(text string, p *path) routing.LocationName {
	id := routing.ParseLocationName(text)
	if at, known := c.places[id]; !known || !c.out.Places[at].Declared {
		c.r.fail(p, "%s is no location of this service: want one of %s", quote(text), c.declaredNames())
	}
	return id
}

func (c *compiler) declaredNames() string {
	var names []string
	for i, place := range c.out.Places {
		if place.Declared {
			names = append(names, quote(c.out.Plan.Locations[i].Display))
		}
	}
	if len(names) == 0 {
		return "those under locations, of which there are none"
	}
	return listed(names)
}

// listed joins names for an error message, the first dozen of them.
func listed(names []string) string {
	const shown = 12
	if len(names) > shown {
		return strings.Join(names[:shown], ", ") + ", …"
	}
	return strings.Join(names, ", ")
}

// endpointLocation says where an endpoint is, and adds a place that is none of
// the service's locations.
func (c *compiler) endpointLocation(d *EndpointDocument, out *routing.Endpoint, p *path) {
	p = p.key("endpointLocation")
	if d.Location != "" {
		out.Location = routing.ParseLocationName(d.Location)
		if d.EndpointLocation != "" {
			c.r.fail(p, "%s beside location: want it with target and profile only; a location implies it", quote(d.EndpointLocation))
		}
		return
	}
	if d.EndpointLocation == "" {
		return
	}
	out.Location = routing.ParseLocationName(d.EndpointLocation)
	if out.Location == "" {
		c.r.fail(p, "%s: want a name with letters or digits, such as \"North Europe\"", quote(d.EndpointLocation))
		return
	}
	if _, known := c.places[out.Location]; !known {
		c.addPlace(Place{Name: out.Location}, d.EndpointLocation, p)
	}
}

// misplaced reports fields that have no meaning for the kind of endpoint.
func (c *compiler) misplaced(d *EndpointDocument, method routing.Method, p *path) {
	nested, target := d.Profile != "", d.Target != ""
	internal := c.internal(routing.ParseLocationName(d.Location))
	fields := []struct {
		name    string
		present bool
		where   string
	}{
		{"alwaysServe", d.AlwaysServe == Enabled && nested, "want it with target and location only"},
		{"alwaysServe", d.AlwaysServe == Enabled && internal, "want it with locations that are not Internal"},
		{"minChildEndpoints", d.MinChildEndpoints != 0 && !nested, "want it with profile only"},
		{"minChildEndpointsIPv4", d.MinChildEndpointsIPv4 != 0 && !nested, "want it with profile only"},
		{"minChildEndpointsIPv6", d.MinChildEndpointsIPv6 != 0 && !nested, "want it with profile only"},
		{"customHeaders", len(d.CustomHeaders) > 0 && !target, "want it with target only; others are probed as their own profile says"},
	}
	for _, f := range fields {
		if f.present {
			c.r.fail(p.key(f.name), "has no meaning for endpoint %s of a %s profile: %s", quote(d.Name), method, f.where)
		}
	}
}

// geoMapping reads geographic codes.
func (c *compiler) geoMapping(texts []string, p *path) []routing.GeoCode {
	return parseEach(c.r, texts, p, routing.ParseGeoCode)
}

// subnets reads client networks.
func (c *compiler) subnets(docs []SubnetDocument, p *path) []routing.AddrRange {
	var out []routing.AddrRange
	for i := range docs {
		if r, ok := c.subnet(&docs[i], p.item(i)); ok {
			out = append(out, r)
		}
	}
	return out
}

func (c *compiler) subnet(d *SubnetDocument, p *path) (routing.AddrRange, bool) {
	first, err := parseClient(d.First)
	switch {
	case err != nil:
		c.r.fail(p.key("first"), "%v", err)
	case c.r.broken(p.key("scope")) || c.r.broken(p.key("last")):
	case (d.Scope == nil) == (d.Last == ""):
		c.r.fail(p, "range from %s with neither or both of scope and last: want exactly one", d.First)
	case d.Scope != nil:
		return c.subnetScope(first, *d.Scope, p)
	default:
		last, err := parseClient(d.Last)
		if err == nil && last.BitLen() == first.BitLen() && !last.Less(first) {
			return routing.AddrRange{First: first, Last: last}, true
		}
		c.r.fail(p.key("last"), "%s: want an address of the same family, %s or above", quote(d.Last), d.First)
	}
	return routing.AddrRange{}, false
}

func (c *compiler) subnetScope(first netip.Addr, bits int, p *path) (routing.AddrRange, bool) {
	if bits > first.BitLen() {
		c.r.fail(p.key("scope"), "%d: want 0 .. %d", bits, first.BitLen())
		return routing.AddrRange{}, false
	}
	prefix := netip.PrefixFrom(first, bits)
	if prefix.Masked().Addr() != first {
		c.r.fail(p.key("first"), "%s is not the network address of /%d: want %s", first, bits, prefix.Masked().Addr())
		return routing.AddrRange{}, false
	}
	return routing.AddrRange{First: first, Last: lastOf(prefix)}, true
}

// lastOf returns the last address of a masked prefix.
func lastOf(p netip.Prefix) netip.Addr {
	octets := p.Addr().AsSlice()
	for bit := p.Bits(); bit < len(octets)*8; bit++ {
		octets[bit/8] |= 0x80 >> (bit % 8)
	}
	last, _ := netip.AddrFromSlice(octets)
	return last
}
