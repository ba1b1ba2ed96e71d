package dnsserver

import "encoding/binary"

// maxAliases is the longest chain of CNAME records in a reply.
const maxAliases = 8

// stepName answers from the zone the name lies in.
func (x *exchange) stepName() bool {
	n, exact := x.view.tree.find(x.query.name)
	if n == nil {
		x.extend(edeNotAuthoritative())
		return x.refuse(rcodeRefused)
	}
	x.zone = n.zone
	if t := x.query.rrtype; t == typeAXFR || t == typeIXFR {
		x.zone = nil
		x.extend(edeProhibited())
		return x.refuse(rcodeRefused)
	}
	x.flags |= flagAA
	x.class = classPositive
	if x.view.content.Stale {
		x.extend(edeStale())
	}
	x.resolve(n, exact)
	return true
}

// resolve answers a name, following CNAME records inside the zone. The RCODE is
// that of the last name (RFC 6604 §3).
func (x *exchange) resolve(n *node, exact bool) {
	o := x.asked()
	for hop := 0; ; hop++ {
		data := n
		if !exact {
			data = n.wildcard
		}
		if x.refers(n, exact, hop) {
			return
		}
		if data == nil {
			x.deny(rcodeNXDomain, 0)
			return
		}
		alias := x.answer(data, o, hop)
		if alias == nil || hop == maxAliases {
			return
		}
		if n, exact = x.follow(alias); n == nil {
			return
		}
		o = x.at(alias[:len(alias)-len(x.zone.origin)])
	}
}

// follow finds the target of a CNAME; nil where the chain leaves the zone.
func (x *exchange) follow(alias []byte) (n *node, exact bool) {
	n, exact = x.view.tree.find(alias)
	if n == nil || n.zone != x.zone {
		return nil, false
	}
	return n, exact
}

// refers answers for a name at or below a delegation. Of what is there only the
// DS set is the parent's (RFC 4035 §3.1.4.1). A chain just ends there.
func (x *exchange) refers(n *node, exact bool, hop int) bool {
	if n.cut == nil || exact && n == n.cut.at && x.query.rrtype == typeDS {
		return false
	}
	if hop == 0 {
		x.refer(n.cut)
	}
	return true
}

func (x *exchange) refer(c *cut) {
	x.flags &^= flagAA
	x.class = classReferral
	if !x.add(sectionAuthority, c.servers, x.at(x.prefix(c.at)), c.servers.ttl, true) {
		return
	}
	for _, g := range c.glue {
		if !x.add(sectionAdditional, g.set, x.at(g.prefix), g.set.ttl, g.required) && g.required {
			return
		}
	}
}

// prefix is a node's name without the zone's origin.
func (x *exchange) prefix(n *node) []byte { return n.name[:len(n.name)-len(x.zone.origin)] }

// answer answers from a node's data. It returns the target of a CNAME that
// stands for an answer, to go on with.
func (x *exchange) answer(n *node, o owner, hop int) (alias []byte) {
	if n.dynamic && x.answerDynamic(n, o, hop) {
		return nil
	}
	rrtype := x.query.rrtype
	s := n.set(rrtype)
	switch {
	case s != nil:
		x.answerSet(s, o)
	case n.alias != nil:
		s := n.set(typeCNAME)
		if x.add(sectionAnswer, s, o, s.ttl, true) && rrtype != typeANY {
			return n.alias
		}
	case rrtype == typeANY && (len(n.sets) > 0 || n.dynamic):
		x.answerAny(o)
	default:
		x.deny(rcodeSuccess, 0)
	}
	return nil
}

// answerSet answers a static set, with the name servers' addresses beside their
// names where there is room.
func (x *exchange) answerSet(s *rrset, o owner) {
	if !x.add(sectionAnswer, s, o, s.ttl, true) || s != x.zone.apex.set(typeNS) {
		return
	}
	for _, g := range x.zone.servers {
		x.add(sectionAdditional, g.set, x.at(g.prefix), g.set.ttl, false)
	}
}

// answerAny gives the answer to type ANY that is an answer and no amplifier
// (RFC 8482 §4.2).
func (x *exchange) answerAny(o owner) {
	s := &x.scratch
	s.reset(typeHINFO)
	s.add([]byte("\x07RFC8482\x00"), -1, nil)
	x.add(sectionAnswer, s, o, refusedAnyTTL, true)
}

// deny says that there is no such name, or no such data. clientTTL bounds the
// time to live of a denial that depends on the client; 0: it does not.
func (x *exchange) deny(code rcode, clientTTL uint32) {
	x.rcode = code
	x.class = classNoData
	if code == rcodeNXDomain {
		x.class = classNXDomain
	}
	ttl := x.zone.soa.ttl
	if clientTTL > 0 {
		ttl = min(ttl, clientTTL)
	}
	x.add(sectionAuthority, x.zone.soa, x.at(nil), ttl, true)
}

// reset empties a set to use it again for another record.
func (s *rrset) reset(rrtype uint16) {
	s.rrtype, s.ttl, s.count = rrtype, 0, 0
	s.bodies, s.pointers = s.bodies[:0], s.pointers[:0]
}

// addParts appends a record whose data is the parts in a row.
func (s *rrset) addParts(parts ...[]byte) {
	s.add(nil, -1, nil)
	start := len(s.bodies)
	for _, p := range parts {
		s.bodies = append(s.bodies, p...)
	}
	binary.BigEndian.PutUint16(s.bodies[start-2:], uint16(len(s.bodies)-start))
}
