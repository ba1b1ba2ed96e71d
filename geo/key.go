package geo

import (
	"encoding/binary"
	"math/bits"
	"net/netip"
)

// key is an address as a number of 128 bits. IPv4 addresses take the upper 32,
// so that a prefix of either family is the key's leading bits. The families are
// kept apart by the step functions keys are used in.
type key struct{ hi, lo uint64 }

// lastKey returns the last key there is.
func lastKey() key { return key{^uint64(0), ^uint64(0)} }

// keyOf returns a's key.
func keyOf(a netip.Addr) key {
	if a.Is4() {
		b := a.As4()
		return key{hi: uint64(binary.BigEndian.Uint32(b[:])) << 32}
	}
	b := a.As16()
	return key{binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])}
}

// keysOf returns the first and the last key of a masked prefix.
func keysOf(p netip.Prefix) (first, last key) {
	first = keyOf(p.Addr())
	host := hostBits(128 - p.Bits())
	return first, key{first.hi | host.hi, first.lo | host.lo}
}

// hostBits returns a key whose n lowest bits are set.
func hostBits(n int) key {
	if n >= 64 {
		return key{1<<(n-64) - 1, ^uint64(0)}
	}
	return key{0, 1<<n - 1}
}

func (k key) compare(l key) int {
	switch {
	case k == l:
		return 0
	case k.less(l):
		return -1
	}
	return 1
}

func (k key) less(l key) bool { return k.hi < l.hi || k.hi == l.hi && k.lo < l.lo }

// next returns the key after k; false after the last.
func (k key) next() (key, bool) {
	lo, carry := bits.Add64(k.lo, 1, 0)
	return key{k.hi + carry, lo}, k != lastKey()
}

// previous returns the key before k, which must not be the first.
func (k key) previous() key {
	lo, borrow := bits.Sub64(k.lo, 1, 0)
	return key{k.hi - borrow, lo}
}

// trailingZeros returns how many of k's lowest bits are 0.
func (k key) trailingZeros() int {
	if k.lo != 0 {
		return bits.TrailingZeros64(k.lo)
	}
	return 64 + bits.TrailingZeros64(k.hi)
}

// prefix returns the prefix of n bits that begins at k.
func (k key) prefix(n int, ipv4 bool) netip.Prefix {
	if ipv4 {
		var b [4]byte
		binary.BigEndian.PutUint32(b[:], uint32(k.hi>>32))
		return netip.PrefixFrom(netip.AddrFrom4(b), n)
	}
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], k.hi)
	binary.BigEndian.PutUint64(b[8:], k.lo)
	return netip.PrefixFrom(netip.AddrFrom16(b), n)
}
