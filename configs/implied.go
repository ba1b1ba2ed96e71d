package configs

import "meridian/routing"

// implied adds the profiles of DESIGN §4 "Names in the zone" that follow from
// the locations: the gateway profile, regional and direct names, and a name per
// gateway.
func (c *compiler) implied() {
	name := c.gatewayName()
	if len(c.doc.Locations) == 0 {
		return
	}
	if _, given := c.byName[name]; !given {
		c.addProfile(routing.Profile{
			Name: name, Method: routing.Performance, TTL: defaultTTL, Endpoints: c.locationEndpoints(),
		}, origin{at: top("locations")}, Unset)
	}
	fallback := c.fallback()
	ttl := c.out.Plan.Profiles[c.byName[name]].TTL
	gateways := map[routing.LocationName][]int{}
	for i := range c.out.Gateways {
		at := c.out.Gateways[i].Location
		gateways[at] = append(gateways[at], i)
	}
	for i := range c.doc.Locations {
		if p := top("locations").item(i); !c.r.broken(p.key("name")) {
			id := routing.ParseLocationName(c.doc.Locations[i].Name)
			c.impliedLocation(id, ttl, fallback, p.key("name"))
			c.impliedGateways(gateways[id], ttl, fallback)
		}
	}
}

// impliedLocation adds the profiles of a location.
func (c *compiler) impliedLocation(id routing.LocationName, ttl uint32, fallback []routing.Endpoint, p *path) {
	own := func(word string, endpoints ...routing.Endpoint) {
		if c.nameable(c.locationName(id, word), p) {
			c.addImplied(c.ownProfile(id, c.locationName(id, word), ttl, endpoints), p)
		}
	}
	own("regional", append([]routing.Endpoint{locationEndpoint(id, routing.ServeAlways)}, fallback...)...)
	own("direct", locationEndpoint(id, routing.ServePinned))
	if c.internal(id) {
		own("internal", locationEndpoint(id, routing.ServeProbed))
	}
}

// impliedGateways adds a profile for each of a location's gateways.
func (c *compiler) impliedGateways(gateways []int, ttl uint32, fallback []routing.Endpoint) {
	for _, i := range gateways {
		g, at := &c.out.Gateways[i], c.listed[i]
		if at != nil && c.r.broken(at.key("name")) {
			continue
		}
		name := routing.ProfileName(g.Name + ".node")
		profile := c.ownProfile(g.Location, name, ttl, append(gatewayEndpoint(g.Location, g.Name), fallback...))
		switch {
		case at == nil:
			c.addRegistered(profile, g)
		case c.nameable(name, at.key("name")):
			c.addImplied(profile, at.key("name"))
		}
	}
}

// addRegistered adds the profile of a registered gateway. The document is right
// whatever nodes register, so that a clash costs the gateway its own name only.
func (c *compiler) addRegistered(profile routing.Profile, g *Gateway) {
	p := c.remote[c.places[g.Location]]
	if at, taken := c.byName[profile.Name]; taken {
		c.r.warn(c.origins[at].at.key("name"), "%s is the name of a node too, which has no name of its own now: want another", quote(string(profile.Name)))
		return
	}
	if c.zone != "" {
		if _, err := c.zone.Child(string(profile.Name)); err != nil {
			c.r.warn(p, "node %s has no name of its own, which would be too long: %v", g.Name, err)
			return
		}
	}
	c.addProfile(profile, origin{at: p, node: true}, Unset)
}

// locationName is the name of one of a location's own profiles.
func (c *compiler) locationName(id routing.LocationName, word string) routing.ProfileName {
	return routing.ProfileName(c.out.Name + "-" + string(id) + "-01." + word)
}

// ownProfile returns a profile that answers its first endpoint, which stands in
// a location, and the others where that one is off. To clients outside the
// networks of an Internal location it is as good as off.
func (c *compiler) ownProfile(id routing.LocationName, name routing.ProfileName, ttl uint32, endpoints []routing.Endpoint) routing.Profile {
	out := routing.Profile{
		Name: name, Method: routing.Priority, TTL: ttl, Endpoints: endpoints,
		PartialFamilies: true, // the location's own families count, not those of the others behind it
	}
	if c.internal(id) {
		out.Method = routing.Subnet
		out.Endpoints[0].Subnets = c.inside[id]
		out.NoMatchNoData = len(endpoints) == 1
	}
	return out
}

// fallback returns the endpoint that answers what the gateway profile answers.
// There is none where the gateway profile answers names: a tree answers names
// or addresses.
func (c *compiler) fallback() []routing.Endpoint {
	name := c.gatewayName()
	if c.answersNames(name, map[routing.ProfileName]bool{}) {
		return nil
	}
	return []routing.Endpoint{{
		Name:   "gateways",
		Target: routing.Target{Kind: routing.TargetProfile, Profile: name},
	}}
}

func gatewayEndpoint(id routing.LocationName, gateway string) []routing.Endpoint {
	return []routing.Endpoint{{
		Name:     routing.EndpointName(gateway),
		Target:   routing.Target{Kind: routing.TargetGateway, Location: id, Node: gateway},
		Location: id,
	}}
}

// nameable reports whether an own name of the value at p fits into the zone, and
// complains if not.
func (c *compiler) nameable(name routing.ProfileName, p *path) bool {
	if c.zone == "" {
		return true
	}
	_, err := c.zone.Child(string(name))
	if err != nil {
		c.r.fail(p, "its own name would be too long: %v", err)
	}
	return err == nil
}

// addImplied adds a profile that follows from the value at p.
func (c *compiler) addImplied(profile routing.Profile, p *path) {
	if at, taken := c.byName[profile.Name]; taken {
		c.r.fail(c.origins[at].at.key("name"), "%s is the name of a location's or gateway's own profile: want another", quote(string(profile.Name)))
		return
	}
	c.addProfile(profile, origin{at: p}, Unset)
}

// answersNames reports whether a profile answers host names, as far as can be
// said of a plan that is not checked yet.
func (c *compiler) answersNames(name routing.ProfileName, visited map[routing.ProfileName]bool) bool {
	at, known := c.byName[name]
	if !known || visited[name] {
		return false
	}
	visited[name] = true
	profile := &c.out.Plan.Profiles[at]
	if profile.Flatten {
		return false
	}
	for i := range profile.Endpoints {
		switch target := &profile.Endpoints[i].Target; target.Kind {
		case routing.TargetName:
			return true
		case routing.TargetProfile:
			if c.answersNames(target.Profile, visited) {
				return true
			}
		}
	}
	return false
}

// distances reports endpoints that Performance cannot rank: their location has
// no coordinates.
func (c *compiler) distances() {
	for i := range c.out.Plan.Profiles {
		profile := &c.out.Plan.Profiles[i]
		if profile.Method != routing.Performance {
			continue
		}
		for j := range profile.Endpoints {
			at, known := c.places[profile.Endpoints[j].Location]
			if known && !c.out.Places[at].Known && !c.r.brokenBelow(c.remote[at].up) {
				c.unplaced(at)
			}
		}
	}
}

// unplaced reports a location without coordinates that Performance has to rank.
func (c *compiler) unplaced(at int) {
	display := quote(c.out.Plan.Locations[at].Display)
	if c.out.Places[at].Declared {
		c.r.fail(c.remote[at], "%s has no known coordinates, which Performance needs: want latitude and longitude", display)
	} else {
		c.r.fail(c.remote[at], "%s is no well-known cloud region: want one, or a location of this service with latitude and longitude", display)
	}
}
