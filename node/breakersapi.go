package node

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"meridian/admin/api"
	"meridian/gateway/breaker"
	"meridian/intent"
)

// breakersEvery is the least time between two reports because breakers have
// changed: the first change is told at once, a storm of them ten times a second.
const breakersEvery = 100 * time.Millisecond

// breakersTurned has the others told of breakers before the next tick.
func (n *Node) breakersTurned() {
	select {
	case n.turned <- struct{}{}:
	default: // a report is due already, and will say this too
	}
}

// breakerRow is what this node's gateway tells of its breakers; nil without one.
func (n *Node) breakerRow(now time.Time) []byte {
	if n.apis == nil {
		return nil
	}
	return breaker.EncodeRow(n.apis.Breakers(now), breaker.MaxRow, now)
}

// Breakers lists the breakers that are not closed, as reports tell.
func (n backendsAPI) Breakers(context.Context) (api.Breakers, error) {
	if _, err := n.serving(); err != nil {
		return api.Breakers{}, err
	}
	now := time.Now()
	reports := n.reports()
	reports[n.replicas.id()] = heardReport{report{Breakers: n.breakerRow(now)}, now}
	var out api.Breakers
	for _, r := range n.registered() {
		if !r.Has(intent.RoleGateway) || r.State == intent.Left {
			continue
		}
		heard, known := reports[r.id]
		news, open := heard.breakers(now, known)
		news.Node, news.Location = r.Name, string(r.location)
		for i := range open {
			open[i].Node, open[i].Location = news.Node, news.Location
		}
		out.Nodes, out.Breakers = append(out.Nodes, news), append(out.Breakers, open...)
	}
	slices.SortFunc(out.Nodes, func(a, b api.BreakerNews) int {
		return cmp.Or(compareText(a.Location, b.Location), compareText(a.Node, b.Node))
	})
	slices.SortFunc(out.Breakers, func(a, b api.OpenBreaker) int {
		return cmp.Or(compareText(strings.ToLower(a.Backend), strings.ToLower(b.Backend)), compareText(a.Location, b.Location), compareText(a.Node, b.Node))
	})
	return out, nil
}

// breakers is what a report says of breakers at now.
func (h *heardReport) breakers(now time.Time, known bool) (news api.BreakerNews, open []api.OpenBreaker) {
	if !known || len(h.Breakers) == 0 {
		news.Problem = "it has told nothing of its breakers"
		return news, nil
	}
	news.At, news.AgeSeconds = instant(h.at), max(0, now.Sub(h.at).Seconds())
	row, err := breaker.DecodeRow(h.Breakers, h.at)
	switch {
	case err != nil:
		news.Problem = err.Error()
	case now.Sub(h.at) >= contactTime:
		news.Problem = "it cannot be heard: this is what it said last"
	}
	news.Shown, news.Omitted = len(row.Entries), row.Omitted
	for i := range row.Entries {
		e := &row.Entries[i]
		open = append(open, api.OpenBreaker{
			Backend: e.Backend, Disabled: e.Disabled, AgeSeconds: news.AgeSeconds, Breaker: showBreaker(&e.Status),
		})
	}
	return news, open
}
