package node

import (
	"encoding/json"
	"slices"
	"time"

	"meridian/admin/api"
	"meridian/cluster"
	"meridian/configs"
	"meridian/drill"
	"meridian/intent"
)

// scheduleGrace is how late a scheduled drill may still start.
const scheduleGrace = 2 * time.Minute

// retryEvery is how often a scheduled drill that was refused is tried again.
const retryEvery = 5 * time.Second

// standInAfter is when another node starts a drill that the writer of the plan
// has not.
const standInAfter = 20 * time.Second

// scheduleOf converts a schedule of the plan.
func scheduleOf(d configs.Drill) (drill.Schedule, error) {
	zone, err := time.LoadLocation(d.Window.Zone)
	if err != nil {
		return drill.Schedule{}, err
	}
	s := drill.Schedule{
		Spec: drill.Spec{
			Schedule: d.Name, Location: d.Location, Mode: drill.Drain, For: d.For, Share: float64(d.Share) / 100,
			Hypothesis: hypothesisOf(d.Hypothesis), Reason: "schedule " + d.Name, By: "schedule " + d.Name,
			Signals: drill.Signals{Block: plannedSignals(d.Block), Abort: plannedSignals(d.Abort)},
		},
		Window: drill.Window{Days: d.Window.Days, Start: d.Window.Start, Duration: d.Window.Duration, Zone: zone},
	}
	if d.Share == 0 || d.Share == 100 {
		s.Spec.Share = 0
	}
	if d.Loss {
		s.Spec.Mode = drill.Loss
	}
	for _, b := range d.Blocked {
		s.Blocked = append(s.Blocked, drill.Days(drill.Day(b.From), drill.Day(b.To), zone))
	}
	return s, nil
}

func hypothesisOf(h configs.Hypothesis) drill.Hypothesis {
	out := drill.Hypothesis{MaxErrorRate: h.MaxErrorRate}
	if h.MaxErrors != nil {
		most := uint64(max(0, *h.MaxErrors))
		out.MaxErrors = &most
	}
	if h.MaxShift != nil {
		seconds := h.MaxShift.Seconds()
		out.MaxShiftSeconds = &seconds
	}
	if h.MaxP99 != nil {
		millis := ms(*h.MaxP99)
		out.MaxP99Millis = &millis
	}
	return out
}

func plannedSignals(list []configs.Signal) []drill.Signal {
	var out []drill.Signal
	for _, s := range list {
		out = append(out, drill.Signal(s))
	}
	return out
}

// startDue starts the scheduled drills whose time has come: the writer of the
// plan does, and where it does not the first node that is alive. One id names
// one start, so that a second one changes nothing.
func (n *Node) startDue(now time.Time) {
	l := n.pub.current.Load()
	if l == nil {
		return
	}
	for _, planned := range l.service.Drills {
		s, err := scheduleOf(planned)
		if err != nil {
			n.log.Error("schedule of a drill not understood", "schedule", planned.Name, "error", err)
			continue
		}
		start, due := s.Due(now, scheduleGrace)
		if !due || !n.starts(now.Sub(start)) {
			continue
		}
		spec := s.At(start)
		if try, first := n.drills.due(spec, now); try && !l.drilled(spec) {
			n.spawn(func() { n.startScheduled(spec, s.Blocked, first) })
		}
	}
}

// attempt is when a scheduled drill was last tried.
type attempt struct {
	id string
	at time.Time
}

// due reports whether to try a drill now, and whether for the first time: what
// speaks against it may pass while it still may start.
func (d *drills) due(s drill.Spec, now time.Time) (try, first bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	last := d.tried[s.Schedule]
	first = last.id != s.ID
	if d.find(s.ID) != nil || !first && now.Sub(last.at) < retryEvery {
		return false, false
	}
	d.tried[s.Schedule] = attempt{s.ID, now}
	return true, first
}

// drilled reports whether a drill has been in the register, also where this
// node was killed before it had noted the drill.
func (l *live) drilled(spec drill.Spec) bool {
	for i := range l.wishes {
		h := &l.wishes[i]
		if h.Layer != intent.Drill || h.Object != intent.LocationObject(string(spec.Location)) {
			continue
		}
		var detail struct{ ID, Drill string }
		if json.Unmarshal(h.Detail, &detail) == nil && (detail.ID == spec.ID || detail.Drill == spec.ID) {
			return true
		}
	}
	return false
}

func (n *Node) startScheduled(spec drill.Spec, blocked []drill.Interval, first bool) {
	if _, err := n.startDrill(n.lasting(), spec, termsOf(spec.By, spec.Reason), blocked); err != nil && first {
		n.log.Warn("scheduled drill not started", "drill", spec.ID, "error", err)
		n.journal.event("drill_blocked", "drill/"+spec.ID, "%s is due and did not start yet: %v", spec.Schedule, err)
	}
}

// starts reports whether it falls to this node to start what has been due for a
// while.
func (n *Node) starts(overdue time.Duration) bool {
	writer, members := n.writer(), n.members()
	if writer == n.replicas.id() {
		return true
	}
	if overdue < standInAfter || members[writer].State == "alive" {
		return false
	}
	var alive []cluster.NodeID
	for _, r := range n.registered() {
		if r.State == intent.Active && (r.id == n.replicas.id() || members[r.id].State == "alive") {
			alive = append(alive, r.id)
		}
	}
	return len(alive) > 0 && slices.Min(alive) == n.replicas.id()
}

// schedules lists the drills that start by themselves.
func (n *Node) schedules(l *live) []api.DrillSchedule {
	var out []api.DrillSchedule
	for _, planned := range l.service.Drills {
		s, err := scheduleOf(planned)
		if err != nil {
			continue
		}
		x := api.DrillSchedule{Name: planned.Name, Location: string(planned.Location), Mode: string(s.Spec.Mode), Window: s.String()}
		if next, ok := s.Next(time.Now()); ok {
			x.Next = instant(next)
		}
		out = append(out, x)
	}
	return out
}
