package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"meridian/cluster"
)

// push is a set of records on their way to a node that is to have them in what
// it serves before it answers.
type push struct {
	Kind     cluster.Kind `json:"kind"`
	Messages [][]byte     `json:"messages"`
}

// pushReply says what a node did with a push.
type pushReply struct {
	Applied bool   `json:"applied"` // it is in what the node serves
	Durable bool   `json:"durable"` // it is on the node's disk
	Why     string `json:"why,omitempty"`
}

// maxPush is the most records of one push.
const maxPush = 256

// pushed takes a push in.
func (n *Node) pushed(ctx context.Context, from cluster.NodeID, body []byte) ([]byte, error) {
	var p push
	if err := json.Unmarshal(body, &p); err != nil {
		return nil, fmt.Errorf("reading a push of node %s: %w", n.nameOf(from), err)
	}
	state := n.replicas.states()[p.Kind]
	if state == nil || len(p.Messages) > maxPush {
		return nil, fmt.Errorf("push of %d records of kind %.40q: want at most %d of a known kind", len(p.Messages), p.Kind, maxPush)
	}
	var refused []error
	for _, m := range p.Messages {
		if _, err := state.Merge(m); err != nil {
			refused = append(refused, err)
		}
	}
	reply := n.applyPush(ctx, p.Kind) // what was taken in counts, whatever was not
	if err := errors.Join(refused...); err != nil {
		return nil, err
	}
	return json.Marshal(reply)
}

// applyPush puts what has been taken in into service.
func (n *Node) applyPush(ctx context.Context, kind cluster.Kind) pushReply {
	switch kind {
	case kindPlan:
		if err := n.takeUp(ctx); err != nil {
			return pushReply{Why: reason(err)}
		}
		l := n.pub.current.Load()
		return pushReply{Applied: true, Durable: l != nil && l.durable}
	case kindRegistry:
		n.rosterChanged()
		n.pub.wait(func(*publisher) {})
		return pushReply{Applied: true, Durable: n.listed.do() == nil}
	case kindSecret:
		n.secretsChanged()
		return pushReply{Applied: true, Durable: n.sealed.do() == nil}
	}
	saved := make(chan error, 1)
	n.spawn(func() { saved <- n.wishes.do() })
	n.pub.wait((*publisher).rewish)
	err := <-saved
	n.kept("intent", err)
	return pushReply{Applied: n.pub.current.Load() != nil, Durable: err == nil}
}

// pushTime is how long a node may take to apply a push before it counts as out
// of reach.
const pushTime = 2 * time.Second

// pushTo pushes records to one node.
func (n *Node) pushTo(ctx context.Context, to cluster.NodeID, body []byte, limit time.Duration) (r pushReply, err error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	answer, err := n.cluster.Call(ctx, to, callPush, body)
	if err == nil {
		err = json.Unmarshal(answer, &r)
	}
	return r, err
}

// tellOthers pushes records to every other node and waits until all have
// answered or ctx ends.
func (n *Node) tellOthers(ctx context.Context, kind cluster.Kind, messages [][]byte) {
	body, err := json.Marshal(push{kind, messages})
	if err != nil {
		return
	}
	var all sync.WaitGroup
	for _, peer := range n.others() {
		all.Go(func() {
			if _, err := n.pushTo(ctx, peer.id, body, pushTime); err != nil {
				n.log.Debug("push failed", "peer", peer.Name, "error", err)
			}
		})
	}
	all.Wait()
}
