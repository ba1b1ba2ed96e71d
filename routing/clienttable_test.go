package routing

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// drawPrefixes draws disjoint prefixes of one family, sorted, from a small part
// of the space and from all of it, /0 and single addresses included.
func drawPrefixes(t *rapid.T, width, most int) []netip.Prefix {
	var out []netip.Prefix
	for range rapid.IntRange(0, most).Draw(t, "blocks") {
		p, _ := drawAddr(t, width).Prefix(rapid.OneOf(rapid.IntRange(8, width), rapid.IntRange(0, width)).Draw(t, "bits"))
		if !slices.ContainsFunc(out, p.Overlaps) {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b netip.Prefix) int { return a.Addr().Compare(b.Addr()) })
	return out
}

func drawAddr(t *rapid.T, width int) netip.Addr {
	raw := rapid.SliceOfN(rapid.SampledFrom([]byte{0, 1, 0x20, 0x7f, 0x80, 0xfe, 0xff}), width/8, width/8).Draw(t, "address")
	a, _ := netip.AddrFromSlice(raw)
	return a
}

func drawTable(t *rapid.T, most int) (*ClientTable, []Block) {
	classes := []ClassInfo{{Geo: World}, {Geo: "DE"}, {Geo: "FR"}, {Geo: "JP"}}
	var blocks []Block
	for _, width := range []int{32, 128} {
		for _, p := range drawPrefixes(t, width, most) {
			blocks = append(blocks, Block{p, ClassID(rapid.IntRange(0, 3).Draw(t, "class"))})
		}
	}
	table, err := NewClientTable(blocks, classes)
	if err != nil {
		t.Fatalf("blocks %v: %v", blocks, err)
	}
	return table, blocks
}

// TestFindIsLinear holds the index and the search to a walk over all blocks.
func TestFindIsLinear(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table, blocks := drawTable(t, 40)
		asked := []netip.Addr{netip.IPv4Unspecified(), netip.IPv6Unspecified(), v4(0xffffffff), lastOf(netip.PrefixFrom(netip.IPv6Unspecified(), 0))}
		for _, b := range blocks {
			first, last := b.Prefix.Addr(), lastOf(b.Prefix)
			asked = append(asked, first, last, first.Prev(), last.Next())
		}
		for range 20 {
			asked = append(asked, drawAddr(t, 32), drawAddr(t, 128))
		}
		for _, a := range asked {
			if !a.IsValid() {
				continue // past an end of the space
			}
			id := table.Find(a)
			if p := table.Prefix(id); !p.Contains(a) {
				t.Fatalf("%v: got block %d, %v, which does not hold it; blocks %v", a, id, p, blocks)
			}
			want := ClassID(0)
			for _, b := range blocks {
				if b.Prefix.Contains(a) {
					want = b.Class
				}
			}
			if got := table.Class(id); got != want {
				t.Fatalf("%v: got class %d, want %d; blocks %v", a, got, want, blocks)
			}
		}
	})
}

func lastOf(p netip.Prefix) netip.Addr {
	raw := p.Addr().AsSlice()
	for i := p.Bits(); i < len(raw)*8; i++ {
		raw[i/8] |= 1 << (7 - i%8)
	}
	a, _ := netip.AddrFromSlice(raw)
	return a
}

// TestBlocksCoverTheSpace: blocks follow one another without a hole, those
// given among them, and the largest aligned ones of class 0 between.
func TestBlocksCoverTheSpace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table, blocks := drawTable(t, 40)
		next := netip.IPv4Unspecified()
		for id := range BlockID(table.Len()) {
			p := table.Prefix(id)
			if p.Addr() != next || p != p.Masked() {
				t.Fatalf("block %d is %v, want one that starts at %v", id, p, next)
			}
			if next = lastOf(p).Next(); !next.IsValid() && p.Addr().Is4() {
				next = netip.IPv6Unspecified()
			}
			given := slices.ContainsFunc(blocks, func(b Block) bool { return b.Prefix == p })
			if given || p.Bits() == 0 {
				continue
			}
			wider, _ := p.Addr().Prefix(p.Bits() - 1)
			if !slices.ContainsFunc(blocks, func(b Block) bool { return b.Prefix.Overlaps(wider) }) {
				t.Fatalf("the gap's block %v could be %v", p, wider)
			}
		}
		if next.IsValid() {
			t.Fatalf("nothing covers %v", next)
		}
	})
}

// TestClientTableEdges names the ends by hand.
func TestClientTableEdges(t *testing.T) {
	classes := []ClassInfo{{Geo: World}, {Geo: "DE"}, {Geo: "FR"}}
	for _, tt := range []struct {
		row, blocks, addr string
		class             ClassID
		block             string
	}{
		{"no blocks, IPv4", "", "192.0.2.1", 0, "0.0.0.0/0"},
		{"no blocks, IPv6", "", "2001:db8::1", 0, "::/0"},
		{"/0", "0.0.0.0/0", "255.255.255.255", 1, "0.0.0.0/0"},
		{"/0 of IPv6", "::/0", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 1, "::/0"},
		{"/32, the first address", "0.0.0.0/32", "0.0.0.0", 1, "0.0.0.0/32"},
		{"beside it", "0.0.0.0/32", "0.0.0.1", 0, "0.0.0.1/32"},
		{"/32, the last address", "255.255.255.255/32", "255.255.255.255", 1, "255.255.255.255/32"},
		{"before it", "255.255.255.255/32", "255.255.255.254", 0, "255.255.255.254/32"},
		{"/128, the last address", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 1, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128"},
		{"/128, the first address", "::/128", "::", 1, "::/128"},
		{"two halves", "0.0.0.0/1 128.0.0.0/1", "128.0.0.0", 2, "128.0.0.0/1"},
		{"two halves of IPv6", "::/1 8000::/1", "8000::", 2, "8000::/1"},
		{"many blocks in one /16", "10.0.0.0/24 10.0.1.0/24", "10.0.1.255", 2, "10.0.1.0/24"},
		{"a block wider than the index's step", "10.0.0.0/8", "10.200.0.1", 1, "10.0.0.0/8"},
		{"both families", "10.0.0.0/8 2001:db8::/32", "2001:db8:ffff::", 2, "2001:db8::/32"},
		{"the zero Addr is in the first block of class 0", "0.0.0.0/1", "", 0, "128.0.0.0/1"},
		{"the zero Addr where all is known", "0.0.0.0/0 ::/0", "", 1, "0.0.0.0/0"},
	} {
		var blocks []Block
		for i, p := range strings.Fields(tt.blocks) {
			blocks = append(blocks, Block{netip.MustParsePrefix(p), ClassID(1 + i)})
		}
		table, err := NewClientTable(blocks, classes)
		if err != nil {
			t.Fatalf("%s: %v", tt.row, err)
		}
		var a netip.Addr
		if tt.addr != "" {
			a = netip.MustParseAddr(tt.addr)
		}
		id := table.Find(a)
		if got := table.Prefix(id).String(); got != tt.block || table.Class(id) != tt.class {
			t.Errorf("%s: got %s of class %d, want %s of class %d", tt.row, got, table.Class(id), tt.block, tt.class)
		}
	}
}

// TestClientTableRefusals: what is no table says which block is wrong.
func TestClientTableRefusals(t *testing.T) {
	p := netip.MustParsePrefix
	one := []ClassInfo{{Geo: World}}
	for _, tt := range []struct {
		row     string
		blocks  []Block
		classes []ClassInfo
		want    string
	}{
		{"no class", nil, nil, "client table: 0 classes: want 1 to 65535"},
		{"too many classes", nil, make([]ClassInfo, MaxClasses+1), "client table: 65536 classes: want 1 to 65535"},
		{"class out of range", []Block{{p("10.0.0.0/8"), 1}}, one, "client table: block 10.0.0.0/8 of class 1: want a masked prefix of 32 bits and a class below 1"},
		{"unsorted", []Block{{p("11.0.0.0/8"), 0}, {p("10.0.0.0/8"), 0}}, one, "client table: block 10.0.0.0/8 overlaps an earlier one or is out of order"},
		{"the same twice", []Block{{p("10.0.0.0/8"), 0}, {p("10.0.0.0/8"), 0}}, one, "client table: block 10.0.0.0/8 overlaps an earlier one or is out of order"},
		{"overlapping", []Block{{p("10.0.0.0/8"), 0}, {p("10.255.0.0/16"), 0}}, one, "client table: block 10.255.0.0/16 overlaps an earlier one or is out of order"},
		{"overlapping at the end of the space", []Block{{p("255.0.0.0/8"), 0}, {p("255.255.255.255/32"), 0}}, one, "client table: block 255.255.255.255/32 overlaps an earlier one or is out of order"},
		{"overlapping at the end of IPv6", []Block{{p("ff00::/8"), 0}, {p("ffff::/16"), 0}}, one, "client table: block ffff::/16 overlaps an earlier one or is out of order"},
		{"after everything", []Block{{p("::/0"), 0}, {p("::/0"), 0}}, one, "client table: block ::/0 overlaps an earlier one or is out of order"},
		{"unmasked", []Block{{netip.PrefixFrom(netip.MustParseAddr("10.0.0.1"), 8), 0}}, one, "client table: block 10.0.0.1/8 of class 0: want a masked prefix of 32 bits and a class below 1"},
		{"no prefix", []Block{{}}, one, "client table: block invalid Prefix of class 0: want a masked prefix of 128 bits and a class below 1"},
		{"IPv4 after IPv6", []Block{{p("2001:db8::/32"), 0}, {p("10.0.0.0/8"), 0}}, one, "client table: block 10.0.0.0/8 of class 0: want a masked prefix of 128 bits and a class below 1"},
	} {
		if _, err := NewClientTable(tt.blocks, tt.classes); err == nil || err.Error() != tt.want {
			t.Errorf("%s: got %v, want %s", tt.row, err, tt.want)
		}
	}
	if _, err := NewClientTable(nil, make([]ClassInfo, MaxClasses)); err != nil {
		t.Errorf("%d classes: got %v, want none", MaxClasses, err)
	}
}

// TestRangesAreLinear holds the search in ranges, and its scopes, to a walk.
func TestRangesAreLinear(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		width := rapid.SampledFrom([]int{32, 128}).Draw(t, "width")
		var cuts []word128
		for range rapid.IntRange(0, 12).Draw(t, "cuts") {
			cuts = append(cuts, number(drawAddr(t, width)))
		}
		slices.SortFunc(cuts, compareWords)
		r := ranges{width: uint8(width)}
		r.add(word128{}, option{choice: 1000})
		for i, cut := range cuts {
			if cut != (word128{}) && (i == 0 || cut != cuts[i-1]) {
				r.add(cut, option{choice: Choice(rapid.IntRange(0, 2).Draw(t, "option"))})
			}
		}
		outcome := func(w word128) option {
			var o option
			for i, start := range r.start {
				if !w.less(start) {
					o = r.options[i]
				}
			}
			return o
		}
		asked := drawAddr(t, width)
		o, scope := r.find(number(asked))
		if want := outcome(number(asked)); o != want {
			t.Fatalf("%v: got %+v, want %+v of %+v", asked, o, want, r)
		}
		prefix, _ := asked.Prefix(int(scope))
		if !r.within(prefix) {
			t.Fatalf("%v: scope %v holds more than one range of %+v", asked, prefix, r)
		}
		if wider, err := asked.Prefix(int(scope) - 1); err == nil && r.within(wider) {
			t.Fatalf("%v: got scope %v, but %v is within one range of %+v", asked, prefix, wider, r)
		}
	})
}

func compareWords(a, b word128) int {
	switch {
	case a.less(b):
		return -1
	case b.less(a):
		return 1
	}
	return 0
}

// within reports whether no range starts inside p, past its first address.
func (r *ranges) within(p netip.Prefix) bool {
	first, last := number(p.Addr()), number(lastOf(p))
	return !slices.ContainsFunc(r.start, func(w word128) bool { return first.less(w) && !last.less(w) })
}

// TestMinimalIsBruteForce: for every block the largest prefix around it in
// which all blocks have its option, found by trying every length; at least /1
// where not all blocks of both families have it.
func TestMinimalIsBruteForce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table, _ := drawTable(t, 8)
		win := rapid.SliceOfN(rapid.Uint16Range(0, 2), 4, 4).Draw(t, "options")
		got, least := table.minimal(win), 0
		for id := range table.Len() {
			if win[table.class[id]] != win[table.class[0]] {
				least = 1
			}
		}
		for id := range table.Len() {
			p := table.Prefix(BlockID(id))
			want := p.Bits()
			for ; want > 0; want-- {
				if wider, _ := p.Addr().Prefix(want - 1); !table.agree(win, id, wider) {
					break
				}
			}
			if want = max(want, least); int(got[id]) != want {
				t.Fatalf("block %v with options %v: got /%d, want /%d", p, win, got[id], want)
			}
		}
	})
}

// agree reports whether all blocks of p, of which id is one, have one option.
func (t *ClientTable) agree(win []uint16, id int, p netip.Prefix) bool {
	inside := func(o int) bool { return o >= 0 && o < t.Len() && p.Contains(t.Prefix(BlockID(o)).Addr()) }
	same := func(o int) bool { return win[t.Class(BlockID(o))] == win[t.Class(BlockID(id))] }
	for o := id + 1; inside(o); o++ {
		if !same(o) {
			return false
		}
	}
	for o := id - 1; inside(o); o-- {
		if !same(o) {
			return false
		}
	}
	return true
}

// TestWords: the arithmetic of addresses at its edges.
func TestWords(t *testing.T) {
	top := word128{1 << 63, 0}
	for _, tt := range []struct {
		row       string
		got, want any
	}{
		{"2^0", pow2(0), word128{0, 1}},
		{"2^63", pow2(63), word128{0, 1 << 63}},
		{"2^64", pow2(64), word128{1, 0}},
		{"2^127", pow2(127), top},
		{"2^128 wraps", pow2(128), word128{}},
		{"carry", word128{0, 1<<64 - 1}.add(word128{0, 1}), word128{1, 0}},
		{"borrow", word128{1, 0}.sub(word128{0, 1}), word128{0, 1<<64 - 1}},
		{"zeros of 0", word128{}.trailingZeros(), 128},
		{"zeros of 2^127", top.trailingZeros(), 127},
		{"length of 0", word128{}.bitLen(), 0},
		{"length of 2^127", top.bitLen(), 128},
		{"10.0.0.1", number(netip.MustParseAddr("10.0.0.1")), word128{0, 0x0a000001}},
		{"2001:db8::1", number(netip.MustParseAddr("2001:db8::1")), word128{0x20010db8 << 32, 1}},
	} {
		if fmt.Sprint(tt.got) != fmt.Sprint(tt.want) {
			t.Errorf("%s: got %v, want %v", tt.row, tt.got, tt.want)
		}
	}
}
