package routing

import "net/netip"

// ClassID is the position of a ClassInfo in a ClientTable.
type ClassID uint16

// MaxClasses is the most classes a ClientTable may have.
const MaxClasses = 65535

// ClassInfo is all that routing knows of a group of clients. Blocks with equal
// info share one class.
type ClassInfo struct {
	Geo  GeoCode      // the most specific code known; World when nothing is
	Rank []LocationID // nearest first, by expected round-trip time; may leave locations out (unknown distance)
}

// Block assigns a class to the addresses of a prefix.
type Block struct {
	Prefix netip.Prefix // masked
	Class  ClassID
}

// BlockID is the position of a block in a ClientTable: IPv4 blocks first.
type BlockID uint32
