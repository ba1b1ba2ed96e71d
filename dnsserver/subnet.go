package dnsserver

import (
	"encoding/binary"
	"net/netip"

	"meridian/routing"
)

// clientSubnet is the EDNS Client Subnet option of a query (RFC 7871 §6).
type clientSubnet struct {
	seen   bool       // the query has the option, well-formed or not
	raw    []byte     // the option's data, echoed bit for bit but for the scope; nil if malformed
	source uint8      // SOURCE PREFIX-LENGTH
	addr   netip.Addr // the network's first address, as sent: not unmapped
}

// read reads the option's data and reports whether it is what RFC 7871 allows
// in a query. A second option is malformed: two networks cannot both be the
// client's.
func (c *clientSubnet) read(data []byte) bool {
	if c.seen {
		c.raw = nil
		return false
	}
	c.seen = true
	if len(data) < 4 || data[3] != 0 {
		return false
	}
	octets, ok := familyOctets(binary.BigEndian.Uint16(data))
	source := data[2]
	if !ok || int(source) > 8*octets || len(data)-4 != (int(source)+7)/8 {
		return false
	}
	var full [16]byte
	copy(full[:], data[4:])
	addr := netip.AddrFrom16(full)
	if octets == 4 {
		addr = netip.AddrFrom4([4]byte(full[:4]))
	}
	if netip.PrefixFrom(addr, int(source)).Masked().Addr() != addr {
		return false
	}
	c.raw, c.source, c.addr = data, source, addr
	return true
}

// familyOctets returns the length of an address of an address family number.
func familyOctets(family uint16) (octets int, ok bool) {
	switch family {
	case 1:
		return 4, true
	case 2:
		return 16, true
	}
	return 0, false
}

// mappedBits is the length of the prefix that holds the IPv4-mapped addresses.
const mappedBits = 96

// mapped reports whether the network lies in the IPv4-mapped addresses, where
// it says more than "all of IPv4".
func (c *clientSubnet) mapped() bool { return c.source > mappedBits && c.addr.Is4In6() }

// client returns whom to decide for: the network sent, private ones included,
// or the resolver where there is none.
func (c *clientSubnet) client(resolver netip.Addr) routing.Client {
	switch {
	case c.raw == nil || c.source == 0:
		return routing.Client{Addr: resolver}
	case c.mapped():
		return routing.Client{Addr: c.addr.Unmap(), Bits: c.source - mappedBits}
	}
	return routing.Client{Addr: c.addr, Bits: c.source}
}

// scope turns the scope of a decision for client into one around the network
// as sent.
func (c *clientSubnet) scope(decided uint8) uint8 {
	switch {
	case c.raw == nil || c.source == 0:
		return 0
	case c.mapped():
		return decided + mappedBits // constant in all of IPv4 is not constant in all of IPv6
	}
	return decided
}

// appendTo appends the option for the reply.
func (c *clientSubnet) appendTo(b []byte, scope uint8) []byte {
	b = appendOption(b, optECS, len(c.raw))
	at := len(b)
	b = append(b, c.raw...)
	b[at+3] = scope
	return b
}

// appendOption appends an option's code and length.
func appendOption(b []byte, code uint16, size int) []byte {
	b = binary.BigEndian.AppendUint16(b, code)
	return binary.BigEndian.AppendUint16(b, uint16(size))
}
