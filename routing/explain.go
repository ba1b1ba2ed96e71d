package routing

import (
	"fmt"
	"net/netip"
)

// Explain takes the decision of a query by the law itself and writes down every
// step. It agrees with Decide: a test holds them together.
func (s *Snapshot) Explain(q *Query) *Trace {
	block := s.clients.Find(q.Client.Addr)
	k := key{
		class: s.clients.Class(block), addr: q.Client.Addr, subnet: q.Client.Bits > 0,
		draw: q.Draw, family: q.Family,
	}
	t := &Trace{
		Profile: s.plan.Profiles[q.Profile].Name,
		Client:  q.Client.Addr.String(),
		Geo:     s.chains[s.clients.Info(k.class).Geo],
		Block:   s.clients.Prefix(block).String(),
	}
	if k.subnet {
		k.block = blockOf(k.addr)
		t.Client = netip.PrefixFrom(q.Client.Addr, int(q.Client.Bits)).String()
	}
	var d Decision
	s.Decide(q, &d)
	t.Outcome = Outcome{TTL: d.TTL, Scope: d.Scope}
	set, reason := s.walk(choose(nodeID(q.Profile)), &k, t)
	t.Outcome.Reason = reason
	if set != NoSet {
		s.spell(&t.Outcome, s.Set(set))
	}
	return t
}

// walk follows eval from a choice to an answer. t may be nil.
func (s *Snapshot) walk(c Choice, k *key, t *Trace) (SetID, Reason) {
	reason := ReasonAvailable
	for {
		id, isNode := c.node()
		if !isNode {
			return SetID(c), reason
		}
		var step *Step
		if t != nil {
			t.Steps = append(t.Steps, s.newStep(id, k))
			step = &t.Steps[len(t.Steps)-1]
		}
		o := s.eval(id, k, step)
		step.close()
		c, reason = o.choice, max(reason, o.reason)
	}
}

// newStep lists the candidates of a node.
func (s *Snapshot) newStep(id nodeID, k *key) Step {
	nd := &s.nodes[id]
	if nd.place != nil {
		return Step{Name: s.placeName(nd.place), Method: "gateways"}
	}
	n, step := nd.profile, Step{}
	if nd.group != nil {
		n = nd.group.profile
		step.Name, step.Method = fmt.Sprintf("%d equals of %s", len(nd.group.members), n.Name), "spread"
	} else {
		step.Name, step.Method = string(n.Name), n.Method.String()
	}
	c := s.contest(n, k)
	for i := range n.Endpoints {
		step.Candidates = append(step.Candidates, Candidate{
			Endpoint: n.Endpoints[i].Name,
			Status:   s.status[n.first+EndpointID(i)].String(),
			Tier:     c.tiers[i].String(),
		})
		if c.tiers[i] != s.tier[n.first+EndpointID(i)] {
			step.note("%s sheds this client", n.Endpoints[i].Name)
		}
	}
	return step
}

// close says of every candidate that was not chosen why it fell.
func (t *Step) close() {
	if t == nil {
		return
	}
	top := ""
	for _, tier := range []Tier{TierDegraded, TierDrill, TierAvailable} {
		for _, c := range t.Candidates {
			if c.Tier == tier.String() {
				top = c.Tier
			}
		}
	}
	for i := range t.Candidates {
		c := &t.Candidates[i]
		switch {
		case c.Chosen || c.Tier == top:
		case c.Tier == TierOff.String():
			c.Why = join(c.Why, "off: never answered")
		default:
			c.Why = join(c.Why, "fell: others are "+top)
		}
	}
}

func join(a, b string) string {
	if a == "" {
		return b
	}
	return a + "; " + b
}

// spell writes an answer set into an outcome.
func (s *Snapshot) spell(o *Outcome, set AnswerSet) {
	o.CNAME = set.Name
	for _, a := range set.IPv4 {
		o.Addresses = append(o.Addresses, a.String())
	}
	for _, a := range set.IPv6 {
		o.Addresses = append(o.Addresses, a.String())
	}
	for _, id := range set.Endpoints {
		p, i := s.Endpoint(id)
		profile := &s.plan.Profiles[p]
		o.Endpoints = append(o.Endpoints, string(profile.Name)+"/"+string(profile.Endpoints[i].Name))
	}
	if set.Location != NoLocation {
		o.Endpoints = append(o.Endpoints, s.plan.Locations[set.Location].Display)
	}
}

func (s *Snapshot) placeName(p *place) string {
	name := s.plan.Locations[p.location].Display
	if p.gateway != "" {
		name += " gateway " + p.gateway
	}
	return name
}
