package routing

import (
	"encoding/binary"
	"slices"
)

// pickKind says which fields of a pick count.
type pickKind uint8

const (
	pickFixed    pickKind = iota // fixed
	pickByClass                  // proj, options
	pickWeighted                 // slots, mask, cum, cumOf, options
	pickSpread                   // hashes, options
	pickRing                     // ring, ringReason
	pickByRange                  // ranges
	pickSplit                    // cuts, parts
)

// pick is the table by which Decide takes one step: a node in one State.
type pick struct {
	kind       pickKind
	ttl        uint32
	seed       uint64
	fixed      option
	proj       int32
	options    []option
	slots      *slotTable
	mask       ordinals
	cum        []uint32
	cumOf      []uint8
	hashes     []uint64
	ring       [2][]SetID
	ringReason [2]Reason
	ranges     [2]ranges
	cuts       []uint16 // shares, ascending; clients below cuts[i] and not below cuts[i-1] take parts[i]
	parts      []*pick
}

func fixedPick(o option) *pick { return &pick{kind: pickFixed, fixed: o} }

// makePick makes the table of a profile or, where members are given, of one of
// its groups.
func (p *publisher) makePick(n *profileNode, members []uint8) *pick {
	var cuts []uint16
	for i := range n.Endpoints {
		id := n.first + EndpointID(i)
		if shed := p.next.shed[id]; shed > 0 && p.next.tier[id] == TierAvailable {
			cuts = append(cuts, shed)
		}
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	if len(cuts) > 0 && cuts[len(cuts)-1] == Slots {
		cuts = cuts[:len(cuts)-1] // nobody is left above
	}
	out := &pick{kind: pickSplit, seed: n.seed, cuts: cuts}
	for slot := 0; slot <= len(cuts); slot++ {
		at := uint16(0)
		if slot > 0 {
			at = cuts[slot-1]
		}
		c := p.next.contestAt(n, at)
		out.parts = append(out.parts, p.makePart(&c, members))
	}
	if len(cuts) == 0 {
		out = out.parts[0]
	}
	out.ttl = n.TTL
	return out
}

func (p *publisher) makePart(c *contest, members []uint8) *pick {
	switch {
	case c.top(members...) == TierOff:
		return fixedPick(p.next.nothing(c.n))
	case members != nil:
		return spreadPick(c, members)
	}
	switch c.n.Method {
	case Priority:
		return fixedPick(c.priority(nil))
	case Weighted:
		return weightedPick(c)
	case Geographic:
		return p.geographicPick(c)
	case MultiValue:
		return p.multiValuePick(c)
	case Subnet:
		return subnetPick(c)
	default:
		return p.performancePick(c)
	}
}

func maskKey(o *ordinals) []byte {
	var b []byte
	for _, word := range o {
		b = binary.BigEndian.AppendUint64(b, word)
	}
	return b
}
