package routing

import (
	"encoding/binary"
	"maps"
	"net/netip"
	"slices"
)

// add puts an address into its family.
func (a *AnswerSet) add(addr netip.Addr) {
	if addr.Is4() {
		a.IPv4 = append(a.IPv4, addr)
	} else {
		a.IPv6 = append(a.IPv6, addr)
	}
}

func (a *AnswerSet) answers() Answers {
	return Answers{CNAME: a.Name != "", IPv4: len(a.IPv4) > 0, IPv6: len(a.IPv6) > 0}
}

// key tells apart the sets that state makes, which are never names.
func (a *AnswerSet) key() string {
	b := binary.BigEndian.AppendUint16(nil, uint16(a.Location))
	for _, e := range a.Endpoints {
		b = binary.BigEndian.AppendUint32(b, uint32(e))
	}
	b = append(b, byte(len(a.IPv4)))
	for _, addr := range a.IPv4 {
		b = append(b, addr.AsSlice()...)
	}
	for _, addr := range a.IPv6 {
		b = append(b, addr.AsSlice()...)
	}
	return string(b)
}

// setTable interns the sets that state makes. A table is never changed once a
// Snapshot holds it: the first set added makes a copy.
type setTable struct {
	first SetID // id of sets[0]
	sets  []AnswerSet
	byKey map[string]SetID
	owned bool // being filled by a Publish
}

func (t *setTable) intern(set AnswerSet) SetID {
	key := set.key()
	if id, ok := t.byKey[key]; ok {
		return id
	}
	if !t.owned {
		t.sets, t.byKey, t.owned = slices.Clone(t.sets), maps.Clone(t.byKey), true
	}
	if t.byKey == nil {
		t.byKey = map[string]SetID{}
	}
	id := t.first + SetID(len(t.sets))
	t.sets = append(t.sets, set)
	t.byKey[key] = id
	return id
}

// member is one address of a ring and the endpoint it comes from.
type member struct {
	addr     netip.Addr
	endpoint EndpointID
	hash     uint64
}

// ring is the addresses of one family in a fixed shuffled order.
type ring []member

func newRing(members []member) ring {
	slices.SortFunc(members, func(a, b member) int {
		if a.hash != b.hash {
			if a.hash < b.hash {
				return -1
			}
			return 1
		}
		return a.addr.Compare(b.addr)
	})
	return members
}

// starts returns how many different windows the ring has.
func (r ring) starts(size int) int {
	if len(r) <= size {
		return min(1, len(r))
	}
	return len(r)
}

// window adds size consecutive members from a start.
func (r ring) window(set *AnswerSet, start, size int) {
	for i := range min(size, len(r)) {
		m := r[(start+i)%len(r)]
		set.add(m.addr)
		if set.Location == NoLocation && !slices.Contains(set.Endpoints, m.endpoint) {
			set.Endpoints = append(set.Endpoints, m.endpoint)
		}
	}
}

// rings is a ring for each family, answered size addresses at a time.
type rings struct {
	ring     [2]ring
	size     int
	location LocationID
}

// family returns f or, where the rings lack it, the other one: a question for a
// family that is not there is turned away by Answers.
func (r *rings) family(f Family) Family {
	if len(r.ring[f]) == 0 {
		return 1 - f
	}
	return f
}

// set returns the answer that starts at a place of the family's ring. A
// location's other family goes along, for hints.
func (r *rings) set(f Family, start int) AnswerSet {
	set := AnswerSet{Location: r.location}
	for g := range r.ring {
		switch {
		case Family(g) == f:
			r.ring[g].window(&set, start, r.size)
		case r.location != NoLocation && len(r.ring[g]) > 0:
			r.ring[g].window(&set, start%r.ring[g].starts(r.size), r.size)
		}
	}
	return set
}

// intern returns the ids of all answers of a family, by start.
func (r *rings) intern(t *setTable, f Family) []SetID {
	var ids []SetID
	for start := range r.ring[f].starts(r.size) {
		ids = append(ids, t.intern(r.set(f, start)))
	}
	return ids
}
