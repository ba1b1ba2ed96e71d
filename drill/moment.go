package drill

import (
	"fmt"
	"time"
)

// moments fills in when things happened.
func (r *Report) moments(t *Timeline) {
	r.Decided = t.decided()
	at := func(s sighting, ok bool, how, why string) Moment { return since(r.Decided, s, ok, how, why) }
	s, ok := t.earliest(Applied)
	r.FirstApplied = at(s, ok, "when the node published its first snapshot with the drill", "no node marked it")
	s, ok = t.lastFirst(Applied)
	r.LastApplied = at(s, ok, "when the last of the nodes that marked it published its first snapshot with the drill", "no node marked it")
	r.FirstChanged = t.firstChanged(r.Decided)
	r.LastOld = t.lastOld(r.Decided)
	s, ok = t.firstLast(Lifted)
	r.FirstRestored = at(s, ok, "when the node published its first snapshot without the drill", "no node marked it")
	s, ok = t.latest(Lifted)
	r.LastRestored = at(s, ok && t.allLifted(), "when the last node published its first snapshot without the drill", t.unlifted())
}

func (t *Timeline) decided() Moment {
	if s, ok := t.earliest(Decided); ok {
		return Moment{Known: true, At: s.at.At, Node: s.node, How: "when the node that was asked wrote it"}
	}
	if s, ok := t.earliest(Applied); ok {
		return Moment{Known: true, At: s.at.At, Node: s.node, How: "the node that was asked left no log: when the first node applied it"}
	}
	return Moment{How: "no node marked it"}
}

func since(decided Moment, s sighting, ok bool, how, why string) Moment {
	if !ok {
		return Moment{How: why}
	}
	return Moment{Known: true, At: s.at.At, After: s.at.At.Since(decided.At), Node: s.node, How: how}
}

// firstChanged is the first answer from a snapshot with the drill: as a node
// marked it, else the first sample after it applied the drill in which it had
// given any answer.
func (t *Timeline) firstChanged(decided Moment) Moment {
	if s, ok := t.earliest(Answered); ok {
		return since(decided, s, true, "the first answer given from a snapshot with the drill", "")
	}
	var best sighting
	found := false
	for _, l := range t.Nodes {
		m, applied := l.first(Applied)
		at, ok := l.answeredAfter(m.At)
		if applied && ok && (!found || at < best.at.At) {
			best, found = sighting{node: l.Node, at: Mark{At: at}}, true
		}
	}
	return since(decided, best, found, "no later than this: the first sample with answers after the node had applied the drill", "no node gave an answer after it had applied the drill")
}

// answeredAfter returns the first sample that counts answers after t.
func (l NodeLog) answeredAfter(t Stamp) (Stamp, bool) {
	before := sum(l.at(t).Answers)
	for _, s := range l.Samples {
		if s.At > t && sum(s.Answers) > before {
			return s.At, true
		}
	}
	return 0, false
}

// lastOld is the last sample, while the drill was in force, in which a node had
// led somebody to the drilled location.
func (t *Timeline) lastOld(decided Moment) Moment {
	var best sighting
	found, counted := false, false
	for i, sp := range t.spans() {
		l := t.Nodes[i]
		counted = counted || sp.known && sum(l.at(sp.to).Answers) > 0
		at, ok := l.lastLed(t.Spec, sp)
		if ok && (!found || at > best.at.At) {
			best, found = sighting{node: l.Node, at: Mark{At: at}}, true
		}
	}
	why := "no node gave DNS answers"
	if counted {
		why = "none: no answer led to the location once its node had applied the drill"
	}
	return since(decided, best, found, "no later than this: the last sample, while the node had the drill, that counts an answer with the location", why)
}

func (l NodeLog) lastLed(spec Spec, sp span) (at Stamp, found bool) {
	if !sp.known {
		return 0, false
	}
	before := l.at(sp.from).Answers[spec.Location]
	for _, s := range l.Samples {
		if n := s.Answers[spec.Location]; s.At > sp.from && s.At <= sp.to && n > before {
			at, found, before = s.At, true, n
		}
	}
	return at, found
}

func (t *Timeline) allLifted() bool { return t.unlifted() == "" }

// unlifted says which nodes have the drill still, as far as their logs go.
func (t *Timeline) unlifted() string {
	out := ""
	for _, l := range t.Nodes {
		_, applied := l.first(Applied)
		if _, lifted := l.last(Lifted); applied && !lifted {
			out = fmt.Sprintf("node %s has not marked the end", l.Node)
		}
	}
	return out
}

// lines is each node's part.
func (t *Timeline) lines(decided Moment) []NodeLine {
	var out []NodeLine
	for _, l := range t.Nodes {
		line := NodeLine{
			Node: l.Node, Location: l.Location, Samples: len(l.Samples),
			Step: time.Duration(l.StepMillis) * time.Millisecond, Doubt: time.Duration(l.Doubt) * time.Millisecond,
		}
		applied, ok := l.first(Applied)
		line.Applied = since(decided, sighting{l.Node, applied}, ok, "its first snapshot with the drill", "not marked")
		lifted, ok := l.last(Lifted)
		line.Lifted = since(decided, sighting{l.Node, lifted}, ok, "its first snapshot without the drill", "not marked")
		for _, m := range l.Marks {
			if m.Kind == Gap {
				line.Gaps++
			}
		}
		out = append(out, line)
	}
	return out
}
