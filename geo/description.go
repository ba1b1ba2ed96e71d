package geo

import (
	"fmt"
	"net/netip"
	"strings"

	"meridian/routing"
)

// Description is what is known of an address, and who says so.
type Description struct {
	Address           netip.Addr      `json:"address"`
	Inner             netip.Addr      `json:"inner,omitzero"`    // the IPv4 address inside a 6to4 or Teredo address
	Special           netip.Prefix    `json:"special,omitzero"`  // the special-purpose range around it
	Geo               routing.GeoCode `json:"geo"`               // World where nothing is known
	GeoSource         string          `json:"geoSource"`         // "embedded", a file's name or "overrides"; empty where nothing is known
	Coordinates       *Coordinates    `json:"coordinates"`       // nil where nothing is known
	CoordinatesSource string          `json:"coordinatesSource"` // as GeoSource, or "country" or "state": those of the code
}

// Describe returns what the client table is made from for an address: a whole
// one, or the first of a client subnet. IPv4-mapped addresses count as IPv4;
// others are not unwrapped (see Unwrap).
func (s *Source) Describe(a netip.Addr) Description {
	a = a.Unmap().WithZone("")
	d := Description{Address: a, Geo: routing.World}
	if !a.IsValid() {
		return d
	}
	if inner := Unwrap(a); inner != a {
		d.Inner = inner
	}
	d.Special, _ = specialRange(a)
	f := s.current.Load()
	d.fill(f, f.find(a))
	return d
}

// find returns what is known of an unmapped address.
func (f *folded) find(a netip.Addr) fact {
	family := f.ipv6
	if a.Is4() {
		family = f.ipv4
	}
	id, _ := family.find(keyOf(a))
	return f.facts[id]
}

func (d *Description) fill(f *folded, known fact) {
	if known.geo != "" {
		d.Geo, d.GeoSource = known.geo, f.sources[known.geoFrom]
	}
	v := known.where(0, 0)
	if !v.located {
		return
	}
	d.Coordinates, d.CoordinatesSource = &v.at, f.pointSource(known)
}

// pointSource says who gives the coordinates of a fact.
func (f *folded) pointSource(known fact) string {
	switch {
	case known.located:
		return f.sources[known.atFrom]
	case strings.Contains(string(known.geo), "-"):
		return "state"
	default:
		return "country"
	}
}

// String returns the description in one line.
func (d Description) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: ", d.Address)
	if d.Inner.IsValid() {
		fmt.Fprintf(&b, "carries %s, ", d.Inner)
	}
	if d.Special.IsValid() {
		fmt.Fprintf(&b, "in the special-purpose range %s, ", d.Special)
	}
	b.WriteString(string(d.Geo))
	if d.GeoSource != "" {
		fmt.Fprintf(&b, " (%s)", d.GeoSource)
	}
	if d.Coordinates != nil {
		fmt.Fprintf(&b, " at %s (%s)", d.Coordinates, d.CoordinatesSource)
	}
	return b.String()
}
