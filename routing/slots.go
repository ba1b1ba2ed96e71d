package routing

import (
	"slices"
	"strconv"
	"strings"
)

// preferences is how many endpoints a slot names: the first of them that is a
// candidate is answered.
const preferences = 4

// noOrdinal fills the preferences of a slot when there are fewer endpoints.
const noOrdinal = 0xff

// slotTable deals Slots slots to the endpoints of a Weighted profile. First
// preferences are filled in Maglev fashion (Eisenbud et al., NSDI 2016, §3.4),
// so shares are exact to one slot and a changed endpoint moves few slots of
// others; the next preferences share out an endpoint's slots among the rest by
// their weights, so losing it moves only its own.
type slotTable struct {
	prefer [Slots][preferences]uint8
	names  []uint64 // hash of each endpoint's name
	weight []int
	total  int
}

// slotKey tells slot tables apart.
func slotKey(endpoints []Endpoint) string {
	var b strings.Builder
	for i := range endpoints {
		b.WriteString(strconv.Quote(string(endpoints[i].Name)))
		b.WriteString(strconv.Itoa(weightOf(&endpoints[i])))
	}
	return b.String()
}

func weightOf(e *Endpoint) int { return max(e.Weight, 1) }

func newSlotTable(endpoints []Endpoint) *slotTable {
	t := &slotTable{}
	for i := range endpoints {
		t.names = append(t.names, hashString(string(endpoints[i].Name)))
		t.weight = append(t.weight, weightOf(&endpoints[i]))
		t.total += weightOf(&endpoints[i])
	}
	for i := range t.prefer {
		t.prefer[i] = [preferences]uint8{noOrdinal, noOrdinal, noOrdinal, noOrdinal}
	}
	if len(endpoints) == 0 {
		return t
	}
	t.first()
	groups := make([][]uint16, len(endpoints))
	for slot := range t.prefer {
		e := t.prefer[slot][0]
		groups[e] = append(groups[e], uint16(slot))
	}
	for _, group := range groups {
		t.next(group, 1)
	}
	return t
}

// quotas shares Slots out by weight: every share is rounded to a neighbouring
// whole number, the largest remainders up.
func (t *slotTable) quotas() []int {
	quota := make([]int, len(t.weight))
	order := make([]int, len(t.weight))
	left := Slots
	for e, w := range t.weight {
		quota[e] = w * Slots / t.total
		left -= quota[e]
		order[e] = e
	}
	slices.SortFunc(order, func(a, b int) int {
		if d := t.weight[b]*Slots%t.total - t.weight[a]*Slots%t.total; d != 0 {
			return d
		}
		if t.names[a] < t.names[b] {
			return -1
		}
		return 1
	})
	for _, e := range order[:left] {
		quota[e]++
	}
	return quota
}

// first fills the first preferences: the endpoints take turns by weight, each
// the next free slot of its own permutation of all slots.
func (t *slotTable) first() {
	quota := t.quotas()
	at := make([]uint64, len(t.weight))
	credit := make([]int, len(t.weight))
	heaviest := slices.Max(t.weight)
	copy(at, t.names)
	for left := Slots; left > 0; {
		for e := range t.weight {
			if credit[e] += t.weight[e]; credit[e] < heaviest || quota[e] == 0 {
				continue
			}
			credit[e] -= heaviest
			for t.prefer[at[e]%Slots][0] != noOrdinal {
				at[e] += mix(t.names[e]) | 1
			}
			t.prefer[at[e]%Slots][0] = uint8(e)
			quota[e]--
			left--
		}
	}
}

// next fills preference k of a group of slots whose preferences before k are
// alike, by systematic sampling: among the endpoints left, shares within the
// group are exact to one slot, and the sampling's random start makes them exact
// on the average over groups.
func (t *slotTable) next(group []uint16, k int) {
	if len(group) == 0 || k == preferences || k >= len(t.weight) {
		return
	}
	before := t.prefer[group[0]][:k]
	total, seed := t.total, uint64(k)
	for _, e := range before {
		total -= t.weight[e]
		seed = mix(seed ^ t.names[e])
	}
	start := below(seed, total)
	from, e, upTo := 0, -1, 0
	for i, slot := range group {
		point := (i*total + start) / len(group)
		for point >= upTo {
			t.next(group[from:i], k+1)
			from = i
			for e++; slices.Contains(before, uint8(e)); e++ {
			}
			upTo += t.weight[e]
		}
		t.prefer[slot][k] = uint8(e)
	}
	t.next(group[from:], k+1)
}

// pick returns the endpoint of a slot among those in candidates, which must
// not be empty. When none of the slot's preferences is a candidate it draws
// from all endpoints by weight, again and again with numbers that follow from
// the slot, until it meets one: so losing an endpoint still moves only its own.
func (t *slotTable) pick(slot uint16, candidates *ordinals) uint8 {
	for _, e := range t.prefer[slot] {
		if e != noOrdinal && candidates.has(e) {
			return e
		}
	}
	return t.search(slot, candidates)
}

// search bounds the drawing of pick; past it the endpoint whose name hashes
// highest with the slot wins, weights aside.
func (t *slotTable) search(slot uint16, candidates *ordinals) uint8 {
	word := mix(uint64(slot) + 1)
	for range 64 {
		word = mix(word + 0x9e3779b97f4a7c15)
		point := below(word, t.total)
		e := 0
		for ; point >= t.weight[e]; e++ {
			point -= t.weight[e]
		}
		if candidates.has(uint8(e)) {
			return uint8(e)
		}
	}
	best, bestWord := uint8(noOrdinal), uint64(0)
	for e, name := range t.names {
		if w := mix(name ^ uint64(slot)); candidates.has(uint8(e)) && (best == noOrdinal || w > bestWord) {
			best, bestWord = uint8(e), w
		}
	}
	return best
}

// ordinals is a set of a profile's endpoints, by their place in the profile.
type ordinals [4]uint64

func (o *ordinals) has(e uint8) bool { return o[e>>6]>>(e&63)&1 != 0 }
func (o *ordinals) add(e uint8)      { o[e>>6] |= 1 << (e & 63) }
