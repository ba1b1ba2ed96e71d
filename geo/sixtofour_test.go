package geo

import (
	"net/netip"
	"testing"

	"pgregory.net/rapid"
)

func TestUnwrap(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"IPv4", "198.51.100.1", "198.51.100.1"},
		{"IPv6", "2001:db8::1", "2001:db8::1"},
		{"IPv4-mapped", "::ffff:198.51.100.1", "198.51.100.1"},
		{"6to4", "2002:c633:6401::1", "198.51.100.1"},
		{"6to4, any subnet", "2002:c633:6401:ffff:ffff:ffff:ffff:ffff", "198.51.100.1"},
		{"beyond 6to4", "2003:c633:6401::1", "2003:c633:6401::1"},
		{"Teredo (RFC 4380, section 4)", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "192.0.2.45"},
		{"beyond Teredo", "2001:1:4136:e378:8000:63bf:3fff:fdd2", "2001:1:4136:e378:8000:63bf:3fff:fdd2"},
		{"with zone", "fe80::1%eth0", "fe80::1"},
		{"IPv4-compatible stays", "::198.51.100.1", "::198.51.100.1"},
	}
	for _, tt := range tests {
		if got := Unwrap(addr(tt.in)); got != addr(tt.want) {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
	if got := Unwrap(netip.Addr{}); got.IsValid() {
		t.Errorf("the zero address: got %s", got)
	}
}

func TestTunnelRepeatsIPv4(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		inner, outer := drawPrefixes(t, true), drawPrefixes(t, false)
		ipv4, ipv6 := painted(inner), painted(outer)
		out := tunnel(ipv6, ipv4)
		checkSteps(t, out)
		for range 20 {
			k := drawKey(t, inner, true)
			inside := key{hi: sixToFour<<48 | k.hi>>16, lo: rapid.Uint64().Draw(t, "host")}
			if got, want := first(out.find(inside)), longest(inner, k); got != want {
				t.Fatalf("inside, at %x: got %d, want %d", inside, got, want)
			}
			k = drawKey(t, outer, false)
			if k.hi>>48 == sixToFour {
				continue
			}
			if got, want := first(out.find(k)), longest(outer, k); got != want {
				t.Fatalf("outside, at %x: got %d, want %d", k, got, want)
			}
		}
	})
}

func TestTunnelKeepsTheEdges(t *testing.T) {
	outer := []netip.Prefix{prefix("2000::/3")}
	out := tunnel(painted(outer), painted([]netip.Prefix{prefix("0.0.0.0/0")}))
	if len(out) != 2 { // 2000::/3 and the tunnel are both of value 1
		t.Errorf("got %v", out)
	}
	out = tunnel(painted(outer), nil)
	for a, want := range map[string]uint32{"2001:ffff:ffff::": 1, "2002::": 0, "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff": 0, "2003::": 1} {
		if got := first(out.find(keyOf(addr(a)))); got != want {
			t.Errorf("%s: got %d, want %d", a, got, want)
		}
	}
}

func TestMajority(t *testing.T) {
	prefixes := []netip.Prefix{
		prefix("10.0.0.0/15"),  // 1: both blocks whole
		prefix("10.2.0.0/17"),  // 2: half of a block, against nothing
		prefix("10.3.0.0/18"),  // 3: a quarter
		prefix("10.3.64.0/18"), // 4: another; the rest is 5's
		prefix("10.3.128.0/17"),
		prefix("10.4.1.0/24"), // 6: too little
	}
	s := majority(painted(prefixes))
	for a, want := range map[string]uint32{
		"9.255.255.255": 0, "10.0.0.0": 1, "10.1.255.255": 1, "10.2.200.0": 0,
		"10.3.1.1": 5, "10.4.1.1": 0, "10.5.0.0": 0, "255.255.255.255": 0,
	} {
		if got := first(s.find(keyOf(addr(a)))); got != want {
			t.Errorf("%s: got %d, want %d", a, got, want)
		}
	}
}

// TestMajorityCounts compares with counting /20s, of which all prefixes are made.
func TestMajorityCounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var prefixes []netip.Prefix
		for range rapid.IntRange(0, 8).Draw(t, "n") {
			a := netip.AddrFrom4([4]byte{10, byte(rapid.IntRange(0, 3).Draw(t, "b")), byte(rapid.IntRange(0, 255).Draw(t, "c")), 0})
			p := netip.PrefixFrom(a, rapid.IntRange(14, 20).Draw(t, "bits")).Masked()
			prefixes = append(prefixes, p)
		}
		s, all := majority(painted(prefixes)), painted(prefixes)
		checkSteps(t, s)
		for b := range 5 {
			counts := make(map[uint32]int)
			for c := 0; c < 256; c += 16 {
				counts[first(all.find(keyOf(netip.AddrFrom4([4]byte{10, byte(b), byte(c), 0}))))]++
			}
			got := first(s.find(keyOf(netip.AddrFrom4([4]byte{10, byte(b), 7, 7}))))
			for value, n := range counts {
				if n > counts[got] {
					t.Fatalf("10.%d.0.0/16: got %d with %d, but %d has %d", b, got, counts[got], value, n)
				}
			}
		}
	})
}
