package routing

import (
	"encoding/binary"
	"math/bits"
	"net/netip"
)

// The blocks in which clients are dealt by weight: RFC 7871 §11.1 recommends
// these lengths, and the large public resolvers send no longer ones.
const (
	blockBits4 = 24
	blockBits6 = 48
)

// mix is a bijection that spreads every input bit over the whole word
// (the finalizer of SplitMix64).
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}

// hashString is FNV-1a, finished by mix. It is part of what makes all name
// servers deal clients alike: it must never change.
func hashString(s string) uint64 {
	h := uint64(0xcbf29ce484222325)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 0x100000001b3
	}
	return mix(h)
}

// blockOf returns the number of the /24 or /48 around a.
func blockOf(a netip.Addr) uint64 {
	if a.Is4() {
		b := a.As4()
		return uint64(binary.BigEndian.Uint32(b[:]) >> (32 - blockBits4))
	}
	b := a.As16()
	return binary.BigEndian.Uint64(b[:8])>>(64-blockBits6) | 1<<63
}

// blockBits returns the length of the blocks of a's family.
func blockBits(a netip.Addr) uint8 {
	if a.Is4() {
		return blockBits4
	}
	return blockBits6
}

// below maps a uniform word to a uniform number below n.
func below(word uint64, n int) int {
	hi, _ := bits.Mul64(word, uint64(n))
	return int(hi)
}

// salts keep the uses of one draw or one block apart.
const (
	saltSlot = 0x736c6f74
	saltShed = 0x73686564
	saltRing = 0x72696e67
)

// key is what a decision may depend on besides the Snapshot.
type key struct {
	class  ClassID
	addr   netip.Addr
	subnet bool   // a client subnet was given
	block  uint64 // the /24 or /48 around addr
	draw   uint64
	family Family
}

// deal returns where the client falls for a purpose: the same for its whole
// block where there is a client subnet, else as the draw has it.
func (k *key) deal(seed, salt uint64) uint64 {
	if k.subnet {
		return mix(k.block ^ seed ^ salt<<20)
	}
	return mix(k.draw ^ seed ^ salt<<20)
}

// slot returns deal as a slot number.
func (k *key) slot(seed, salt uint64) uint16 { return uint16(k.deal(seed, salt) >> 52) }
