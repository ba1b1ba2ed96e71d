package drill

import "meridian/routing"

// Kind says what a mark is about.
type Kind string

// The kinds of marks.
const (
	Decided   Kind = "decided"    // the drill was written here
	Applied   Kind = "applied"    // this node's published snapshot has it
	Answered  Kind = "answered"   // first answer given from that snapshot
	Lifted    Kind = "lifted"     // this node's published snapshot no longer has it
	Over      Kind = "over"       // it was ended before its time; Cause says how
	SignalRed Kind = "signal_red" // a reading was red
	Health    Kind = "health"     // a verdict changed
	Tiers     Kind = "tier"       // a location's tier changed
	Gap       Kind = "gap"        // this node saw nothing for a while
	Remark    Kind = "remark"
)

// Mark is something that happened on a node at one time.
type Mark struct {
	At       Stamp                `json:"at"`
	Kind     Kind                 `json:"kind"`
	Location routing.LocationName `json:"location,omitempty"` // that it is about, where it is not the drilled one
	Cause    Cause                `json:"cause,omitempty"`    // of Over
	By       string               `json:"by,omitempty"`       // who decided: a person, "signal <name>"
	Text     string               `json:"text,omitempty"`
}

func (k Kind) known() bool {
	switch k {
	case Decided, Applied, Answered, Lifted, Over, SignalRed, Health, Tiers, Gap, Remark:
		return true
	}
	return false
}

// pins says that the counters of that moment are kept whatever is thinned.
func (k Kind) pins() bool { return k == Applied || k == Lifted || k == Decided || k == Over }
