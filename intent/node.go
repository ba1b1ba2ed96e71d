package intent

import (
	"fmt"
	"slices"
)

// Node is what a node registers of itself. It is known until it is forgotten,
// whether it is heard of or not.
type Node struct {
	ID          NodeID      `json:"id"`
	Name        string      `json:"name"`              // a DNS label in lower case
	Location    string      `json:"location"`          // its id: "westus2"
	Display     string      `json:"display,omitempty"` // the location's name as the node file spells it: "West US 2"
	Zone        string      `json:"zone,omitempty"`
	Roles       []string    `json:"roles"`
	Key         []byte      `json:"key"`                // ed25519, 32 bytes; ID is made of it
	Gossip      string      `json:"gossip,omitempty"`   // host:port
	Streams     string      `json:"streams,omitempty"`  // host:port
	Gateways    []string    `json:"gateways,omitempty"` // addresses that are answered for its gateway
	GatewayPort int         `json:"gatewayPort,omitempty"`
	GatewayTLS  bool        `json:"gatewayTLS,omitempty"`
	Version     string      `json:"version,omitempty"` // of the program
	Registered  Time        `json:"registered"`        // for the first time
	State       NodeState   `json:"state"`
	Plan        PlanVersion `json:"plan"` // what it serves
}

// NodeState is what a node says of its own going.
type NodeState string

// The states.
const (
	Active  NodeState = "active"
	Leaving NodeState = "leaving" // out of answers; serves what still comes
	Left    NodeState = "left"    // shut down; it may come back
)

// The roles of nodes.
const (
	RoleDNS     = "dns"
	RoleGateway = "gateway"
	RoleProbe   = "probe"
	RoleAdmin   = "admin"
)

// roles returns all there are.
func roles() []string { return []string{RoleDNS, RoleGateway, RoleProbe, RoleAdmin} }

// Has reports whether a node has a role.
func (n Node) Has(role string) bool { return slices.Contains(n.Roles, role) }

// Encode returns the registration as JSON, at most MaxEncoded bytes of it.
func (n Node) Encode() ([]byte, error) {
	if err := n.Validate(); err != nil {
		return nil, fmt.Errorf("encoding node: %w", err)
	}
	return encode("node", n)
}

// DecodeNode reads what Encode writes, from whomever, and validates it. Members
// that it does not know are let pass: a newer version may have written them.
func DecodeNode(data []byte) (n Node, err error) {
	if err := decode("node", data, &n); err != nil {
		return Node{}, err
	}
	if err := n.Validate(); err != nil {
		return Node{}, fmt.Errorf("decoding node: %w", err)
	}
	if len(n.Gateways) == 0 {
		n.Gateways = nil
	}
	return n, nil
}
