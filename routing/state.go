package routing

import "net/netip"

// State is all that changes while a Structure stands: what operators want and
// what probes saw. NewState makes one in which everything is on and unchecked.
type State struct {
	Profiles  []Switch        // by ProfileID
	Endpoints []EndpointState // by EndpointID
	Locations []LocationState // by LocationID
}

// Switch is the effective will of operators for one object.
type Switch uint8

const (
	On    Switch = iota
	Drill        // off for a drill: yields when nothing else is available
	Off          // off: never answered
)

// Health is the verdict of probes on one target.
type Health uint8

const (
	Unchecked Health = iota // no verdict yet: serves, as Azure's CheckingEndpoint does
	Up
	Down
)

// String returns the verdict's name in lower case.
func (h Health) String() string {
	switch h {
	case Up:
		return "up"
	case Down:
		return "down"
	default:
		return "unchecked"
	}
}

// Slots is the number of parts into which clients are dealt: the unit of
// weights and of shares.
const Slots = 4096

// EndpointState is what is known of one endpoint. Health and Addrs do not
// count for nested, location and gateway targets: theirs follow from the child
// or from the location.
type EndpointState struct {
	Switch Switch
	Health Health
	Shed   uint16       // of Slots: the share of clients sent elsewhere; 0 none
	Addrs  []netip.Addr // a flattened name: what it stands for now; none yet: it cannot be answered
}

// LocationState is what is known of one location.
type LocationState struct {
	Switch   Switch
	Shed     uint16 // of Slots: the share of clients sent elsewhere; 0 none
	Gateways []Gateway
}

// Gateway is one address of one node's gateway. A node with several addresses
// has several entries.
type Gateway struct {
	Node   string
	Addr   netip.Addr
	Health Health
}
