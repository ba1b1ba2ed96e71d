package geo

import (
	"net/netip"
	"strings"
)

// specialIPv4 and specialIPv6 are the ranges whose addresses tell no place:
// IANA's special-purpose registries (RFC 6890 and its updates), multicast,
// reserved space, and all IPv6 outside of global unicast (2000::/3). Teredo is
// among them (2001::/23), as the client's address ends such an address and
// hence belongs to no prefix.
const (
	specialIPv4 = `0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12
		192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24
		203.0.113.0/24 224.0.0.0/3`
	specialIPv6 = `::/3 2001::/23 2001:db8::/32 3fff::/20 4000::/2 8000::/1`
)

// specialPrefixes parses one of the lists.
func specialPrefixes(list string) []netip.Prefix {
	var out []netip.Prefix
	for _, s := range strings.Fields(list) {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}

// withoutSpecial returns s without the ranges of a list.
func withoutSpecial(s steps, list string) steps {
	var areas []area
	for _, p := range specialPrefixes(list) {
		first, last := keysOf(p)
		areas = append(areas, area{first, last, 1})
	}
	inner := func(_, inner uint32) uint32 { return inner }
	return overlay(s, paint(areas, inner), func(known, special uint32) uint32 {
		if special != 0 {
			return 0
		}
		return known
	})
}

// specialRange returns the special-purpose range around a, if there is one.
func specialRange(a netip.Addr) (netip.Prefix, bool) {
	for _, list := range []string{specialIPv4, specialIPv6} {
		for _, p := range specialPrefixes(list) {
			if p.Contains(a) {
				return p, true
			}
		}
	}
	return netip.Prefix{}, false
}
