package configs

import (
	"fmt"
	"net/netip"
	"strings"

	"meridian/routing"
)

// overrides converts what the document says of client networks.
func (c *compiler) overrides() {
	taken := map[netip.Prefix]int{}
	for i := range c.doc.Geo.Overrides {
		d, p := &c.doc.Geo.Overrides[i], top("geo").key("overrides").item(i)
		prefix, ok := c.cidr(d.CIDR, p.key("cidr"))
		if !ok {
			continue
		}
		if first, twice := taken[prefix]; twice {
			c.r.fail(p.key("cidr"), "%s is geo.overrides[%d] already: want each network once", prefix, first)
			continue
		}
		taken[prefix] = i
		out := GeoOverride{Prefix: prefix, Code: c.overrideCode(d.Code, p.key("code"))}
		c.overridePlace(d, &out, p)
		c.out.Overrides = append(c.out.Overrides, out)
	}
}

func (c *compiler) overrideCode(text string, p *path) routing.GeoCode {
	if text == "" {
		return ""
	}
	code, err := routing.ParseGeoCode(text)
	if err != nil {
		c.r.fail(p, "%v", err)
	}
	return code
}

// cidr reads a prefix in its masked form, or one address.
func (c *compiler) cidr(text string, p *path) (netip.Prefix, bool) {
	prefix, err := parseNetwork(text)
	if err != nil {
		c.r.fail(p, "%v", err)
	}
	return prefix, err == nil
}

// parseNetwork reads a prefix in its masked form, or one address.
func parseNetwork(text string) (netip.Prefix, error) {
	wrong := fmt.Errorf("%s: want a network such as 203.0.113.0/24 or one address", quote(text))
	if !strings.Contains(text, "/") {
		a, err := parseClient(text)
		if err != nil {
			return netip.Prefix{}, wrong
		}
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	prefix, err := netip.ParsePrefix(text)
	if err != nil || prefix.Addr().Is4In6() {
		return netip.Prefix{}, wrong
	}
	if prefix != prefix.Masked() {
		return netip.Prefix{}, fmt.Errorf("%s is no network address: want %s", quote(text), prefix.Masked())
	}
	return prefix, nil
}

// overridePlace reads where a network is: by coordinates or by location.
func (c *compiler) overridePlace(d *OverrideDocument, out *GeoOverride, p *path) {
	lat, lon := d.Latitude != nil, d.Longitude != nil
	switch {
	case c.r.brokenBelow(p):
	case lat != lon:
		c.r.fail(p, "one of latitude and longitude for %s: want both or none", d.CIDR)
	case lat && d.Location != "":
		c.r.fail(p, "latitude, longitude and location for %s: want coordinates or a location", d.CIDR)
	case !lat && d.Location == "" && d.Code == "":
		c.r.fail(p, "nothing is said of %s: want code, location, or latitude and longitude", d.CIDR)
	case lat:
		out.Latitude, out.Longitude, out.Located = *d.Latitude, *d.Longitude, true
	case d.Location != "":
		c.overrideLocation(d.Location, out, p.key("location"))
	}
}

func (c *compiler) overrideLocation(name string, out *GeoOverride, p *path) {
	out.Latitude, out.Longitude, out.Located = c.coordinatesOf(name)
	if !out.Located {
		c.r.fail(p, "%s has no known coordinates: want a location of this service that has, or a well-known cloud region", quote(name))
	}
}

// coordinatesOf returns where a location of the document or a well-known region
// is, in degrees.
func (c *compiler) coordinatesOf(name string) (latitude, longitude float64, ok bool) {
	if at, known := c.places[routing.ParseLocationName(name)]; known && c.out.Places[at].Known {
		return c.out.Places[at].Latitude, c.out.Places[at].Longitude, true
	}
	if c.options.Region == nil {
		return 0, 0, false
	}
	return c.options.Region(name)
}
