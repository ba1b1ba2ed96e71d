package drill

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// outcome is how the drill ended: the earliest word that ended it before its
// time, else its expiry, else it is running.
func (t *Timeline) outcome() Outcome {
	if s, ok := t.earliest(Over); ok {
		return Outcome{State: ending(t.unlifted() != ""), Cause: s.at.Cause, By: s.at.By, Text: s.at.Text, At: s.at.At}
	}
	_, lifted := t.earliest(Lifted)
	switch {
	case !lifted:
		return Outcome{State: Running}
	case t.unlifted() != "":
		return Outcome{State: Aborting, Cause: Expired, Text: t.unlifted()}
	}
	return Outcome{State: Ended, Cause: Expired}
}

// maxEvents is the most events of a report; what follows is left out with a
// note.
const maxEvents = 500

// events are all marks in order.
func (t *Timeline) events() []Event {
	var out []Event
	for _, l := range t.Nodes {
		for _, m := range l.Marks {
			out = append(out, Event{Node: l.Node, Mark: m})
		}
	}
	slices.SortStableFunc(out, func(a, b Event) int { return cmp.Compare(a.At, b.At) })
	return out[:min(len(out), maxEvents)]
}

// notes say what limits the figures.
func (t *Timeline) notes() []string {
	var out []string
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	if len(t.Nodes) == 0 {
		say("No node gave a log: nothing was measured.")
	}
	marks := 0
	for _, l := range t.Nodes {
		marks += len(l.Marks)
		if _, ok := l.first(Applied); !ok {
			say("Node %s did not mark that it applied the drill; for its figures the first mark of the others counts.", l.Node)
		}
		if _, ok := l.first(Gap); ok {
			say("Node %s began anew during the drill; what it counted between its last sample and its end is lost.", l.Node)
		}
		if l.Doubt > 0 {
			say("The clock of node %s may be off by %s.", l.Node, duration(time.Duration(l.Doubt)*time.Millisecond))
		}
	}
	if marks > maxEvents {
		say("Of %d events the first %d are shown.", marks, maxEvents)
	}
	return out
}
