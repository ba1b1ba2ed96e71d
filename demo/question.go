package demo

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"

	"meridian/dnswire"
)

// question asks for the IPv4 addresses of a name on behalf of a client.
type question struct {
	name   dnswire.Name
	client netip.Prefix // IPv4; the zero Prefix sends none
}

// answer is what a server replied.
type answer struct {
	Rcode int          // without the upper bits of EDNS
	Addrs []netip.Addr // of A records, in the order of the reply
	TTL   uint32       // of the last of them, seconds
	Scope int          // of the EDNS client subnet (RFC 7871); -1 without the option
}

// first returns the first address, the zero Addr where there is none.
func (a answer) first() netip.Addr {
	if len(a.Addrs) == 0 {
		return netip.Addr{}
	}
	return a.Addrs[0]
}

// Numbers of DNS that questions and answers need.
const (
	headerSize   = 12
	typeA        = 1
	typeOPT      = 41
	classIN      = 1
	payloadSize  = 1232 // octets, RFC 9715
	optionSubnet = 8
	maxRecords   = 256 // read of one reply
)

var (
	errCut   = errors.New("reply is cut short")
	errStray = errors.New("reply is not to this question")
)

// appendTo appends the question as a message (RFC 1035 §4).
func (q question) appendTo(b []byte, id uint16) []byte {
	b = binary.BigEndian.AppendUint16(b, id)
	b = append(b, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1) // no flags; one question, one additional record
	b = q.name.AppendWire(b)
	b = append(b, 0, typeA, 0, classIN)
	b = append(b, 0, 0, typeOPT)
	b = binary.BigEndian.AppendUint16(b, payloadSize)
	b = append(b, 0, 0, 0, 0)
	if !q.client.IsValid() {
		return append(b, 0, 0)
	}
	bits := q.client.Bits()
	octets := q.client.Masked().Addr().As4()
	sent := octets[:(bits+7)/8]
	b = binary.BigEndian.AppendUint16(b, uint16(8+len(sent)))
	b = append(b, 0, optionSubnet, 0, byte(4+len(sent)), 0, 1, byte(bits), 0)
	return append(b, sent...)
}

// read reads the reply to the question.
func (q question) read(msg []byte, id uint16) (answer, error) {
	a := answer{Scope: -1}
	off, err := q.matches(msg, id)
	if err != nil {
		return a, err
	}
	a.Rcode = int(msg[3] & 0x0F)
	for range min(records(msg), maxRecords) {
		if off, err = a.record(msg, off); err != nil {
			return a, err
		}
	}
	return a, nil
}

// matches returns the offset of the first record of a reply to the question.
func (q question) matches(msg []byte, id uint16) (int, error) {
	if len(msg) < headerSize {
		return 0, errCut
	}
	if binary.BigEndian.Uint16(msg) != id || msg[2]&0x80 == 0 {
		return 0, errStray
	}
	if binary.BigEndian.Uint16(msg[4:]) != 1 {
		return 0, fmt.Errorf("reply with rcode %d does not repeat the question", msg[3]&0x0F)
	}
	name, off, err := dnswire.ReadName(msg, headerSize)
	if err != nil {
		return 0, err
	}
	if name != q.name {
		return 0, errStray
	}
	return off + 4, nil
}

// records is how many records a message says it has.
func records(msg []byte) (n int) {
	for at := 6; at < headerSize; at += 2 {
		n += int(binary.BigEndian.Uint16(msg[at:]))
	}
	return n
}

// record takes in the record at off and returns the offset behind it.
func (a *answer) record(msg []byte, off int) (int, error) {
	_, off, err := dnswire.ReadName(msg, off)
	if err != nil {
		return 0, err
	}
	if len(msg)-off < 10 {
		return 0, errCut
	}
	kind, ttl := binary.BigEndian.Uint16(msg[off:]), binary.BigEndian.Uint32(msg[off+4:])
	end := off + 10 + int(binary.BigEndian.Uint16(msg[off+8:]))
	if end > len(msg) {
		return 0, errCut
	}
	data := msg[off+10 : end]
	switch {
	case kind == typeA && len(data) == 4:
		addr, _ := netip.AddrFromSlice(data)
		a.Addrs, a.TTL = append(a.Addrs, addr), ttl
	case kind == typeOPT:
		a.options(data)
	}
	return end, nil
}

// options takes in the scope of the client subnet option.
func (a *answer) options(data []byte) {
	for len(data) >= 4 {
		size := int(binary.BigEndian.Uint16(data[2:]))
		if 4+size > len(data) {
			return
		}
		if binary.BigEndian.Uint16(data) == optionSubnet && size >= 4 {
			a.Scope = int(data[7])
		}
		data = data[4+size:]
	}
}
