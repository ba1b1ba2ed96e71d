package routing

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"net/netip"
	"slices"
)

// ClientTable assigns a class to every address: CIDR-aligned, disjoint blocks
// that cover both families. It is immutable.
type ClientTable struct {
	start4 []uint32
	start6 []word128
	index4 []uint32 // by the first 16 bits: the first block that starts there or later
	index6 []uint32
	bits   []uint8   // by BlockID
	class  []ClassID // by BlockID
	info   []ClassInfo
}

// word128 is an address as a number.
type word128 struct{ hi, lo uint64 }

func (w word128) less(v word128) bool { return w.hi < v.hi || w.hi == v.hi && w.lo < v.lo }

// sub returns w−v, modulo 2^128.
func (w word128) sub(v word128) word128 {
	lo, borrow := bits.Sub64(w.lo, v.lo, 0)
	hi, _ := bits.Sub64(w.hi, v.hi, borrow)
	return word128{hi, lo}
}

// add returns w+v, modulo 2^128.
func (w word128) add(v word128) word128 {
	lo, carry := bits.Add64(w.lo, v.lo, 0)
	hi, _ := bits.Add64(w.hi, v.hi, carry)
	return word128{hi, lo}
}

// pow2 returns 2^n; 0 for n = 128.
func pow2(n int) word128 {
	switch {
	case n < 64:
		return word128{0, 1 << n}
	case n < 128:
		return word128{1 << (n - 64), 0}
	}
	return word128{}
}

func (w word128) trailingZeros() int {
	if w.lo != 0 {
		return bits.TrailingZeros64(w.lo)
	}
	return 64 + bits.TrailingZeros64(w.hi)
}

func (w word128) bitLen() int {
	if w.hi != 0 {
		return 64 + bits.Len64(w.hi)
	}
	return bits.Len64(w.lo)
}

// number returns a's value: in the low 32 bits for IPv4.
func number(a netip.Addr) word128 {
	if a.Is4() {
		b := a.As4()
		return word128{0, uint64(binary.BigEndian.Uint32(b[:]))}
	}
	b := a.As16()
	return word128{binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])}
}

// NewClientTable makes a table of blocks, which must be sorted by address, IPv4
// first, and disjoint. Addresses no block covers get class 0. It keeps classes.
func NewClientTable(blocks []Block, classes []ClassInfo) (*ClientTable, error) {
	if len(classes) == 0 || len(classes) > MaxClasses {
		return nil, fmt.Errorf("client table: %d classes: want 1 to %d", len(classes), MaxClasses)
	}
	t := &ClientTable{info: classes}
	n4 := 0
	for n4 < len(blocks) && blocks[n4].Prefix.Addr().Is4() {
		n4++
	}
	if err := t.fill(blocks[:n4], 32); err != nil {
		return nil, err
	}
	if err := t.fill(blocks[n4:], 128); err != nil {
		return nil, err
	}
	t.index4 = indexOf(len(t.start4), func(i int) uint64 { return uint64(t.start4[i] >> 16) })
	t.index6 = indexOf(len(t.start6), func(i int) uint64 { return t.start6[i].hi >> 48 })
	return t, nil
}

// fill appends the blocks of one family, and blocks of class 0 between them.
func (t *ClientTable) fill(blocks []Block, width int) error {
	end := word128{} // of the family's space: 2^128 is 0 again
	if width == 32 {
		end = pow2(32)
	}
	var next word128 // first address not yet covered; end when all are
	for i, b := range blocks {
		if err := t.accepts(b, width); err != nil {
			return err
		}
		first := number(b.Prefix.Addr())
		if i > 0 && (next == end || first.less(next)) {
			return fmt.Errorf("client table: block %v overlaps an earlier one or is out of order", b.Prefix)
		}
		if next != first {
			t.gap(next, first, width)
		}
		t.append(first, b.Prefix.Bits(), b.Class, width)
		next = first.add(pow2(width - b.Prefix.Bits()))
	}
	if len(blocks) == 0 || next != end {
		t.gap(next, end, width)
	}
	return nil
}

func (t *ClientTable) accepts(b Block, width int) error {
	p := b.Prefix
	if !p.IsValid() || p != p.Masked() || p.Addr().BitLen() != width || int(b.Class) >= len(t.info) {
		return fmt.Errorf("client table: block %v of class %d: want a masked prefix of %d bits and a class below %d", p, b.Class, width, len(t.info))
	}
	return nil
}

// gap covers [from, to), which is not empty, with aligned blocks of class 0;
// to = 0 is the end of the IPv6 space.
func (t *ClientTable) gap(from, to word128, width int) {
	for {
		size := min(from.trailingZeros(), width)
		if left := to.sub(from); left != (word128{}) {
			size = min(size, left.bitLen()-1)
		}
		t.append(from, width-size, 0, width)
		if from = from.add(pow2(size)); from == to {
			return
		}
	}
}

func (t *ClientTable) append(first word128, prefixBits int, class ClassID, width int) {
	if width == 32 {
		t.start4 = append(t.start4, uint32(first.lo))
	} else {
		t.start6 = append(t.start6, first)
	}
	t.bits = append(t.bits, uint8(prefixBits))
	t.class = append(t.class, class)
}

// indexOf returns, for every value of a block's first 16 bits, the first of n
// blocks that starts there or later.
func indexOf(n int, top func(i int) uint64) []uint32 {
	index := make([]uint32, 1<<16+1)
	block := 0
	for v := range index {
		for block < n && top(block) < uint64(v) {
			block++
		}
		index[v] = uint32(block)
	}
	return index
}

// Find returns the block a lies in. The zero Addr is in the first block of
// class 0 or, where there is none, in block 0.
func (t *ClientTable) Find(a netip.Addr) BlockID {
	if a.Is4() {
		b := a.As4()
		v := binary.BigEndian.Uint32(b[:])
		lo, hi := t.index4[v>>16], t.index4[v>>16+1]
		for lo < hi {
			mid := (lo + hi) >> 1
			if t.start4[mid] <= v {
				lo = mid + 1
			} else {
				hi = mid
			}
		}
		return BlockID(lo - 1)
	}
	if !a.IsValid() {
		return BlockID(max(0, slices.Index(t.class, 0)))
	}
	v := number(a)
	lo, hi := t.index6[v.hi>>48], t.index6[v.hi>>48+1]
	for lo < hi {
		mid := (lo + hi) >> 1
		if !v.less(t.start6[mid]) {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return BlockID(len(t.start4)) + BlockID(lo-1)
}

// Len returns the number of blocks.
func (t *ClientTable) Len() int { return len(t.bits) }

// Classes returns the number of classes.
func (t *ClientTable) Classes() int { return len(t.info) }

// Class returns the class of a block.
func (t *ClientTable) Class(b BlockID) ClassID { return t.class[b] }

// Info returns what is known of a class.
func (t *ClientTable) Info(c ClassID) ClassInfo { return t.info[c] }

// Prefix returns the addresses of a block.
func (t *ClientTable) Prefix(b BlockID) netip.Prefix {
	var a netip.Addr
	if i := int(b) - len(t.start4); i >= 0 {
		var raw [16]byte
		binary.BigEndian.PutUint64(raw[:8], t.start6[i].hi)
		binary.BigEndian.PutUint64(raw[8:], t.start6[i].lo)
		a = netip.AddrFrom16(raw)
	} else {
		var raw [4]byte
		binary.BigEndian.PutUint32(raw[:], t.start4[b])
		a = netip.AddrFrom4(raw)
	}
	return netip.PrefixFrom(a, int(t.bits[b]))
}
