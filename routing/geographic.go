package routing

// geographic answers the endpoint mapped to the most specific code of the
// client. Strict (Azure): among all endpoints that are on, those in a drill only
// where no other matches, and NODATA for clients without a match. Otherwise:
// among the candidates, the next coarser match and at last any candidate taking
// the place of one that is down.
func (c *contest) geographic(chain []GeoCode, t *Step) option {
	for e := range c.n.Endpoints {
		t.remark(uint8(e), "maps %v", c.n.Endpoints[e].Geo)
	}
	if e, code, ok := c.geoRounds().match(chain, c.n.mapping); ok {
		t.choose(e, "client is in %s", code)
		return c.option(e)
	}
	if c.n.Strict {
		t.note("no mapping holds any of %v", chain)
		return noMatch()
	}
	t.note("no candidate maps any of %v: dealt evenly over all", chain)
	return c.equal(c.n.everyone, c.top())
}

// geoRounds are sets of endpoints to match one after the other.
type geoRounds [2]ordinals

func (c *contest) geoRounds() (r geoRounds) {
	if !c.n.Strict {
		r[0] = maskOf(c.candidates())
		return r
	}
	for _, e := range c.n.everyone {
		if c.tiers[e] > TierOff {
			r[1].add(e)
		}
		if c.tiers[e] == TierAvailable || c.tiers[e] == TierDegraded {
			r[0].add(e)
		}
	}
	return r
}

// match returns the first endpoint of a round that a code of the chain, most
// specific first, is mapped to.
func (r geoRounds) match(chain []GeoCode, mapping map[GeoCode]uint8) (uint8, GeoCode, bool) {
	for i := range r {
		for _, code := range chain {
			if e, ok := mapping[code]; ok && r[i].has(e) {
				return e, code, true
			}
		}
	}
	return 0, "", false
}

// geographicPick has an option for each endpoint, and one for clients without a
// match.
func (p *publisher) geographicPick(c *contest) *pick {
	rest := noMatch()
	if !c.n.Strict {
		if rest = c.equal(c.n.everyone, c.top()); len(c.candidates()) == 1 {
			return fixedPick(rest)
		}
	}
	out := &pick{kind: pickByClass}
	for _, e := range c.n.everyone {
		out.options = append(out.options, c.option(e))
	}
	out.options = append(out.options, rest)
	rounds := c.geoRounds()
	key := "G" + string(maskKey(&rounds[0])) + string(maskKey(&rounds[1])) + c.n.geoKey
	out.proj = p.intern(key, func() *projection {
		return p.next.project(func(info *ClassInfo) uint16 {
			if e, _, ok := rounds.match(p.next.chains[info.Geo], c.n.mapping); ok {
				return uint16(e)
			}
			return uint16(len(c.n.Endpoints))
		})
	})
	return out
}
