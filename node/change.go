package node

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"meridian/admin/api"
	"meridian/cluster"
	"meridian/routing"
)

// change is an accepted change on its way to all nodes.
type change struct {
	kind     cluster.Kind
	body     []byte // of the push
	accepted time.Time
	limit    time.Duration // for one node to apply it

	mu      sync.Mutex
	ordered api.Change
	nodes   map[cluster.NodeID]*delivery
	news    chan struct{} // closed and replaced at every change of nodes
}

// delivery is how a change fares at one node.
type delivery struct {
	name     string
	location routing.LocationName
	applied  bool
	durable  bool
	tried    bool // at least one attempt has ended
	ms       float64
	since    time.Time // out of reach since; zero: it is not
	why      string
}

// maxChanges is how many changes a node remembers.
const maxChanges = 1000

// changes remembers what this node accepted, oldest first.
type changes struct {
	mu  sync.Mutex
	all []*change
}

func (c *changes) add(x *change) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all = append(c.all, x)
	if len(c.all) > maxChanges {
		c.all = slices.Clone(c.all[len(c.all)-maxChanges:])
	}
}

func (c *changes) find(id string) *change {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, x := range c.all {
		if x.ordered.ID == id {
			return x
		}
	}
	return nil
}

func (c *changes) newest(limit int) []*change {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := slices.Clone(c.all)
	slices.Reverse(out)
	return out[:min(limit, len(out))]
}

// deliver accepts a change that is in service here and takes it to every other
// node, again and again until each has it.
func (n *Node) deliver(kind cluster.Kind, messages [][]byte, ordered api.Change, durable bool) (*change, error) {
	body, err := json.Marshal(push{kind, messages})
	if err != nil {
		return nil, err
	}
	c := &change{
		kind: kind, body: body, accepted: ordered.At, limit: pushTime, ordered: ordered,
		nodes: map[cluster.NodeID]*delivery{}, news: make(chan struct{}),
	}
	if kind == kindPlan {
		c.limit = compileTime
	}
	here := n.options.Config
	c.nodes[n.replicas.id()] = &delivery{
		name: here.Name, location: here.Location, applied: true, durable: durable, tried: true, ms: ms(time.Since(ordered.At)),
	}
	peers := n.others()
	for _, p := range peers {
		c.nodes[p.id] = &delivery{name: p.Name, location: p.location}
	}
	n.changes.add(c)
	for _, p := range peers {
		n.spawn(func() { n.bring(c, p.id) })
	}
	return c, nil
}

const (
	firstRetry = 250 * time.Millisecond
	lastRetry  = 5 * time.Second
	// giveUp is when a change is no longer pushed to a node that cannot be
	// reached: gossip brings it when it is back.
	giveUp = 10 * time.Minute
)

// bring takes a change to one node.
func (n *Node) bring(c *change, to cluster.NodeID) {
	pause := firstRetry
	for time.Since(c.accepted) < giveUp {
		reply, err := n.pushTo(n.lasting(), to, c.body, c.limit)
		if n.lasting().Err() != nil {
			return
		}
		if c.note(to, reply, err); err == nil && reply.Applied {
			return
		}
		select {
		case <-time.After(pause):
		case <-n.lasting().Done():
			return
		}
		pause = min(2*pause, lastRetry)
	}
}

// note writes down how an attempt ended.
func (c *change) note(id cluster.NodeID, r pushReply, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	d := c.nodes[id]
	d.tried, d.durable, d.why = true, d.durable || r.Durable, r.Why
	var remote *cluster.RemoteError
	switch {
	case err == nil && r.Applied:
		d.applied, d.ms, d.since, d.why = true, ms(time.Since(c.accepted)), time.Time{}, ""
	case err == nil, errors.As(err, &remote):
		d.since = time.Time{}
		if err != nil {
			d.why = d.spell(id, err)
		}
	default:
		d.why = d.spell(id, err)
		if d.since.IsZero() {
			d.since = time.Now().UTC()
		}
	}
	close(c.news)
	c.news = make(chan struct{})
}

// spell writes an error with the node's name in place of its id.
func (d *delivery) spell(id cluster.NodeID, err error) string {
	return strings.ReplaceAll(err.Error(), string(id), d.name)
}

// view is the change as it stands. Reached is by the wait that is asked for.
func (c *change) view(wait string) api.Change {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := c.ordered
	out.Wait, out.Applied, out.Missing = wait, nil, nil
	for id, d := range c.nodes {
		if d.durable {
			out.Durable++
		}
		if d.applied {
			out.Applied = append(out.Applied, api.Applied{Node: string(id), Name: d.name, Location: string(d.location), Ms: d.ms})
			continue
		}
		m := api.Missing{Node: string(id), Name: d.name, Location: string(d.location), Reachable: d.since.IsZero(), Reason: cmp.Or(d.why, "on the way")}
		m.UnreachableSince = instant(d.since)
		out.Missing = append(out.Missing, m)
	}
	slices.SortFunc(out.Applied, func(a, b api.Applied) int { return cmp.Compare(a.Ms, b.Ms) })
	slices.SortFunc(out.Missing, func(a, b api.Missing) int { return cmp.Compare(a.Name, b.Name) })
	out.Reached = c.reached(wait)
	return out
}

// reached reports whether what is waited for is the case. The lock is held.
func (c *change) reached(wait string) bool {
	for _, d := range c.nodes {
		switch {
		case d.applied, wait == api.WaitNone:
		case wait == api.WaitAll, d.since.IsZero():
			return false
		}
	}
	return true
}

// safe reports whether the change is on two disks, or on all there are. The lock
// is held.
func (c *change) safe() bool {
	durable, open := 0, false
	for _, d := range c.nodes {
		if d.durable {
			durable++
		}
		open = open || !d.tried
	}
	return durable >= 2 || !open
}

// await returns when the change is safe and what is waited for is the case, when
// the timeout has passed, or when ctx ends.
func (c *change) await(ctx context.Context, wait string, timeout time.Duration) api.Change {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	for {
		c.mu.Lock()
		done, news := c.safe() && c.reached(wait), c.news
		c.mu.Unlock()
		if done {
			return c.view(wait)
		}
		select {
		case <-news:
		case <-ctx.Done():
			return c.view(wait)
		}
	}
}
