package configs

import (
	"cmp"
	"fmt"
	"net/netip"
	"strings"

	"meridian/routing"
)

func lower(s string) string { return strings.ToLower(s) }

// locations converts the locations of the document and their gateways.
func (c *compiler) locations() {
	names := map[string]string{}
	addrs := map[netip.Addr]string{}
	primary := -1
	for i := range c.doc.Locations {
		l, p := &c.doc.Locations[i], top("locations").item(i)
		id := c.locationID(l.Name, p.key("name"))
		if l.Primary && primary >= 0 {
			c.r.fail(p.key("primary"), "locations[%d] is primary already: want one primary location", primary)
		} else if l.Primary {
			primary = i
			c.out.Primary = id
		}
		if id != "" {
			c.location(l, id, p, names, addrs)
		}
	}
}

// location converts a location whose name is right. names and addrs are those
// of all gateways so far.
func (c *compiler) location(l *LocationDocument, id routing.LocationName, p *path, names map[string]string, addrs map[netip.Addr]string) {
	c.addPlace(Place{Name: id, Declared: true}, l.Name, p.key("name"))
	c.out.Regions = append(c.out.Regions, c.region(l, id, p))
	c.coordinates(l, p)
	if l.DisableGateway {
		c.out.Switches.Locations[len(c.out.Switches.Locations)-1] = routing.Off
	}
	c.gateways(l, id, p, names, addrs)
}

// locationID reads the name of a location of the document; empty where it is
// broken.
func (c *compiler) locationID(name string, p *path) routing.LocationName {
	id := routing.ParseLocationName(name)
	if id == "" {
		c.r.fail(p, "%s: want a name with letters or digits, such as \"West US 2\"", quote(name))
		return ""
	}
	if at, taken := c.places[id]; taken {
		c.r.fail(p, "%s has the id %s of %s: want an id of its own", quote(name), id, quote(c.out.Plan.Locations[at].Display))
		return ""
	}
	return id
}

// addPlace appends a location of the plan, reported at p, with the coordinates
// of a well-known region of that name.
func (c *compiler) addPlace(place Place, display string, p *path) {
	c.places[place.Name] = len(c.out.Places)
	if c.options.Region != nil {
		place.Latitude, place.Longitude, place.Known = c.options.Region(display)
	}
	c.out.Places = append(c.out.Places, place)
	c.out.Plan.Locations = append(c.out.Plan.Locations, routing.Location{Name: place.Name, Display: display})
	c.out.Switches.Locations = append(c.out.Switches.Locations, routing.On)
	c.remote = append(c.remote, p)
}

// coordinates takes those of the document for the last place.
func (c *compiler) coordinates(l *LocationDocument, p *path) {
	if (l.Latitude == nil) != (l.Longitude == nil) && !c.r.broken(p.key("latitude")) && !c.r.broken(p.key("longitude")) {
		c.r.fail(p, "one of latitude and longitude: want both or none")
		return
	}
	if l.Latitude != nil && l.Longitude != nil {
		last := &c.out.Places[len(c.out.Places)-1]
		last.Latitude, last.Longitude, last.Known = *l.Latitude, *l.Longitude, true
	}
}

// gateways converts the gateways that the document lists under a location, the
// last place. The families it has are theirs: what nodes register neither adds
// nor takes one away before it is up.
func (c *compiler) gateways(l *LocationDocument, id routing.LocationName, p *path, names map[string]string, addrs map[netip.Addr]string) {
	families := &c.out.Plan.Locations[len(c.out.Plan.Locations)-1].Families
	for j := range l.Gateways {
		g, at := &l.Gateways[j], p.key("gateways").item(j)
		name := c.gatewayLabel(g.Name, at.key("name"), l.Name, names)
		gateway := Gateway{Location: id, Name: name, Port: cmp.Or(uint16(g.Port), httpPort(g.TLS)), TLS: g.TLS}
		gateway.Addrs = c.gatewayAddrs(g, at.key("addresses"), addrs)
		for _, a := range gateway.Addrs {
			families.IPv4 = families.IPv4 || a.Is4()
			families.IPv6 = families.IPv6 || a.Is6()
		}
		c.out.Gateways = append(c.out.Gateways, gateway)
		c.listed = append(c.listed, at)
	}
}

// staffed fills in what follows from the number of gateways of each location,
// those registered among them.
func (c *compiler) staffed() {
	total := map[routing.LocationName]int{}
	for i := range c.out.Gateways {
		total[c.out.Gateways[i].Location]++
	}
	for i := range c.doc.Locations {
		l, p := &c.doc.Locations[i], top("locations").item(i)
		if at, known := c.places[routing.ParseLocationName(l.Name)]; known && !c.r.broken(p.key("name")) {
			c.out.Plan.Locations[at].MinHealthyGateways = l.MinHealthyGateways
			c.enough(l, total[c.out.Places[at].Name], p)
		}
	}
}

// enough warns of a location whose gateways, total of them, can never answer. One
// with sku waits for those that nodes register.
func (c *compiler) enough(l *LocationDocument, total int, p *path) {
	meant := max(total, l.SKU.Capacity)
	switch {
	case c.r.brokenBelow(p.key("sku")):
	case meant == 0:
		c.r.warn(p, "%s has no gateways: its names have no answer until a node registers one; want gateways with addresses, or sku", quote(l.Name))
	case l.MinHealthyGateways > meant:
		c.r.warn(p.key("minHealthyGateways"), "%d of %d gateways: the location can never be up; want 1 .. %d", l.MinHealthyGateways, meant, meant)
	}
}

// gatewayLabel checks the name of a gateway and takes it for location.
func (c *compiler) gatewayLabel(name string, p *path, location string, taken map[string]string) string {
	name = lower(name)
	if err := checkLabel(name); err != nil {
		c.r.fail(p, "%v", err)
	} else if other, twice := taken[name]; twice {
		c.r.fail(p, "%s is a gateway of %s already: want a name of its own", quote(name), other)
	}
	taken[name] = location
	return name
}

func httpPort(tls bool) uint16 {
	if tls {
		return 443
	}
	return 80
}

func (c *compiler) gatewayAddrs(g *GatewayDocument, p *path, taken map[netip.Addr]string) []netip.Addr {
	if len(g.Addresses) == 0 {
		c.r.fail(p, "gateway %s has no address: want 1 .. 8", quote(g.Name))
	}
	once := addressesOnce(taken, g.Name, func(a netip.Addr, other string) error {
		return fmt.Errorf("%s is an address of gateway %s already: want each address once", a, quote(other))
	})
	return parseEach(c.r, g.Addresses, p, once)
}
