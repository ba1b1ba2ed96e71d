package routing

// placeState is what a Publish found out about a set of gateways.
type placeState struct {
	status  Status
	answers Answers
	rings   rings
}

// assessPlace finds out which gateways of a place are answered (DESIGN §4): the
// addresses that are not down or, where a family has none, all of that family.
// Up to MaxAnswer addresses of each family are one answer, more are a ring.
func (p *publisher) assessPlace(id nodeID) {
	pl := p.next.nodes[id].place
	st := p.next.placeAt(id)
	st.rings = rings{size: MaxAnswer, location: pl.location}
	health := map[string]Health{} // of nodes: of their best address
	var up, every [2][]member
	for _, g := range p.st.Locations[pl.location].Gateways {
		if pl.gateway != "" && g.Node != pl.gateway {
			continue
		}
		f := familyOf(g.Addr)
		m := member{addr: g.Addr, hash: hashString(g.Addr.String())}
		every[f] = append(every[f], m)
		if g.Health != Down {
			up[f] = append(up[f], m)
		}
		if seen, ok := health[g.Node]; !ok || better(g.Health, seen) {
			health[g.Node] = g.Health
		}
	}
	for f := range up {
		if len(up[f]) == 0 {
			up[f] = every[f]
		}
		st.rings.ring[f] = newRing(up[f])
	}
	st.answers = Answers{IPv4: len(every[IPv4]) > 0, IPv6: len(every[IPv6]) > 0}
	st.status = placeStatus(health, pl.minimum)
	pick := &pick{kind: pickRing, seed: pl.seed}
	for f := range pick.ring {
		pick.ring[f] = st.rings.intern(&p.next.dynamic, Family(f))
	}
	p.next.picks[id] = pick
}

// better orders verdicts: up, unchecked, down.
func better(a, b Health) bool { return a != b && (a == Up || b == Down) }

// placeStatus is the rule of nested profiles with gateways for endpoints.
func placeStatus(nodes map[string]Health, minimum int) Status {
	up, unchecked := 0, 0
	for _, h := range nodes {
		switch h {
		case Up:
			up++
		case Unchecked:
			unchecked++
		}
	}
	switch {
	case len(nodes) == 0:
		return Stopped
	case up >= minimum:
		return Online
	case up+unchecked >= minimum:
		return CheckingEndpoint
	default:
		return Degraded
	}
}

// assessEndpoint is the status machine of azure.md §1.5 and §1.7 with the tiers
// of ROUTING.md.
func (p *publisher) assessEndpoint(n *profileNode, i int) {
	e, id := &n.Endpoints[i], n.first+EndpointID(i)
	status, drilled := p.observed(n, i)
	if e.Serve != ServeProbed && status != Stopped {
		status = Unmonitored
	}
	tier := tierOf(status)
	if drilled {
		tier = min(tier, TierDrill)
	}
	if e.Serve != ServePinned {
		status, tier = p.switched(n, i, status, tier)
	}
	p.next.status[id], p.next.tier[id] = status, tier
	p.next.shed[id] = p.shedOf(n, i)
}

func tierOf(s Status) Tier {
	switch s {
	case Stopped:
		return TierOff
	case Degraded:
		return TierDegraded
	default:
		return TierAvailable
	}
}

// switched applies what operators want to what health says.
func (p *publisher) switched(n *profileNode, i int, status Status, tier Tier) (Status, Tier) {
	sw := p.switchOf(n, i)
	switch {
	case p.st.Profiles[n.id] == Off && sw != Off:
		return Inactive, TierOff
	case sw == Off:
		return Disabled, TierOff
	case sw == Drill:
		return Disabled, min(tier, TierDrill)
	default:
		return status, tier
	}
}

// observed returns the status that health alone gives endpoint i of n, and
// whether only endpoints in a drill hold it up. It sets the endpoint's choice.
func (p *publisher) observed(n *profileNode, i int) (status Status, drilled bool) {
	id := n.first + EndpointID(i)
	st := &p.st.Endpoints[id]
	choice := n.static[i]
	switch kind := n.Endpoints[i].Target.Kind; {
	case kind == TargetProfile:
		child, _ := choice.node()
		status, drilled = p.childStatus(&n.Endpoints[i], &p.next.profile[child])
	case kind == TargetLocation || kind == TargetGateway:
		at, _ := choice.node()
		status, choice = p.next.placeAt(at).status, p.shortcut(choice)
	case choice == noChoice && len(st.Addrs) == 0:
		status = Stopped
	default:
		status = healthStatus(st.Health)
	}
	if choice == noChoice && len(st.Addrs) > 0 {
		choice = p.flattened(id)
	}
	p.next.choice[id] = choice
	return status, drilled
}

func healthStatus(h Health) Status {
	switch h {
	case Up:
		return Online
	case Down:
		return Degraded
	default:
		return CheckingEndpoint
	}
}

// childStatus is azure.md §1.7, first match.
func (p *publisher) childStatus(e *Endpoint, child *profileState) (status Status, drilled bool) {
	switch {
	case child.top == TierOff:
		return Stopped, false
	case child.online.meets(e):
		return Online, false
	case child.online.plus(child.checking).meets(e):
		return CheckingEndpoint, false
	case child.online.plus(child.checking).plus(child.drilled).meets(e):
		return Online, true
	default:
		return Degraded, false
	}
}

// shortcut replaces a place with but one answer by that answer.
func (p *publisher) shortcut(c Choice) Choice {
	id, _ := c.node()
	ring := p.next.picks[id].ring
	one4, one6 := len(ring[IPv4]) == 1, len(ring[IPv6]) == 1
	switch {
	case one4 && (one6 && ring[IPv4][0] == ring[IPv6][0] || len(ring[IPv6]) == 0):
		return Choice(ring[IPv4][0])
	case one6 && len(ring[IPv4]) == 0:
		return Choice(ring[IPv6][0])
	}
	return c
}

// flattened returns the answer that a name's addresses make, the first
// MaxAnswer of each family.
func (p *publisher) flattened(id EndpointID) Choice {
	set := AnswerSet{Location: NoLocation, Endpoints: []EndpointID{id}}
	for _, a := range p.st.Endpoints[id].Addrs {
		if f := familyOf(a); f == IPv4 && len(set.IPv4) < MaxAnswer || f == IPv6 && len(set.IPv6) < MaxAnswer {
			set.add(a)
		}
	}
	return Choice(p.next.dynamic.intern(set))
}

// switchOf returns what operators want of an endpoint: its own switch or that
// of the location it stands for, whichever is further from On.
func (p *publisher) switchOf(n *profileNode, i int) Switch {
	sw := max(p.st.Endpoints[n.first+EndpointID(i)].Switch, min(p.st.Profiles[n.id], Drill))
	if l := n.stands[i]; l != NoLocation {
		sw = max(sw, p.st.Locations[l].Switch)
	}
	return sw
}

func (p *publisher) shedOf(n *profileNode, i int) uint16 {
	shed := p.st.Endpoints[n.first+EndpointID(i)].Shed
	if l := n.stands[i]; l != NoLocation && n.Endpoints[i].Serve != ServePinned {
		shed = max(shed, p.st.Locations[l].Shed)
	}
	return min(shed, Slots)
}
