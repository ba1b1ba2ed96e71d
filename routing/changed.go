package routing

import "slices"

// Changed lists the profiles that some client gets another answer of than in
// prev, a snapshot of the same Structure, or for other reasons. It compares
// tables, so it costs no queries.
func (s *Snapshot) Changed(prev *Snapshot) []ProfileID {
	if s.generation != prev.generation {
		return slices.Sorted(slices.Values(s.order)) // ids cannot be compared
	}
	changed := make([]bool, len(s.nodes))
	for i := range s.place {
		id := nodeID(len(s.plan.Profiles) + i)
		changed[id] = !s.samePick(prev, s.picks[id], prev.picks[id])
	}
	var out []ProfileID
	for _, id := range s.order {
		n := s.nodes[id].profile
		for _, g := range n.groupIDs {
			changed[g] = !s.samePick(prev, s.picks[g], prev.picks[g]) || s.picks[g].leadsTo(changed)
		}
		if !s.samePick(prev, s.picks[id], prev.picks[id]) || s.profile[id].answers != prev.profile[id].answers || s.picks[id].leadsTo(changed) {
			changed[id] = true
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}

// leadsTo reports whether a table leads to a changed node.
func (p *pick) leadsTo(changed []bool) bool {
	to := func(o option) bool {
		id, isNode := o.choice.node()
		return isNode && changed[id]
	}
	return p.kind == pickFixed && to(p.fixed) || slices.ContainsFunc(p.options, to) ||
		slices.ContainsFunc(p.ranges[IPv4].options, to) || slices.ContainsFunc(p.ranges[IPv6].options, to) ||
		slices.ContainsFunc(p.parts, func(part *pick) bool { return part.leadsTo(changed) })
}

// samePick reports whether two tables of one node decide alike.
func (s *Snapshot) samePick(prev *Snapshot, a, b *pick) bool {
	if a == b {
		return true
	}
	return a.kind == b.kind && a.fixed == b.fixed && a.mask == b.mask && s.sameClasses(prev, a, b) &&
		slices.Equal(a.options, b.options) && slices.Equal(a.hashes, b.hashes) &&
		sameRing(a, b) && sameRanges(a, b) && s.sameParts(prev, a, b)
}

func (s *Snapshot) sameClasses(prev *Snapshot, a, b *pick) bool {
	return a.kind != pickByClass || slices.Equal(s.proj[a.proj].win, prev.proj[b.proj].win)
}

func sameRing(a, b *pick) bool {
	return slices.Equal(a.ring[IPv4], b.ring[IPv4]) && slices.Equal(a.ring[IPv6], b.ring[IPv6]) && a.ringReason == b.ringReason
}

func sameRanges(a, b *pick) bool {
	for f := range a.ranges {
		if !slices.Equal(a.ranges[f].start, b.ranges[f].start) || !slices.Equal(a.ranges[f].options, b.ranges[f].options) {
			return false
		}
	}
	return true
}

func (s *Snapshot) sameParts(prev *Snapshot, a, b *pick) bool {
	return slices.Equal(a.cuts, b.cuts) && slices.EqualFunc(a.parts, b.parts, func(x, y *pick) bool { return s.samePick(prev, x, y) })
}
