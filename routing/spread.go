package routing

// spread deals clients evenly over the members of the highest tier: by
// rendezvous hashing of the client's block, so that losing a member moves only
// its own clients; by draw where there is no client subnet.
func (c *contest) spread(members []uint8, k *key, t *Step) option {
	tier := c.top(members...)
	if tier == TierOff {
		return off()
	}
	candidates := c.at(tier, members)
	options, hashes := c.spreadTable(candidates)
	i := spreadOver(hashes, k, c.n.seed)
	t.choose(candidates[i], "dealt evenly over %d equals", len(candidates))
	return options[i]
}

func (c *contest) spreadTable(candidates []uint8) (options []option, hashes []uint64) {
	for _, e := range candidates {
		options = append(options, c.option(e))
		hashes = append(hashes, c.n.hashes[e])
	}
	return options, hashes
}

// spreadOver returns the place of the client's endpoint in hashes.
func spreadOver(hashes []uint64, k *key, seed uint64) int {
	if !k.subnet {
		return below(k.deal(seed, saltSlot), len(hashes))
	}
	best, at := uint64(0), 0
	for i, h := range hashes {
		if w := mix(k.block ^ seed ^ h); w > best {
			best, at = w, i
		}
	}
	return at
}

func spreadPick(c *contest, members []uint8) *pick {
	candidates := c.at(c.top(members...), members)
	if len(candidates) == 1 {
		return fixedPick(c.option(candidates[0]))
	}
	p := &pick{kind: pickSpread, seed: c.n.seed}
	p.options, p.hashes = c.spreadTable(candidates)
	return p
}
