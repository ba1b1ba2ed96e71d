package api

import "time"

// Cluster is what this node sees of the others.
type Cluster struct {
	Enabled   bool         `json:"enabled" doc:"Whether the node file has a cluster block"`
	Node      string       `json:"node" doc:"Id of the node that answers"`
	Name      string       `json:"name"`
	Label     string       `json:"label,omitempty"`
	Trust     string       `json:"trust,omitempty" enum:"any,pinned"`
	Awareness int          `json:"awareness" doc:"Lifeguard score; 0: healthy"`
	Isolated  bool         `json:"isolated" doc:"No contact to a majority of the registered locations for 30 s"`
	Members   List[Member] `json:"members" nullable:"false" doc:"By name"`
	Keys      List[KeyUse] `json:"keys" nullable:"false" doc:"Gossip keys by fingerprint, and who has them"`
}

// Member is one node as gossip sees it. It moves no answer.
type Member struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Address string    `json:"address"`
	State   string    `json:"state" enum:"alive,suspect,dead,left"`
	Since   time.Time `json:"since"`
	UDP     string    `json:"udp" enum:"ok,unreachable,one_way,unknown" doc:"one_way: datagrams pass in one direction only"`
	RTTMs   float64   `json:"rttMs,omitempty"`
}

// KeyUse says which nodes have a gossip key.
type KeyUse struct {
	Fingerprint string       `json:"fingerprint"`
	Nodes       List[string] `json:"nodes" nullable:"false" doc:"Names of nodes that can read with it"`
	Using       List[string] `json:"using" nullable:"false" doc:"Names of nodes that write with it"`
	Lacking     List[string] `json:"lacking" nullable:"false" doc:"Names of registered nodes that do not have it"`
	Unknown     List[string] `json:"unknown" nullable:"false" doc:"Names of nodes that could not be asked"`
}

// KeyOrder changes the gossip keys of all nodes. Rotate is add, use and remove
// one after the other, each when every registered node has followed.
type KeyOrder struct {
	Do          string `json:"do" enum:"add,use,remove,rotate"`
	Key         []byte `json:"key,omitempty" maxLength:"44" doc:"With add: 16, 24 or 32 bytes in base64; made here without"`
	Fingerprint string `json:"fingerprint,omitempty" maxLength:"64" doc:"With use and remove"`
	Reason      string `json:"reason,omitempty" maxLength:"1024"`
}
