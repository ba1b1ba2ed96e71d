package routing

import (
	"fmt"
	"math"
	"net/netip"
	"strconv"
)

// Check returns everything wrong with a plan, all at once: azure.md §1.2–1.4
// and §1.8 with DESIGN §6. What it lets pass, Build compiles and Publish
// answers.
func Check(p *Plan) Issues {
	c := &checker{
		plan: p, profiles: map[ProfileName]*Profile{}, locations: map[LocationName]*Location{},
		leaves: map[ProfileName]leaves{}, familiesBy: map[ProfileName]familyAnswers{},
	}
	c.locationNames()
	c.profileNames()
	for i := range p.Profiles {
		c.profile(&p.Profiles[i])
	}
	if len(c.issues.Errors()) > 0 {
		return c.issues // what follows walks trees, which must be sound
	}
	c.nesting()
	if len(c.issues.Errors()) > 0 {
		return c.issues
	}
	for i := range p.Profiles {
		c.kinds(&p.Profiles[i])
		c.families(&p.Profiles[i])
		c.minimums(&p.Profiles[i])
	}
	return c.issues
}

// checker gathers issues.
type checker struct {
	plan       *Plan
	profiles   map[ProfileName]*Profile
	locations  map[LocationName]*Location
	leaves     map[ProfileName]leaves
	familiesBy map[ProfileName]familyAnswers
	issues     Issues
}

func (c *checker) add(p *Profile, e *Endpoint, field string, value any, format string, args ...any) {
	i := Issue{Profile: p.Name, Field: field, Value: fmt.Sprint(value), Problem: fmt.Sprintf(format, args...)}
	if e != nil {
		i.Endpoint = e.Name
	}
	c.issues = append(c.issues, i)
}

func (c *checker) warn(p *Profile, e *Endpoint, field string, value any, format string, args ...any) {
	c.add(p, e, field, value, format, args...)
	c.issues[len(c.issues)-1].Warning = true
}

// within reports a number outside [low, high].
func (c *checker) within(p *Profile, e *Endpoint, field string, value, low, high int) {
	if value < low || value > high {
		c.add(p, e, field, value, "want %d to %d", low, high)
	}
}

func (c *checker) locationNames() {
	if len(c.plan.Locations) > int(NoLocation) {
		c.issues = append(c.issues, Issue{Field: "locations", Value: strconv.Itoa(len(c.plan.Locations)), Problem: fmt.Sprintf("want at most %d", NoLocation)})
	}
	for i := range c.plan.Locations {
		l := &c.plan.Locations[i]
		if l.Name == "" || ParseLocationName(string(l.Name)) != l.Name {
			c.issues = append(c.issues, Issue{Field: "locations", Value: string(l.Name), Problem: "want letters a to z and digits only"})
		}
		if c.locations[l.Name] != nil {
			c.issues = append(c.issues, Issue{Field: "locations", Value: l.Display, Problem: fmt.Sprintf("another location has the id %q too", l.Name)})
		}
		c.locations[l.Name] = l
	}
}

func (c *checker) profileNames() {
	for i := range c.plan.Profiles {
		p := &c.plan.Profiles[i]
		if c.profiles[p.Name] != nil {
			c.add(p, nil, "name", p.Name, "another profile has this name too")
		}
		c.profiles[p.Name] = p
	}
}

func (c *checker) profile(p *Profile) {
	if p.TTL > math.MaxInt32 {
		c.add(p, nil, "ttl", p.TTL, "want 0 to %d seconds", math.MaxInt32)
	}
	if len(p.Endpoints) > MaxEndpoints {
		c.add(p, nil, "endpoints", len(p.Endpoints), "want at most %d", MaxEndpoints)
	}
	names := map[EndpointName]bool{}
	targets := map[Target]EndpointName{}
	for i := range p.Endpoints {
		e := &p.Endpoints[i]
		if names[e.Name] {
			c.add(p, e, "name", e.Name, "another endpoint of the profile has this name too")
		}
		names[e.Name] = true
		if first, twice := targets[e.Target]; twice && e.Target.Kind == TargetAddress {
			c.add(p, e, "target", e.Target.Addr, "endpoint %q has this address too: one profile may hold it once", first)
		}
		targets[e.Target] = e.Name
		c.target(p, e)
		c.within(p, e, "weight", e.Weight, 0, MaxWeight)
		c.within(p, e, "priority", e.Priority, 0, MaxPriority)
	}
	c.method(p)
}

func (c *checker) target(p *Profile, e *Endpoint) {
	switch t := &e.Target; t.Kind {
	case TargetName:
		if t.Name == "" {
			c.add(p, e, "target", "", "want a host name or an IP address")
		}
	case TargetAddress:
		if !plain(t.Addr) {
			c.add(p, e, "target", t.Addr, "want a plain IPv4 or IPv6 address")
		}
	case TargetLocation, TargetGateway:
		if c.locations[t.Location] == nil {
			c.add(p, e, "location", t.Location, "no such location")
		}
	case TargetProfile:
		c.nested(p, e)
	}
}

// plain reports whether a is an address without a second form.
func plain(a netip.Addr) bool { return a.IsValid() && !a.Is4In6() && a.Zone() == "" }

func (c *checker) nested(p *Profile, e *Endpoint) {
	if c.profiles[e.Target.Profile] == nil {
		c.add(p, e, "profile", e.Target.Profile, "no such profile")
	}
	if e.Serve != ServeProbed {
		c.add(p, e, "alwaysServe", "Enabled", "not allowed on a nested profile: its health is the child's")
	}
}

// method checks what one method asks for.
func (c *checker) method(p *Profile) {
	switch p.Method {
	case Performance:
		c.places(p)
	case Geographic:
		c.geo(p)
	case MultiValue:
		c.multiValue(p)
	case Subnet:
		c.subnets(p)
	}
}

func (c *checker) places(p *Profile) {
	for i := range p.Endpoints {
		e := &p.Endpoints[i]
		name := e.Location
		if name == "" {
			name = e.Target.Location
		}
		switch {
		case name == "":
			c.add(p, e, "endpointLocation", "", "required under Performance: say where the endpoint is")
		case c.locations[name] == nil:
			c.add(p, e, "endpointLocation", name, "no such location")
		}
	}
}

func (c *checker) geo(p *Profile) {
	owner := map[GeoCode]EndpointName{}
	for i := range p.Endpoints {
		e := &p.Endpoints[i]
		if len(e.Geo) == 0 {
			c.add(p, e, "geoMapping", "", "required under Geographic: at least one code")
		}
		for _, code := range e.Geo {
			if _, err := ParseGeoCode(string(code)); err != nil {
				c.add(p, e, "geoMapping", code, "%v", err)
			}
			if first, taken := owner[code]; taken {
				c.add(p, e, "geoMapping", code, "endpoint %q has this code too: a code belongs to one endpoint", first)
			}
			owner[code] = e.Name
		}
	}
	if _, all := owner[World]; p.Strict && !all && !p.NoMatchNoData && len(p.Endpoints) > 0 {
		c.add(p, nil, "geographic", "strict", "clients outside every mapping would get no answer: map %s, or accept that with noMatch: nodata", World)
	}
}

func (c *checker) multiValue(p *Profile) {
	c.within(p, nil, "maxReturn", p.MaxReturn, 0, MaxReturn)
	for i := range p.Endpoints {
		e := &p.Endpoints[i]
		if e.Target.Kind != TargetAddress {
			c.add(p, e, "target", e.Target.display(), "MultiValue endpoints are IPv4 or IPv6 addresses")
		}
	}
}

// display returns the part of t that counts.
func (t *Target) display() string {
	switch t.Kind {
	case TargetAddress:
		return t.Addr.String()
	case TargetLocation:
		return string(t.Location)
	case TargetGateway:
		return t.Node
	case TargetProfile:
		return string(t.Profile)
	default:
		return t.Name
	}
}
