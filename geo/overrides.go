package geo

import (
	"errors"
	"fmt"
	"net/netip"

	"meridian/routing"
)

// maxOverrides is the most overrides there may be.
const maxOverrides = 100_000

// Override says where the clients of a network are, whatever databases say. Of
// several around a client, the longest prefix wins; an override with
// coordinates only takes its code from the next shorter one, or else from the
// databases.
type Override struct {
	Prefix      netip.Prefix         // masked
	Geo         routing.GeoCode      // "" to keep what is known; World for "not known"
	Coordinates *Coordinates         // nil: those of Location, or else of Geo
	Location    routing.LocationName // the network is beside this location
}

// overrideLayer turns overrides into a layer. Every fault is reported.
func overrideLayer(overrides []Override, places []Place, from source) (*layer, error) {
	if len(overrides) > maxOverrides {
		return nil, fmt.Errorf("geo: %d overrides: want at most %d", len(overrides), maxOverrides)
	}
	points := make(map[routing.LocationName]*Coordinates, len(places))
	for _, p := range places {
		points[p.Name] = p.Coordinates
	}
	seen := make(map[netip.Prefix]bool, len(overrides))
	facts := newFactList()
	var painted familyAreas
	var errs []error
	for i, o := range overrides {
		f, err := o.fact(points, from)
		if err == nil && seen[o.Prefix] {
			err = errors.New("the prefix has an override already")
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("geo: override %d (%s): %w", i+1, o.Prefix, err))
			continue
		}
		seen[o.Prefix] = true
		painted.add(o.Prefix, facts.id(f))
	}
	merge := func(outer, inner uint32) uint32 {
		return facts.id(override(facts.list[outer], facts.list[inner]))
	}
	l := &layer{ipv4: paint(painted.ipv4, merge), ipv6: paint(painted.ipv6, merge)}
	l.facts = facts.list
	return l, errors.Join(errs...)
}

// fact checks o and returns what it says.
func (o *Override) fact(places map[routing.LocationName]*Coordinates, from source) (fact, error) {
	f := fact{geoFrom: from, atFrom: from}
	if err := checkPrefix(o.Prefix); err != nil {
		return f, err
	}
	if o.Geo == "" && o.Coordinates == nil && o.Location == "" {
		return f, errors.New("it says nothing: want a geographic code, coordinates or a location")
	}
	if o.Geo != "" {
		code, err := routing.ParseGeoCode(string(o.Geo))
		if err != nil {
			return f, err
		}
		f.geo = code
	}
	at, err := o.point(places)
	if err != nil || at == nil {
		return f, err
	}
	if err := at.Validate(); err != nil {
		return f, err
	}
	f.at, f.located = pointOf(*at), true
	return f, nil
}

// point returns the coordinates o gives or refers to; nil if there are none.
func (o *Override) point(places map[routing.LocationName]*Coordinates) (*Coordinates, error) {
	if o.Coordinates != nil && o.Location != "" {
		return nil, fmt.Errorf("coordinates %s and location %q: want one of the two", o.Coordinates, o.Location)
	}
	if o.Location == "" {
		return o.Coordinates, nil
	}
	if at := places[o.Location]; at != nil {
		return at, nil
	}
	if at, ok := Region(o.Location); ok {
		return &at, nil
	}
	return nil, fmt.Errorf("location %q: its coordinates are not known", o.Location)
}

// checkPrefix refuses prefixes that are not masked or hold IPv4-mapped addresses.
func checkPrefix(p netip.Prefix) error {
	switch {
	case !p.IsValid():
		return errors.New("prefix: want a network such as 192.0.2.0/24")
	case p != p.Masked():
		return fmt.Errorf("prefix %s: want its first address, %s", p, p.Masked())
	case p.Addr().Is4In6():
		return fmt.Errorf("prefix %s: want an IPv4 prefix, not one in ::ffff:0:0/96", p)
	}
	return nil
}
