package configs

// NodeCluster connects a node with the others.
type NodeCluster struct {
	Label            string   // tells this cluster from others
	Bind             string   // gossip: host:port or :port
	Advertise        string   // gossip: IP:port; empty: what is bound
	Join             []string // gossip addresses, host:port
	KeyFile          string   // holds the gossip keys (ReadGossipKeys)
	Pinned           bool     // only nodes of Service.NodeKeys count
	Streams          string   // streams and relays between nodes: host:port or :port
	StreamsAdvertise string   // IP:port; empty: what is bound
}
