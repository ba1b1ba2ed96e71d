package routing

// maxNegativeTTL bounds, in seconds, how long the absence of an answer for some
// clients only may be remembered.
const maxNegativeTTL = 10

// Decide takes a decision. It reads tables only: it does not allocate, lock or
// call anything that could fail.
func (s *Snapshot) Decide(q *Query, d *Decision) {
	k := key{addr: q.Client.Addr, subnet: q.Client.Bits > 0, draw: q.Draw, family: q.Family}
	if k.subnet {
		k.block = blockOf(k.addr)
	}
	p := s.picks[q.Profile]
	d.TTL, d.Scope, d.Reason = p.ttl, 0, ReasonAvailable
	for {
		o, scope := s.step(p, &k)
		d.Scope = max(d.Scope, scope)
		d.Reason = max(d.Reason, o.reason)
		id, isNode := o.choice.node()
		if !isNode {
			d.Set = SetID(o.choice)
			break
		}
		p = s.picks[id]
	}
	if !k.subnet {
		d.Scope = 0
	}
	if d.Reason == ReasonNoMatch || d.Reason == ReasonNoAddress {
		d.TTL = min(d.TTL, maxNegativeTTL)
	}
}

// step reads one table.
func (s *Snapshot) step(p *pick, k *key) (o option, scope uint8) {
	switch p.kind {
	case pickByClass:
		block := s.clients.Find(k.addr)
		proj := s.proj[p.proj]
		scope = s.clients.bits[block]
		if proj.bits != nil {
			scope = proj.bits[block]
		}
		return p.options[proj.win[s.clients.class[block]]], scope
	case pickWeighted:
		return p.weighted(k), blockBits(k.addr)
	case pickSpread:
		return p.options[spreadOver(p.hashes, k, p.seed)], blockBits(k.addr)
	case pickRing:
		return p.draw(k), 0
	case pickByRange:
		return p.ranges[familyOf(k.addr)].find(number(k.addr))
	case pickSplit:
		o, scope = s.step(p.part(k.slot(p.seed, saltShed)), k)
		return o, max(scope, blockBits(k.addr))
	default:
		return p.fixed, 0
	}
}

func (p *pick) weighted(k *key) option {
	if k.subnet {
		return p.options[p.slots.pick(k.slot(p.seed, saltSlot), &p.mask)]
	}
	return p.options[p.cumOf[weightAt(p.cum, k.deal(p.seed, saltSlot))]]
}

// draw returns one of the ring's answers: of the family asked for or, in places
// that lack it, of the other.
func (p *pick) draw(k *key) option {
	f := k.family
	if len(p.ring[f]) == 0 {
		f = 1 - f
	}
	if len(p.ring[f]) == 0 {
		return off()
	}
	i := below(mix(k.draw^p.seed^saltRing), len(p.ring[f]))
	return option{Choice(p.ring[f][i]), p.ringReason[f]}
}

// part returns the table for clients of a slot.
func (p *pick) part(slot uint16) *pick {
	for i, cut := range p.cuts {
		if slot < cut {
			return p.parts[i]
		}
	}
	return p.parts[len(p.cuts)]
}
