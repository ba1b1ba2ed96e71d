package geo

import (
	"encoding/binary"
	"net/netip"
	"slices"
)

// The prefixes of RFC 3056 and RFC 4380.
const (
	sixToFour = 0x2002     // 2002:V4ADDR::/48
	teredo    = 0x20010000 // 2001:0:SERVER:FLAGS:PORT:V4ADDR, the last inverted
)

// tunnel returns ipv6 with 2002::/16 replaced by what ipv4 says of the
// addresses embedded there. A network of n bits becomes one of 16+n, so that
// the ECS scope of an answer is right.
func tunnel(ipv6, ipv4 steps) steps {
	begin, end := key{hi: sixToFour << 48}, key{hi: (sixToFour + 1) << 48}
	_, before := ipv6.find(begin.previous())
	after, next := ipv6.find(end)
	out := slices.Grow(slices.Clone(ipv6[:before+1]), len(ipv4)+len(ipv6)-next+1)
	out = out.push(begin, 0)
	for _, s := range ipv4 {
		out = out.push(key{hi: begin.hi | s.start.hi>>16}, s.value)
	}
	out = out.push(end, after)
	for _, s := range ipv6[next+1:] {
		out = out.push(s.start, s.value)
	}
	return out
}

// majority returns the step function in which every block of 16 bits has the
// value that most of its keys have in s. 6to4 is all but extinct (RFC 7526):
// this keeps it from doubling the client table.
func majority(s steps) steps {
	t := tally{counts: make(map[uint32]uint64)}
	if len(s) > 0 && s[0].start != (key{}) {
		t.add(0, s[0].start.previous().hi, 0)
	}
	for i := range s {
		t.add(s[i].start.hi, s.last(i).hi, s[i].value)
	}
	return t.close()
}

// tally counts the keys of one block of 16 bits by their value.
type tally struct {
	out    steps
	block  uint64
	counts map[uint32]uint64
}

const blockShift = 64 - 16

// add counts the keys from first to last, by their upper halves; it must be
// called in order.
func (t *tally) add(first, last uint64, value uint32) {
	from, to := first>>blockShift, last>>blockShift
	if from == to {
		t.count(from, last-first+1, value)
		return
	}
	t.count(from, (from+1)<<blockShift-first, value)
	if from+1 < to {
		t.close()
		t.out = t.out.push(key{hi: (from + 1) << blockShift}, value)
	}
	t.count(to, last-to<<blockShift+1, value)
}

func (t *tally) count(block, n uint64, value uint32) {
	if block != t.block {
		t.close()
		t.block = block
	}
	t.counts[value] += n
}

// close ends the block: most keys win, the smaller value if there are as many.
func (t *tally) close() steps {
	if len(t.counts) > 0 {
		t.out = t.out.push(key{hi: t.block << blockShift}, t.winner())
		clear(t.counts)
	}
	return t.out
}

// winner returns the value that counts most, the least of those that do.
func (t *tally) winner() uint32 {
	var winner uint32
	var most uint64
	for value, n := range t.counts {
		if n > most || n == most && value < winner {
			winner, most = value, n
		}
	}
	return winner
}

// Unwrap returns the IPv4 address inside an IPv4-mapped, 6to4 or Teredo
// address, and any other address as it is, without zone. It is for whole
// addresses, such as a resolver's: a client subnet holds no whole Teredo client
// and must be looked up as it was sent, so that its scope is right.
func Unwrap(a netip.Addr) netip.Addr {
	a = a.Unmap().WithZone("")
	if !a.Is6() {
		return a
	}
	b := a.As16()
	switch {
	case binary.BigEndian.Uint16(b[:2]) == sixToFour:
		return netip.AddrFrom4([4]byte(b[2:6]))
	case binary.BigEndian.Uint32(b[:4]) == teredo:
		return netip.AddrFrom4([4]byte{^b[12], ^b[13], ^b[14], ^b[15]})
	}
	return a
}
