package routing

import (
	"encoding/binary"
	"slices"
)

// performance answers the candidate nearest to the client; several in one
// location share evenly, and all do where no distance is known.
func (c *contest) performance(rank []LocationID, t *Step) option {
	top := c.top()
	for e := range c.n.Endpoints {
		t.remark(uint8(e), "rank %d for this client", 1+slices.Index(rank, c.n.where[e]))
	}
	for _, l := range rank {
		for e := range c.n.Endpoints {
			if c.n.where[e] == l && c.tiers[e] == top {
				t.choose(uint8(e), "nearest location that has a candidate")
				return c.equal(c.n.peers[e], top)
			}
		}
	}
	t.note("no distance is known for this client: dealt evenly over all candidates")
	return c.equal(c.n.everyone, top)
}

// performancePick has an option for each location with a candidate, and one for
// clients whose distances are not known.
func (p *publisher) performancePick(c *contest) *pick {
	top := c.top()
	out := &pick{kind: pickByClass, options: make([]option, 0, len(c.n.byPlace)+1)}
	available := make([]LocationID, 0, len(c.n.byPlace))
	candidates := 0
	for _, e := range c.n.byPlace {
		if c.tiers[e] != top {
			continue
		}
		candidates++
		if l := c.n.where[e]; l != NoLocation && !slices.Contains(available, l) {
			available = append(available, l)
			out.options = append(out.options, c.equal(c.n.peers[e], top))
		}
	}
	everyone := c.equal(c.n.everyone, top)
	if candidates == 1 || len(available) == 0 {
		return fixedPick(everyone)
	}
	key := []byte{'P'}
	for _, l := range available {
		key = binary.BigEndian.AppendUint16(key, uint16(l))
	}
	out.options = append(out.options, everyone)
	out.proj = p.intern(string(key), func() *projection { return p.next.nearest(available) })
	return out
}

// nearest maps each class to the place of its nearest location in available,
// and to len(available) where none is ranked. A client table may rank locations
// that the plan does not have.
func (s *Structure) nearest(available []LocationID) *projection {
	place := make([]uint16, len(s.plan.Locations))
	for i := range place {
		place[i] = uint16(len(available))
	}
	for i, l := range available {
		place[l] = uint16(i)
	}
	return s.project(func(info *ClassInfo) uint16 {
		for _, l := range info.Rank {
			if int(l) < len(place) && place[l] < uint16(len(available)) {
				return place[l]
			}
		}
		return uint16(len(available))
	})
}
