package node

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"meridian/admin/api"
	"meridian/cluster"
)

// clusterAPI implements admin.ClusterSource.
type clusterAPI struct{ *Node }

// Cluster shows what this node sees of the others.
func (n clusterAPI) Cluster(ctx context.Context) (api.Cluster, error) {
	c := n.options.Config
	out := api.Cluster{Enabled: n.clustered(), Node: string(n.replicas.id()), Name: c.Name}
	if !out.Enabled {
		return out, nil
	}
	out.Label, out.Trust, out.Awareness, out.Isolated = c.Cluster.Label, trustOf(c.Cluster.Pinned), n.cluster.Awareness(), n.pub.aloneNow.Load()
	for _, m := range n.cluster.Members() {
		out.Members = append(out.Members, api.Member{
			ID: string(m.ID), Name: n.nameOf(m.ID), Address: m.Address, State: m.State, Since: m.Since.UTC(), UDP: m.UDP, RTTMs: ms(m.RTT),
		})
	}
	slices.SortFunc(out.Members, func(a, b api.Member) int { return cmp.Compare(a.Name, b.Name) })
	out.Keys = n.keyUse(ctx)
	return out, nil
}

func trustOf(pinned bool) string {
	if pinned {
		return "pinned"
	}
	return "any"
}

// keyOrder asks a node to list its gossip keys, or to change them first.
type keyOrder struct {
	Do          string `json:"do,omitempty"` // add, use, remove; empty: only list
	Key         []byte `json:"key,omitempty"`
	Fingerprint string `json:"fingerprint,omitempty"`
}

// keysAsked changes and lists the gossip keys of this node, the one in use
// first.
func (n *Node) keysAsked(_ context.Context, from cluster.NodeID, body []byte) ([]byte, error) {
	var o keyOrder
	if err := json.Unmarshal(body, &o); err != nil {
		return nil, fmt.Errorf("reading an order: %w", err)
	}
	ring := n.cluster.Keys()
	var err error
	switch o.Do {
	case "add":
		_, err = ring.AddKey(o.Key)
	case "use":
		err = ring.UseKey(o.Fingerprint)
	case "remove":
		err = ring.RemoveKey(o.Fingerprint)
	}
	if err != nil {
		return nil, err
	}
	if o.Do != "" {
		n.journal.event("gossip_key", "cluster", "gossip key %s: %s, asked for by node %s", cmp.Or(o.Fingerprint, "new"), o.Do, n.nameOf(from))
	}
	return json.Marshal(ring.Fingerprints())
}

// keyTime is how long one node may take to change its keys.
const keyTime = 3 * time.Second

// keysOf asks every registered node for its keys, after an order. Nodes that
// could not be asked are in failed, with why.
func (n *Node) keysOf(ctx context.Context, o keyOrder) (held map[string][]string, failed map[string]string) {
	held, failed = map[string][]string{}, map[string]string{}
	body, err := json.Marshal(o)
	if err != nil {
		return held, failed
	}
	var mu sync.Mutex
	var all sync.WaitGroup
	for _, r := range n.registered() {
		all.Go(func() {
			answer, err := n.askKeys(ctx, r.id, body)
			var keys []string
			if err == nil {
				err = json.Unmarshal(answer, &keys)
			}
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				failed[r.Name] = err.Error()
				return
			}
			held[r.Name] = keys
		})
	}
	all.Wait()
	return held, failed
}

func (n *Node) askKeys(ctx context.Context, id cluster.NodeID, body []byte) ([]byte, error) {
	if id == n.replicas.id() {
		return n.keysAsked(ctx, id, body)
	}
	ctx, cancel := context.WithTimeout(ctx, keyTime)
	defer cancel()
	return n.cluster.Call(ctx, id, callKeys, body)
}

// keyUse says which nodes have which gossip key.
func (n *Node) keyUse(ctx context.Context) []api.KeyUse {
	held, failed := n.keysOf(ctx, keyOrder{})
	uses := map[string]*api.KeyUse{}
	for name, keys := range held {
		for i, k := range keys {
			u := uses[k]
			if u == nil {
				u = &api.KeyUse{Fingerprint: k}
				uses[k] = u
			}
			u.Nodes = append(u.Nodes, name)
			if i == 0 {
				u.Using = append(u.Using, name)
			}
		}
	}
	var out []api.KeyUse
	for _, u := range uses {
		for name := range held {
			if !slices.Contains(u.Nodes, name) {
				u.Lacking = append(u.Lacking, name)
			}
		}
		for name := range failed {
			u.Unknown = append(u.Unknown, name)
		}
		slices.Sort(u.Nodes)
		slices.Sort(u.Using)
		slices.Sort(u.Lacking)
		slices.Sort(u.Unknown)
		out = append(out, *u)
	}
	slices.SortFunc(out, func(a, b api.KeyUse) int { return cmp.Compare(a.Fingerprint, b.Fingerprint) })
	return out
}

// gossipKeyBytes is the length of gossip keys made here.
const gossipKeyBytes = 32

// ChangeKeys changes the gossip keys of all nodes. A step is only taken when
// every registered node has taken the one before.
func (n clusterAPI) ChangeKeys(ctx context.Context, o api.KeyOrder, t api.Terms) (api.Change, error) {
	out := api.Change{
		Kind: "cluster", Object: "cluster/keys", Value: o.Do, At: time.Now().UTC(), By: t.By, Reason: t.Reason,
		Node: n.options.Config.Name, Wait: t.Wait, DryRun: t.DryRun, Reached: true,
	}
	if !n.clustered() {
		return out, api.Errorf(api.Conflict, "this node has no cluster block: it has no gossip keys")
	}
	if t.DryRun {
		return out, nil
	}
	notes, err := n.changeKeys(ctx, o)
	out.Notes = notes
	return out, err
}

func (n *Node) changeKeys(ctx context.Context, o api.KeyOrder) (notes []string, err error) {
	key := o.Key
	if len(key) == 0 && (o.Do == "add" || o.Do == "rotate") {
		key = make([]byte, gossipKeyBytes)
		_, _ = rand.Read(key) // never fails
	}
	switch o.Do {
	case "add":
		return n.addKey(ctx, key)
	case "use", "remove":
		return nil, n.stepKeys(ctx, keyOrder{Do: o.Do, Fingerprint: o.Fingerprint})
	}
	old := n.cluster.Keys().Fingerprints()[0]
	if notes, err = n.addKey(ctx, key); err != nil {
		return notes, err
	}
	if err := n.stepKeys(ctx, keyOrder{Do: "use", Fingerprint: cluster.Fingerprint(key)}); err != nil {
		return notes, err
	}
	return notes, n.stepKeys(ctx, keyOrder{Do: "remove", Fingerprint: old})
}

func (n *Node) addKey(ctx context.Context, key []byte) (notes []string, err error) {
	if err := n.stepKeys(ctx, keyOrder{Do: "add", Key: key, Fingerprint: cluster.Fingerprint(key)}); err != nil {
		return nil, err
	}
	return []string{fmt.Sprintf("key %s: put it into the key file of every node, first line once it is used: %x", cluster.Fingerprint(key), key)}, nil
}

// stepKeys has every registered node take one step. Before a key is used every
// node must have it; before one is removed nobody may use it.
func (n *Node) stepKeys(ctx context.Context, o keyOrder) error {
	held, failed := n.keysOf(ctx, keyOrder{})
	if len(failed) > 0 {
		return api.Errorf(api.Conflict, "gossip key not changed: %s: bring these nodes back, or have them forgotten, first", spellFailed(failed))
	}
	for name, keys := range held {
		switch at := slices.Index(keys, o.Fingerprint); {
		case o.Do == "use" && at < 0:
			return api.Errorf(api.Conflict, "gossip key %s not used: node %s does not have it", o.Fingerprint, name)
		case o.Do == "remove" && at == 0:
			return api.Errorf(api.Conflict, "gossip key %s not removed: node %s uses it", o.Fingerprint, name)
		}
	}
	if _, failed = n.keysOf(ctx, o); len(failed) > 0 {
		return api.Errorf(api.Unavailable, "gossip key %s: %s did not follow: %s", o.Fingerprint, o.Do, spellFailed(failed))
	}
	return nil
}

func spellFailed(failed map[string]string) string {
	var parts []string
	for name, why := range failed {
		parts = append(parts, fmt.Sprintf("node %s (%s)", name, why))
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}
