package geo

import (
	"net/netip"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"meridian/routing"
)

// drawPrefix returns a prefix of few different bits, so that prefixes often
// hold each other and touch.
func drawPrefix(t *rapid.T, ipv4 bool) netip.Prefix {
	raw := make([]byte, 16)
	for i := range raw {
		raw[i] = rapid.SampledFrom([]byte{0, 0, 1, 255, 128}).Draw(t, "byte")
	}
	if ipv4 {
		return netip.PrefixFrom(netip.AddrFrom4([4]byte(raw)), rapid.IntRange(0, 32).Draw(t, "bits")).Masked()
	}
	return netip.PrefixFrom(netip.AddrFrom16([16]byte(raw)), rapid.IntRange(0, 128).Draw(t, "bits")).Masked()
}

// drawKey returns an address near the edges of prefixes, or any.
func drawKey(t *rapid.T, prefixes []netip.Prefix, ipv4 bool) key {
	if len(prefixes) == 0 || rapid.Bool().Draw(t, "any") {
		return keyOf(drawPrefix(t, ipv4).Addr())
	}
	first, last := keysOf(rapid.SampledFrom(prefixes).Draw(t, "prefix"))
	k := rapid.SampledFrom([]key{first, last, first.previous()}).Draw(t, "edge")
	if next, more := last.next(); more && rapid.Bool().Draw(t, "after") {
		k = next
	}
	if ipv4 {
		k.lo, k.hi = 0, k.hi>>32<<32
	}
	return k
}

// longest is the slow twin of paint: the value of the longest prefix around k.
func longest(prefixes []netip.Prefix, k key) uint32 {
	var value uint32
	bits := -1
	for i, p := range prefixes {
		first, last := keysOf(p)
		if !k.less(first) && !last.less(k) && p.Bits() > bits {
			value, bits = uint32(i+1), p.Bits()
		}
	}
	return value
}

func painted(prefixes []netip.Prefix) steps {
	var areas []area
	for i, p := range prefixes {
		first, last := keysOf(p)
		areas = append(areas, area{first, last, uint32(i + 1)})
	}
	return paint(areas, func(_, inner uint32) uint32 { return inner })
}

func drawPrefixes(t *rapid.T, ipv4 bool) []netip.Prefix {
	var out []netip.Prefix
	for range rapid.IntRange(0, 12).Draw(t, "prefixes") {
		if p := drawPrefix(t, ipv4); !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

func TestPaintIsLongestPrefixMatch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ipv4 := rapid.Bool().Draw(t, "ipv4")
		prefixes := drawPrefixes(t, ipv4)
		s := painted(prefixes)
		checkSteps(t, s)
		for range 20 {
			k := drawKey(t, prefixes, ipv4)
			if got, _ := s.find(k); got != longest(prefixes, k) {
				t.Fatalf("at %x: got %d, want %d of %v", k, got, longest(prefixes, k), prefixes)
			}
		}
	})
}

// checkSteps fails where s breaks the promises of steps.
func checkSteps(t *rapid.T, s steps) {
	if len(s) > 0 && s[0].value == 0 {
		t.Fatalf("the first step is of value 0: %v", s)
	}
	for i := 1; i < len(s); i++ {
		if !s[i-1].start.less(s[i].start) || s[i-1].value == s[i].value {
			t.Fatalf("steps %d and %d: %v, %v", i-1, i, s[i-1], s[i])
		}
	}
}

func TestOverlayMergesEverywhere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawPrefixes(t, false), drawPrefixes(t, false)
		under, over := painted(a), painted(b)
		out := overlay(under, over, func(u, o uint32) uint32 { return u*100 + o })
		checkSteps(t, out)
		for range 20 {
			k := drawKey(t, append(slices.Clone(a), b...), false)
			if got, want := first(out.find(k)), longest(a, k)*100+longest(b, k); got != want {
				t.Fatalf("at %x: got %d, want %d", k, got, want)
			}
		}
	})
}

func first(value uint32, _ int) uint32 { return value }

func TestBlocksAreTheFewest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ipv4 := rapid.Bool().Draw(t, "ipv4")
		prefixes := drawPrefixes(t, ipv4)
		s := painted(prefixes)
		class := func(v uint32) uint32 { return v % 3 }
		blocks := appendBlocks(nil, s, ipv4, class)
		checkBlocks(t, blocks)
		for range 20 {
			k := drawKey(t, prefixes, ipv4)
			want := routing.ClassID(longest(prefixes, k) % 3)
			if got := blockClass(blocks, k.prefix(0, ipv4).Addr()); got != want {
				t.Fatalf("at %x: got class %d, want %d", k, got, want)
			}
		}
	})
}

// blockClass is the class of the block around an address, 0 without one.
func blockClass(blocks []routing.Block, a netip.Addr) routing.ClassID {
	for _, b := range blocks {
		if b.Prefix.Contains(a) {
			return b.Class
		}
	}
	return 0
}

// checkBlocks fails where blocks are not masked, sorted and disjoint, or where
// two of one class could be one.
func checkBlocks(t interface{ Fatalf(string, ...any) }, blocks []routing.Block) {
	for i, b := range blocks {
		if b.Prefix != b.Prefix.Masked() || b.Class == 0 {
			t.Fatalf("block %d: %v", i, b)
		}
		if i == 0 {
			continue
		}
		before := blocks[i-1]
		if before.Prefix.Overlaps(b.Prefix) || before.Prefix.Addr().Compare(b.Prefix.Addr()) >= 0 {
			t.Fatalf("blocks %d and %d: %v, %v", i-1, i, before, b)
		}
		if before.Class == b.Class && siblings(before.Prefix, b.Prefix) {
			t.Fatalf("blocks %d and %d could be one: %v, %v", i-1, i, before, b)
		}
	}
}

// siblings reports whether two prefixes are the halves of one.
func siblings(a, b netip.Prefix) bool {
	if a.Bits() != b.Bits() || a.Bits() == 0 || a.Addr().Is4() != b.Addr().Is4() {
		return false
	}
	parent := netip.PrefixFrom(a.Addr(), a.Bits()-1).Masked()
	return parent.Contains(b.Addr())
}

func TestBlockOfAWholeFamily(t *testing.T) {
	for _, p := range []string{"0.0.0.0/0", "::/0", "255.255.255.255/32", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128"} {
		blocks := appendBlocks(nil, painted([]netip.Prefix{prefix(p)}), prefix(p).Addr().Is4(), func(v uint32) uint32 { return v })
		if len(blocks) != 1 || blocks[0].Prefix != prefix(p) {
			t.Errorf("%s: got %v", p, blocks)
		}
	}
}
