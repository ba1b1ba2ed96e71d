package routing

import "slices"

// subnet answers the endpoint whose range holds the client, else the fallback.
func (c *contest) subnet(k *key, t *Step) option {
	at := -1
	w, f := number(k.addr), familyOf(k.addr)
	for _, e := range c.n.everyone {
		t.remark(e, "%d ranges of its own", len(c.n.Endpoints[e].Subnets))
	}
	for _, sp := range c.n.spans[f] {
		if !w.less(sp.first) && !sp.last.less(w) {
			at = int(sp.ordinal)
			t.remark(sp.ordinal, "one of its ranges holds the client")
		}
	}
	return c.forRange(at, t)
}

// forRange is the law for clients mapped to endpoint e, -1 for those mapped to
// none: the endpoint or the fallback, whichever is of the higher tier; of equals
// the endpoint.
func (c *contest) forRange(e int, t *Step) option {
	own, fallback := TierOff, c.n.fallback()
	if e >= 0 {
		own = c.tiers[e]
	}
	rest := TierOff
	if len(fallback) > 0 {
		rest = c.top(fallback...)
	}
	switch {
	case own > TierOff && own >= rest:
		t.choose(uint8(e), "has the client's range and is at least as available as the fallback")
		return c.option(uint8(e))
	case rest > TierOff:
		t.note("the fallback takes clients without an available range")
		return c.equal(fallback, rest)
	}
	t.note("no range holds the client and no fallback is on")
	return noMatch()
}

// subnetPick cuts each family's address space into the largest ranges of equal
// outcome.
func subnetPick(c *contest) *pick {
	out := &pick{kind: pickByRange}
	for f := range out.ranges {
		r := &out.ranges[f]
		r.width = [2]uint8{32, 128}[f]
		next, open := word128{}, true
		for _, sp := range c.n.spans[f] {
			if next.less(sp.first) {
				r.add(next, c.forRange(-1, nil))
			}
			r.add(sp.first, c.forRange(int(sp.ordinal), nil))
			next = sp.last.add(word128{0, 1})
			open = next != word128{} && (f == int(IPv6) || next != pow2(32))
		}
		if open {
			r.add(next, c.forRange(-1, nil))
		}
	}
	if !slices.Equal(out.ranges[IPv4].options, out.ranges[IPv6].options) || len(out.ranges[IPv4].options) > 1 {
		out.ranges[IPv4].least, out.ranges[IPv6].least = 1, 1
	}
	return out
}

// ranges are consecutive ranges that cover a family's address space.
type ranges struct {
	width   uint8
	least   uint8 // scope: 0 only where both families are one range with one outcome
	start   []word128
	options []option
}

// add appends a range, or lengthens the last one where the outcome is the same.
func (r *ranges) add(start word128, o option) {
	if n := len(r.options); n > 0 && r.options[n-1] == o {
		return
	}
	r.start = append(r.start, start)
	r.options = append(r.options, o)
}

// find returns the outcome for an address and the length of the largest aligned
// prefix around it that lies in one range.
func (r *ranges) find(w word128) (option, uint8) {
	lo, hi := 1, len(r.start)
	for lo < hi {
		if mid := (lo + hi) / 2; w.less(r.start[mid]) {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	scope := int(r.least)
	if lo > 1 {
		scope = max(scope, 1+r.shared(w, r.start[lo-1].sub(word128{0, 1})))
	}
	if lo < len(r.start) {
		scope = max(scope, 1+r.shared(w, r.start[lo]))
	}
	return r.options[lo-1], uint8(scope)
}

// shared returns how many leading bits two different addresses share.
func (r *ranges) shared(a, b word128) int {
	return int(r.width) - word128{a.hi ^ b.hi, a.lo ^ b.lo}.bitLen()
}
