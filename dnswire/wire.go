package dnswire

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	"github.com/miekg/dns"
)

// QuestionPointer is a compression pointer to the name of a message's only
// question, which follows the 12 octets of the header.
const QuestionPointer = 0xC00C

// recordHead is the octets of a record with a pointer as owner, before its data.
const recordHead = 2 + 2 + 2 + 4 + 2

// RData returns the wire form of a record's data, without its length and
// without compression: such data may stand at any place of any message.
func RData(rr dns.RR) ([]byte, error) {
	buf := make([]byte, dns.Len(rr)+64)
	end, err := dns.PackRR(rr, buf, 0, nil, false)
	if err != nil {
		return nil, fmt.Errorf("packing %s record of %q: %w", TypeName(rr.Header().Rrtype), rr.Header().Name, err)
	}
	_, off, err := dns.UnpackDomainName(buf[:end], 0)
	if err != nil || off+10 > end {
		return nil, fmt.Errorf("packing %s record of %q: owner is cut", TypeName(rr.Header().Rrtype), rr.Header().Name)
	}
	return buf[off+10 : end : end], nil
}

// AppendHead appends the start of a class IN record whose owner is a
// compression pointer (such as QuestionPointer); size octets of data follow.
func AppendHead(b []byte, pointer, rrtype uint16, ttl uint32, size int) []byte {
	b = binary.BigEndian.AppendUint16(b, pointer)
	b = binary.BigEndian.AppendUint16(b, rrtype)
	b = binary.BigEndian.AppendUint16(b, dns.ClassINET)
	b = binary.BigEndian.AppendUint32(b, ttl)
	return binary.BigEndian.AppendUint16(b, uint16(size))
}

// AppendRecord appends a class IN record whose owner is a compression pointer.
// rdata is what RData returned.
func AppendRecord(b []byte, pointer, rrtype uint16, ttl uint32, rdata []byte) []byte {
	return append(AppendHead(b, pointer, rrtype, ttl, len(rdata)), rdata...)
}

// AppendAddr appends an A or AAAA record, by the family of addr, which is
// neither zero nor IPv4-mapped.
func AppendAddr(b []byte, pointer uint16, ttl uint32, addr netip.Addr) []byte {
	if addr.Is4() {
		octets := addr.As4()
		return AppendRecord(b, pointer, dns.TypeA, ttl, octets[:])
	}
	octets := addr.As16()
	return AppendRecord(b, pointer, dns.TypeAAAA, ttl, octets[:])
}

// AppendCNAME appends a CNAME record to target, which is not compressed.
func AppendCNAME(b []byte, pointer uint16, ttl uint32, target Name) []byte {
	b = AppendHead(b, pointer, dns.TypeCNAME, ttl, target.WireLen())
	return target.AppendWire(b)
}
