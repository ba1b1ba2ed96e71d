package node

import (
	"fmt"
	"strings"
	"time"

	"meridian/admin/api"
	"meridian/cluster"
	"meridian/intent"
)

// clusterProblems tells what is wrong between nodes, and what operators keep
// from being as the plan says.
func (n *Node) clusterProblems(l *live) []api.Problem {
	var out []api.Problem
	add := func(severity, code, subject, format string, args ...any) {
		out = append(out, api.Problem{Severity: severity, Code: code, Subject: subject, Text: fmt.Sprintf(format, args...)})
	}
	n.departure(add)
	if n.gateway != nil {
		certificateProblems(n.gateway.Certificates(), time.Now(), add)
	}
	n.planProblems(add)
	if n.cluster != nil {
		n.memberProblems(add)
		if _, known := n.directory().Node(intent.NodeID(n.replicas.id())); !known {
			add("critical", "forgotten", "node/"+n.options.Config.Name,
				"this node was forgotten, or another has its name: the others do not count it; stop it, or start it with an empty data directory or another name")
		}
	}
	if l == nil {
		return out
	}
	if n.unassigned(l.generation) {
		add("critical", "unassigned", "node/"+n.options.Config.Name,
			"the plan has no location %s: this node answers nothing and serves nothing", n.options.Config.Location)
	}
	if l.alone {
		add("critical", "isolated", "cluster", "no contact to a majority of the registered locations for %s: answers have TTLs of at most 10 s and say so", aloneAfter)
	}
	wishProblems(l, add)
	n.staffProblems(l, add)
	return out
}

// unassigned reports whether a plan does not know the location of this node,
// which has others that it knows.
func (n *Node) unassigned(g *generation) bool {
	return n.clustered() && g.leavesOut(n.options.Config.Location)
}

// problemAdder takes a problem down.
type problemAdder func(severity, code, subject, format string, args ...any)

// planProblems tells of plans that are not where they should be.
func (n *Node) planProblems(add problemAdder) {
	if h := n.loader.held.Load(); h != nil {
		add("warning", "plan_held", "plan", "%s", h.Error())
	}
	if r := n.refused.Load(); r != nil {
		add("critical", "plan_refused", "plan", "plan %d cannot be served here, the last one stays: %s", r.version.Seq, r.why)
	}
	if hash := n.loader.ignored.Load(); hash != nil && n.planHash() != *hash {
		add("info", "plan_file_ignored", "plan", "%s differs from the plan and counts for nothing: node %s writes the plan", n.loader.path, n.nameOf(n.writer()))
	}
	if f := n.fork(); f != nil {
		add("critical", "plan_fork", "plan", "two plans of version %s were written: two nodes took themselves for the writer; the one with the greater hash is kept everywhere", f)
	}
	if l := n.pub.current.Load(); l != nil && n.clustered() && l.provisional() && time.Since(n.started) > 10*settleTime {
		add("warning", "plan_provisional", "plan", "no node has written a plan yet: this one serves its own file")
	}
}

// memberProblems tells of nodes that cannot be reached.
func (n *Node) memberProblems(add problemAdder) {
	members := n.members()
	for _, r := range n.others() {
		peerProblem(r, members[r.id], add)
	}
	for _, d := range n.directory().Refused() {
		add("warning", "node_duplicate", "node/"+string(d.Node.ID), "node %s at %s is not let in: %s", d.Node.ID, d.Node.Gossip, d.Why)
	}
	if w := n.writer(); w != "" && w != n.replicas.id() && members[w].State != "alive" {
		add("warning", "writer_unreachable", "plan", "node %s writes the plan and cannot be reached: plan changes are refused until it is back or another node is promoted", n.nameOf(w))
	}
}

// peerProblem tells of one other node; m is empty where gossip does not know it.
func peerProblem(r registration, m cluster.Member, add problemAdder) {
	subject := "node/" + r.Name
	switch {
	case r.State != intent.Active:
		add("info", "node_leaving", subject, "node %s is %s: its gateways are not answered", r.Name, r.State)
	case m.State == "", m.State == "dead", m.State == "left":
		add("warning", "node_unreachable", subject, "node %s cannot be reached; have it forgotten if it is gone for good", r.Name)
	case m.UDP == "unreachable", m.UDP == "one_way":
		add("warning", "node_udp", subject, "datagrams between this node and %s do not pass (%s): look at firewalls for UDP on the gossip port", r.Name, m.UDP)
	}
}

// wishProblems tells of what is held, disputed or frozen.
func wishProblems(l *live, add problemAdder) {
	for _, h := range l.outcome.Holds {
		add("warning", "intent_held", string(h.Object), "%s of %s by %s is held: %s", h.Property, h.Object, h.By, h.Why)
	}
	for _, c := range l.outcome.Conflicts {
		add("warning", "intent_conflict", string(c.Object), "%s of %s was set to different values at the same time, off wins; set it once more: %s", c.Property, c.Object, spell(c.Values))
	}
	for t, e := range l.outcome.Effective {
		if removing(t, &e) {
			add("info", "location_removing", string(t.Object), "%s leaves the plan when it is off and no late client has come for %s: %s said so; enable it to call that off", t.Object, safeQuiet, e.By.By)
		}
	}
	if frozen(l.outcome) {
		add("warning", "frozen", "service", "verdicts move no answer: freeze")
	}
	for id := range running(l.outcome) {
		add("info", "drill_running", "drill/"+id, "drill %s is running", id)
	}
}

// staffProblems tells of locations with fewer nodes than they are meant to
// have, and of gateways that serve nothing.
func (n *Node) staffProblems(l *live, add problemAdder) {
	members := n.members()
	live := map[string]int{}
	for _, r := range n.registered() {
		if r.State == intent.Active && (r.id == n.replicas.id() || members[r.id].State == "alive") {
			live[string(r.location)]++
		}
	}
	for _, r := range l.service.Regions {
		if have := live[string(r.Name)]; n.cluster != nil && have < r.Capacity {
			add("warning", "capacity", "location/"+string(r.Name), "%d of %d nodes of %s are alive", have, r.Capacity, r.Display)
		}
	}
	for _, u := range l.service.Unassigned {
		add("warning", "gateway_unassigned", "node/"+u.Name, "the gateway of node %s serves nothing: %s", u.Name, strings.TrimSuffix(u.Why, "."))
	}
}

// fork returns the version of which there were two plans, until a newer one is
// in service; nil: there is none.
func (n *Node) fork() *intent.PlanVersion {
	f, l := n.forked.Load(), n.pub.current.Load()
	if f != nil && l != nil && (l.version.Term > f.Term || l.version.Seq > f.Seq) {
		return nil
	}
	return f
}

// forkSeen remembers that two plans of one version were written.
func (n *Node) forkSeen(v intent.PlanVersion, other cluster.NodeID) {
	if before := n.forked.Swap(&v); before == nil || *before != v {
		n.log.Error("two plans of one version", "version", v.String(), "writer", n.nameOf(other))
		n.journal.event("plan_fork", "plan", "two plans of version %s were written, one by node %s: the one with the greater hash is kept everywhere", v, n.nameOf(other))
	}
}

// countNodes fills in how many nodes there are, and who writes the plan.
func (n *Node) countNodes(out *api.Status) {
	members := n.members()
	for _, r := range n.registered() {
		out.Nodes.Total++
		switch {
		case r.State != intent.Active:
			out.Nodes.Off++
		case r.id == n.replicas.id(), members[r.id].State == "alive":
			out.Nodes.Good++
		default:
			out.Nodes.Bad++
		}
	}
	out.Cluster = n.clustered()
	if w := n.writer(); w != "" {
		out.Writer = n.nameOf(w)
	}
}

// followMembers writes down whom gossip has lost and found. Nothing follows from
// it: membership moves no answer.
func (n *Node) followMembers() {
	if n.cluster == nil {
		return
	}
	for id, m := range n.members() {
		was, known := n.memberStates[id]
		n.memberStates[id] = m.State
		if known && was != m.State && id != n.replicas.id() {
			n.journal.event("node_"+m.State, "node/"+n.nameOf(id), "gossip finds node %s %s, before %s", n.nameOf(id), m.State, was)
		}
	}
}

// planHash is the hash of the plan in service; empty where there is none.
func (n *Node) planHash() string {
	if l := n.pub.current.Load(); l != nil {
		return l.version.Hash
	}
	return ""
}
