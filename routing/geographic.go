package routing

// geographic answers the endpoint mapped to the most specific code of the
// client. Strict (Azure): among all endpoints that are on, and NODATA for
// clients without a match. Otherwise: among the candidates, the next coarser
// match and at last any candidate taking the place of one that is down.
func (c *contest) geographic(chain []GeoCode, t *Step) option {
	for e := range c.n.Endpoints {
		t.remark(uint8(e), "maps %v", c.n.Endpoints[e].Geo)
	}
	candidates := c.geoCandidates()
	mask := maskOf(candidates)
	if e, code, ok := geoMatch(chain, c.n.mapping, &mask); ok {
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

func (c *contest) geoCandidates() []uint8 {
	if !c.n.Strict {
		return c.candidates()
	}
	var on []uint8
	for _, e := range c.n.everyone {
		if c.tiers[e] > TierOff {
			on = append(on, e)
		}
	}
	return on
}

// geoMatch returns the first endpoint in mask that a code of the chain, most
// specific first, is mapped to.
func geoMatch(chain []GeoCode, mapping map[GeoCode]uint8, mask *ordinals) (uint8, GeoCode, bool) {
	for _, code := range chain {
		if e, ok := mapping[code]; ok && mask.has(e) {
			return e, code, true
		}
	}
	return 0, "", false
}

// geographicPick has an option for each endpoint, and one for clients without a
// match.
func (p *publisher) geographicPick(c *contest) *pick {
	candidates := c.geoCandidates()
	rest := noMatch()
	if !c.n.Strict {
		rest = c.equal(c.n.everyone, c.top())
		if len(candidates) == 1 {
			return fixedPick(rest)
		}
	}
	out := &pick{kind: pickByClass}
	for _, e := range c.n.everyone {
		out.options = append(out.options, c.option(e))
	}
	out.options = append(out.options, rest)
	mask := maskOf(candidates)
	key := "G" + string(maskKey(&mask)) + c.n.geoKey
	out.proj = p.intern(key, func() *projection {
		return p.next.project(func(info *ClassInfo) uint16 {
			if e, _, ok := geoMatch(p.next.chains[info.Geo], c.n.mapping, &mask); ok {
				return uint16(e)
			}
			return uint16(len(c.n.Endpoints))
		})
	})
	return out
}
