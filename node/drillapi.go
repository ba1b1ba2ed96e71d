package node

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"meridian/admin/api"
	"meridian/cluster"
	"meridian/drill"
	"meridian/routing"
)

// Drills lists the drills this node knows, newest first.
func (n drillsAPI) Drills(_ context.Context, limit int) (api.Drills, error) {
	var out api.Drills
	n.drills.mu.Lock()
	for _, r := range slices.Backward(n.drills.runs) {
		if len(out.Drills) < limit {
			out.Drills = append(out.Drills, n.showDrill(r))
		}
	}
	n.drills.mu.Unlock()
	if l := n.pub.current.Load(); l != nil {
		out.Schedules = n.schedules(l)
	}
	return out, nil
}

// showDrill shows a run. The lock is held.
func (n *Node) showDrill(r *drillRun) api.Drill {
	s := &r.spec
	out := api.Drill{
		ID: s.ID, Location: string(s.Location), Mode: string(s.Mode), State: string(drill.Running), By: s.By, Reason: s.Reason,
		Schedule: s.Schedule, At: r.began.UTC(), Until: r.began.Add(s.For).UTC(), Hypothesis: showHypothesis(s.Hypothesis),
		Ended: instant(r.ended), AbortedBy: r.by, Why: r.why,
	}
	if s.Portion() < 1 {
		out.Share = fmt.Sprintf("%.4g%%", 100*s.Portion())
	}
	if !r.ended.IsZero() {
		out.State, out.End = string(drill.Ended), string(r.cause)
	}
	for _, g := range s.Signals.Block {
		out.Signals = append(out.Signals, api.SignalState{Name: g.Name, Kind: "block", Good: true})
	}
	for _, g := range s.Signals.Abort {
		out.Signals = append(out.Signals, api.SignalState{Name: g.Name, Kind: "abort", Good: r.by != drill.SignalBy(g.Name)})
	}
	return out
}

func showHypothesis(h drill.Hypothesis) *api.DrillHypothesis {
	if h == (drill.Hypothesis{}) {
		return nil
	}
	out := &api.DrillHypothesis{MaxErrorRate: h.MaxErrorRate, MaxShiftSeconds: h.MaxShiftSeconds, MaxP99Ms: h.MaxP99Millis}
	if h.MaxErrors != nil {
		most := int64(*h.MaxErrors) //nolint:gosec // came from an int64
		out.MaxErrors = &most
	}
	return out
}

// Drill shows one drill, with what was measured so far.
func (n drillsAPI) Drill(ctx context.Context, id string) (api.Drill, error) {
	n.drills.mu.Lock()
	r := n.drills.find(id)
	if r == nil {
		n.drills.mu.Unlock()
		return api.Drill{}, api.Errorf(api.NotFound, "drill %q: node %s knows no such drill", id, n.options.Config.Name)
	}
	out, location := n.showDrill(r), r.spec.Location
	n.drills.mu.Unlock()
	report, err := n.drillReport(ctx, id)
	if err != nil {
		return out, nil //nolint:nilerr // what is known without measurements is worth showing
	}
	out.Curve = curveOf(report, location)
	for _, line := range report.Nodes {
		if line.Applied.Known {
			out.Nodes = append(out.Nodes, api.Applied{Node: line.Node, Name: line.Node, Location: string(line.Location), Ms: ms(line.Applied.After)})
		}
	}
	if l := n.pub.current.Load(); l != nil && l.declares(location) {
		out.Arrivals = n.arrivalsOf(ctx, l, location)
	}
	if out.End != "" {
		out.Verdict = map[drill.Verdict]string{drill.Met: "met", drill.NotMet: "not_met", drill.NotMeasurable: "not_measurable"}[report.Verdict]
	}
	return out, nil
}

// curveOf is the share of a location over time.
func curveOf(r *drill.Report, location routing.LocationName) []api.DrillPoint {
	var out []api.DrillPoint
	for i, at := range r.Answers.At {
		p := api.DrillPoint{Second: at.Seconds()}
		if row := slices.Index(r.Answers.Locations, location); row >= 0 {
			p.Answers, _ = r.Answers.Share(row, i)
		}
		if row := slices.Index(r.Arrivals.Locations, location); row >= 0 && i < len(r.Arrivals.At) {
			p.Arrivals, _ = r.Arrivals.Share(row, i)
		}
		out = append(out, p)
	}
	return out
}

// DrillReport returns what a drill showed as a document.
func (n drillsAPI) DrillReport(ctx context.Context, id, format string) (api.DrillReport, error) {
	r, err := n.drillReport(ctx, id)
	if err != nil {
		return api.DrillReport{}, err
	}
	out := api.DrillReport{ContentType: "application/json"}
	switch format {
	case "markdown":
		out.ContentType, out.Body = "text/markdown; charset=utf-8", r.Markdown()
	case "html":
		out.ContentType = "text/html; charset=utf-8"
		out.Body, err = r.HTML()
	default:
		out.Body, err = json.Marshal(r)
	}
	return out, err
}

// drillReport puts together what all nodes measured of a drill.
func (n *Node) drillReport(ctx context.Context, id string) (*drill.Report, error) {
	n.drills.mu.Lock()
	r := n.drills.find(id)
	n.drills.mu.Unlock()
	if r == nil {
		return nil, api.Errorf(api.NotFound, "drill %q: node %s knows no such drill", id, n.options.Config.Name)
	}
	t := drill.NewTimeline(r.spec)
	if log, known := n.drillLog(id); known {
		if err := t.Add(log, 0, 0); err != nil {
			return nil, err
		}
	}
	var mu sync.Mutex
	var all sync.WaitGroup
	for _, peer := range n.others() {
		all.Go(func() {
			log, ahead, doubt, err := n.drillFrom(ctx, peer.id, id)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				err = t.Add(log, ahead, doubt)
			}
			if err != nil {
				n.log.Debug("what a node measured is not in the report", "peer", peer.Name, "drill", id, "error", err)
			}
		})
	}
	all.Wait()
	return drill.NewReport(t), nil
}

// drillTime is how long one node may take to hand over what it measured.
const drillTime = 5 * time.Second

// drillFrom asks a node what it measured, and how far its clock is ahead of
// ours: the middle of the call is when it read it.
func (n *Node) drillFrom(ctx context.Context, from cluster.NodeID, id string) (log drill.NodeLog, ahead, doubt time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, drillTime)
	defer cancel()
	start := time.Now()
	body, err := n.cluster.Call(ctx, from, callDrill, []byte(id))
	if err != nil {
		return log, 0, 0, err
	}
	took := time.Since(start)
	var reply drillReply
	if err := json.Unmarshal(body, &reply); err != nil {
		return log, 0, 0, err
	}
	if len(reply.Log) == 0 {
		return log, 0, 0, fmt.Errorf("node %s measured nothing of drill %s", n.nameOf(from), strings.TrimSpace(id))
	}
	log, err = drill.DecodeLog(reply.Log)
	return log, time.UnixMilli(reply.Now).Sub(start.Add(took / 2)), took / 2, err
}
