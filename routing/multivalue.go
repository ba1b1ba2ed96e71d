package routing

// defaultMaxReturn is azure.md §1.2.
const defaultMaxReturn = 2

// multiValue answers up to MaxReturn consecutive candidates of the question's
// family from a drawn start of a fixed shuffled ring.
func (s *Snapshot) multiValue(c *contest, k *key, t *Step) option {
	r, tiers := c.rings()
	f := r.family(k.family)
	n := r.ring[f].starts(r.size)
	start := below(mix(k.draw^c.n.seed^saltRing), n)
	set := r.set(f, start)
	for _, e := range set.Endpoints {
		t.choose(uint8(e-c.n.first), "in the window that starts at place %d of the ring", start+1)
	}
	return option{Choice(s.dynamic.byKey[set.key()]), reasonOf(tiers[f])}
}

// rings returns the rings of both families and their tiers: each family fails
// over on its own.
func (c *contest) rings() (r rings, tiers [2]Tier) {
	r = rings{size: c.n.MaxReturn, location: NoLocation}
	if r.size == 0 {
		r.size = defaultMaxReturn
	}
	var members [2][]uint8
	for i := range c.n.Endpoints {
		f := familyOf(c.n.Endpoints[i].Target.Addr)
		members[f] = append(members[f], uint8(i))
	}
	for f := range members {
		if len(members[f]) == 0 {
			continue
		}
		if tiers[f] = c.top(members[f]...); tiers[f] == TierOff {
			continue
		}
		var ms []member
		for _, e := range c.at(tiers[f], members[f]) {
			ms = append(ms, member{c.n.Endpoints[e].Target.Addr, c.n.first + EndpointID(e), mix(c.n.hashes[e] ^ c.n.seed)})
		}
		r.ring[f] = newRing(ms)
	}
	return r, tiers
}

func (p *publisher) multiValuePick(c *contest) *pick {
	r, tiers := c.rings()
	out := &pick{kind: pickRing, seed: c.n.seed}
	for f := range out.ring {
		out.ring[f] = r.intern(&p.next.dynamic, Family(f))
		out.ringReason[f] = reasonOf(tiers[f])
	}
	return out
}
