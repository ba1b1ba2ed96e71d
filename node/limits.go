package node

import (
	"context"
	"fmt"
	"sync"
	"time"

	"meridian/cluster"
	"meridian/gateway/limit"
	"meridian/intent"
)

const (
	// callLimits tells another gateway of the location what the limits have
	// counted here.
	callLimits = "limits"
	// limitsEvery is how often that is told (DESIGN §8).
	limitsEvery = 200 * time.Millisecond
)

// tellLimits tells the other gateways of this location what the limits have
// counted here. Whoever cannot be reached counts on its own meanwhile.
func (n *Node) tellLimits() {
	if n.cluster == nil {
		return
	}
	var peers []cluster.NodeID
	for _, r := range n.reachable() {
		if r.location == n.options.Config.Location && r.Has(intent.RoleGateway) && r.State == intent.Active {
			peers = append(peers, r.id)
		}
	}
	if len(peers) == 0 {
		return
	}
	usage := n.apis.limiter.Usage(time.Now())
	ctx, cancel := context.WithTimeout(n.lasting(), limitsEvery)
	defer cancel()
	var all sync.WaitGroup
	for _, id := range peers {
		all.Go(func() { _, _ = n.cluster.Call(ctx, id, callLimits, usage) }) // the next one says it all again
	}
	all.Wait()
}

// limitsTold takes in what the limits have counted at another gateway of this
// location.
func (n *Node) limitsTold(_ context.Context, from cluster.NodeID, body []byte) ([]byte, error) {
	if n.apis == nil {
		return nil, nil
	}
	if len(body) > limit.MaxUsage {
		return nil, fmt.Errorf("usage of limits of %d bytes: want at most %d", len(body), limit.MaxUsage)
	}
	r, known := n.directory().Node(intent.NodeID(from))
	if !known || r.Location != string(n.options.Config.Location) {
		return nil, fmt.Errorf("usage of limits of node %s: it is of another location", n.nameOf(from))
	}
	return nil, n.apis.limiter.Merge(string(from), body, time.Now())
}
