package node

import (
	"context"
	"crypto/ed25519"
	"net"
	"net/netip"
	"reflect"
	"slices"
	"time"

	"meridian/cluster"
	"meridian/configs"
	"meridian/intent"
	"meridian/routing"
)

// registration is a registered node as it is used here.
type registration struct {
	id       cluster.NodeID
	location routing.LocationName
	intent.Node
}

// register tells the others what this node is, and that it is in a state.
func (n *Node) register(state intent.NodeState) {
	c := n.options.Config
	id := n.replicas.id()
	me := intent.Node{
		ID: intent.NodeID(id), Name: c.Name, Location: string(c.Location), Display: c.Display, Zone: c.Zone,
		Roles: rolesOf(n), Key: n.self.Public(), Version: n.options.Version, State: state,
		Registered: n.firstRegistered(id),
	}
	if n.cluster != nil {
		me.Gossip = advertised(c.Cluster.Advertise, n.cluster.GossipAddr())
		me.Streams = advertised(c.Cluster.StreamsAdvertise, n.cluster.StreamsAddr())
	}
	if g := c.Gateway; g != nil && n.pub.current.Load() != nil { // without a plan it can serve nobody
		for _, a := range g.Advertise {
			me.Gateways = append(me.Gateways, a.String())
		}
		me.GatewayPort, me.GatewayTLS = n.gatewayPort(), g.Public().TLS != nil
	}
	body, err := me.Encode()
	if err == nil {
		err = n.write(kindRegistry, string(id), body)
	}
	if err != nil {
		n.log.Error("registration not written", "error", err)
	}
	n.kept("registry", n.listed.do())
}

// firstRegistered is when this node registered first: now, if it never has.
func (n *Node) firstRegistered(id cluster.NodeID) intent.Time {
	for _, e := range n.replicas.registry.Of(string(id)) {
		return e.Value.Registered
	}
	n.ordering.Lock()
	defer n.ordering.Unlock()
	return n.clock.Next(time.Now())
}

// advertised returns where others reach what is bound.
func advertised(configured, bound string) string {
	if configured == "" {
		return bound
	}
	_, port, err := net.SplitHostPort(bound)
	host, wanted, errWanted := net.SplitHostPort(configured)
	if err == nil && errWanted == nil && wanted == "0" {
		return net.JoinHostPort(host, port)
	}
	return configured
}

// directory returns which nodes exist, those left out that operators said are
// gone for good.
func (n *Node) directory() intent.Registry {
	var nodes []intent.Node
	for _, e := range n.replicas.registry.Entries() {
		nodes = append(nodes, e.Value.Node)
	}
	var forgotten []intent.NodeID
	for _, h := range n.replicas.wishes() {
		if h.Property == intent.Forgotten && !h.Clear && h.Text == textTrue {
			forgotten = append(forgotten, intent.NodeID(h.Object.Name()))
		}
	}
	return intent.NewRegistry(nodes, forgotten)
}

// registered lists the nodes that have not left.
func (n *Node) registered() []registration {
	var out []registration
	for _, m := range n.directory().Nodes() {
		if m.State != intent.Left {
			out = append(out, registration{id: cluster.NodeID(m.ID), location: routing.LocationName(m.Location), Node: m})
		}
	}
	return out
}

// others lists the registered nodes that are not this one.
func (n *Node) others() []registration {
	if n.cluster == nil {
		return nil
	}
	return slices.DeleteFunc(n.registered(), func(r registration) bool { return r.id == n.replicas.id() })
}

// reachable lists those of the others that gossip does not take for gone.
func (n *Node) reachable() []registration {
	return reachableOf(n.others(), n.members())
}

// reachableOf are the nodes that gossip has not given up: one that is suspected,
// as one that is busy is now and then, is most often alive.
func reachableOf(others []registration, members map[cluster.NodeID]cluster.Member) []registration {
	return slices.DeleteFunc(others, func(r registration) bool {
		s := members[r.id].State
		return s != "alive" && s != "suspect"
	})
}

// roster lists the registered nodes for the cluster.
func (n *Node) roster() []cluster.Peer {
	var out []cluster.Peer
	for _, r := range n.directory().Nodes() {
		out = append(out, cluster.Peer{ID: cluster.NodeID(r.ID), Key: r.Key, Name: r.Name, Gossip: r.Gossip, Streams: r.Streams})
	}
	return out
}

// streamsFrom says whether the node with a key may open streams here: it has to
// be registered, which takes the gossip key, and where trust is pinned be among
// the plan's.
func (n *Node) streamsFrom(key ed25519.PublicKey) error {
	if err := n.replicas.trusted(key); err != nil {
		return err
	}
	if _, known := n.directory().Node(intent.NodeID(cluster.IDOf(key))); !known {
		return cluster.ErrUntrusted
	}
	return nil
}

// nameOf returns the name of a node, its id where it has none.
func (n *Node) nameOf(id cluster.NodeID) string {
	if r, known := n.directory().Node(intent.NodeID(id)); known {
		return r.Name
	}
	return string(id)
}

// voters returns where the nodes are that may vote about targets.
func (n *Node) voters() map[cluster.NodeID]routing.LocationName {
	out := map[cluster.NodeID]routing.LocationName{}
	for _, r := range n.registered() {
		if r.Has(intent.RoleProbe) && r.State == intent.Active {
			out[r.id] = r.location
		}
	}
	return out
}

// rosterChanged has everything follow the registry: who votes, whose gateways
// are answered, who is leaving.
func (n *Node) rosterChanged() {
	n.rosterMu.Lock() // else what was read earlier could replace what was read later
	defer n.rosterMu.Unlock()
	seats := []routing.LocationName{}
	for _, location := range n.voters() {
		seats = append(seats, location)
	}
	slices.Sort(seats)
	seats = slices.Compact(seats)
	leaving, names := map[string]bool{}, map[string]cluster.NodeID{}
	for _, r := range n.registered() {
		names[r.Name] = r.id
		if r.State != intent.Active || r.id == n.replicas.id() && n.departing.Load() {
			leaving[r.Name] = true
		}
	}
	gateways := n.registeredGateways()
	n.names.Store(&names)
	n.pub.do(func(p *publisher) { p.seat(seats, leaving) })
	before := n.compiler.gateways()
	if !reflect.DeepEqual(before, gateways) && len(before)+len(gateways) > 0 {
		n.compiler.registered.Store(&gateways)
		n.spawn(n.recompile)
	}
}

// registeredGateways lists the gateways of all registered nodes.
func (n *Node) registeredGateways() []configs.RegisteredGateway {
	var out []configs.RegisteredGateway
	for _, r := range n.registered() {
		if len(r.Gateways) > 0 {
			out = append(out, gatewayOf(r))
		}
	}
	return out
}

func gatewayOf(r registration) configs.RegisteredGateway {
	g := configs.RegisteredGateway{
		Location: r.location, Name: r.Name, Port: uint16(r.GatewayPort), TLS: r.GatewayTLS, //nolint:gosec // validated: a port
	}
	for _, text := range r.Gateways {
		if a, err := netip.ParseAddr(text); err == nil {
			g.Addrs = append(g.Addrs, a.Unmap())
		}
	}
	return g
}

// recompile makes the plan in service anew, with the gateways that are
// registered now and the secrets as they are.
func (n *Node) recompile() {
	l := n.loader
	if l.take(context.Background()) != nil {
		return
	}
	defer l.give()
	before := n.pub.current.Load()
	if before == nil || n.compiler.lists(before.generation) || l.over() {
		return
	}
	g, err := n.compiler.compile(before.bundle, before.source, before.version, before.generation)
	if err != nil { // it could be compiled before: what the registry adds can only warn, but a secret may be gone
		n.log.Error("registered gateways and secrets not taken up", "error", err)
		n.journal.event("plan_not_renewed", "plan", "plan %d stays as it was compiled: %s", before.serial, reason(err))
		return
	}
	n.serve(g, before.durable, before.rejected)
}

// lists reports whether a generation has the gateways that are registered now,
// and the secrets as they are.
func (c *compiler) lists(g *generation) bool {
	return (reflect.DeepEqual(g.registered, c.gateways()) || len(g.registered)+len(c.gateways()) == 0) && c.knows(g)
}

// writer returns the node that writes the plan; empty where nobody may yet.
func (n *Node) writer() cluster.NodeID {
	if !n.clustered() {
		return n.replicas.id()
	}
	if h, known := n.replicas.head(); known {
		return h.Writer
	}
	l := n.pub.current.Load()
	if l == nil {
		return ""
	}
	r, known := n.directory().Primary(string(l.service.Primary), l.service.PrimaryNode)
	if !known {
		return ""
	}
	return cluster.NodeID(r.ID)
}

// writes reports whether this node writes the plan.
func (n *Node) writes() bool { return n.writer() == n.replicas.id() && n.settled() }

// settleTime is how long a node that has never seen a plan of its cluster waits
// before it believes that there is none.
const settleTime = 3 * time.Second

// settled reports whether this node may believe that it has heard of the newest
// plan: there is one, or nobody has told it of any for a while.
func (n *Node) settled() bool {
	if _, known := n.replicas.head(); known || !n.clustered() {
		return true
	}
	return n.cluster != nil && time.Since(n.started) > settleTime
}

// shouldPropose reports whether this node has to write the first plan, or the
// one in its file that changed while it was not running.
func (n *Node) shouldPropose() bool {
	if n.proposed.Load() || n.loader.path == "" || !n.writes() {
		return false
	}
	n.proposed.Store(true)
	return true
}

// committed reports whether a plan of this cluster was ever seen here.
func (n *Node) committed() bool {
	_, known := n.replicas.head()
	return known
}

// followForgotten has the roster looked at anew when operators have said of
// other nodes that they are gone, wherever they said it.
func (n *Node) followForgotten(prev, next *live) {
	if prev != nil && !slices.Equal(forgottenIn(prev.outcome), forgottenIn(next.outcome)) {
		n.spawn(n.rosterChanged)
	}
}

// forgottenIn lists the nodes that operators want forgotten, in order.
func forgottenIn(o *intent.Outcome) []intent.Object {
	var out []intent.Object
	for t, e := range o.Effective {
		if t.Property == intent.Forgotten && e.Text == textTrue {
			out = append(out, t.Object)
		}
	}
	slices.Sort(out)
	return out
}
