package dnsserver

import "encoding/binary"

// edns is the OPT record of a query (RFC 6891). Options nobody here knows are
// ignored.
type edns struct {
	seen        bool
	size        uint16 // the requestor's UDP payload size
	version     uint8
	do          bool
	data        []byte
	subnet      clientSubnet
	cookie      []byte // the option's data; nil where there is none
	nsid        bool
	keepalive   bool
	zoneVersion bool
}

// accept takes an OPT record's fixed part. It reports false for a second one,
// one outside the additional section (3) and one with an owner.
func (e *edns) accept(head []byte, section int, rootOwner bool) bool {
	if section != 3 {
		return false
	}
	first := !e.seen
	e.seen = true
	e.size = binary.BigEndian.Uint16(head[2:])
	e.version = head[5]
	e.do = head[6]&0x80 != 0
	return first && rootOwner
}

// read reads the options. Those of an unknown version are left alone: their
// form is not known either.
func (e *edns) read() rcode {
	if e.version != 0 {
		return rcodeBadVers
	}
	for data := e.data; len(data) > 0; {
		if len(data) < 4 {
			return rcodeFormErr
		}
		code, size := binary.BigEndian.Uint16(data), int(binary.BigEndian.Uint16(data[2:]))
		if size > len(data)-4 || !e.option(code, data[4:4+size]) {
			return rcodeFormErr
		}
		data = data[4+size:]
	}
	return rcodeSuccess
}

// option notes one option; it reports false if it is malformed. Options that
// only ask for something carry nothing, and what they carry all the same is
// ignored (RFC 9660 §3.2).
func (e *edns) option(code uint16, data []byte) bool {
	switch code {
	case optECS:
		return e.subnet.read(data)
	case optCookie:
		if e.cookie != nil {
			return true // the first counts (RFC 7873 §5.2)
		}
		e.cookie = data
		return len(data) == clientCookieSize || len(data) >= 16 && len(data) <= 40
	case optNSID:
		e.nsid = true
	case optKeepalive:
		e.keepalive = true
	case optZoneVersion:
		e.zoneVersion = true
	}
	return true
}
