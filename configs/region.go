package configs

import (
	"net/netip"

	"meridian/routing"
)

// Region is a location of the document.
type Region struct {
	Name     routing.LocationName
	Display  string         // as the document spells it
	Capacity int            // nodes it is meant to have; 0: not stated
	UnitRPS  int            // requests a second one node can take; 0: unknown
	Zones    []string       // in which nodes may stand; none: not stated
	Internal bool           // answered only to clients inside Networks
	Networks []netip.Prefix // Internal: masked, disjoint, at least one
}

// NodeKey is a node that is trusted where trust is pinned: by key or by id.
type NodeKey struct {
	Name string
	Key  []byte // ed25519 public key of 32 octets; nil where ID is given
	ID   string // 32 hexadecimal digits in lower case; empty where Key is given
}
