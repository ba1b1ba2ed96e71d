package dnsserver

import "encoding/binary"

// query is a received message, as far as an authoritative server reads it.
// Its slices point into the message or into the query itself: it lives as long
// as one exchange.
type query struct {
	id       uint16
	flags    uint16
	counts   [4]uint16 // questions, answers, authority, additional
	question []byte    // the question section to echo; empty unless it is one well-formed question
	name     []byte    // the name asked for: wire form, lower case
	rrtype   uint16
	class    uint16
	edns     edns

	lower [maxName]byte // backs name
}

// opcode returns the kind of query (RFC 1035 §4.1.1).
func (q *query) opcode() uint16 { return q.flags >> 11 & 15 }

// header reads the fixed part; msg has at least headerSize octets.
func (q *query) header(msg []byte) {
	q.id = binary.BigEndian.Uint16(msg)
	q.flags = binary.BigEndian.Uint16(msg[2:])
	for i := range q.counts {
		q.counts[i] = binary.BigEndian.Uint16(msg[4+2*i:])
	}
	q.question, q.name = nil, nil
	q.rrtype, q.class = 0, 0
	q.edns = edns{}
}

// parse reads what follows the header. What could be read stays readable when
// the rest is malformed, so that the reply can echo it.
func (q *query) parse(msg []byte) rcode {
	off := headerSize
	for i := range int(q.counts[0]) {
		if off = q.readQuestion(msg, off, i); off < 0 {
			return rcodeFormErr
		}
	}
	for section := 1; section < len(q.counts); section++ {
		for range int(q.counts[section]) {
			if off = q.readRecord(msg, off, section); off < 0 {
				return rcodeFormErr
			}
		}
	}
	if off != len(msg) {
		return rcodeFormErr
	}
	return q.edns.read()
}

// readQuestion reads the question at msg[off:] and returns the offset behind
// it, -1 if it is malformed. Only the first is kept.
func (q *query) readQuestion(msg []byte, off, index int) int {
	end := nameEnd(msg, off)
	if end < 0 || end+4 > len(msg) {
		return -1
	}
	if index == 0 {
		q.name = appendLower(q.lower[:0], msg[off:end])
		q.rrtype = binary.BigEndian.Uint16(msg[end:])
		q.class = binary.BigEndian.Uint16(msg[end+2:])
		if q.counts[0] == 1 {
			q.question = msg[off : end+4]
		}
	}
	return end + 4
}

// readRecord skips the record at msg[off:], remembering an OPT, and returns
// the offset behind it, -1 if it is malformed.
func (q *query) readRecord(msg []byte, off, section int) int {
	start := off
	if off = skipName(msg, off); off < 0 || off+10 > len(msg) {
		return -1
	}
	head := msg[off : off+10]
	end := off + 10 + int(binary.BigEndian.Uint16(head[8:]))
	if binary.BigEndian.Uint16(head) == typeOPT && !q.edns.accept(head, section, off-start == 1) {
		return -1
	}
	if end > len(msg) {
		return -1
	}
	if binary.BigEndian.Uint16(head) == typeOPT {
		q.edns.data = msg[off+10 : end]
	}
	return end
}
