package routing

// eval is the law (azure.md §1.6 with the tiers of ROUTING.md): what a node
// answers a client, in one step. Publish fills its tables by the same laws,
// Explain calls eval with a step to write to, tests hold Decide against it.
func (s *Snapshot) eval(id nodeID, k *key, t *Step) option {
	switch nd := &s.nodes[id]; {
	case nd.place != nil:
		return s.evalPlace(id, k, t)
	case nd.group != nil:
		c := s.contest(nd.group.profile, k)
		return c.spread(nd.group.members, k, t)
	default:
		c := s.contest(nd.profile, k)
		return s.evalProfile(&c, k, t)
	}
}

func (s *Snapshot) evalProfile(c *contest, k *key, t *Step) option {
	if c.top() == TierOff {
		o := s.nothing(c.n)
		t.note("nothing can be answered: %s", o.reason)
		return o
	}
	switch c.n.Method {
	case Priority:
		return c.priority(t)
	case Weighted:
		return c.weighted(k, t)
	case Geographic:
		return c.geographic(s.chains[s.clients.Info(k.class).Geo], t)
	case MultiValue:
		return s.multiValue(c, k, t)
	case Subnet:
		return c.subnet(k, t)
	default:
		return c.performance(s.clients.Info(k.class).Rank, t)
	}
}

// evalPlace draws one of a place's answers.
func (s *Snapshot) evalPlace(id nodeID, k *key, t *Step) option {
	st := s.placeAt(id)
	f := st.rings.family(k.family)
	n := st.rings.ring[f].starts(st.rings.size)
	if n == 0 {
		return off()
	}
	start := below(mix(k.draw^s.nodes[id].place.seed^saltRing), n)
	t.note("drew %d of its %d answers", start+1, n)
	return option{Choice(s.dynamic.byKey[s.keyOf(st.rings.set(f, start))]), ReasonAvailable}
}

func (s *Snapshot) keyOf(set AnswerSet) string { return set.key() }

// contest is what a law sees of a profile: the endpoints' tiers and where each
// of them leads.
type contest struct {
	n       *profileNode
	tiers   []Tier
	choices []Choice
}

// contest returns n's contest for a client. An endpoint that sheds the client's
// slot is to it like one in a drill: it yields while anything else is available.
func (s *Snapshot) contest(n *profileNode, k *key) contest {
	return s.contestAt(n, k.slot(n.seed, saltShed))
}

func (s *Snapshot) contestAt(n *profileNode, slot uint16) contest {
	a, b := n.first, n.first+EndpointID(len(n.Endpoints))
	c := contest{n: n, tiers: s.tier[a:b], choices: s.choice[a:b]}
	copied := false
	for i, shed := range s.shed[a:b] {
		if slot < shed && c.tiers[i] == TierAvailable {
			if !copied {
				c.tiers, copied = append([]Tier(nil), c.tiers...), true
			}
			c.tiers[i] = TierDrill
		}
	}
	return c
}

// top returns the highest tier of members, of all endpoints where none are given.
func (c *contest) top(members ...uint8) Tier {
	top := TierOff
	if len(members) == 0 {
		for _, t := range c.tiers {
			top = max(top, t)
		}
	}
	for _, e := range members {
		top = max(top, c.tiers[e])
	}
	return top
}

// at returns the members of a tier.
func (c *contest) at(tier Tier, members []uint8) []uint8 {
	var out []uint8
	for _, e := range members {
		if c.tiers[e] == tier {
			out = append(out, e)
		}
	}
	return out
}

// candidates returns the endpoints of the highest tier.
func (c *contest) candidates() []uint8 { return c.at(c.top(), c.n.everyone) }

// option returns what endpoint e leads to.
func (c *contest) option(e uint8) option { return option{c.choices[e], reasonOf(c.tiers[e])} }

// equal returns what a group of equals leads to: its only member of a tier, or
// the node that deals clients over all of them.
func (c *contest) equal(members []uint8, tier Tier) option {
	first, count := uint8(0), 0
	for _, e := range members {
		if c.tiers[e] == tier {
			if count++; count == 1 {
				first = e
			}
		}
	}
	if count == 1 {
		return c.option(first)
	}
	return option{choose(c.n.groupIDs[string(members)]), reasonOf(tier)}
}

func reasonOf(t Tier) Reason {
	switch t {
	case TierAvailable:
		return ReasonAvailable
	case TierDrill:
		return ReasonDrill
	case TierDegraded:
		return ReasonFailOpen
	default:
		return ReasonOff
	}
}

// maskOf returns members as a set.
func maskOf(members []uint8) ordinals {
	var o ordinals
	for _, e := range members {
		o.add(e)
	}
	return o
}
