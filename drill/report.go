package drill

import (
	"time"

	"meridian/routing"
)

// Report is what a drill showed. Every figure says how it was measured.
type Report struct {
	Spec    Spec    `json:"spec"`
	Outcome Outcome `json:"outcome"`

	Decided       Moment `json:"decided"`
	FirstApplied  Moment `json:"firstApplied"`
	LastApplied   Moment `json:"lastApplied"`
	FirstChanged  Moment `json:"firstChanged"` // first answer without the location
	LastOld       Moment `json:"lastOld"`      // last answer with it
	FirstRestored Moment `json:"firstRestored"`
	LastRestored  Moment `json:"lastRestored"`

	Nodes    []NodeLine `json:"nodes"`
	Answers  Curves     `json:"answers"`
	Arrivals Curves     `json:"arrivals"`
	Shares   []Shares   `json:"shares"`
	Late     Late       `json:"late"`
	Failures Failures   `json:"failures"`
	Latency  []Phase    `json:"latency"` // before, during, after

	Verdict Verdict  `json:"verdict"`
	Clauses []Clause `json:"clauses,omitempty"`
	Events  []Event  `json:"events,omitempty"`
	Notes   []string `json:"notes,omitempty"` // what limits the figures
}

// Outcome is how the drill ended.
type Outcome struct {
	State State  `json:"state"` // running, aborting or ended
	Cause Cause  `json:"cause,omitempty"`
	By    string `json:"by,omitempty"`
	Text  string `json:"text,omitempty"`
	At    Stamp  `json:"at,omitempty"` // when it was decided, where it was ended before its time
}

// Moment is when something happened.
type Moment struct {
	Known bool          `json:"known"`
	At    Stamp         `json:"at,omitempty"`
	After time.Duration `json:"after,omitempty"` // since the decision
	Node  string        `json:"node,omitempty"`
	How   string        `json:"how"` // how it was measured, or why it was not
}

// NodeLine is one node's part.
type NodeLine struct {
	Node     string               `json:"node"`
	Location routing.LocationName `json:"location"`
	Applied  Moment               `json:"applied"`
	Lifted   Moment               `json:"lifted"`
	Samples  int                  `json:"samples"`
	Step     time.Duration        `json:"step"`  // between samples
	Doubt    time.Duration        `json:"doubt"` // of its clock
	Gaps     int                  `json:"gaps"`  // it began anew
}

// Event is a mark with its node.
type Event struct {
	Node string `json:"node"`
	Mark
}

// NewReport works out the report. It depends on nothing but the timeline.
func NewReport(t *Timeline) *Report {
	r := &Report{Spec: t.Spec}
	spans := t.spans()
	r.moments(t)
	r.Outcome = t.outcome()
	r.Nodes = t.lines(r.Decided)
	r.Answers = t.curves(r.Decided, answered, "DNS answers that each node gave, by the location they led to")
	r.Arrivals = t.curves(r.Decided, arrived, "requests that clients sent to the gateways of each location; relays between gateways are none")
	r.Shares = t.shares(spans)
	r.Late = t.late(spans)
	r.Failures = t.failures(spans)
	r.Latency = t.phases(spans)
	r.Verdict, r.Clauses = judge(r)
	r.Events = t.events()
	r.Notes = t.notes()
	return r
}
