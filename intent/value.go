package intent

import (
	"encoding/json"
	"time"
)

// NodeID identifies a node for ever (cluster.NodeID): 32 hexadecimal digits in
// lower case.
type NodeID string

// Value is one thing an operator said. It never changes.
type Value struct {
	Key
	ID     ID              `json:"id"`
	Seen   Seen            `json:"seen,omitempty"`
	Clear  bool            `json:"clear,omitempty"`  // nothing is set: what lies below counts
	Text   string          `json:"text,omitempty"`   // the value; empty where Clear
	For    time.Duration   `json:"for,omitempty"`    // lease, from when it was written; 0: none, which is so in the standing layer and nowhere else
	By     string          `json:"by,omitempty"`     // who said it: the name of a token, "socket", "drill"
	Reason string          `json:"reason,omitempty"` // why
	Bypass []string        `json:"bypass,omitempty"` // safety rules that do not hold it, such as BypassMinEnabled
	Detail json.RawMessage `json:"detail,omitempty"` // what the writer keeps with it, such as a drill's plan
}

// Off reports whether the value switches its object off, wholly or in part. In
// the drill layer all but a Clear do.
func (v Value) Off() bool { return v.offness() > 0 }

// offness says how far off the value switches its object: 0 not at all.
func (v Value) offness() int {
	switch {
	case v.Clear:
		return 0
	case v.Layer == Drill:
		return 1
	}
	return v.Property.offness(v.Text)
}

// says reports whether two values of one key mean the same.
func (v Value) says(o Value) bool { return v.Clear == o.Clear && v.Text == o.Text }

// Displaces reports whether v makes o superfluous: both are of one key, and the
// author of v had seen o and all that o's author had seen.
//
// It compares what both know as vectors, with their own ids in them, so it is a
// strict partial order whatever the values claim: never both ways, transitive.
func (v Value) Displaces(o Value) bool {
	return v.Key == o.Key && v.knows(o) && !o.knows(v)
}

// knows reports whether v's author knew o, and all that o's author knew, when
// v was written.
func (v Value) knows(o Value) bool {
	if v.known(o.ID.Node) < o.ID.Time {
		return false
	}
	for node, t := range o.Seen {
		if v.known(node) < t {
			return false
		}
	}
	return true
}

// After reports whether a value claims that somebody said something after t:
// its author, or whom its author says to have seen.
func (v Value) After(t Time) bool {
	for _, seen := range v.Seen {
		if seen > t {
			return true
		}
	}
	return v.ID.Time > t
}

// known returns the newest reading of a node that v knows, its own included.
func (v Value) known(node NodeID) Time {
	t := v.Seen[node]
	if node == v.ID.Node {
		t = max(t, v.ID.Time)
	}
	return t
}
