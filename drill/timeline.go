package drill

// Timeline is what all nodes measured of one drill.
type Timeline struct {
	Spec  Spec      `json:"spec"`
	Nodes []NodeLog `json:"nodes"` // by node, each once
}
