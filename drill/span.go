package drill

import "time"

// Settle is how long after the end of the drill requests still count for it:
// they are counted when they end.
const Settle = 5 * time.Second

// span is when the drill was in force on a node: (from, to].
type span struct {
	from, to Stamp
	known    bool // some node applied the drill
}

// spans returns the span of each node. A node that did not mark it takes the
// first and the last mark of the others.
func (t *Timeline) spans() []span {
	first, applied := t.earliest(Applied)
	last, lifted := t.latest(Lifted)
	out := make([]span, len(t.Nodes))
	for i, l := range t.Nodes {
		s := span{from: first.at.At, to: l.end(), known: applied}
		if lifted {
			s.to = last.at.At
		}
		if m, ok := l.first(Applied); ok {
			s.from = m.At
		}
		if m, ok := l.last(Lifted); ok {
			s.to = m.At
		}
		s.to = max(s.to, s.from)
		out[i] = s
	}
	return out
}

// settled is the span with what was still on its way when it ended.
func (s span) settled() (from, to Stamp) { return s.from, s.to + Stamp(Settle.Milliseconds()) }

// sighting is a mark on a node.
type sighting struct {
	node string
	at   Mark
}

// earliest returns the earliest of the nodes' first marks of a kind, latest the
// latest of their last ones; lastFirst the latest of their first ones, and
// firstLast the earliest of their last ones.
func (t *Timeline) earliest(k Kind) (sighting, bool) { return t.pick(NodeLog.first, k, false) }
func (t *Timeline) latest(k Kind) (sighting, bool)   { return t.pick(NodeLog.last, k, true) }
func (t *Timeline) lastFirst(k Kind) (sighting, bool) {
	return t.pick(NodeLog.first, k, true)
}

func (t *Timeline) firstLast(k Kind) (sighting, bool) {
	return t.pick(NodeLog.last, k, false)
}

// pick chooses among one mark of each node.
func (t *Timeline) pick(of func(NodeLog, Kind) (Mark, bool), k Kind, late bool) (best sighting, found bool) {
	for _, l := range t.Nodes {
		m, ok := of(l, k)
		if ok && (!found || late && m.At > best.at.At || !late && m.At < best.at.At) {
			best, found = sighting{node: l.Node, at: m}, true
		}
	}
	return best, found
}
