package node

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"meridian/cluster"
	"meridian/configs"
)

// pinBlob is whom the last plan lists under nodeKeys, on disk.
const pinBlob = "pins"

// pinnedOf lists the nodes that a plan trusts.
func pinnedOf(s *configs.Service) []cluster.NodeID {
	var out []cluster.NodeID
	for _, k := range s.NodeKeys {
		id := cluster.NodeID(k.ID)
		if k.Key != nil {
			id = cluster.IDOf(k.Key)
		}
		out = append(out, id)
	}
	return out
}

// trust has a pinned node trust whom a plan lists, and any node when it starts
// pinned: what others wrote is read from disk before there is a plan.
func (n *Node) trust(ids []cluster.NodeID) {
	if !n.clustered() {
		return
	}
	if last := n.listedKeys.Load(); last == nil || !slices.Equal(*last, ids) {
		n.kept("pins", n.savePins(ids))
	}
	if !n.replicas.pin(ids) {
		return
	}
	n.rosterChanged()
	n.secretsChanged()
	n.pub.do((*publisher).rewish)
}

func (n *Node) savePins(ids []cluster.NodeID) error {
	data, err := json.Marshal(ids)
	if err != nil {
		return err
	}
	if err := n.disk.Save(pinBlob, data); err != nil {
		return err
	}
	n.listedKeys.Store(&ids)
	return nil
}

// restorePins reads whom the last plan listed.
func (n *Node) restorePins() {
	var kept []byte
	n.importBlob(pinBlob, func(data []byte, _ time.Duration) error {
		var ids []cluster.NodeID
		if err := json.Unmarshal(data, &ids); err != nil {
			return err
		}
		n.listedKeys.Store(&ids)
		n.replicas.pin(ids)
		kept = data
		return nil
	}, func() []byte { return kept })
}

// locksOut refuses a plan that does not list its writer where trust is pinned:
// this node could take no other plan after it. An old one without the keys of
// the new, which gossip brings late, would hold a node for ever that has just
// started.
func (n *Node) locksOut(g *generation, writer cluster.NodeID) error {
	c := n.options.Config.Cluster
	if !c.Pinned || writer == n.replicas.id() || slices.Contains(pinnedOf(g.service), writer) {
		return nil
	}
	return configs.Problems{{File: g.source, Path: "nodeKeys", Message: fmt.Sprintf(
		"node %s, which writes this plan, is not listed, and node %s trusts those listed only (cluster.trust: pinned): it could take no plan after this one; "+
			"want all nodes listed, or another one to write the plan (meridian management promote)", n.nameOf(writer), n.options.Config.Name)}}
}
