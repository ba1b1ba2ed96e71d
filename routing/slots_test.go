package routing

import (
	"fmt"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func weighted(names string, weights ...int) []Endpoint {
	out := make([]Endpoint, len(weights))
	for i, w := range weights {
		out[i] = Endpoint{Name: EndpointName(fmt.Sprintf("%s%d", names, i)), Weight: w}
	}
	return out
}

func drawWeights(t *rapid.T, least, most int) []int {
	return rapid.SliceOfN(rapid.OneOf(rapid.IntRange(0, 10), rapid.IntRange(0, MaxWeight)), least, most).Draw(t, "weights")
}

// owners counts the slots of each endpoint among candidates.
func (t *slotTable) owners(candidates *ordinals) []int {
	count := make([]int, len(t.weight))
	for slot := range uint16(Slots) {
		count[t.pick(slot, candidates)]++
	}
	return count
}

func allOf(n int) *ordinals {
	var all ordinals
	for e := range n {
		all.add(uint8(e))
	}
	return &all
}

// without returns the first n ordinals but some.
func without(n int, out ...uint8) *ordinals {
	var mask ordinals
	for e := range uint8(n) {
		if !slices.Contains(out, e) {
			mask.add(e)
		}
	}
	return &mask
}

// TestSharesAreExact: every endpoint has its share of the slots, to one slot:
// the largest remainders are rounded up.
func TestSharesAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		endpoints := weighted("e", drawWeights(t, 1, MaxEndpoints)...)
		table := newSlotTable(endpoints)
		total, sum := 0, 0
		for i := range endpoints {
			total += max(1, endpoints[i].Weight)
		}
		owners := table.owners(allOf(len(endpoints)))
		least, most := total, 0 // remainders of those rounded up, of those rounded down
		for e, got := range owners {
			if remainder := table.weight[e] * Slots % total; got > table.weight[e]*Slots/total {
				least = min(least, remainder)
			} else {
				most = max(most, remainder)
			}
		}
		if least < most {
			t.Fatalf("weights %v: a remainder of %d/%d is rounded up, one of %d/%d down", table.weight, least, total, most, total)
		}
		for e, got := range owners {
			sum += got
			share := big.NewRat(int64(max(1, endpoints[e].Weight))*Slots, int64(total))
			off := new(big.Rat).Sub(big.NewRat(int64(got), 1), share)
			if off.Abs(off).Cmp(big.NewRat(1, 1)) >= 0 {
				t.Fatalf("endpoint %d of weights %v: got %d slots, want %v to less than one", e, table.weight, got, share.FloatString(2))
			}
		}
		if sum != Slots {
			t.Fatalf("got %d slots in all, want %d", sum, Slots)
		}
	})
}

// TestLosingOneMovesOnlyItsSlots: whatever is lost already.
func TestLosingOneMovesOnlyItsSlots(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 16).Draw(t, "n")
		table := newSlotTable(weighted("e", drawWeights(t, n, n)...))
		order := rapid.Permutation(allOrdinals(n)).Draw(t, "order of loss")
		mask := *allOf(n)
		for _, lost := range order[:n-1] {
			before := mask
			mask[lost>>6] &^= 1 << (lost & 63)
			for slot := range uint16(Slots) {
				was, is := table.pick(slot, &before), table.pick(slot, &mask)
				if was != lost && was != is {
					t.Fatalf("slot %d moved from %d to %d when %d was lost", slot, was, is, lost)
				}
				if !mask.has(is) {
					t.Fatalf("slot %d is answered by %d, which is not among the candidates", slot, is)
				}
			}
		}
	})
}

func allOrdinals(n int) []uint8 {
	out := make([]uint8, n)
	for e := range out {
		out[e] = uint8(e)
	}
	return out
}

// TestLostSlotsAreSharedByWeight: those who stay take over an endpoint's slots
// in proportion to their weights: to one slot of the exact share each.
func TestLostSlotsAreSharedByWeight(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 40).Draw(t, "n")
		table := newSlotTable(weighted("e", drawWeights(t, n, n)...))
		lost := uint8(rapid.IntRange(0, n-1).Draw(t, "lost"))
		before, after := table.owners(allOf(n)), table.owners(without(n, lost))
		for e, w := range table.weight {
			if uint8(e) == lost {
				continue
			}
			got := float64(after[e] - before[e])
			want := float64(before[lost]) * float64(w) / float64(table.total-table.weight[lost])
			if got <= want-1 || got >= want+1 {
				t.Fatalf("endpoint %d takes over %v of %d slots, want %.2f to less than one", e, got, before[lost], want)
			}
		}
	})
}

// TestDeepLoss: with two, five, ten and more of twenty lost, the rest keep
// their shares of all slots to within one in a hundred of all slots.
func TestDeepLoss(t *testing.T) {
	weights := []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	table := newSlotTable(weighted("endpoint", weights...))
	for _, left := range []int{18, 15, 10, 5, 3, 2, 1} {
		lost := allOrdinals(20)[:20-left]
		total := 0
		for _, w := range weights[20-left:] {
			total += w
		}
		for e, got := range table.owners(without(20, lost...)) {
			want := 0.0
			if e >= 20-left {
				want = float64(weights[e]) * Slots / float64(total)
			}
			if d := float64(got) - want; d < -Slots/100 || d > Slots/100 {
				t.Errorf("%d of 20 left: endpoint %d has %d slots, want %.0f ± %d", left, e, got, want, Slots/100)
			}
		}
	}
}

// TestSearchEnds: a candidate that drawing by weight would hardly ever meet is
// found all the same, and stays when another one returns to others' slots.
func TestSearchEnds(t *testing.T) {
	weights := make([]int, MaxEndpoints)
	for e := range weights {
		weights[e] = MaxWeight
	}
	weights[3], weights[150] = 1, 1
	table := newSlotTable(weighted("e", weights...))
	var one, two ordinals
	one.add(3)
	two.add(3)
	two.add(150)
	count := 0
	for slot := range uint16(Slots) {
		if got := table.pick(slot, &one); got != 3 {
			t.Fatalf("slot %d: got %d, want the only candidate, 3", slot, got)
		}
		if table.pick(slot, &two) == 3 {
			count++
		}
	}
	if count < Slots*45/100 || count > Slots*55/100 {
		t.Errorf("two equals left: one has %d of %d slots, want half ± 5 %%", count, Slots)
	}
}

// TestOrderOfEndpoints: the order in which a plan lists endpoints does not
// change how many slots each has. Which slots those are does change for some:
// first preferences are dealt in turns, in list order.
func TestOrderOfEndpoints(t *testing.T) {
	a := weighted("e", 5, 1, 1, 3, 3, 7, 10, 2)
	b := slices.Clone(a)
	slices.Reverse(b)
	x, y := newSlotTable(a), newSlotTable(b)
	ox, oy := x.owners(allOf(len(a))), y.owners(allOf(len(a)))
	slices.Reverse(oy)
	if !slices.Equal(ox, oy) {
		t.Errorf("slots by endpoint: got %v in one order and %v in the other", ox, oy)
	}
	moved := 0
	for slot := range Slots {
		if a[x.prefer[slot][0]].Name != b[y.prefer[slot][0]].Name {
			moved++
		}
	}
	if moved > Slots/5 {
		t.Errorf("%d of %d slots change hands when the list is turned round, want at most a fifth", moved, Slots)
	}
}

// TestAddingAnEndpoint moves its share and little more.
func TestAddingAnEndpoint(t *testing.T) {
	a := weighted("e", 10, 10, 10, 10, 10, 10, 10, 10, 10)
	b := append(slices.Clone(a), Endpoint{Name: "new", Weight: 10})
	x, y := newSlotTable(a), newSlotTable(b)
	moved := 0
	for slot := range Slots {
		if a[x.prefer[slot][0]].Name != b[y.prefer[slot][0]].Name {
			moved++
		}
	}
	if least := Slots / 10; moved < least-1 || moved > 3*least {
		t.Errorf("%d slots change hands, want the new one's %d and at most twice that besides", moved, least)
	}
}

// TestPreferencesAreDistinct: a slot names four different endpoints, or all.
func TestPreferencesAreDistinct(t *testing.T) {
	for n := 1; n <= 6; n++ {
		table := newSlotTable(weighted("e", []int{5, 1, 1000, 3, 3, 7}[:n]...))
		for slot, p := range table.prefer {
			named := slices.DeleteFunc(p[:], func(e uint8) bool { return e == noOrdinal })
			unique := slices.Compact(slices.Sorted(slices.Values(named)))
			if len(unique) != min(n, preferences) || int(slices.Max(unique)) >= n {
				t.Fatalf("%d endpoints: slot %d names %v", n, slot, p)
			}
		}
	}
}

// TestDealingIsGolden: who gets which client is the same for ever, on every
// name server and in every release. If this fails, the change would deal every
// client anew: do not change the values.
func TestDealingIsGolden(t *testing.T) {
	b := newBed(t, `
profile shop Weighted
  us 192.0.2.1 weight=80
  eu 192.0.2.2 weight=15
  asia 192.0.2.3 weight=5
profile again Weighted reroll=1
  us 192.0.2.1 weight=80
  eu 192.0.2.2 weight=15
  asia 192.0.2.3 weight=5
profile even Performance
  a 192.0.2.1 in=eu
  b 192.0.2.2 in=eu
  c 192.0.2.3 in=eu
`)
	b.st.Endpoints[b.endpointID("even", "c")].Shed = 2048
	snap := b.publish()
	clients := []string{"192.0.2.0", "198.51.100.0", "203.0.113.0", "8.8.8.0", "1.1.1.0", "2001:db8::", "2001:db8:1::", "2a00:1450::", "240e::"}
	for profile, want := range golden() {
		var got []string
		for _, c := range clients {
			got = append(got, b.query(snap, Query{Profile: b.profileID(profile), Client: client(t, c, 0)}))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", profile, got, want)
		}
	}
	for text, want := range map[string]uint64{"": 0xf52a15e9a9b5e89b, "shop#0": 0x4af27726f9104939, "westus2": 0x2fa8a446f6db87c} {
		if got := hashString(text); got != want {
			t.Errorf("hash of %q: got %#x, want %#x", text, got, want)
		}
	}
	slots := []uint16{}
	for _, c := range clients {
		k := key{subnet: true, block: blockOf(client(t, c, 0).Addr)}
		slots = append(slots, k.slot(hashString("shop#0"), saltSlot))
	}
	if want := []uint16{2557, 3757, 1843, 3839, 614, 3116, 3558, 3434, 2693}; !slices.Equal(slots, want) {
		t.Errorf("slots of shop: got %v, want %v", slots, want)
	}
}

func golden() map[string][]string {
	return map[string][]string{
		"shop":  {"eu available", "us available", "us available", "eu available", "us available", "asia available", "us available", "us available", "us available"},
		"again": {"us available", "us available", "us available", "eu available", "us available", "us available", "us available", "us available", "us available"},
		"even":  {"b available", "b available", "b available", "a available", "b available", "a available", "a available", "b available", "a available"},
	}
}

// TestReroll: another number deals every client anew; a plan that differs in
// other profiles only moves nobody.
func TestReroll(t *testing.T) {
	const endpoints = "\n a 192.0.2.1\n b 192.0.2.2\n c 192.0.2.3\n d 192.0.2.4\n"
	deal := func(sketch string) []string {
		b := newBed(t, sketch)
		snap := b.publish()
		var out []string
		for i := range 4096 {
			c := Client{v4(uint32(i) << 8), 24}
			out = append(out, b.query(snap, Query{Profile: b.profileID("p"), Client: c}))
		}
		return out
	}
	moved := func(a, b []string) (n int) {
		for i := range a {
			if a[i] != b[i] {
				n++
			}
		}
		return n
	}
	was := deal("profile p Weighted" + endpoints)
	if n := moved(was, deal("profile first Weighted\n x 192.0.2.9 weight=7\nlocation mars\nprofile p Weighted ttl=7"+endpoints+"profile q Priority\n y >p")); n != 0 {
		t.Errorf("%d of 4096 networks moved by a plan with other profiles, want none", n)
	}
	if n := moved(was, deal("profile p Weighted reroll=1"+endpoints)); n < 4096*70/100 || n > 4096*80/100 {
		t.Errorf("%d of 4096 networks moved by reroll, want three quarters ± 5 %%", n)
	}
	other := deal("profile p Weighted\n e 192.0.2.1\n f 192.0.2.2\n g 192.0.2.3\n h 192.0.2.4")
	rename := map[string]string{"a available": "e available", "b available": "f available", "c available": "g available", "d available": "h available"}
	same := 0
	for i := range was {
		if rename[was[i]] == other[i] {
			same++
		}
	}
	if same > 4096*35/100 {
		t.Errorf("other names have %d of 4096 networks alike, want a quarter: names deal", same)
	}
}
