package routing

import "slices"

// Changed lists the profiles that some client gets another answer of than in
// prev, a snapshot of the same Structure, or for other reasons. It compares
// tables, so it costs no queries.
func (s *Snapshot) Changed(prev *Snapshot) []ProfileID {
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
	if a.kind != b.kind || a.fixed != b.fixed || a.mask != b.mask || len(a.parts) != len(b.parts) {
		return false
	}
	if a.kind == pickByClass && !slices.Equal(s.proj[a.proj].win, prev.proj[b.proj].win) {
		return false
	}
	for i := range a.parts {
		if !s.samePick(prev, a.parts[i], b.parts[i]) {
			return false
		}
	}
	return slices.Equal(a.options, b.options) && slices.Equal(a.cuts, b.cuts) && slices.Equal(a.hashes, b.hashes) &&
		slices.Equal(a.ring[IPv4], b.ring[IPv4]) && slices.Equal(a.ring[IPv6], b.ring[IPv6]) && a.ringReason == b.ringReason &&
		sameRanges(&a.ranges[IPv4], &b.ranges[IPv4]) && sameRanges(&a.ranges[IPv6], &b.ranges[IPv6])
}

func sameRanges(a, b *ranges) bool {
	return slices.Equal(a.start, b.start) && slices.Equal(a.options, b.options)
}
