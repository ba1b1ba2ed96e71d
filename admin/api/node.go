package api

import "time"

// Node is one registered node.
type Node struct {
	ID         string       `json:"id" doc:"For ever: made of the node's public key" example:"0123456789abcdef0123456789abcdef"`
	Name       string       `json:"name" example:"westus2-1"`
	Location   string       `json:"location,omitempty" doc:"Id"`
	Display    string       `json:"locationName,omitempty" example:"West US 2"`
	Zone       string       `json:"zone,omitempty"`
	Roles      List[string] `json:"roles" nullable:"false"`
	State      string       `json:"state" enum:"active,leaving,left,unassigned,duplicate" doc:"unassigned: its location is not in the plan; duplicate: an older node has its name"`
	Why        string       `json:"why,omitempty" doc:"Reason of the state, for people"`
	Member     string       `json:"member" enum:"alive,suspect,dead,left,unknown" doc:"What gossip says; moves no answer"`
	Here       bool         `json:"here,omitempty" doc:"Whether it is the node that answers"`
	Primary    bool         `json:"primary,omitempty" doc:"Whether it writes the plan"`
	Gossip     string       `json:"gossip,omitempty" doc:"Address"`
	Peer       string       `json:"peer,omitempty" doc:"Address of the peer listener"`
	Gateways   List[string] `json:"gateways" nullable:"false" doc:"Addresses DNS answers for its gateway"`
	Version    string       `json:"version" doc:"Of the program"`
	Registered time.Time    `json:"registeredAt"`
	Plan       string       `json:"plan,omitempty" doc:"Version of the plan it serves, when last heard"`
	Heard      *time.Time   `json:"heardAt,omitempty"`
}

// Nodes lists the registered nodes by name.
type Nodes struct {
	Nodes List[Node] `json:"nodes" nullable:"false"`
}

// PromoteOrder makes another node the writer of the plan.
type PromoteOrder struct {
	Node   string       `json:"node" minLength:"1" maxLength:"255" doc:"Name or id"`
	Reason string       `json:"reason" minLength:"1" maxLength:"1024"`
	Bypass List[string] `json:"bypass,omitempty" nullable:"false" maxItems:"8"`
}
