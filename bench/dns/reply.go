//go:build linux

package main

import (
	"encoding/binary"
	"slices"
)

// verdict says what is wrong with a reply.
type verdict uint8

const (
	right verdict = iota
	malformed
	wrongRcode
	wrongAnswer
	verdicts
)

func (v verdict) String() string {
	return [verdicts]string{"right", "malformed", "wrong rcode", "wrong answer"}[v]
}

// judge compares a reply with what its question wants. scoped is whether a
// client subnet with a scope longer than 0 came back.
func judge(q *question, reply []byte) (v verdict, scoped bool) {
	if len(reply) < len(q.wire)-optSize(q.wire) || reply[2]&0x80 == 0 || reply[2]&0x02 != 0 {
		return malformed, false
	}
	if reply[3]&0x0f != q.rcode {
		return wrongRcode, false
	}
	return q.sections(reply)
}

// optSize is the length of the OPT record that ends a query.
func optSize(wire []byte) int { return len(wire) - questionEnd(wire) }

// questionEnd is where the only question of a message ends.
func questionEnd(wire []byte) int {
	off := headerSize
	for off < len(wire) && wire[off] != 0 {
		off += 1 + int(wire[off])
	}
	return off + 5
}

// sections walks the records of a reply.
func (q *question) sections(reply []byte) (verdict, bool) {
	answers := int(binary.BigEndian.Uint16(reply[6:]))
	others := int(binary.BigEndian.Uint16(reply[8:])) + int(binary.BigEndian.Uint16(reply[10:]))
	found, scoped := answers == 0 && len(q.addrs) == 0, false
	off := questionEnd(reply)
	for i := range answers + others {
		r, next := readRecord(reply, off)
		if next == 0 {
			return malformed, false
		}
		found = found || i < answers && q.wants(r)
		scoped = scoped || r.kind == typeOPT && subnetScope(r.data) > 0
		off = next
	}
	if !found {
		return wrongAnswer, scoped
	}
	return right, scoped
}

// wants reports whether a record is one of the right answers.
func (q *question) wants(r record) bool {
	return r.kind == typeA && len(r.data) == 4 && slices.Contains(q.addrs, [4]byte(r.data))
}

// record is a resource record without its name, class and TTL.
type record struct {
	kind uint16
	data []byte
}

// readRecord reads the record at off; next is 0 if the message is cut.
func readRecord(msg []byte, off int) (r record, next int) {
	for off < len(msg) && msg[off] != 0 && msg[off] < 0xc0 {
		off += 1 + int(msg[off])
	}
	if off >= len(msg) {
		return r, 0
	}
	if msg[off] >= 0xc0 {
		off++
	}
	off++
	if off+10 > len(msg) {
		return r, 0
	}
	end := off + 10 + int(binary.BigEndian.Uint16(msg[off+8:]))
	if end > len(msg) {
		return r, 0
	}
	return record{binary.BigEndian.Uint16(msg[off:]), msg[off+10 : end]}, end
}

// subnetScope is the scope of the client subnet option in the data of an OPT
// record, 0 where there is none.
func subnetScope(data []byte) byte {
	for len(data) >= 4 {
		size := int(binary.BigEndian.Uint16(data[2:]))
		if size > len(data)-4 {
			return 0
		}
		if binary.BigEndian.Uint16(data) == optionSubnet && size >= 4 {
			return data[7]
		}
		data = data[4+size:]
	}
	return 0
}
