package dnsserver

import "encoding/binary"

// extendedError is an extended DNS error (RFC 8914).
type extendedError struct {
	code uint16
	text string // at most maxExtraText octets
}

const maxExtraText = 64

// The extended errors in use. Never one about health: an answer is given
// whatever that is.
func edeStale() extendedError      { return extendedError{3, "no contact to the other nodes"} }
func edeNotReady() extendedError   { return extendedError{14, "no zone loaded yet"} }
func edeProhibited() extendedError { return extendedError{18, "zone transfer is not offered"} }

func edeOff() extendedError              { return extendedError{18, "switched off by the operator"} }
func edeNoAddress() extendedError        { return extendedError{14, "no address is known yet"} }
func edeNotAuthoritative() extendedError { return extendedError{20, ""} }
func edeInvalidType() extendedError      { return extendedError{30, ""} }

// size returns the octets of the option.
func (e extendedError) size() int { return 4 + 2 + len(e.text) }

// optHead is the length of an OPT record without options.
const optHead = 11

// optSize returns the octets of the reply's OPT record, extended errors left
// out: those give way before a record does.
func (x *exchange) optSize() int {
	e := &x.query.edns
	if !e.seen {
		return 0
	}
	size := optHead
	if x.echoes() {
		size += 4 + len(e.subnet.raw)
	}
	if x.cookie != cookieNone {
		size += 4 + cookieSize
	}
	if x.tellsName() {
		size += 4 + len(x.worker.nsid)
	}
	if x.keepsAlive() {
		size += 4 + 2
	}
	if x.tellsVersion() {
		size += 4 + 6
	}
	return size
}

// echoes reports whether the reply has the query's client subnet: unless it
// says that the query cannot be read.
func (x *exchange) echoes() bool {
	return x.query.edns.subnet.raw != nil && x.parsed == rcodeSuccess
}

func (x *exchange) tellsName() bool { return x.query.edns.nsid && len(x.worker.nsid) > 0 }

// keepsAlive: over UDP there is nothing to keep (RFC 7828 §3.2.1).
func (x *exchange) keepsAlive() bool {
	return x.query.edns.keepalive && x.peer.Transport == TCP
}

// tellsVersion: a referral is not from the zone (RFC 9660 §3.2).
func (x *exchange) tellsVersion() bool {
	return x.query.edns.zoneVersion && x.zone != nil && x.class != classReferral
}

// appendOPT appends the OPT record, if the query had one.
func (x *exchange) appendOPT() {
	if !x.query.edns.seen {
		return
	}
	x.counts[sectionAdditional]++
	b := append(x.buf, 0, 0, typeOPT)
	b = binary.BigEndian.AppendUint16(b, maxUDP)
	do := byte(0)
	if x.query.edns.do {
		do = 0x80
	}
	b = append(b, byte(x.rcode>>4), 0, do, 0, 0, 0)
	start := len(b)
	x.buf = x.appendOptions(b)
	binary.BigEndian.PutUint16(x.buf[start-2:], uint16(len(x.buf)-start))
}

func (x *exchange) appendOptions(b []byte) []byte {
	if x.echoes() {
		b = x.query.edns.subnet.appendTo(b, x.scope)
	}
	if x.cookie != cookieNone {
		b = x.appendCookie(b)
	}
	if x.tellsName() {
		b = append(appendOption(b, optNSID, len(x.worker.nsid)), x.worker.nsid...)
	}
	if x.keepsAlive() {
		b = binary.BigEndian.AppendUint16(appendOption(b, optKeepalive, 2), x.worker.keepalive)
	}
	if x.tellsVersion() {
		b = append(appendOption(b, optZoneVersion, 6), x.zone.labels, 0)
		b = binary.BigEndian.AppendUint32(b, x.zone.serial)
	}
	for _, e := range x.ede[:x.edes] {
		b = appendEDE(b, e, x.limit-(len(b)-x.from))
	}
	return b
}

// appendEDE appends an extended error: without its text, or not at all, where
// room octets are too few (RFC 8914 §3).
func appendEDE(b []byte, e extendedError, room int) []byte {
	if e.size() > room {
		e.text = ""
	}
	if e.size() > room {
		return b
	}
	b = appendOption(b, optEDE, 2+len(e.text))
	b = binary.BigEndian.AppendUint16(b, e.code)
	return append(b, e.text...)
}

// appendCookie appends the client's cookie with a server part: the one it has
// while that is fresh. A client part alone would say that we have no cookies.
func (x *exchange) appendCookie(b []byte) []byte {
	b = appendOption(b, optCookie, cookieSize)
	if x.cookie == cookieFresh {
		return append(b, x.query.edns.cookie...)
	}
	cookie := x.worker.secrets().makeCookie(x.query.edns.cookie, x.peer.Addr, uint32(x.now.Unix()))
	return append(b, cookie[:]...)
}
