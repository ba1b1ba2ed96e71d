package node

import (
	"context"
	"time"

	"meridian/cluster"
)

// aliveEvery is how often gossip is asked whether a node is still there.
const aliveEvery = 250 * time.Millisecond

// callAlive asks a node for something that may take a while, for as long as
// gossip finds it alive: one that is frozen keeps its streams open and answers
// nothing.
func (n *Node) callAlive(ctx context.Context, to cluster.NodeID, method string, body []byte) ([]byte, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		ticker := time.NewTicker(aliveEvery)
		defer ticker.Stop()
		for n.lives(to) {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
		}
		cancel()
	}()
	answer, err := n.cluster.Call(ctx, to, method, body)
	cancel()
	<-watched
	return answer, err
}

// lives reports whether gossip has nothing against a node.
func (n *Node) lives(id cluster.NodeID) bool {
	m, known := n.members()[id]
	return !known || m.State == "alive"
}
