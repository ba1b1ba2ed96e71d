package node

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"meridian/admin/api"
	"meridian/configs"
	"meridian/healthprobe"
	"meridian/routing"
)

// healthAPI implements admin.HealthSource.
type healthAPI struct{ *Node }

// Health lists all targets by id.
func (n healthAPI) Health(context.Context) (api.Health, error) {
	l, err := n.serving()
	if err != nil {
		return api.Health{}, err
	}
	row := n.prober.Row()
	out := api.Health{Node: row.Observer, Location: string(row.Location), Prober: n.proberState(&row)}
	others := n.matrixRows(l)
	for _, v := range n.prober.Verdicts() {
		if m := l.index.monitor[v.Target]; m != nil {
			t := n.target(l, m, &v, &row)
			t.Votes = append(t.Votes, otherVotes(v.Target, m.Check.Interval, others, row.Location)...)
			out.Targets = append(out.Targets, t)
		}
	}
	return out, nil
}

func (n healthAPI) proberState(row *healthprobe.Row) api.Prober {
	out := api.Prober{State: "probing"}
	switch {
	case row.Abstains && n.doubt.slow.Load():
		out.State, out.Reason = "abstaining", "this process lags behind: its bad news may be its own fault"
	case row.Abstains:
		out.State, out.Reason = "abstaining", "most targets and every reference are silent"
	}
	for _, r := range n.options.Config.Probe.References {
		out.References = append(out.References, api.Reference{Address: r.String(), Answered: row.Anchor == healthprobe.AnchorAnswered})
	}
	return out
}

func (n healthAPI) target(l *live, m *configs.Monitor, v *healthprobe.Verdict, row *healthprobe.Row) api.TargetHealth {
	ruling := l.rulings[v.Target]
	t := api.TargetHealth{
		ID: m.ID, Profile: string(m.Profile), Endpoint: string(m.Endpoint), Location: string(m.Location), Host: m.Host,
		Check:   fmt.Sprintf("%s :%d%s", m.Check.Protocol, m.Check.Port, m.Check.Path),
		Verdict: ruling.Health.String(), Reason: string(v.Reason), Detail: v.Last.Detail, Since: v.Since.UTC(),
		Warm:       v.Taught.IsZero() && v.Health != routing.Unchecked,
		Monitor:    monitorConfig(&m.Check),
		LastChange: n.journal.incident(v.Target),
		Votes:      []api.Vote{vote(v, row)},
	}
	if a := firstValid(m, v); a != "" {
		t.Address = a
	}
	t.AwaitsRelease = v.Waiting == "release"
	last := v.Last
	if !v.Trouble.At.IsZero() {
		last = v.Trouble
	}
	if !last.At.IsZero() {
		t.LastProbe = &api.Probe{
			At: last.At.UTC(), OK: last.Reason == healthprobe.ReasonOK, Reason: string(last.Reason), Detail: last.Detail,
			Status: last.Status, TotalMs: ms(last.Phases.Total),
		}
	}
	return t
}

func firstValid(m *configs.Monitor, v *healthprobe.Verdict) string {
	switch {
	case m.Addr.IsValid():
		return m.Addr.String()
	case v.Last.Addr.IsValid():
		return v.Last.Addr.String()
	}
	return ""
}

// vote is what this node's own location says.
func vote(v *healthprobe.Verdict, row *healthprobe.Row) api.Vote {
	out := api.Vote{Location: string(row.Location), Verdict: v.Health.String(), At: instant(v.Taught)}
	if row.Abstains {
		out.Verdict = "abstains"
	}
	return out
}

// otherVotes are what the other locations say of a target.
func otherVotes(id healthprobe.TargetID, interval time.Duration, rows map[routing.LocationName][]seenRow, own routing.LocationName) []api.Vote {
	var out []api.Vote
	for _, location := range slices.Sorted(maps.Keys(rows)) {
		if location == own {
			continue
		}
		c := cell(location, id, rows[location], healthprobe.FreshFor(interval))
		v := api.Vote{Location: string(location), Verdict: c.Verdict}
		if c.AgeMs != nil {
			v.At = instant(time.Now().Add(-time.Duration(*c.AgeMs * float64(time.Millisecond))))
		}
		out = append(out, v)
	}
	return out
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// Probe probes a target now and tells all.
func (n healthAPI) Probe(ctx context.Context, target string) (api.ProbeReport, error) {
	d, err := n.prober.ProbeNow(ctx, healthprobe.TargetID(target))
	if errors.Is(err, healthprobe.ErrUnknownTarget) {
		return api.ProbeReport{}, api.Errorf(api.NotFound, "target %q: nothing of that id is probed", target)
	}
	if err != nil {
		return api.ProbeReport{}, err
	}
	out := api.ProbeReport{Target: target, Node: n.options.Config.Name, Text: d.String(), Result: api.Probe{
		At: d.At.UTC(), OK: d.Reason == healthprobe.ReasonOK, Reason: string(d.Reason), Detail: d.Detail, TotalMs: ms(d.Resolve),
	}}
	if len(d.Tries) == 0 {
		return out, nil
	}
	t := &d.Tries[0]
	out.Address, out.Request, out.Body = t.Addr.String(), strings.Join(t.Request, "\n"), t.Body
	if t.StatusLine != "" {
		out.Header = append(out.Header, t.StatusLine)
	}
	out.Header = append(out.Header, t.Headers...)
	out.Phases = api.Phases{
		ResolveMs: ms(d.Resolve), ConnectMs: ms(t.Phases.Connect), TLSMs: ms(t.Phases.TLS),
		FirstByteMs: ms(t.Phases.FirstByte),
	}
	out.Result.TotalMs = ms(d.Resolve + t.Phases.Total)
	if t.TLS != nil {
		out.TLS = tlsInfo(t)
	}
	return out, nil
}

func tlsInfo(t *healthprobe.Try) *api.TLSInfo {
	out := &api.TLSInfo{Version: t.TLS.Version, Cipher: t.TLS.Cipher, ServerName: t.TLS.ServerName}
	if strings.HasPrefix(string(t.Reason), "tls_") {
		out.Error = t.Detail
	} else {
		out.Verified = true
	}
	if len(t.TLS.Chain) > 0 {
		leaf := &t.TLS.Chain[0]
		out.Subject, out.Issuer, out.Names = leaf.Subject, leaf.Issuer, leaf.Names
		out.NotBefore, out.NotAfter = instant(leaf.NotBefore), instant(leaf.NotAfter)
	}
	return out
}

// Release lifts manual failback and hold-down from a target that is down.
func (n healthAPI) Release(_ context.Context, target string) (api.Released, error) {
	id := healthprobe.TargetID(target)
	before := n.verdict(id)
	if before == nil {
		return api.Released{}, api.Errorf(api.NotFound, "target %q: nothing of that id is probed", target)
	}
	if err := n.prober.Release(id); err != nil {
		return api.Released{}, err
	}
	out := api.Released{Target: target, Node: n.options.Config.Name, Outcome: "unchanged", Text: target + " is not down: nothing to release"}
	after := n.verdict(id)
	switch {
	case before.Health != routing.Down:
		return out, nil
	case after != nil && after.Health == routing.Up:
		out.Outcome, out.Text = "up", target+" is up: its last probes succeeded"
	default:
		out.Outcome, out.Text = "waiting", target+" comes back as soon as its probes succeed"
	}
	n.journal.event("target_released", "target/"+target, "%s", out.Text)
	return out, nil
}

// verdict returns what this node's prober holds of a target; nil: it has none.
func (n healthAPI) verdict(id healthprobe.TargetID) *healthprobe.Verdict {
	for _, v := range n.prober.Verdicts() {
		if v.Target == id {
			return &v
		}
	}
	return nil
}
