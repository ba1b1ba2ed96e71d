package node

import (
	"context"
	"errors"
	"fmt"
	"time"

	"meridian/cluster"
	"meridian/configs"
	"meridian/intent"
)

// What nodes ask of each other over streams.
const (
	callPush    = "push"    // take records in, publish, and say so
	callCompile = "compile" // compile a plan
	callPlan    = "plan"    // hand over a plan by its hash
	callWrite   = "write"   // change the plan, as its writer
	callKeys    = "keys"    // list or change gossip keys
	callDrill   = "drill"   // hand over what was measured in a drill
	callArrive  = "arrive"  // hand over what arrived at the gateway
)

// soloLabel signs the records of a node without a cluster.
const soloLabel = "meridian"

// clustered reports whether this node has others.
func (n *Node) clustered() bool { return n.options.Config.Cluster != nil }

// newReplicas makes what this node holds in common with others, from disk.
func (n *Node) newReplicas() error {
	label, pinned := soloLabel, false
	if c := n.options.Config.Cluster; c != nil {
		label, pinned = c.Label, c.Pinned
	}
	n.replicas = newReplicas(label, n.self, uint64(n.started.UnixNano()), pinned)
	n.wishes = saver{save: func() error { return n.disk.Save(intentBlob, n.replicas.intents.Export()) }}
	n.listed = saver{save: func() error { return n.disk.Save(registryBlob, n.replicas.registry.Export()) }}
	n.restore()
	gateways := n.registeredGateways() // of the last run: the first plan answers them at once
	n.compiler.registered.Store(&gateways)
	for _, h := range n.replicas.wishes() {
		if h.ID.Node == intent.NodeID(n.replicas.id()) {
			n.clock.Had(h.ID.Time)
		}
	}
	n.pub.wishes = n.replicas.wishes
	return nil
}

// newCluster binds gossip and streams.
func (n *Node) newCluster() error {
	c := n.options.Config.Cluster
	if c == nil {
		return nil
	}
	n.pub.home = n.options.Config.Location
	keys, err := configs.ReadGossipKeys(c.KeyFile)
	if err != nil {
		return err
	}
	var proved []cluster.Kind
	if c.Pinned { // their ages end leases and votes
		proved = []cluster.Kind{kindIntent, kindRow, kindReport}
	}
	n.cluster, err = cluster.New(cluster.Options{
		Label: c.Label, Identity: n.self, Name: n.options.Config.Name,
		Bind: c.Bind, Advertise: c.Advertise, Join: c.Join, Keys: keys, Streams: c.Streams,
		States: n.replicas.states(), Proved: proved, Changed: n.learnt, Trusted: n.streamsFrom, Roster: n.roster,
		Handlers: map[string]cluster.Handler{
			callPush: n.pushed, callCompile: n.compileAsked, callPlan: n.handOver,
			callWrite: n.writeAsked, callKeys: n.keysAsked, callArrive: n.arriveAsked, callDrill: n.drillAsked,
			callLimits: n.limitsTold, callBackends: n.backendsAsked, callRequest: n.requestAsked,
		},
		Logger: n.component("cluster"), Registerer: n.options.Registry,
	})
	if err != nil {
		return fmt.Errorf("binding the cluster: %w", err)
	}
	n.steps.push("cluster", n.cluster.Shutdown)
	return nil
}

// startCluster registers this node, begins to gossip and follows what it
// learns.
func (n *Node) startCluster() error {
	n.register(intent.Active)
	n.enrolled.Store(true)
	n.present.Store(true)
	n.rosterChanged()
	n.every("reports", reportEvery, n.tell)
	n.every("drills", reportEvery, n.measureDrills)
	if n.cluster == nil {
		return nil
	}
	if err := n.cluster.Start(); err != nil {
		return fmt.Errorf("starting the cluster: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		n.lead(ctx)
	}()
	n.steps.push("plan of the cluster", func(context.Context) error {
		cancel()
		<-done
		return nil
	})
	return nil
}

// learnt hears that something of a kind is news. It is called by the cluster's
// one worker, and hands everything on.
func (n *Node) learnt(kind cluster.Kind) {
	switch kind {
	case kindPlan:
		n.poke()
	case kindIntent:
		n.pub.do((*publisher).rewish)
		n.spawn(func() { n.kept("intent", n.wishes.do()) })
	case kindRegistry:
		n.rosterChanged()
		n.spawn(func() { n.kept("registry", n.listed.do()) })
	case kindRow:
		n.hearRows()
	case kindSecret:
		n.secretsChanged()
		n.spawn(func() { n.kept("secrets", n.sealed.do()) })
	}
}

// kept logs what could not be saved: it is in service all the same.
func (n *Node) kept(what string, err error) {
	if err != nil {
		n.log.Error("state of the cluster not saved", "state", what, "error", err)
	}
}

// poke has lead look at the newest plan.
func (n *Node) poke() {
	select {
	case n.planNews <- struct{}{}:
	default:
	}
}

// leadEvery is how often a node looks whether it has the newest plan, or has to
// write the first.
const leadEvery = time.Second

// lead keeps this node at the newest plan, and writes the first one where that
// falls to it.
func (n *Node) lead(ctx context.Context) {
	ticker := time.NewTicker(leadEvery)
	defer ticker.Stop()
	for {
		n.leadOnce(ctx)
		select {
		case <-ctx.Done():
			return
		case <-n.planNews:
		case <-ticker.C:
		}
	}
}

func (n *Node) leadOnce(ctx context.Context) {
	if err := n.takeUp(ctx); err != nil && ctx.Err() == nil && !errors.Is(err, ErrNotServing) {
		n.log.Debug("newest plan not taken up", "error", err)
	}
	n.announceAgain(ctx)
	n.finishRemovals(ctx)
	if !n.shouldPropose() {
		return
	}
	if _, err := n.Reload(ctx); err != nil && ctx.Err() == nil {
		n.log.Debug("plan not proposed", "error", err)
	}
}

// spawn runs something beside everything else; Shutdown waits for it.
func (n *Node) spawn(do func()) { n.aside.Go(do) }

// waitAside waits for what runs beside, when nothing is left that begins more.
func (n *Node) waitAside(ctx context.Context) error {
	idle := make(chan struct{})
	go func() {
		n.aside.Wait()
		close(idle)
	}()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
