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
	for i := range c.doc.Locations {
		if p := top("locations").item(i); !c.r.broken(p.key("name")) {
			c.impliedLocation(&c.doc.Locations[i], ttl, fallback, p)
		}
	}
}

// impliedLocation adds the profiles of a location and of its gateways.
func (c *compiler) impliedLocation(l *LocationDocument, ttl uint32, fallback []routing.Endpoint, p *path) {
	id := routing.ParseLocationName(l.Name)
	label := c.out.Name + "-" + string(id) + "-01"
	regional := append([]routing.Endpoint{locationEndpoint(id, routing.ServeAlways)}, fallback...)
	c.addImplied(routing.ProfileName(label+".regional"), ttl, regional, p.key("name"))
	direct := []routing.Endpoint{locationEndpoint(id, routing.ServePinned)}
	c.addImplied(routing.ProfileName(label+".direct"), ttl, direct, p.key("name"))
	for j := range l.Gateways {
		at, gateway := p.key("gateways").item(j).key("name"), lower(l.Gateways[j].Name)
		if !c.r.broken(at) {
			c.addImplied(routing.ProfileName(gateway+".node"), ttl, append(gatewayEndpoint(id, gateway), fallback...), at)
		}
	}
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

// addImplied adds a profile that follows from the value at p.
func (c *compiler) addImplied(name routing.ProfileName, ttl uint32, endpoints []routing.Endpoint, p *path) {
	if at, taken := c.byName[name]; taken {
		c.r.fail(c.origins[at].at.key("name"), "%s is the name of a location's or gateway's own profile: want another", quote(string(name)))
		return
	}
	if c.zone != "" {
		if _, err := c.zone.Child(string(name)); err != nil {
			c.r.fail(p, "its own name would be too long: %v", err)
			return
		}
	}
	c.addProfile(routing.Profile{
		Name: name, Method: routing.Priority, TTL: ttl, Endpoints: endpoints,
		PartialFamilies: true, // the location's own families count, not those of the others behind it
	}, origin{at: p}, Unset)
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
