package node

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"time"

	"meridian/admin/api"
	"meridian/cluster"
	"meridian/drill"
	"meridian/gateway"
	"meridian/intent"
	"meridian/routing"
)

const (
	// afterDrill is how long is measured after a drill has ended.
	afterDrill = 90 * time.Second
	// maxDrills is how many drills a node remembers.
	maxDrills = 100
	// judgeAfter is how long a node that has just started does not judge what is
	// up: it has not looked yet.
	judgeAfter = 15 * time.Second
	// drillSaveEvery is how often what is measured goes to disk.
	drillSaveEvery = 15 * time.Second
)

// drills is what this node knows and measures of drills.
type drills struct {
	baseline drill.Baseline
	watcher  *drill.Watcher
	before   drill.Counts // when the snapshot in service was about to be; the publisher's

	mu    sync.Mutex
	runs  []*drillRun        // oldest first
	tried map[string]attempt // the last one, by schedule
}

// drillRun is one drill as this node sees it.
type drillRun struct {
	spec     drill.Spec
	node     string // that started it
	began    time.Time
	ended    time.Time // zero: it runs
	cause    drill.Cause
	by, why  string
	recorder *drill.Recorder
	yielding bool
	saved    time.Time
	settled  bool // the last of it is on disk
}

func (n *Node) newDrills() (err error) {
	n.drills.tried = map[string]attempt{}
	n.drills.watcher, err = drill.NewWatcher(drill.WatcherOptions{
		Reader: drill.Reader{Fetcher: signalFetcher{}, Metrics: signalMetrics{n}},
		Abort: func(a drill.Abort) {
			n.spawn(func() { n.endDrill(a.Drill, drill.Aborted, drill.SignalBy(a.Signal), a.Text) })
		},
		Red:    n.signalRed,
		Logger: n.component("drill"), Registerer: n.options.Registry,
	})
	if err != nil {
		return err
	}
	n.steps.push("drill signals", n.drills.watcher.Shutdown)
	return n.loadDrills()
}

// find returns the newest run of a drill. The lock is held.
func (d *drills) find(id string) *drillRun {
	for _, r := range slices.Backward(d.runs) {
		if r.spec.ID == id {
			return r
		}
	}
	return nil
}

// running lists the drills that lie in the register and count: by id.
func running(o *intent.Outcome) map[string]*intent.Held {
	out := map[string]*intent.Held{}
	for t, e := range o.Effective {
		if t.Object.Kind() != "location" || e.Drill == nil {
			continue
		}
		if s, err := drill.DecodeSpec(e.Drill.Detail); err == nil {
			out[s.ID] = e.Drill
		}
	}
	return out
}

// countBefore takes the counters before a snapshot goes into service: all that
// it does to requests comes after them. It is called by the publisher.
func (n *Node) countBefore(next *intent.Outcome) {
	if l := n.pub.current.Load(); l != nil && len(running(next)) > 0 {
		n.drills.before = n.drillCounts(l)
	}
}

// followDrills notes which drills a publish began and ended. It is called by
// the publisher.
func (n *Node) followDrills(next *live) {
	now := time.Now()
	is := running(next.outcome)
	n.drills.mu.Lock()
	defer n.drills.mu.Unlock()
	for id, h := range is {
		if r := n.drills.find(id); r == nil || !r.ended.IsZero() {
			n.beginDrill(h, now, n.drills.before)
		}
	}
	for _, r := range n.drills.runs {
		if _, on := is[r.spec.ID]; !on && r.ended.IsZero() {
			n.drillOver(r, next, now, n.drillCounts(next))
		}
	}
	n.yields(next)
	n.drills.watcher.Set(n.drills.specs())
}

// specs lists the drills that run. The lock is held.
func (d *drills) specs() []drill.Spec {
	var out []drill.Spec
	for _, r := range d.runs {
		if r.ended.IsZero() {
			out = append(out, r.spec)
		}
	}
	return out
}

// beginDrill starts to measure. The lock is held.
func (n *Node) beginDrill(h *intent.Held, now time.Time, counts drill.Counts) {
	spec, err := drill.DecodeSpec(h.Detail)
	if err != nil {
		return
	}
	spec.By = h.By
	r := &drillRun{
		spec: spec, node: n.nameOf(cluster.NodeID(h.ID.Node)), began: h.ID.Time.Wall(),
		recorder: drill.NewRecorder(spec.ID, n.options.Config.Name, n.options.Config.Location, &n.drills.baseline, now),
	}
	// A node that was started since has not decided anything.
	if h.ID.Node == intent.NodeID(n.replicas.id()) && r.began.After(n.started) {
		decided := r.began // not now: others may have had it in service before this disk had it
		if decided.After(now) {
			decided = now
		}
		r.recorder.Mark(decided, drill.Mark{Kind: drill.Decided, By: h.By, Text: h.Reason}, counts)
	}
	r.recorder.Mark(now, drill.Mark{Kind: drill.Applied}, counts)
	n.drills.runs = append(n.drills.runs, r)
	if extra := len(n.drills.runs) - maxDrills; extra > 0 {
		n.drills.runs = slices.Delete(n.drills.runs, 0, extra)
	}
	n.journal.event("drill_started", "drill/"+spec.ID, "%s of %s for %s, by %s%s", spec.Mode, spec.Location, spec.For, h.By, because(h.Reason))
}

func because(reason string) string {
	if reason == "" {
		return ""
	}
	return ": " + reason
}

// drillOver notes that a drill has ended. The lock is held.
func (n *Node) drillOver(r *drillRun, l *live, now time.Time, counts drill.Counts) {
	r.ended, r.cause, r.saved = now, drill.Expired, time.Time{}
	for i := range l.wishes {
		h := &l.wishes[i]
		if h.Layer != intent.Drill || !h.Clear || h.Object != intent.LocationObject(string(r.spec.Location)) || h.ID.Time.Wall().Before(r.began) {
			continue
		}
		var end drillEnd
		if json.Unmarshal(h.Detail, &end) == nil && end.Drill == r.spec.ID {
			r.cause, r.by, r.why = end.Cause, h.By, end.Why
			r.recorder.Mark(now, drill.Mark{Kind: drill.Over, Cause: end.Cause, By: h.By, Text: end.Why}, counts)
		}
	}
	r.recorder.Mark(now, drill.Mark{Kind: drill.Lifted}, counts)
	n.journal.event("drill_ended", "drill/"+r.spec.ID, "%s of %s has ended: %s%s", r.spec.Mode, r.spec.Location, r.cause, because(r.why))
}

// drillEnd is what is kept with the value that ends a drill.
type drillEnd struct {
	Drill string      `json:"drill"`
	Cause drill.Cause `json:"cause"`
	Why   string      `json:"why,omitempty"`
}

// yields ends the drills that stand in the way of the last location that is up.
// The lock is held.
func (n *Node) yields(l *live) {
	if time.Since(n.started) < judgeAfter {
		return
	}
	var members []drill.Member
	for i := range l.service.Places {
		if p := &l.service.Places[i]; p.Declared {
			members = append(members, drill.Member{Location: p.Name, Tier: l.locationTier(routing.LocationID(i))})
		}
	}
	for _, r := range n.drills.runs {
		why, yields := drill.Yields(r.spec.Location, members)
		if !yields || r.yielding || !r.ended.IsZero() {
			continue
		}
		r.yielding = true
		n.spawn(func() { n.endDrill(r.spec.ID, drill.Yielded, "drill", why) })
	}
}

// locationTier is how willingly a location is answered.
func (l *live) locationTier(id routing.LocationID) routing.Tier {
	switch {
	case l.state.Locations[id].Switch == routing.Off:
		return routing.TierOff
	case l.snapshot.LocationStatus(l.service.Places[id].Name) == routing.Degraded, l.snapshot.LocationStatus(l.service.Places[id].Name) == routing.Stopped:
		return routing.TierDegraded
	case l.state.Locations[id].Switch == routing.Drill:
		return routing.TierDrill
	default:
		return routing.TierAvailable
	}
}

// measureDrills takes the counters of now, once a second.
func (n *Node) measureDrills() {
	l := n.pub.current.Load()
	if l == nil {
		return
	}
	now, counts := time.Now(), n.drillCounts(l)
	n.drills.baseline.Add(now, counts)
	n.drills.mu.Lock()
	var toSave []*drillRun
	for _, r := range n.drills.runs {
		over := !r.ended.IsZero() && now.Sub(r.ended) > afterDrill
		if r.recorder == nil || r.settled {
			continue
		}
		if !over {
			r.recorder.Sample(now, counts)
			n.noteNetworks(r)
		}
		if over || now.Sub(r.saved) > drillSaveEvery {
			r.saved, r.settled = now, over
			toSave = append(toSave, r)
		}
	}
	n.drills.mu.Unlock()
	if len(toSave) > 0 {
		n.saveDrills(toSave)
	}
	n.startDue(now)
}

// noteNetworks takes down whose clients still come to this node's location.
func (n *Node) noteNetworks(r *drillRun) {
	if n.gateway == nil || r.spec.Location != n.options.Config.Location || !r.ended.IsZero() {
		return
	}
	var list []drill.Network
	for _, w := range n.gateway.Counts().Late.Networks {
		x := drill.Network{Prefix: w.Prefix.String(), Relayed: w.Requests}
		if r.spec.Mode == drill.Loss {
			x.Relayed, x.Refused = 0, w.Requests
		}
		list = append(list, x)
	}
	r.recorder.SetNetworks(list, false)
}

// drillCounts are this node's counters as drills need them.
func (n *Node) drillCounts(l *live) drill.Counts {
	out := drill.Counts{}
	if n.dns != nil && l.view != nil {
		out.Answers = l.view.LocationAnswers()
	}
	if n.gateway == nil {
		return out
	}
	c := n.gateway.Counts()
	here, relayed, refused := c.Outcomes[gateway.OutcomeHere], c.Outcomes[gateway.OutcomeRelayed], c.Outcomes[gateway.OutcomeRefused]
	out.Served, out.Relayed, out.Refused = here.Requests, relayed.Requests, refused.Requests
	out.Arrivals = out.Served + out.Relayed + out.Refused
	out.Errors = here.Errors + relayed.Errors
	out.Late, out.Latency = drillHistogram(c.Late.Ages), drillHistogram(here.Latency.Plus(relayed.Latency))
	return out
}

// drillHistogram converts a gateway's histogram: bounds in seconds.
func drillHistogram(h gateway.Histogram) drill.Histogram {
	out := drill.Histogram{Counts: make([]uint64, gateway.Buckets)}
	for i := range gateway.Buckets - 1 {
		out.Bounds = append(out.Bounds, gateway.BucketStart(i+1).Seconds())
	}
	copy(out.Counts, h.Buckets)
	return out
}

// signalRed notes a bad look at a signal.
func (n *Node) signalRed(id string, reading drill.Reading) {
	l := n.pub.current.Load()
	n.drills.mu.Lock()
	defer n.drills.mu.Unlock()
	if r := n.drills.find(id); r != nil && r.recorder != nil && l != nil {
		r.recorder.Mark(reading.At, drill.Mark{Kind: drill.SignalRed, By: drill.SignalBy(reading.Signal), Text: reading.Text}, n.drillCounts(l))
	}
}

// endDrill clears a drill, here and everywhere. It tries until that is written
// or the drill is gone.
func (n *Node) endDrill(id string, cause drill.Cause, by, why string) {
	for n.lasting().Err() == nil {
		_, err := n.clearDrill(n.lasting(), id, cause, why, termsOf(by, why))
		if err == nil || gone(err) {
			return
		}
		n.log.Error("drill not ended yet", "drill", id, "error", err)
		select {
		case <-time.After(time.Second):
		case <-n.lasting().Done():
		}
	}
}

// gone reports whether an error says that there is no such thing.
func gone(err error) bool {
	var fault *api.Error
	return errors.As(err, &fault) && fault.Kind == api.NotFound
}

// drillAsked hands over what this node measured of a drill, with its clock.
func (n *Node) drillAsked(_ context.Context, _ cluster.NodeID, body []byte) ([]byte, error) {
	log, known := n.drillLog(string(body))
	out := drillReply{Now: time.Now().UnixMilli()}
	if known {
		var err error
		if out.Log, err = log.Encode(); err != nil {
			return nil, err
		}
	}
	return json.Marshal(out)
}

// drillReply is what a node measured; Log is empty where that is nothing.
type drillReply struct {
	Now int64           `json:"now"` // its wall clock, ms since 1970
	Log json.RawMessage `json:"log,omitempty"`
}
