package geo

import (
	"math"
	"net/netip"
	"strings"
	"testing"

	"meridian/routing"
)

func TestOverrides(t *testing.T) {
	at := Coordinates{10.5, 20.5}
	tokyo := Coordinates{35.6, 139.7}
	overrides := []Override{
		{Prefix: prefix("8.0.0.0/7"), Geo: "FR"},
		{Prefix: prefix("8.8.0.0/16"), Geo: "US-WA"},
		{Prefix: prefix("8.8.8.0/24"), Coordinates: &at},
		{Prefix: prefix("8.8.8.8/32"), Geo: "JP", Location: "tokyodc"},
		{Prefix: prefix("8.8.9.0/24"), Geo: routing.World},
		{Prefix: prefix("10.0.0.0/8"), Location: "westeurope"},
		{Prefix: prefix("2a00::/12"), Geo: "SE"},
		{Prefix: prefix("2001:0::/32"), Geo: "NO"},
		{Prefix: prefix("2002:808:900::/48"), Geo: "CH"},
	}
	s := mustOpen(t, Options{Overrides: overrides, Places: []Place{{"tokyodc", &tokyo}}})
	tests := []struct{ name, address, want string }{
		{"the widest", "9.9.9.9", "FR (overrides) at 48.87,2.33 (country)"},
		{"a state inside of it", "8.8.1.1", "US-WA (overrides) at 47.40,-121.60 (state)"},
		{"coordinates keep the code of the next wider", "8.8.8.1", "US-WA (overrides) at 10.50,20.50 (overrides)"},
		{"one address beside a location", "8.8.8.8", "JP (overrides) at 35.60,139.70 (overrides)"},
		{"the end of an inner one", "8.8.8.9", "US-WA (overrides) at 10.50,20.50 (overrides)"},
		{"World means unknown", "8.8.9.9", "WORLD (overrides)"},
		{"a private network gets coordinates", "10.9.9.9", "in the special-purpose range 10.0.0.0/8, WORLD at 52.37,4.90 (overrides)"},
		{"IPv6", "2a00:1450::1", "SE (overrides) at 59.33,18.05 (country)"},
		{"all of Teredo", "2001:0:1::1", "carries 255.255.255.254, in the special-purpose range 2001::/23, NO (overrides) at 59.92,10.75 (country)"},
		{"6to4 has the IPv4 override", "2002:808:808::1", "carries 8.8.8.8, JP (overrides) at 35.60,139.70 (overrides)"},
		{"an IPv6 override inside of 6to4", "2002:808:900::1", "carries 8.8.9.0, CH (overrides) at 47.38,8.53 (country)"},
	}
	for _, tt := range tests {
		want := addr(tt.address).String() + ": " + tt.want
		if got := s.Describe(addr(tt.address)).String(); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.name, got, want)
		}
	}
}

func TestOverridesRefused(t *testing.T) {
	at := Coordinates{1, 2}
	tests := []struct {
		name string
		in   Override
		want string
	}{
		{"no prefix", Override{Geo: "DE"}, "want a network such as"},
		{"not masked", Override{Prefix: netip.MustParsePrefix("10.0.0.1/8"), Geo: "DE"}, "prefix 10.0.0.1/8: want its first address, 10.0.0.0/8"},
		{"IPv4-mapped", Override{Prefix: prefix("::ffff:10.0.0.0/104"), Geo: "DE"}, "want an IPv4 prefix"},
		{"nothing said", Override{Prefix: prefix("10.0.0.0/8")}, "it says nothing"},
		{"code outside of the hierarchy", Override{Prefix: prefix("10.0.0.0/8"), Geo: "UK"}, "the code of the United Kingdom is GB"},
		{"latitude out of range", Override{Prefix: prefix("10.0.0.0/8"), Coordinates: &Coordinates{90.1, 0}}, "latitude 90.1: want -90 .. 90"},
		{"longitude is not a number", Override{Prefix: prefix("10.0.0.0/8"), Coordinates: &Coordinates{0, math.NaN()}}, "longitude NaN: want"},
		{"unknown location", Override{Prefix: prefix("10.0.0.0/8"), Location: "atlantis"}, `location "atlantis"`},
		{"location without coordinates", Override{Prefix: prefix("10.0.0.0/8"), Location: "nowhere"}, `location "nowhere"`},
		{"ambiguous region", Override{Prefix: prefix("10.0.0.0/8"), Location: "useast1"}, `location "useast1"`},
		{"coordinates and location", Override{Prefix: prefix("10.0.0.0/8"), Location: "westus2", Coordinates: &at}, "want one of the two"},
	}
	var all []Override
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := overrideLayer([]Override{tt.in}, worldPlaces(), 0)
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "override 1 (") {
				t.Errorf("got %v, want an error with %q", err, tt.want)
			}
		})
		all = append(all, tt.in)
	}
	_, err := Open(Options{Overrides: all})
	if err == nil || strings.Count(err.Error(), "\n")+1 != len(tests) {
		t.Errorf("got %v, want %d faults at once", err, len(tests))
	}
	twice := Override{Prefix: prefix("10.0.0.0/8"), Geo: "DE"}
	if _, err := overrideLayer([]Override{twice, twice}, nil, 0); err == nil || !strings.Contains(err.Error(), "override 2 (10.0.0.0/8): the prefix has an override already") {
		t.Errorf("twice: got %v", err)
	}
	if _, err := overrideLayer(make([]Override, maxOverrides+1), nil, 0); err == nil || !strings.Contains(err.Error(), "want at most 100000") {
		t.Errorf("too many: got %v", err)
	}
}

// FuzzOverrides: two overrides of any prefixes and contents are refused or have
// the effect the oracle sees.
func FuzzOverrides(f *testing.F) {
	f.Add("10.0.0.0/8", "DE", 0.0, 0.0, "", "10.1.0.0/16", "US", 1.0, 2.0, "westus2", "10.1.2.3")
	f.Add("::/0", "WORLD", 91.0, 0.0, "", "2002::/16", "", 1.0, 2.0, "", "2002::1")
	f.Add("255.255.255.255/32", "GEO-EU", 0.0, 0.0, "x", "0.0.0.0/0", "", -90.0, 180.0, "", "255.255.255.255")
	f.Fuzz(func(t *testing.T, prefix1, geo1 string, lat1, lon1 float64, location1, prefix2, geo2 string, lat2, lon2 float64, location2, address string) {
		var overrides []Override
		for _, in := range []struct {
			prefix, geo string
			at          Coordinates
			location    string
		}{{prefix1, geo1, Coordinates{lat1, lon1}, location1}, {prefix2, geo2, Coordinates{lat2, lon2}, location2}} {
			o := Override{Geo: routing.GeoCode(in.geo), Location: routing.LocationName(in.location)}
			o.Prefix, _ = netip.ParsePrefix(in.prefix)
			if in.at != (Coordinates{}) {
				o.Coordinates = &in.at
			}
			overrides = append(overrides, o)
		}
		l, err := overrideLayer(overrides, nil, 0)
		a, parseErr := netip.ParseAddr(address)
		if err != nil || parseErr != nil || overrides[0].Location != "" || overrides[1].Location != "" {
			return
		}
		a = a.Unmap().WithZone("")
		if keyOf(a).hi>>48 == sixToFour && a.Is6() {
			return // the oracle does not tunnel
		}
		o := oracle{overrides: overrides}
		got, want := fold([]string{""}, nil, l).find(a), o.fact(a)
		if got != want {
			t.Fatalf("%s of %v: got %+v, want %+v", a, overrides, got, want)
		}
	})
}
