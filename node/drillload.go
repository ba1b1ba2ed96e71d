package node

import (
	"time"

	"meridian/cluster"
	"meridian/gateway"
	"meridian/routing"
)

// loadSpan is over how long the load of locations is taken.
const loadSpan = 10 * time.Second

// loadReading is what every node had counted at a time.
type loadReading struct {
	at     time.Time
	counts map[cluster.NodeID]uint64 // requests that clients sent
}

// noteLoad takes the arrivals of all nodes down, once a second.
func (n *Node) noteLoad(now time.Time) {
	r := loadReading{at: now, counts: map[cluster.NodeID]uint64{}}
	for id, h := range n.reports() {
		if now.Sub(h.at) < contactTime {
			r.counts[id] = arrivalsIn(h.Arrivals)
		}
	}
	n.loadMu.Lock()
	defer n.loadMu.Unlock()
	n.loadRing = append(n.loadRing, r)
	for len(n.loadRing) > 1 && now.Sub(n.loadRing[0].at) > loadSpan {
		n.loadRing = n.loadRing[1:]
	}
}

// arrivalsIn adds up the requests that clients sent: relays from peers are none.
func arrivalsIn(outcomes map[string]uint64) uint64 {
	return outcomes[string(gateway.OutcomeHere)] + outcomes[string(gateway.OutcomeRelayed)] + outcomes[string(gateway.OutcomeRefused)]
}

// loads returns the requests a second that come to each location now, of those
// where every node was heard.
func (n *Node) loads() map[routing.LocationName]float64 {
	n.loadMu.Lock()
	defer n.loadMu.Unlock()
	out := map[routing.LocationName]float64{}
	if len(n.loadRing) < 2 {
		return out
	}
	first, last := n.loadRing[0], n.loadRing[len(n.loadRing)-1]
	seconds := last.at.Sub(first.at).Seconds()
	for _, r := range n.registered() {
		was, knownThen := first.counts[r.id]
		is, knownNow := last.counts[r.id]
		if knownThen && knownNow && is >= was && seconds > 0 {
			out[r.location] += float64(is-was) / seconds
		}
	}
	return out
}
