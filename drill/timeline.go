package drill

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Limits of a Timeline.
const (
	MaxLog   = 12 << 20 // bytes of an encoded NodeLog
	maxNodes = 256
)

var errOtherDrill = errors.New("the log is of another drill")

// Timeline is what all nodes measured of one drill.
type Timeline struct {
	Spec  Spec      `json:"spec"`
	Nodes []NodeLog `json:"nodes"` // by node, each once
}

// NewTimeline returns a timeline without measurements.
func NewTimeline(s Spec) *Timeline { return &Timeline{Spec: s} }

// Add merges the log of a node. ahead is how far the node's clock is ahead of
// the reader's: its instants are moved back by it; doubt is how far that may be
// wrong. Of two logs of one node the one that reaches further is kept: the order
// of Adds does not matter, nor does repeating one.
func (t *Timeline) Add(log NodeLog, ahead, doubt time.Duration) error {
	if log.Drill != t.Spec.ID {
		return fmt.Errorf("adding log of node %q: %w: %q instead of %q", clip(log.Node, 80), errOtherDrill, clip(log.Drill, 80), t.Spec.ID)
	}
	log = log.moved(-Stamp(ahead.Milliseconds()))
	log.Doubt = max(log.Doubt, doubt.Milliseconds())
	if err := log.Validate(); err != nil {
		return fmt.Errorf("adding log of node %q: %w", clip(log.Node, 80), err)
	}
	i, found := slices.BinarySearchFunc(t.Nodes, log.Node, func(l NodeLog, node string) int { return cmp.Compare(l.Node, node) })
	switch {
	case found && further(log, t.Nodes[i]):
		t.Nodes[i] = log
	case found:
	case len(t.Nodes) >= maxNodes:
		return fmt.Errorf("adding log of node %q: %d nodes have one, at most %d", clip(log.Node, 80), len(t.Nodes), maxNodes)
	default:
		t.Nodes = slices.Insert(t.Nodes, i, log)
	}
	return nil
}

// further reports whether a says more than b: a total order of the logs of one
// node.
func further(a, b NodeLog) bool {
	if c := cmp.Or(
		cmp.Compare(a.end(), b.end()), cmp.Compare(len(a.Marks), len(b.Marks)), cmp.Compare(len(a.Samples), len(b.Samples)),
		cmp.Compare(len(a.Networks), len(b.Networks)), cmp.Compare(len(a.Observations), len(b.Observations)),
	); c != 0 {
		return c > 0
	}
	return bytes.Compare(encoded(a), encoded(b)) > 0
}

// encoded is the log as JSON; a log that Validate has passed has no value that
// JSON lacks.
func encoded(l NodeLog) []byte {
	data, err := json.Marshal(l)
	if err != nil {
		return nil
	}
	return data
}

// moved returns the log with every instant moved.
func (l NodeLog) moved(by Stamp) NodeLog {
	if by == 0 {
		return l
	}
	l = l.clone()
	for i := range l.Samples {
		l.Samples[i].At += by
	}
	for i := range l.Marks {
		l.Marks[i].At += by
	}
	for i := range l.Observations {
		l.Observations[i].At += by
	}
	return l
}

// Encode returns the JSON of the log.
func (l NodeLog) Encode() ([]byte, error) {
	data, err := json.Marshal(l)
	if err != nil {
		return nil, fmt.Errorf("encoding drill log: %w", err)
	}
	return data, nil
}

// DecodeLog reads what NodeLog.Encode wrote and checks all of it.
func DecodeLog(data []byte) (NodeLog, error) {
	var l NodeLog
	if len(data) > MaxLog {
		return NodeLog{}, fmt.Errorf("decoding drill log: %d bytes, at most %d", len(data), MaxLog)
	}
	if err := json.Unmarshal(data, &l); err != nil {
		return NodeLog{}, fmt.Errorf("decoding drill log: %w", err)
	}
	if err := l.Validate(); err != nil {
		return NodeLog{}, fmt.Errorf("decoding drill log: %w", err)
	}
	return l, nil
}
