package routing

import (
	"fmt"
	"slices"
	"strings"
)

// ownedRange is a client range and the endpoint it is mapped to.
type ownedRange struct {
	AddrRange
	owner *Endpoint
}

// subnets refuses ranges that overlap and clients that nobody serves.
func (c *checker) subnets(p *Profile) {
	all := c.ranges(p)
	slices.SortStableFunc(all, func(a, b ownedRange) int { return a.First.Compare(b.First) })
	for i := 1; i < len(all); i++ {
		a, b := all[i-1], all[i]
		if a.Contains(b.First) {
			c.add(p, b.owner, "subnets", fmt.Sprintf("%v-%v", b.First, b.Last), "overlaps %v-%v of endpoint %q", a.First, a.Last, a.owner.Name)
		}
		if b.Last.Compare(a.Last) < 0 && b.First.BitLen() == a.First.BitLen() {
			all[i] = a // keep the range that reaches furthest
		}
	}
	fallback := slices.ContainsFunc(p.Endpoints, func(e Endpoint) bool { return len(e.Subnets) == 0 })
	if len(p.Endpoints) > 0 && !fallback && !p.NoMatchNoData {
		c.add(p, nil, "endpoints", "", "clients outside every range would get no answer: leave one endpoint without subnets, or accept that with noMatch: nodata")
	}
}

// ranges returns the well-formed ranges of a profile and refuses the others.
func (c *checker) ranges(p *Profile) []ownedRange {
	var all []ownedRange
	for i := range p.Endpoints {
		e := &p.Endpoints[i]
		for _, r := range e.Subnets {
			if !r.First.IsValid() || r.First.BitLen() != r.Last.BitLen() || r.Last.Less(r.First) {
				c.add(p, e, "subnets", fmt.Sprintf("%v-%v", r.First, r.Last), "want first and last of one family, first not after last")
				continue
			}
			all = append(all, ownedRange{r, e})
		}
	}
	return all
}

// nesting refuses loops and trees that are too deep.
func (c *checker) nesting() {
	depth := map[ProfileName]int{}
	var visit func(name ProfileName, path []string) int
	visit = func(name ProfileName, path []string) int {
		if slices.Contains(path, string(name)) {
			p := c.profiles[name]
			c.add(p, nil, "endpoints", "", "the profile is nested in itself: %s", strings.Join(append(path, string(name)), " > "))
			return 0
		}
		if d, done := depth[name]; done {
			return d
		}
		d := 1
		for i := range c.profiles[name].Endpoints {
			if t := &c.profiles[name].Endpoints[i].Target; t.Kind == TargetProfile {
				d = max(d, 1+visit(t.Profile, append(slices.Clone(path), string(name))))
			}
		}
		depth[name] = d
		return d
	}
	for i := range c.plan.Profiles {
		p := &c.plan.Profiles[i]
		if d := visit(p.Name, nil); d == MaxDepth+1 {
			c.add(p, nil, "endpoints", "", "nested %d deep: want at most %d", d, MaxDepth)
		}
	}
}

// kinds refuses a tree with names and addresses among its leaves.
func (c *checker) kinds(p *Profile) {
	var name, address string
	for i := range p.Endpoints {
		e := &p.Endpoints[i]
		k := c.kindOf(p, e)
		if k.name && k.address {
			continue // the child is refused itself
		}
		if k.name {
			name = string(e.Name)
		}
		if k.address {
			address = string(e.Name)
		}
	}
	if name != "" && address != "" {
		c.add(p, nil, "endpoints", "", "endpoint %q answers a name and endpoint %q addresses: want one kind, or flatten: true to answer the names' addresses", name, address)
	}
}

// leaves is what the leaves of a tree answer; nothing where it has none.
type leaves struct{ name, address bool }

// kindOf returns the kind of an endpoint's leaves.
func (c *checker) kindOf(p *Profile, e *Endpoint) leaves {
	switch e.Target.Kind {
	case TargetName:
		return leaves{name: !p.Flatten, address: p.Flatten}
	case TargetProfile:
		return c.leavesOf(c.profiles[e.Target.Profile])
	default:
		return leaves{address: true}
	}
}

// leavesOf visits each profile once: trees may share children.
func (c *checker) leavesOf(p *Profile) leaves {
	if known, done := c.leaves[p.Name]; done {
		return known
	}
	var all leaves
	for i := range p.Endpoints {
		k := c.kindOf(p, &p.Endpoints[i])
		all = leaves{all.name || k.name, all.address || k.address}
	}
	c.leaves[p.Name] = all
	return all
}

// familyCount is which families every endpoint has, and which some have.
type familyCount struct {
	every, some Answers
	known       int
}

func (f *familyCount) add(a Answers) {
	if f.known++; f.known == 1 {
		f.every = a
	}
	f.every = Answers{IPv4: f.every.IPv4 && a.IPv4, IPv6: f.every.IPv6 && a.IPv6}
	f.some = Answers{IPv4: f.some.IPv4 || a.IPv4, IPv6: f.some.IPv6 || a.IPv6}
}

// families names endpoints for which a family that others have is not answered.
func (c *checker) families(p *Profile) {
	if p.Method == MultiValue || p.PartialFamilies {
		return
	}
	var f familyCount
	for i := range p.Endpoints {
		if a, ok := c.familiesOf(p, &p.Endpoints[i]); ok {
			f.add(a)
		}
	}
	switch {
	case f.every == f.some:
	case !f.every.IPv4 && !f.every.IPv6:
		c.add(p, nil, "endpoints", "", "IPv4 endpoints (%s) and IPv6 endpoints (%s) are mixed, so no question could be answered for all clients: want one family, MultiValue, or partialFamilies: true", c.having(p, IPv4), c.having(p, IPv6))
	case f.every.IPv4:
		c.warn(p, nil, "endpoints", "", "AAAA is not answered: only %s has an IPv6 address", c.having(p, IPv6))
	default:
		c.warn(p, nil, "endpoints", "", "A is not answered: only %s has an IPv4 address", c.having(p, IPv4))
	}
}

// having lists the endpoints known to have a family.
func (c *checker) having(p *Profile, f Family) string {
	var names []string
	for i := range p.Endpoints {
		a, _ := c.familiesOf(p, &p.Endpoints[i])
		if f == IPv4 && a.IPv4 || f == IPv6 && a.IPv6 {
			names = append(names, string(p.Endpoints[i].Name))
		}
	}
	return strings.Join(names, ", ")
}

// familiesOf returns the families of an endpoint, where the plan alone tells.
func (c *checker) familiesOf(p *Profile, e *Endpoint) (Answers, bool) {
	switch e.Target.Kind {
	case TargetAddress:
		return Answers{IPv4: e.Target.Addr.Is4(), IPv6: e.Target.Addr.Is6()}, true
	case TargetProfile:
		return c.childFamilies(c.profiles[e.Target.Profile])
	case TargetLocation:
		families := c.locations[e.Target.Location].Families
		return families, families != Answers{}
	default:
		return Answers{}, false
	}
}

// familyAnswers is what is known of a profile's families.
type familyAnswers struct {
	answers Answers
	known   bool
}

// childFamilies visits each profile once: trees may share children.
func (c *checker) childFamilies(child *Profile) (Answers, bool) {
	f, done := c.familiesBy[child.Name]
	if !done {
		f.answers, f.known = c.sumFamilies(child)
		c.familiesBy[child.Name] = f
	}
	return f.answers, f.known
}

func (c *checker) sumFamilies(child *Profile) (Answers, bool) {
	var f familyCount
	for i := range child.Endpoints {
		a, ok := c.familiesOf(child, &child.Endpoints[i])
		if !ok {
			return Answers{}, false
		}
		f.add(a)
	}
	if child.Method == MultiValue || child.PartialFamilies {
		return f.some, f.known > 0
	}
	return f.every, f.known > 0
}

// minimums warns of a minimum that no state of the child can meet.
func (c *checker) minimums(p *Profile) {
	for i := range p.Endpoints {
		e := &p.Endpoints[i]
		if e.Target.Kind != TargetProfile {
			continue
		}
		n := len(c.profiles[e.Target.Profile].Endpoints)
		for _, m := range []struct {
			field string
			value int
		}{{"minChildEndpoints", e.MinChild}, {"minChildEndpointsIPv4", e.MinChildIPv4}, {"minChildEndpointsIPv6", e.MinChildIPv6}} {
			if m.value < 0 {
				c.add(p, e, m.field, m.value, "want 1 or more")
			}
			if m.value > n {
				c.warn(p, e, m.field, m.value, "the child has %d endpoints only: it will always be Degraded", n)
			}
		}
	}
}
