package configs

import (
	"net/netip"

	"meridian/routing"
)

// RegisteredGateway is a gateway that a node has registered.
type RegisteredGateway struct {
	Location routing.LocationName
	Name     string // the node's
	Addrs    []netip.Addr
	Port     uint16
	TLS      bool
	Status   string // path that probes ask for; empty: the usual one
}

// Unassigned is a registered gateway that serves nothing.
type Unassigned struct {
	RegisteredGateway
	Why string // "no location …"
}
