package routing

// weighted answers the client's slot's first preference among the candidates
// or, where there is no client subnet, draws by weight.
func (c *contest) weighted(k *key, t *Step) option {
	candidates := c.candidates()
	for e, w := range c.n.slots.weight {
		t.remark(uint8(e), "weight %d", w)
	}
	if len(candidates) == 1 {
		t.choose(candidates[0], "the only candidate")
		return c.option(candidates[0])
	}
	if k.subnet {
		slot, mask := k.slot(c.n.seed, saltSlot), maskOf(candidates)
		e := c.n.slots.pick(slot, &mask)
		t.choose(e, "slot %d of %d belongs to it", slot, Slots)
		return c.option(e)
	}
	cum := c.cumulate(candidates)
	i := weightAt(cum, k.deal(c.n.seed, saltSlot))
	t.choose(candidates[i], "drawn by weight %d of %d", c.n.slots.weight[candidates[i]], cum[len(cum)-1])
	return c.option(candidates[i])
}

// cumulate returns the sums of the candidates' weights.
func (c *contest) cumulate(candidates []uint8) []uint32 {
	cum, sum := make([]uint32, len(candidates)), uint32(0)
	for i, e := range candidates {
		sum += uint32(c.n.slots.weight[e])
		cum[i] = sum
	}
	return cum
}

// weightAt returns the place in cum that a uniform word falls on.
func weightAt(cum []uint32, word uint64) int {
	point := uint32(below(word, int(cum[len(cum)-1])))
	lo, hi := 0, len(cum)-1
	for lo < hi {
		if mid := (lo + hi) / 2; cum[mid] <= point {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

func weightedPick(c *contest) *pick {
	candidates := c.candidates()
	if len(candidates) == 1 {
		return fixedPick(c.option(candidates[0]))
	}
	p := &pick{kind: pickWeighted, seed: c.n.seed, slots: c.n.slots, mask: maskOf(candidates)}
	p.cum, p.cumOf = c.cumulate(candidates), candidates
	for _, e := range c.n.everyone {
		p.options = append(p.options, c.option(e))
	}
	return p
}
