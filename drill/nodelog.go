package drill

import (
	"slices"

	"meridian/routing"
)

// Sample is what a node had counted since its log began. Its first sample is
// all zero.
type Sample struct {
	At       Stamp                           `json:"at"`
	Pinned   bool                            `json:"pinned,omitempty"` // belongs to a mark: never thinned
	Answers  map[routing.LocationName]uint64 `json:"answers,omitempty"`
	Arrivals uint64                          `json:"arrivals,omitempty"`
	Served   uint64                          `json:"served,omitempty"`
	Relayed  uint64                          `json:"relayed,omitempty"`
	Refused  uint64                          `json:"refused,omitempty"`
	Errors   uint64                          `json:"errors,omitempty"`
	Late     []uint64                        `json:"late,omitempty"`    // by LateBounds
	Latency  []uint64                        `json:"latency,omitempty"` // by LatencyBounds
}

// Observation is what somebody outside of us, such as a load generator, had
// counted since it began.
type Observation struct {
	At       Stamp  `json:"at"`
	Observer string `json:"observer"`
	Requests uint64 `json:"requests"`
	Failures uint64 `json:"failures"`
}

// NodeLog is what one node measured of one drill. Its instants are the node's
// wall clock when the log began plus monotonic time since then, so that a clock
// that is set during the drill moves nothing.
type NodeLog struct {
	Drill         string               `json:"drill"` // Spec.ID
	Node          string               `json:"node"`
	Location      routing.LocationName `json:"location"`
	Samples       []Sample             `json:"samples"`
	Marks         []Mark               `json:"marks,omitempty"`
	Observations  []Observation        `json:"observations,omitempty"`
	LateBounds    []float64            `json:"lateBounds,omitempty"`    // s
	LatencyBounds []float64            `json:"latencyBounds,omitempty"` // s
	Networks      []Network            `json:"networks,omitempty"`      // late ones
	NetworksFull  bool                 `json:"networksFull,omitempty"`  // there were more
	StepMillis    int64                `json:"stepMillis,omitempty"`    // between samples, after thinning
	Doubt         int64                `json:"doubtMillis,omitempty"`   // how far its clock may be off the reader's, after alignment
}

// clone copies the log. Samples never change: their parts are shared.
func (l NodeLog) clone() NodeLog {
	l.Samples = slices.Clone(l.Samples)
	l.Marks = slices.Clone(l.Marks)
	l.Observations = slices.Clone(l.Observations)
	l.Networks = slices.Clone(l.Networks)
	return l
}
