package configs

import (
	"cmp"

	"meridian/dnswire"
	"meridian/routing"
)

// compiler turns a service document into a Service and reports what is wrong
// between its values. What is wrong with single values is reported already.
type compiler struct {
	doc     *ServiceDocument
	bundle  *Bundle
	r       *report
	options Options

	out     *Service
	zone    dnswire.Name                                 // empty where the document's is broken
	places  map[routing.LocationName]int                 // position in out.Plan.Locations
	origins []origin                                     // by position in out.Plan.Profiles
	byName  map[routing.ProfileName]int                  // position in out.Plan.Profiles
	remote  []*path                                      // where places without coordinates are reported, by place
	listed  []*path                                      // where gateways stand in the document, by position in out.Gateways; nil: registered
	inside  map[routing.LocationName][]routing.AddrRange // client networks of Internal locations

	backendAt   map[string]int    // position in doc.Backends, by name in lower case
	namedValues map[string]string // by name
	hidden      map[string]bool   // named values that are secrets
}

// origin says where a profile of the plan comes from.
type origin struct {
	at        *path
	doc       *ProfileDocument // nil: implied
	node      bool             // implied by a registered gateway
	endpoints map[routing.EndpointName]*path
}

// Compile checks the document as a whole and converts it. The error is Problems
// with everything that is wrong, from the shape of single values to the graph
// of profiles; warnings come with the Service. Compile may be called again; it
// must not run twice at the same time on one Bundle.
func (b *Bundle) Compile(o Options) (*Service, error) {
	c := &compiler{
		doc: &b.doc, bundle: b, r: b.r.clone(), options: o,
		out:    &Service{Hash: b.Hash, Plan: &routing.Plan{}, HTTPS: map[routing.EndpointID]Binding{}},
		places: map[routing.LocationName]int{},
		byName: map[routing.ProfileName]int{},
		inside: map[routing.LocationName][]routing.AddrRange{},

		backendAt: map[string]int{}, namedValues: map[string]string{}, hidden: map[string]bool{},
	}
	c.name()
	c.origin()
	c.locations()
	c.registered()
	c.staffed()
	c.writers()
	c.profiles()
	c.implied()
	c.distances()
	c.zones()
	c.monitors()
	c.bindings()
	c.overrides()
	c.safety()
	c.drills()
	c.named()
	c.backends()
	c.apis()
	c.check()
	if b.doc.Geo.Latency != "" {
		c.out.Latency = b.file(b.doc.Geo.Latency)
	}
	c.out.Warnings = c.r.sorted()
	if c.out.Warnings.Fatal() {
		return nil, c.out.Warnings
	}
	return c.out, nil
}

// top returns the path of a key of the document.
func top(name string) *path { return (*path)(nil).key(name) }

func (c *compiler) name() {
	c.out.Name = lower(c.doc.Name)
	if err := checkLabel(c.out.Name); err != nil {
		c.r.fail(top("name"), "%v", err)
	}
}

// origin checks the zone's name.
func (c *compiler) origin() {
	zone, err := dnswire.ParseHostName(c.doc.Zone)
	if err != nil {
		c.r.fail(top("zone"), "%v", err)
		return
	}
	c.zone = zone
}

// gatewayName is the name of the gateway profile.
func (c *compiler) gatewayName() routing.ProfileName { return routing.ProfileName(c.out.Name) }

// safety checks that the document leaves enough locations enabled.
func (c *compiler) safety() {
	p := top("safety").key("minEnabledLocations")
	declared, enabled := len(c.out.Switches.Locations), 0
	for i, s := range c.out.Switches.Locations {
		switch {
		case !c.out.Places[i].Declared:
			declared--
		case s == routing.On:
			enabled++
		}
	}
	c.out.MaxShift = cmp.Or(int(c.doc.Safety.MaxShiftPerMinute), 100)
	least := orDefault(c.doc.Safety.MinEnabledLocations, min(1, declared))
	c.out.MinEnabledLocations = least
	switch {
	case least > declared:
		c.r.fail(p, "%d of %d locations: want 0 .. %d", least, declared, declared)
	case enabled < least:
		if c.doc.Safety.MinEnabledLocations == nil {
			p = top("locations")
		}
		c.r.fail(p, "%d of %d locations are enabled: want at least %d (safety.minEnabledLocations)", enabled, declared, least)
	}
}
