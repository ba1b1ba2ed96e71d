package gateway

import (
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"meridian/routing"
)

// account is Counts being counted, without locks but for the networks of late
// requests, which are spread over shards.
type account struct {
	outcomes    map[Outcome]*outcomeAccount // not modified
	relayed     tally[routing.LocationName]
	refused     tally[Reason]
	late        lateness
	series      series
	conns       census
	tunnels     atomic.Int64
	tunnelsEver atomic.Uint64
	closes      atomic.Uint64
	panics      atomic.Uint64
}

type outcomeAccount struct {
	requests, errors, aborted atomic.Uint64
	latency                   histogram
}

func newAccount() *account {
	a := &account{outcomes: map[Outcome]*outcomeAccount{}}
	for _, o := range outcomes() {
		a.outcomes[o] = &outcomeAccount{}
	}
	return a
}

func outcomes() []Outcome {
	return []Outcome{OutcomeHere, OutcomeRelayedIn, OutcomeRelayed, OutcomeRefused, OutcomeStatus}
}

func (a *account) relayedTo(l routing.LocationName) { a.relayed.add(l) }

// count enters an exchange that has ended; broken: in the middle of its answer.
func (x *exchange) count(broken bool) {
	a := x.g.account
	o := a.outcomes[x.outcome]
	o.requests.Add(1)
	now := time.Now()
	took := now.Sub(x.start)
	x.broken = broken
	switch {
	case x.w.tunnel:
		a.tunnels.Add(-1)
	case (broken || x.w.failed) && x.gone():
		o.aborted.Add(1)
	case broken, x.w.status >= http.StatusInternalServerError && x.outcome != OutcomeStatus:
		o.errors.Add(1)
	}
	if !x.w.tunnel {
		o.latency.observe(took)
	}
	if x.outcome == OutcomeRefused {
		a.refused.add(x.reason)
	}
	if x.outcome != OutcomeStatus {
		a.series.of(x.seriesKey()).count(x, took)
	}
	x.period.ended(x.outcome)
	x.logAccess(now, took)
	x.ended(took)
}

// Counts returns the account as it is now.
func (g *Gateway) Counts() Counts {
	a := g.account
	c := Counts{
		Outcomes: map[Outcome]OutcomeCounts{}, RelayedTo: a.relayed.snapshot(), Refused: a.refused.snapshot(),
		LateTotal: a.late.total.Load(), Late: a.late.snapshot(),
		Connections: a.conns.open.Load(), Rejected: a.conns.rejected.Load(),
		Tunnels: a.tunnels.Load(), TunnelsEver: a.tunnelsEver.Load(), Relays: g.relaying.Load(),
		Closes: a.closes.Load(), Panics: a.panics.Load(), InFlight: int64(g.under.under()),
		ChatterClosed: a.conns.chatter.Load(), ResetsClosed: a.conns.resets.Load(),
	}
	if g.access != nil {
		c.LogDropped = g.access.dropped.Load()
	}
	for name, o := range a.outcomes {
		c.Outcomes[name] = OutcomeCounts{
			Requests: o.requests.Load(), Errors: o.errors.Load(), Aborted: o.aborted.Load(), Latency: o.latency.snapshot(),
		}
	}
	return c
}

// tally counts by a key of which there are few, all of them our own words. Its
// zero value is ready.
type tally[K comparable] struct{ m sync.Map } // K → *atomic.Uint64

func (t *tally[K]) add(k K) {
	n, ok := t.m.Load(k)
	if !ok {
		n, _ = t.m.LoadOrStore(k, new(atomic.Uint64))
	}
	n.(*atomic.Uint64).Add(1)
}

func (t *tally[K]) snapshot() map[K]uint64 {
	out := map[K]uint64{}
	t.m.Range(func(k, n any) bool {
		out[k.(K)] = n.(*atomic.Uint64).Load()
		return true
	})
	return out
}
