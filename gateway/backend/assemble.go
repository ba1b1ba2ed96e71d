package backend

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// assemble builds a Set of c: parts of the same identity come from before, all
// that are in use go into next. near ranks regions. Callers hold mu.
func (b *Backends) assemble(c Config, near map[string]int, before, next parts) (*Set, error) {
	s := &Set{owner: b, targets: map[string]*Target{}}
	ends := map[string]*endpoint{}
	for _, one := range c.Backends {
		e, err := b.endpoint(one, before, next)
		if err != nil {
			return nil, fmt.Errorf("backend %q: %w", one.Name, err)
		}
		key := strings.ToLower(one.Name)
		ends[key] = e
		s.ends = append(s.ends, e)
		s.targets[key] = &Target{name: one.Name, only: e, repeat: next.budget(key, c.Retry, before), counts: e.counts}
	}
	for _, one := range c.Pools {
		key := strings.ToLower(one.Name)
		p := b.pool(one, ends, near, before, next)
		s.pools = append(s.pools, p)
		s.targets[key] = &Target{name: one.Name, pool: p, repeat: next.budget(key, c.Retry, before), counts: next.count(key, before)}
	}
	slices.SortFunc(s.ends, func(a, b *endpoint) int { return cmp.Compare(a.name, b.name) })
	return s, nil
}

func (b *Backends) endpoint(one Backend, before, next parts) (*endpoint, error) {
	name := strings.ToLower(one.Name)
	n := next.count(name, before)
	o, err := b.origin(one, n, before.origins, next.origins)
	if err != nil {
		return nil, err
	}
	key := fmt.Sprintf("%q %q %s", name, one.URL.Redacted(), ruleKey(one))
	circ := before.circuits[key]
	if circ == nil {
		circ = newCircuit(one.Name, one.Breaker, n, b.options.Changed)
	}
	next.circuits[key] = circ
	e := &endpoint{
		name: one.Name, region: one.Region, version: one.HTTPVersion, header: one.Credentials.Header, extra: one.Credentials.Query,
		circuit: circ, origin: o, counts: n,
	}
	e.point(one.URL)
	return e, nil
}

// ruleKey is the identity of a rule.
func ruleKey(b Backend) string {
	if b.Breaker == nil {
		return ""
	}
	r := *b.Breaker
	half := r.HalfOpen
	r.HalfOpen = nil
	if half == nil {
		return fmt.Sprintf("%+v", r)
	}
	return fmt.Sprintf("%+v %+v", r, *half)
}

// origin returns the origin of one: as it was, or new.
func (b *Backends) origin(one Backend, n *counts, before, next map[string]*origin) (*origin, error) {
	w, key, err := newWay(one)
	if err != nil {
		return nil, err
	}
	o := before[key]
	if o == nil {
		o = b.newOrigin(w, one, n)
	}
	next[key] = o
	return o, nil
}

func (b *Backends) newOrigin(w way, one Backend, n *counts) *origin {
	o := &origin{
		way: w, drains: one.EmptyDrains, names: b.options.Names, lookup: w.host,
		allowed: b.options.Allowed, tcp: b.options.Dial, transport: b.options.Transport,
		log: b.options.Logger, counts: n, records: map[netip.AddrPort]*ejection{},
	}
	if one.Resolve != "" {
		o.lookup = one.Resolve + ":" + w.host
	}
	if w.literal.IsValid() {
		o.lookup = ""
	}
	return o
}

func (p parts) count(key string, before parts) *counts {
	n := p.counts[key]
	if n == nil {
		n = before.counts[key]
	}
	if n == nil {
		n = &counts{}
	}
	p.counts[key] = n
	return n
}

// budget returns the budget of a target; nil: nothing is repeated.
func (p parts) budget(key string, r Retry, before parts) *budget {
	if r.Disabled {
		return nil
	}
	next := newBudget(r)
	if was := before.budgets[key]; was != nil && was.percent == next.percent && was.minimum == next.minimum && was.set == next.set {
		next = was
	}
	p.budgets[key] = next
	return next
}

func (p parts) rotor(key string, before parts) *rotor {
	r := before.rotors[key]
	if r == nil {
		r = &rotor{}
	}
	p.rotors[key] = r
	return r
}

// pool makes a pool: members in groups by priority, those without weight among
// weighted ones behind, and by nearness where that is preferred.
func (b *Backends) pool(one Pool, ends map[string]*endpoint, near map[string]int, before, next parts) *pool {
	p := &pool{
		name: one.Name, deep: one.HealthOfLocation, status: one.FailureStatus, cookie: one.SessionCookie,
		sessions: map[string]*member{},
	}
	weighted := map[int]bool{} // by priority: some member has a weight
	for i, m := range one.Members {
		e := ends[strings.ToLower(m.Backend)]
		next := &member{endpoint: e, bit: 1 << i, priority: m.Priority, weight: m.Weight, session: sessionValue(b.options.SessionKey, one.Name, e.name)}
		if one.PreferRegion {
			next.rank = near[e.region]
		}
		weighted[m.Priority] = weighted[m.Priority] || m.Weight > 0
		p.members = append(p.members, next)
		p.sessions[next.session] = next
	}
	spare := func(m *member) int {
		if weighted[m.priority] && m.weight == 0 {
			return 1
		}
		return 0
	}
	order := func(a, b *member) int {
		return cmp.Or(cmp.Compare(a.priority, b.priority), cmp.Compare(spare(a), spare(b)), cmp.Compare(a.rank, b.rank))
	}
	slices.SortStableFunc(p.members, order)
	for rest := p.members; len(rest) > 0; {
		n := 1
		for n < len(rest) && order(rest[0], rest[n]) == 0 {
			n++
		}
		key := strings.ToLower(one.Name) + " " + strconv.Itoa(len(p.groups))
		p.groups = append(p.groups, &group{turns: turns(rest[:n]), rotor: next.rotor(key, before)})
		rest = rest[n:]
	}
	return p
}

// turns returns the members in the order of their turns.
func turns(members []*member) []*member {
	weights := make([]int, len(members))
	for i, m := range members {
		weights[i] = m.weight
	}
	var out []*member
	for _, i := range sequence(weights) {
		out = append(out, members[i])
	}
	return out
}
