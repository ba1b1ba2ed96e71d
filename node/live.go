package node

import (
	"time"

	"meridian/admin/api"
	"meridian/dnsserver"
	"meridian/dnswire"
	"meridian/healthprobe"
	"meridian/intent"
	"meridian/resolver"
	"meridian/routing"
)

// live is what the node serves at a moment. It is immutable; readers load it
// once and use it for everything they say.
type live struct {
	*generation
	number   uint64 // counts publishes
	at       time.Time
	wishes   []intent.Held // what operators want
	outcome  *intent.Outcome
	folded   time.Time // the ages of wishes are as of then
	state    *routing.State
	snapshot *routing.Snapshot
	view     *dnsserver.View
	rulings  map[healthprobe.TargetID]healthprobe.Ruling
	addrs    map[dnswire.Name]resolver.Answer
	alone    bool   // most locations have not been heard of for a while
	rejected string // why a newer document is not served; empty: there is none
	durable  bool   // the document is safe on this node's disk
}

// health returns the verdict on a target.
func (l *live) health(id healthprobe.TargetID) routing.Health {
	switch e := l.outcome.At(intent.Target{Object: intent.Object("target/" + string(id)), Property: intent.Verdict}); e.Text {
	case "up":
		return routing.Up
	case "down":
		return routing.Down
	}
	return l.rulings[id].Health
}

// lend returns the generation in service, nil where nothing is.
func (l *live) lend() *generation {
	if l == nil {
		return nil
	}
	return l.generation
}

// serving returns what is in service, and an api.Unavailable error where
// nothing is.
func (n *Node) serving() (*live, error) {
	l := n.pub.current.Load()
	if l == nil {
		return nil, api.Errorf(api.Unavailable, "node %s has no plan in service yet", n.options.Config.Name)
	}
	return l, nil
}
