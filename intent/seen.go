package intent

// Seen is everything of one key that an author had seen: of each node the
// newest. It holds what those values had seen themselves, so that it is closed.
type Seen map[NodeID]Time

// Has reports whether a value with that id had been seen.
func (s Seen) Has(id ID) bool { return s[id.Node] >= id.Time }

// add takes a value in: its id, and what its author had seen.
func (s Seen) add(v Value) {
	s[v.ID.Node] = max(s[v.ID.Node], v.ID.Time)
	for node, t := range v.Seen {
		s[node] = max(s[node], t)
	}
}

// seenOf returns what somebody has seen who holds these values of one key: nil
// where there are none.
func seenOf(heads []Held) Seen {
	if len(heads) == 0 {
		return nil
	}
	s := Seen{}
	for _, h := range heads {
		s.add(h.Value)
	}
	return s
}
