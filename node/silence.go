package node

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"meridian/intent"
)

const (
	maxSilences    = 32                   // of a report
	maxSilenceWhy  = 96                   // bytes
	maxSilenceTime = 366 * 24 * time.Hour // that is believed
)

// silence is a backend that answers nothing at a gateway, as reports tell of it:
// times as spans, so that they mean the same by another clock.
type silence struct {
	Backend  string `json:"backend"`
	SinceMs  int64  `json:"sinceMs"` // ago, when the first attempt of the row failed
	LastMs   int64  `json:"lastMs"`  // ago, when the last one did
	Attempts int    `json:"attempts"`
	Why      string `json:"why"` // of the last one, at most maxSilenceWhy bytes
}

// silent is what this node's gateway tells of its backends: those that were asked
// most come first, and have room first.
func (n *Node) silent(now time.Time) (out []silence) {
	if n.apis == nil {
		return nil
	}
	for _, s := range n.apis.Silences(now) {
		why := cmp.Or(s.Detail, s.Reason.String())
		out = append(out, silence{
			Backend: s.Backend, SinceMs: now.Sub(s.Since).Milliseconds(), LastMs: now.Sub(s.Last).Milliseconds(),
			Attempts: s.Attempts, Why: cut(why, maxSilenceWhy),
		})
	}
	slices.SortStableFunc(out, func(a, b silence) int { return cmp.Compare(b.Attempts, a.Attempts) })
	return out[:min(len(out), maxSilences)]
}

// silences is who answers nothing at now, by gateway that can be heard and by
// backend in lower case.
func (n *Node) silences(now time.Time) map[string]map[string]silence {
	reports := n.reports()
	reports[n.replicas.id()] = heardReport{report{Silent: n.silent(now)}, now}
	out := map[string]map[string]silence{}
	for _, r := range n.registered() {
		if h := reports[r.id]; r.Has(intent.RoleGateway) && r.State != intent.Left && now.Sub(h.at) < contactTime {
			out[r.Name] = h.silences(now)
		}
	}
	return out
}

// silences is what a report says of them, its times counted from now.
func (h *heardReport) silences(now time.Time) map[string]silence {
	out := map[string]silence{}
	age := max(0, now.Sub(h.at)).Milliseconds()
	for _, s := range h.Silent[:min(len(h.Silent), maxSilences)] {
		s.LastMs = within(within(s.LastMs) + age)
		s.SinceMs = max(within(within(s.SinceMs)+age), s.LastMs)
		s.Why = cut(s.Why, maxSilenceWhy)
		out[strings.ToLower(s.Backend)] = s
	}
	return out
}

// within brings a span that another node wrote to what can be.
func within(ms int64) int64 { return min(max(0, ms), maxSilenceTime.Milliseconds()) }

// since is when the row began.
func (s *silence) since(now time.Time) time.Time {
	return now.Add(-time.Duration(s.SinceMs) * time.Millisecond)
}

// text says it in words.
func (s *silence) text(now time.Time) string {
	last := (time.Duration(s.LastMs) * time.Millisecond).Round(time.Second)
	return fmt.Sprintf("%s has answered none of %d attempts since %s, last asked %v ago: %s",
		strings.TrimSuffix(s.Backend, "/"), s.Attempts, s.since(now).UTC().Format(time.RFC3339), last, s.Why)
}
