package node

import (
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
		if n.drills.due(spec) {
			n.spawn(func() { n.startScheduled(spec, s.Blocked) })
		}
	}
}

// due reports whether a drill was not tried yet; from then on it was.
func (d *drills) due(s drill.Spec) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.find(s.ID) != nil || d.tried[s.Schedule] == s.ID {
		return false
	}
	d.tried[s.Schedule] = s.ID
	return true
}

func (n *Node) startScheduled(spec drill.Spec, blocked []drill.Interval) {
	if _, err := n.startDrill(n.lasting(), spec, termsOf(spec.By, spec.Reason), blocked); err != nil {
		n.log.Warn("scheduled drill not started", "drill", spec.ID, "error", err)
		n.journal.event("drill_blocked", "drill/"+spec.ID, "%s was due and did not start: %v", spec.Schedule, err)
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
