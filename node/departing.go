package node

import (
	"context"
	"slices"
	"time"

	"meridian/intent"
)

// restTime is what late clients leave of the time to stop to everything else.
const restTime = 10 * time.Second

// depart takes this node out of answers before anything stops, and relays what
// still comes while its clients' caches run out.
func (n *Node) depart(ctx context.Context) {
	if !n.present.Load() {
		return
	}
	n.departing.Store(true)
	n.leave(ctx)
	n.closeGateway(ctx)
	if n.cluster == nil {
		return
	}
	if err := n.cluster.Leave(ctx); err != nil {
		n.log.Debug("goodbye not heard by all", "error", err)
	}
}

// closeGateway lets the gateway's clients go while all else still runs: names
// are answered, and status tells who is waited for.
func (n *Node) closeGateway(ctx context.Context) {
	if n.gateway == nil {
		return
	}
	most, cancel := allBut(ctx, restTime)
	defer cancel()
	if l := n.pub.current.Load(); l != nil && n.cluster != nil && n.relieved() {
		if err := n.gateway.Leave(most, l.largestTTL()); err != nil {
			n.log.Warn("clients may still have come", "error", err)
		}
	}
	c := n.gateway.Counts()
	n.log.Info("gateway ends what is under way", "requests", c.InFlight-c.Tunnels, "tunnels", c.Tunnels, "connections", c.Connections)
	_ = n.gateway.Shutdown(most) // its step says so again
}

// departure tells whom a node that stops waits for.
func (n *Node) departure(add problemAdder) {
	if !n.departing.Load() || n.gateway == nil {
		return
	}
	c := n.gateway.Counts()
	add("info", "node_leaving", "node/"+n.options.Config.Name, "this node is stopping: %d requests, %d tunnels and %d connections are at its gateway",
		c.InFlight-c.Tunnels, c.Tunnels, c.Connections)
}

// leave says goodbye: this node's gateways are out of every answer, its own
// before others': who they send away from here is not to be sent back.
func (n *Node) leave(ctx context.Context) {
	n.rosterChanged()
	n.pub.wait(func(*publisher) {})
	n.register(intent.Leaving)
	n.rosterChanged()
	if n.cluster == nil {
		return
	}
	for _, e := range n.replicas.registry.Of(string(n.replicas.id())) {
		n.tellOthers(ctx, kindRegistry, [][]byte{e.Message()})
	}
}

// relieved reports whether the gateway of another node can take this one's
// clients.
func (n *Node) relieved() bool { return slices.ContainsFunc(n.reachable(), registration.relieves) }

// relieves reports whether a node that can be reached takes the clients of
// another.
func (r registration) relieves() bool { return r.State == intent.Active && r.Has(intent.RoleGateway) }

// allBut returns a context that ends some time before ctx does, at half of the
// time that is left at the earliest.
func allBut(ctx context.Context, rest time.Duration) (context.Context, context.CancelFunc) {
	end, limited := ctx.Deadline()
	if !limited {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, end.Add(-min(rest, time.Until(end)/2)))
}

// half returns a context that ends after half of the time ctx has left, so that
// other things have time to end too.
func half(ctx context.Context) (context.Context, context.CancelFunc) {
	end, limited := ctx.Deadline()
	if !limited {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, time.Until(end)/2)
}
