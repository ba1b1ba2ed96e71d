package routing

import (
	"maps"
	"slices"
)

// Bounds of what is carried from one Snapshot to the next: past them a Publish
// starts its tables anew.
const (
	maxCarriedSets        = 1 << 16
	maxCarriedProjections = 1 << 10
)

// Publish makes the Snapshot of a State, which must have the sizes of NewState.
// What has not changed since prev, a Snapshot of the same Structure or nil, is
// shared with it. The result does not depend on prev, but for SetIDs and for
// how fine its ECS scopes are (see Exact).
func (s *Structure) Publish(st *State, prev *Snapshot) *Snapshot {
	p := &publisher{st: st, next: &Snapshot{
		Structure: s,
		tier:      make([]Tier, s.ends),
		status:    make([]Status, s.ends),
		choice:    make([]Choice, s.ends),
		shed:      make([]uint16, s.ends),
		profile:   make([]profileState, len(s.plan.Profiles)),
		place:     make([]placeState, len(s.places)),
		picks:     make([]*pick, len(s.nodes)),
		dynamic:   setTable{first: SetID(len(s.sets))},
	}}
	if prev != nil && prev.Structure == s {
		p.carry(prev)
	}
	for i := range p.next.place {
		p.assessPlace(nodeID(len(s.plan.Profiles) + i))
	}
	for _, id := range s.order {
		p.assessProfile(s.nodes[id].profile)
	}
	p.next.dynamic.owned = false
	return p.next
}

// publisher fills a Snapshot.
type publisher struct {
	st        *State
	next      *Snapshot
	prev      *Snapshot // whose picks may be reused
	projOwned bool
}

// carry takes over the interned tables of prev.
func (p *publisher) carry(prev *Snapshot) {
	p.next.generation = prev.generation
	p.next.proj, p.next.projByKey = prev.proj, prev.projByKey
	if len(prev.dynamic.sets) > maxCarriedSets && len(prev.dynamic.sets) > 4*prev.liveSets() ||
		len(prev.proj) > maxCarriedProjections {
		p.next.generation++
		p.next.proj, p.next.projByKey = prev.onlyLiveProjections()
		p.projOwned = true
		return
	}
	p.next.dynamic = prev.dynamic
	p.prev = prev
}

// assessProfile finds out the state of n's endpoints and of n, and fills the
// tables of n and of its groups.
func (p *publisher) assessProfile(n *profileNode) {
	for i := range n.Endpoints {
		p.assessEndpoint(n, i)
	}
	p.summarize(n)
	if p.unchanged(n) {
		p.next.picks[n.id] = p.prev.picks[n.id]
		for _, id := range n.groupIDs {
			p.next.picks[id] = p.prev.picks[id]
		}
		return
	}
	p.next.picks[n.id] = p.makePick(n, nil)
	for _, id := range n.groupIDs {
		p.next.picks[id] = p.makePick(n, p.next.nodes[id].group.members)
	}
}

// unchanged reports whether n's picks in prev still hold: they depend on
// nothing but these.
func (p *publisher) unchanged(n *profileNode) bool {
	if p.prev == nil {
		return false
	}
	a, b := n.first, n.first+EndpointID(len(n.Endpoints))
	return p.next.profile[n.id].lacking == p.prev.profile[n.id].lacking &&
		slices.Equal(p.next.tier[a:b], p.prev.tier[a:b]) &&
		slices.Equal(p.next.choice[a:b], p.prev.choice[a:b]) &&
		slices.Equal(p.next.shed[a:b], p.prev.shed[a:b])
}

// summarize folds the endpoints' states into the profile's.
func (p *publisher) summarize(n *profileNode) {
	sum := &p.next.profile[n.id]
	var families familyCount
	seen := [Unmonitored + 1]bool{}
	for i := range n.Endpoints {
		id := n.first + EndpointID(i)
		status, tier := p.next.status[id], p.next.tier[id]
		seen[status] = true
		if tier == TierOff {
			sum.lacking = sum.lacking || status == Stopped && p.lacks(n, i)
			continue
		}
		a := p.answersOf(n, i)
		families.add(a)
		sum.count(status, tier, a)
	}
	sum.answers = families.every
	if n.Method == MultiValue || n.PartialFamilies {
		sum.answers = families.some
	}
	if n.name {
		sum.answers = Answers{CNAME: true}
	}
	sum.status = profileStatus(p.st.Profiles[n.id], seen)
}

// lacks reports whether a Stopped endpoint is so for want of an address, and not
// because everything below it is off.
func (p *publisher) lacks(n *profileNode, i int) bool {
	child, isNode := n.static[i].node()
	return !isNode || p.next.nodes[child].profile == nil || p.next.profile[child].lacking
}

// count notes an endpoint that may be answered.
func (sum *profileState) count(status Status, tier Tier, a Answers) {
	sum.top = max(sum.top, tier)
	switch {
	case tier == TierDrill:
		sum.drilled.add(a)
	case tier == TierAvailable && status == CheckingEndpoint:
		sum.checking.add(a)
	case tier == TierAvailable:
		sum.online.add(a)
	}
}

// profileStatus is azure.md §1.5, first match; Unmonitored counts as Online.
func profileStatus(sw Switch, seen [Unmonitored + 1]bool) Status {
	switch {
	case sw == Off:
		return Disabled
	case seen[Degraded]:
		return Degraded
	case seen[Online] || seen[Unmonitored]:
		return Online
	case seen[CheckingEndpoint]:
		return CheckingEndpoint
	default:
		return Inactive
	}
}

// answersOf returns the families endpoint i of n has.
func (p *publisher) answersOf(n *profileNode, i int) Answers {
	choice := p.next.choice[n.first+EndpointID(i)]
	id, isNode := choice.node()
	switch {
	case !isNode && choice == noChoice:
		return Answers{}
	case !isNode:
		set := p.next.Set(SetID(choice))
		return set.answers()
	case p.next.nodes[id].place != nil:
		return p.next.placeAt(id).answers
	default:
		return p.next.profile[id].answers
	}
}

// liveSets counts the dynamic sets some pick leads to, roughly: each endpoint
// that leads to one, and the rings.
func (s *Snapshot) liveSets() int {
	n := 0
	for _, c := range s.choice {
		if _, isNode := c.node(); !isNode && SetID(c) >= s.dynamic.first {
			n++
		}
	}
	for _, p := range s.picks {
		n += len(p.ring[IPv4]) + len(p.ring[IPv6])
	}
	return n
}

// intern returns the position of a projection, made by fill where it is not
// known yet.
func (p *publisher) intern(key string, fill func() *projection) int32 {
	if i, ok := p.next.projByKey[key]; ok {
		return i
	}
	if !p.projOwned {
		p.next.proj = slices.Clone(p.next.proj)
		p.next.projByKey = maps.Clone(p.next.projByKey)
		p.projOwned = true
	}
	if p.next.projByKey == nil {
		p.next.projByKey = map[string]int32{}
	}
	i := int32(len(p.next.proj))
	p.next.proj = append(p.next.proj, fill())
	p.next.projByKey[key] = i
	return i
}
