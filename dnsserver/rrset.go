package dnsserver

import (
	"bytes"
	"encoding/binary"

	"github.com/miekg/dns"

	"meridian/dnswire"
)

// recordHead is the length of a record between its owner and its data.
const recordHead = 10

// rrset is an RRset with its bytes ready: per record type, class, TTL, length
// and data. The owner is written per reply, since it may be the name asked for
// (wildcards) or a pointer into the question.
type rrset struct {
	rrtype uint16
	ttl    uint32 // seconds
	count  int
	bodies []byte
	// pointers are the offsets in bodies of compression pointers to the zone's
	// origin, ascending. Where the origin stands depends on the question.
	pointers []int
}

// add appends a record. Of data, octets from nameAt on are a name (two names,
// for a SOA) that may be compressed (RFC 3597 §4); -1 where there is none.
func (s *rrset) add(data []byte, nameAt int, origin []byte) {
	s.count++
	s.bodies = binary.BigEndian.AppendUint16(s.bodies, s.rrtype)
	s.bodies = binary.BigEndian.AppendUint16(s.bodies, classIN)
	s.bodies = binary.BigEndian.AppendUint32(s.bodies, s.ttl)
	s.bodies = append(s.bodies, 0, 0)
	start := len(s.bodies)
	if nameAt < 0 {
		s.bodies = append(s.bodies, data...)
	} else {
		s.bodies = append(s.bodies, data[:nameAt]...)
		data = s.addName(data[nameAt:], origin)
		if s.rrtype == typeSOA {
			data = s.addName(data, origin)
		}
		s.bodies = append(s.bodies, data...)
	}
	binary.BigEndian.PutUint16(s.bodies[start-2:], uint16(len(s.bodies)-start))
}

// addName appends the name at the start of data, its tail replaced by a pointer
// where that is the origin, and returns the rest of data.
func (s *rrset) addName(data, origin []byte) []byte {
	end := nameEnd(data, 0)
	if end < 0 {
		s.bodies = append(s.bodies, data...)
		return nil
	}
	name, rest := data[:end], data[end:]
	cut := end - len(origin)
	if len(origin) < 3 || cut < 0 || !below(appendLower(nil, name), origin) {
		s.bodies = append(s.bodies, name...)
		return rest
	}
	s.bodies = append(s.bodies, name[:cut]...)
	s.pointers = append(s.pointers, len(s.bodies))
	s.bodies = append(s.bodies, 0, 0)
	return rest
}

// addRecord packs a static record. Doubles are dropped (RFC 2181 §5).
func (s *rrset) addRecord(rr dns.RR, origin []byte) error {
	data, err := dnswire.RData(rr)
	if err != nil {
		return err
	}
	probe := rrset{rrtype: s.rrtype, ttl: s.ttl}
	probe.add(data, nameOffset(s.rrtype), origin)
	for off := 0; off < len(s.bodies); off += s.bodySize(off) {
		if bytes.Equal(s.bodies[off:off+s.bodySize(off)], probe.bodies) {
			return nil
		}
	}
	s.add(data, nameOffset(s.rrtype), origin)
	return nil
}

// nameOffset says where a record's data holds a name that may be compressed:
// the types of RFC 1035 only.
func nameOffset(rrtype uint16) int {
	switch rrtype {
	case typeNS, typeCNAME, typePTR, typeSOA:
		return 0
	case typeMX:
		return 2
	}
	return -1
}

// bodySize returns the length of the body at s.bodies[off:].
func (s *rrset) bodySize(off int) int {
	return recordHead + int(binary.BigEndian.Uint16(s.bodies[off+8:]))
}

// size returns the octets the set takes in a reply.
func (s *rrset) size(o owner) int { return s.count*(len(o.prefix)+2) + len(s.bodies) }

// owner is the name before each record of a set: labels, and a pointer to what
// follows them.
type owner struct {
	prefix  []byte
	pointer uint16
}

// appendTo appends the set to a reply in which a pointer to the zone's origin
// is origin.
func (s *rrset) appendTo(b []byte, o owner, ttl uint32, origin uint16) []byte {
	next := 0
	for off := 0; off < len(s.bodies); {
		end := off + s.bodySize(off)
		b = append(b, o.prefix...)
		b = binary.BigEndian.AppendUint16(b, o.pointer)
		at := len(b)
		b = append(b, s.bodies[off:end]...)
		binary.BigEndian.PutUint32(b[at+4:], ttl)
		for ; next < len(s.pointers) && s.pointers[next] < end; next++ {
			binary.BigEndian.PutUint16(b[at+s.pointers[next]-off:], origin)
		}
		off = end
	}
	return b
}
