package configs

// ClusterSection connects this node with the others. Without it the node
// decides alone and listens for no other.
type ClusterSection struct {
	// What tells this cluster from others on the same network. Default: meridian.
	Label string `json:"label,omitempty" rule:"env,length=63"`
	// Address for gossip, over UDP and TCP, as host:port or :port. Default: :7946.
	Bind string `json:"bind,omitempty" rule:"env"`
	// Address at which other nodes reach it, as IP:port. Default: what is bound.
	Advertise string `json:"advertise,omitempty" rule:"env"`
	// Address at which other nodes reach gateway.peer, as IP:port. Default: the IP address of advertise with the port of gateway.peer.
	PeerAdvertise string `json:"peerAdvertise,omitempty" rule:"env"`
	// Gossip addresses of nodes to join, as host:port; names are looked up again and again. Default: none, others join this node.
	Join []string `json:"join,omitempty" rule:"items=64,env"`
	// File with the keys that encrypt gossip, relative to the node file; nobody but its owner may read it. 16, 24 or 32 octets each in base64 or hexadecimal digits, one a line; the first encrypts, the others are accepted too.
	KeyFile string `json:"keyFile" rule:"required,env,length=4096"`
	// Whose records count: any, everybody who has the key; pinned, nodes under nodeKeys of the plan. Default: any.
	Trust string `json:"trust,omitempty" rule:"enum=any|pinned"`
}
