package dnsserver

import (
	"encoding/binary"
	"net/netip"
	"time"

	"meridian/routing"
)

// Peer is where a query came from.
type Peer struct {
	Addr      netip.Addr // unmapped, without zone
	Transport Transport
}

// maxUDP is the largest reply over UDP, and the size we offer to receive: it
// passes every path without fragments (RFC 9715 §3.1).
const maxUDP = 1232

// minUDP is the size every requestor can take (RFC 1035 §2.3.4).
const minUDP = 512

const maxTCP = 65535

// exchange is one query on its way to a reply. A worker has one and uses it
// again for every query.
type exchange struct {
	worker *worker
	view   *View
	peer   Peer
	now    time.Time
	query  query
	parsed rcode // what parsing the query came to

	buf      []byte // the reply so far
	from     int    // where the reply begins in buf
	counts   [3]uint16
	rcode    rcode
	flags    uint16 // AA, TC
	scope    uint8  // ECS SCOPE PREFIX-LENGTH
	zone     *zone  // the zone answered from: its version may be asked for
	limit    int    // octets the reply may have, an OPT record and its options included
	cookie   cookieState
	ede      [2]extendedError
	edes     int
	class    answerClass
	decision routing.Decision
	question routing.Query
	scratch  rrset // HTTPS records are put together here
}

// cookieState is what a query's cookie is worth.
type cookieState uint8

const (
	cookieNone   cookieState = iota
	cookieClient             // a client cookie, or a server cookie that is not ours
	cookieValid
	cookieFresh // valid, and young enough to be used on
)

// answerClass is a kind of reply, limited apart from the others.
type answerClass uint8

const (
	classPositive answerClass = iota
	classNoData
	classNXDomain
	classReferral
	classError
	answerClasses
)

// Sections of a reply, behind the question.
const (
	sectionAnswer = iota
	sectionAuthority
	sectionAdditional
)

// start readies the exchange for a message with a readable header.
func (x *exchange) start(dst, msg []byte) {
	x.from = len(dst)
	x.query.header(msg)
	x.counts, x.flags, x.scope, x.edes = [3]uint16{}, 0, 0, 0
	x.rcode, x.zone, x.cookie, x.class = rcodeSuccess, nil, cookieNone, classError
	x.question.Draw = x.worker.rng.Uint64()
	x.parsed = x.query.parse(msg)
	x.limit = x.replyLimit()
	x.buf = append(dst, make([]byte, headerSize)...)
	x.buf = append(x.buf, x.query.question...)
}

func (x *exchange) replyLimit() int {
	switch {
	case x.peer.Transport == TCP:
		return maxTCP
	case !x.query.edns.seen:
		return minUDP
	}
	return min(max(int(x.query.edns.size), minUDP), maxUDP)
}

// refuse ends an exchange with an error.
func (x *exchange) refuse(code rcode) bool {
	x.rcode, x.class = code, classError
	return true
}

// extend adds an extended error.
func (x *exchange) extend(e extendedError) {
	if x.edes < len(x.ede) {
		x.ede[x.edes] = e
		x.edes++
	}
}

// room returns the octets left for records.
func (x *exchange) room() int { return x.limit - (len(x.buf) - x.from) - x.optSize() }

// add appends a set to a section; it reports false, and cuts the reply where
// the set is required, if there is no room.
func (x *exchange) add(section int, s *rrset, o owner, ttl uint32, required bool) bool {
	if s.size(o) > x.room() {
		if required {
			x.truncate()
		}
		return false
	}
	x.buf = s.appendTo(x.buf, o, ttl, x.originPointer())
	x.counts[section] += uint16(s.count)
	return true
}

// originPointer is a pointer to the zone's origin, the tail of the question.
func (x *exchange) originPointer() uint16 {
	if x.zone == nil {
		return 0
	}
	return uint16(0xC000 | headerSize + len(x.query.name) - len(x.zone.origin))
}

// asked is the name of the question, as owner.
func (x *exchange) asked() owner { return owner{pointer: 0xC000 | headerSize} }

// at is a name of the zone, as owner; prefix is the name without the origin.
func (x *exchange) at(prefix []byte) owner { return owner{prefix, x.originPointer()} }

// truncate empties the reply and says so: a part of an answer is no answer
// (RFC 2181 §9).
func (x *exchange) truncate() {
	x.flags |= flagTC
	x.buf = x.buf[:x.from+headerSize+len(x.query.question)]
	x.counts = [3]uint16{}
}

func (x *exchange) truncated() bool { return x.flags&flagTC != 0 }

// finish writes what stands around the records, and returns the reply.
func (x *exchange) finish() []byte {
	x.appendOPT()
	head := x.buf[x.from:]
	flags := flagQR | x.query.flags&(15<<11|flagRD|flagCD) | x.flags | uint16(x.rcode&15)
	binary.BigEndian.PutUint16(head, x.query.id)
	binary.BigEndian.PutUint16(head[2:], flags)
	questions := uint16(0)
	if len(x.query.question) > 0 {
		questions = 1
	}
	binary.BigEndian.PutUint16(head[4:], questions)
	for i, n := range x.counts {
		binary.BigEndian.PutUint16(head[6+2*i:], n)
	}
	return x.buf
}
