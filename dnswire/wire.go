package dnswire

import (
	"fmt"

	"github.com/miekg/dns"
)

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
