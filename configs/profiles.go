package configs

import (
	"cmp"
	"strings"

	"meridian/dnswire"
	"meridian/routing"
)

// defaultTTL is the TTL of a profile that states none, in seconds.
const defaultTTL = 30

// profiles converts the profiles of the document.
func (c *compiler) profiles() {
	for i := range c.doc.Profiles {
		d, p := &c.doc.Profiles[i], top("profiles").item(i)
		name := routing.ProfileName(lower(d.Name))
		c.profileName(d.Name, p.key("name"))
		c.addProfile(c.profile(name, d, p), origin{at: p, doc: d}, d.ProfileStatus)
	}
}

// profileName checks a profile's name: host labels relative to the zone, its
// own.
func (c *compiler) profileName(text string, p *path) {
	name := lower(text)
	if _, err := dnswire.ParseHostName(name + ".x"); err != nil || strings.HasSuffix(name, ".") {
		c.r.fail(p, "%s: want labels of letters, digits and hyphens, relative to the zone, such as shop or eu.shop", quote(text))
		return
	}
	if at, taken := c.byName[routing.ProfileName(name)]; taken {
		c.r.fail(p, "%s is the name of %s already: want a name of its own", quote(text), c.origins[at].at)
		return
	}
	if c.zone == "" {
		return
	}
	if _, err := c.zone.Child(name); err != nil {
		c.r.fail(p, "%v", err)
	}
}

// addProfile appends a profile of the plan.
func (c *compiler) addProfile(profile routing.Profile, o origin, status Toggle) {
	if _, taken := c.byName[profile.Name]; !taken {
		c.byName[profile.Name] = len(c.out.Plan.Profiles)
	}
	if o.endpoints == nil {
		o.endpoints = c.endpointPaths(profile, o)
	}
	c.out.Plan.Profiles = append(c.out.Plan.Profiles, profile)
	c.origins = append(c.origins, o)
	c.out.Switches.Profiles = append(c.out.Switches.Profiles, switchOf(status))
	for i := range profile.Endpoints {
		wish := routing.On
		if o.doc != nil && i < len(o.doc.Endpoints) {
			wish = switchOf(o.doc.Endpoints[i].EndpointStatus)
		}
		c.out.Switches.Endpoints = append(c.out.Switches.Endpoints, wish)
	}
}

func switchOf(t Toggle) routing.Switch {
	if t == Disabled {
		return routing.Off
	}
	return routing.On
}

// endpointPaths says where the endpoints of a profile stand in the document.
func (c *compiler) endpointPaths(profile routing.Profile, o origin) map[routing.EndpointName]*path {
	paths := make(map[routing.EndpointName]*path, len(profile.Endpoints))
	for i, e := range profile.Endpoints {
		paths[e.Name] = o.at
		if o.doc != nil && len(o.doc.Endpoints) > 0 {
			paths[e.Name] = o.at.key("endpoints").item(i)
		}
	}
	return paths
}

// profile converts one profile of the document.
func (c *compiler) profile(name routing.ProfileName, d *ProfileDocument, p *path) routing.Profile {
	method, _ := routing.ParseMethod(cmp.Or(d.TrafficRoutingMethod, "Performance"))
	out := routing.Profile{
		Name:            name,
		Method:          method,
		TTL:             uint32(orDefault(d.TTL, defaultTTL)),
		Reroll:          d.Reroll,
		Strict:          d.Geographic == "strict",
		NoMatchNoData:   d.NoMatch == "nodata",
		PartialFamilies: d.PartialFamilies,
		Flatten:         d.Flatten,
	}
	out.MaxReturn = c.maxReturn(d.MaxReturn, method, p.key("maxReturn"))
	c.monitorDocument(d, name == c.gatewayName(), p.key("monitorConfig"))
	if len(d.Endpoints) == 0 && name == c.gatewayName() {
		out.Endpoints = c.locationEndpoints()
	} else {
		out.Endpoints = c.endpoints(d.Endpoints, method, p.key("endpoints"))
	}
	c.insiders(&out, d, p)
	return out
}

func (c *compiler) maxReturn(n *int, method routing.Method, p *path) int {
	most := orDefault(n, 0)
	switch {
	case method == routing.MultiValue && n != nil && most == 0:
		c.r.fail(p, "0 with MultiValue: want 1 .. %d", routing.MaxReturn)
	case method != routing.MultiValue && most != 0:
		c.r.fail(p, "%d with %s: want it with MultiValue only (0 is ignored)", most, method)
		return 0
	}
	return most
}

func (c *compiler) endpoints(docs []EndpointDocument, method routing.Method, p *path) []routing.Endpoint {
	var out []routing.Endpoint
	taken := map[string]int{}
	for i := range docs {
		c.endpointName(docs[i].Name, p.item(i).key("name"), taken, i)
		out = append(out, c.endpoint(&docs[i], method, p.item(i)))
	}
	return out
}

// locationEndpoints returns one endpoint per location of the document that is
// not Internal.
func (c *compiler) locationEndpoints() []routing.Endpoint {
	var out []routing.Endpoint
	for _, place := range c.out.Places {
		if place.Declared && !c.internal(place.Name) {
			out = append(out, locationEndpoint(place.Name, routing.ServeProbed))
		}
	}
	return out
}

func locationEndpoint(id routing.LocationName, serve routing.Serve) routing.Endpoint {
	return routing.Endpoint{
		Name:     routing.EndpointName(id),
		Target:   routing.Target{Kind: routing.TargetLocation, Location: id},
		Location: id,
		Serve:    serve,
	}
}

// endpointName checks an endpoint's name: printable, its own in the profile.
func (c *compiler) endpointName(name string, p *path, taken map[string]int, i int) {
	odd := strings.IndexFunc(name, func(r rune) bool { return r == '/' || r < ' ' || r == 0x7f })
	if odd >= 0 {
		c.r.fail(p, "%s holds %q: want a name without slashes and control characters", quote(name), name[odd])
		return
	}
	if first, twice := taken[lower(name)]; twice && name != "" {
		c.r.fail(p, "%s is the name of endpoints[%d] already: want a name of its own", quote(name), first)
		return
	}
	taken[lower(name)] = i
}
