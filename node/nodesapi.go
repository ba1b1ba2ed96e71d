package node

import (
	"cmp"
	"context"
	"slices"
	"time"

	"meridian/admin/api"
	"meridian/cluster"
	"meridian/intent"
	"meridian/routing"
)

// nodesAPI implements admin.NodeSource.
type nodesAPI struct{ *Node }

// Nodes lists the registered nodes by name.
func (n nodesAPI) Nodes(context.Context) ([]api.Node, error) {
	dir, l := n.directory(), n.pub.current.Load()
	members := n.members()
	reports := n.reports()
	writer := n.writer()
	var out []api.Node
	for _, r := range dir.Nodes() {
		x := n.showNode(&r, l, members, reports)
		x.Primary = cluster.NodeID(r.ID) == writer
		out = append(out, x)
	}
	for _, r := range dir.Refused() {
		x := n.showNode(&r.Node, l, members, reports)
		x.State, x.Why = "duplicate", r.Why
		out = append(out, x)
	}
	slices.SortFunc(out, func(a, b api.Node) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	return out, nil
}

func (n nodesAPI) showNode(r *intent.Node, l *live, members map[cluster.NodeID]cluster.Member, reports map[cluster.NodeID]heardReport) api.Node {
	id := cluster.NodeID(r.ID)
	x := api.Node{
		ID: string(id), Name: r.Name, Location: r.Location, Display: r.Display, Zone: r.Zone, Roles: r.Roles, State: string(r.State),
		Member: "unknown", Here: id == n.replicas.id(), Gossip: r.Gossip, Peer: r.Streams, Gateways: r.Gateways,
		Version: r.Version, Registered: r.Registered.Wall().UTC(),
	}
	if m, known := members[id]; known {
		x.Member = m.State
	}
	if x.Here {
		x.Member = "alive"
	}
	if l != nil && r.State == intent.Active && l.leavesOut(routing.LocationName(r.Location)) {
		x.State, x.Why = "unassigned", "the plan has no location "+r.Location+": it answers nothing and serves nothing"
	}
	if h, known := reports[id]; known {
		x.Plan, x.Heard = versionOf(h.plan()).Text, instant(h.at)
	}
	return x
}

// heardReport is a node's report with when it was written, by our clock.
type heardReport struct {
	report
	at time.Time
}

// reports returns what every node last said of itself.
func (n *Node) reports() map[cluster.NodeID]heardReport {
	now := time.Now()
	out := map[cluster.NodeID]heardReport{}
	for _, e := range n.replicas.reports.Entries() {
		out[cluster.NodeID(e.Record.Key)] = heardReport{e.Value, now.Add(-e.Record.Age)}
	}
	return out
}

// members returns what gossip says of every node.
func (n *Node) members() map[cluster.NodeID]cluster.Member {
	out := map[cluster.NodeID]cluster.Member{}
	if n.cluster != nil {
		for _, m := range n.cluster.Members() {
			out[m.ID] = m
		}
	}
	return out
}

// find returns a registered node by id or name.
func (n *Node) find(node string) (intent.Node, error) {
	dir := n.directory()
	if r, known := dir.Node(intent.NodeID(node)); known {
		return r, nil
	}
	if r, known := dir.Named(node); known {
		return r, nil
	}
	for _, r := range dir.Refused() {
		if string(r.Node.ID) == node {
			return r.Node, nil
		}
	}
	return intent.Node{}, api.Errorf(api.NotFound, "node %q: no node of that id or name is registered", node)
}

// ForgetNode takes a node off the registry for good.
func (n nodesAPI) ForgetNode(ctx context.Context, node string, t api.Terms) (api.Change, error) {
	r, err := n.find(node)
	if err != nil {
		return api.Change{}, err
	}
	if cluster.NodeID(r.ID) == n.replicas.id() {
		return api.Change{}, api.Errorf(api.Conflict, "node %s is the one you ask: have another node forget it", r.Name)
	}
	if m, known := n.members()[cluster.NodeID(r.ID)]; known && m.State == "alive" && !slices.Contains(t.Bypass, "alive") {
		return api.Change{}, api.Errorf(api.Conflict, "node %s is alive: stop it first, or say --bypass alive with a reason", r.Name)
	}
	return n.order(ctx, []intent.Command{{
		Object: intent.NodeObject(r.ID), Property: intent.Forgotten, Text: textTrue, By: t.By, Reason: t.Reason,
	}}, t)
}

// Promote makes another node the writer of the plan.
func (n nodesAPI) Promote(ctx context.Context, node string, t api.Terms) (api.Change, error) {
	r, err := n.find(node)
	if err != nil {
		return api.Change{}, err
	}
	if !n.clustered() {
		return api.Change{}, api.Errorf(api.Conflict, "this node has no cluster block: it writes its plan alone")
	}
	if n.writer() == cluster.NodeID(r.ID) {
		return api.Change{Kind: "plan", Object: "plan", Node: n.options.Config.Name, Noop: true, Reached: true, By: t.By, Wait: t.Wait}, nil
	}
	if t.DryRun {
		return api.Change{Kind: "plan", Object: "plan", Value: "writer " + r.Name, Node: n.options.Config.Name, DryRun: true, Reached: true, By: t.By, Wait: t.Wait}, nil
	}
	return n.ask(ctx, cluster.NodeID(r.ID), writeOrder{Promote: true, Terms: t})
}

// promote makes this node the writer: the same plan, under the next term.
func (n *Node) promote(ctx context.Context, t api.Terms) (api.Change, error) {
	l, err := n.serving()
	if err != nil {
		return api.Change{}, err
	}
	n.proposed.Store(true) // its own file counts when it changes, not now
	h, _ := n.replicas.head()
	term := max(l.version.Term, h.Term) + 1
	return n.submit(ctx, proposal{bundle: l.bundle, source: cmp.Or(h.Source, l.source), by: t.By, reason: t.Reason, term: term}, t)
}
