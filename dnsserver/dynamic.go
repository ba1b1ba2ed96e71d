package dnsserver

import "meridian/routing"

// answerDynamic answers from the profile at a node (azure.md §1.8, DESIGN §6).
// It reports false where the answer is the node's static data, or that there is
// none.
func (x *exchange) answerDynamic(n *node, o owner, hop int) bool {
	snapshot := x.view.content.Snapshot
	answers := snapshot.Answers(n.profile)
	x.decide(n.profile, routing.IPv4)
	switch {
	case x.decision.Reason == routing.ReasonOff:
		return x.answerOff(n)
	case x.decision.Reason == routing.ReasonNoAddress:
		return x.answerNoAddress(n)
	case answers.CNAME:
		x.answerDecided(o, hop, func(a *answer) *rrset { return a.name })
		return true
	}
	return x.answerType(n, answers, o, hop)
}

// answerType answers an address profile by question type.
func (x *exchange) answerType(n *node, answers routing.Answers, o owner, hop int) bool {
	switch {
	case x.query.rrtype == typeA && answers.IPv4:
		x.answerDecided(o, hop, func(a *answer) *rrset { return a.addrs[routing.IPv4] })
	case x.query.rrtype == typeAAAA && answers.IPv6:
		x.decide(n.profile, routing.IPv6)
		x.answerDecided(o, hop, func(a *answer) *rrset { return a.addrs[routing.IPv6] })
	case x.query.rrtype == typeHTTPS && int(n.profile) < len(x.view.secure) && x.view.secure[n.profile]:
		x.answerHTTPS(n, answers, o, hop)
	default:
		return false
	}
	return true
}

// decide asks routing. The client is the network sent, or the resolver. All
// decisions of one exchange share one draw, so that hints and addresses agree.
func (x *exchange) decide(id routing.ProfileID, family routing.Family) {
	x.question.Profile, x.question.Family = id, family
	x.question.Client = x.query.edns.subnet.client(x.view.resolver(x.peer.Addr))
	x.view.content.Snapshot.Decide(&x.question, &x.decision)
}

// answerOff answers for a profile of which everything is off. NXDOMAIN, as
// Azure has it, would deny what else is at or below the name (RFC 8020).
func (x *exchange) answerOff(n *node) bool {
	x.countDecision()
	if n.set(x.query.rrtype) != nil {
		return false
	}
	if n.inhabited() {
		x.extend(edeOff())
		x.deny(rcodeSuccess, 0)
		return true
	}
	x.deny(rcodeNXDomain, 0)
	return true
}

// answerNoAddress answers for a profile that is on but of whose endpoints no
// address is known, as before the first look-up of a flattened name. The name
// exists, and the absence must not be remembered for long.
func (x *exchange) answerNoAddress(n *node) bool {
	x.countDecision()
	if n.set(x.query.rrtype) != nil {
		return false
	}
	x.extend(edeNoAddress())
	x.deny(rcodeSuccess, minSOATTL)
	return true
}

// answerDecided answers the set that pick takes from the decision's answer.
func (x *exchange) answerDecided(o owner, hop int, pick func(*answer) *rrset) {
	scope := x.query.edns.subnet.scope(x.decision.Scope)
	if hop > 0 && scope != 0 {
		return // one message has one scope: the CNAME goes alone (RFC 7871 §7.2.1)
	}
	x.scope = scope
	x.countDecision()
	var s *rrset
	if x.decision.Set != routing.NoSet {
		s = pick(&x.view.answers[x.decision.Set])
	}
	if s == nil {
		x.deny(rcodeSuccess, min(clientSOATTL, max(x.decision.TTL, 1)))
		return
	}
	if x.add(sectionAnswer, s, o, x.ttl(), true) {
		x.countAnswer()
	}
}

// ttl is the time to live of the decision's answer.
func (x *exchange) ttl() uint32 {
	if x.view.content.Stale {
		return min(x.decision.TTL, staleTTL)
	}
	return x.decision.TTL
}

func (x *exchange) countDecision() {
	method := x.view.plan().Profiles[x.question.Profile].Method
	x.worker.counters.decisions[method][x.decision.Reason].Add(1)
}

func (x *exchange) countAnswer() {
	shard := &x.view.counts.shards[x.worker.id%countShards]
	shard.count(&x.view.answers[x.decision.Set].from)
}

// answerHTTPS answers an HTTPS record whose hints are what A and AAAA questions
// with the same draw get (RFC 9460 §7.3).
func (x *exchange) answerHTTPS(n *node, answers routing.Answers, o owner, hop int) {
	first := x.decision
	var other routing.Decision
	if answers.IPv6 {
		other = x.decideAlso(n.profile, routing.IPv6)
	}
	x.answerDecided(o, hop, func(a *answer) *rrset {
		if a.https == nil {
			return nil
		}
		s := &x.scratch
		s.reset(typeHTTPS)
		s.addParts(a.https.head, x.hints(answers.IPv4, first, routing.IPv4), x.hints(answers.IPv6, other, routing.IPv6))
		return s
	})
}

// decideAlso returns the decision for another family and keeps the one that is
// there, with the scope of both.
func (x *exchange) decideAlso(p routing.ProfileID, f routing.Family) routing.Decision {
	first := x.decision
	x.decide(p, f)
	other := x.decision
	x.decision = first
	x.decision.Scope = max(first.Scope, other.Scope)
	return other
}

// hints returns the hint of a family that a decision gives.
func (x *exchange) hints(wanted bool, d routing.Decision, f routing.Family) []byte {
	if !wanted || d.Set == routing.NoSet {
		return nil
	}
	if b := x.view.answers[d.Set].https; b != nil {
		return b.hints[f]
	}
	return nil
}
