package geo

import (
	"encoding/binary"
	"fmt"
)

// tree is the search tree of a verified mmdb file: nodes of two records each.
type tree struct {
	file  []byte
	nodes uint64
	bits  uint // of a record: 24, 28 or 32
}

// record returns what a node's record on one side (0 or 1) points to: another
// node if it is below t.nodes.
func (t *tree) record(node uint64, side uint) uint64 {
	size := uint64(t.bits) / 4
	b := t.file[node*size : (node+1)*size]
	switch t.bits {
	case 24:
		b = b[3*side:]
		return uint64(b[0])<<16 | uint64(b[1])<<8 | uint64(b[2])
	case 28:
		high := uint64(b[3]>>(4*(1-side))) & 0xf
		b = b[4*side:]
		return high<<24 | uint64(b[0])<<16 | uint64(b[1])<<8 | uint64(b[2])
	}
	return uint64(binary.BigEndian.Uint32(b[4*side:]))
}

// ipv4 returns the node at ::/96, to which other branches may point: there the
// writer makes IPv4 known as IPv4-mapped, 6to4 and Teredo.
func (t *tree) ipv4() uint64 {
	node := uint64(0)
	for depth := 0; depth < 96 && node < t.nodes; depth++ {
		node = t.record(node, 0)
	}
	return node
}

// check refuses trees whose branches share nodes: such a tree may have 2^128
// networks without being large.
func (t *tree) check() error {
	seen := make([]bool, t.nodes)
	shared := t.ipv4()
	for node := range t.nodes {
		for side := range uint(2) {
			to := t.record(node, side)
			if to >= t.nodes || to == shared {
				continue
			}
			if seen[to] {
				return fmt.Errorf("node %d of its tree is in two branches: they must not share nodes", to)
			}
			seen[to] = true
		}
	}
	return nil
}
