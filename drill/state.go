package drill

import "time"

// State is where a drill stands.
type State string

// The states.
const (
	Scheduled State = "scheduled" // its start is ahead
	Blocked   State = "blocked"   // it would begin, but a finding refuses it
	Running   State = "running"
	Aborting  State = "aborting" // it has been ended; some node has not applied that yet
	Ended     State = "ended"
)

// Cause says why a drill ended.
type Cause string

// The causes.
const (
	Expired    Cause = "expired"    // its time was over
	Aborted    Cause = "aborted"    // by a person or a signal
	Yielded    Cause = "yielded"    // nothing else was up
	Superseded Cause = "superseded" // another drill of the location took its place
)

// Facts are what a node knows of a drill.
type Facts struct {
	Spec     Spec
	Written  bool          // it has begun: its value is or was in the register
	Elapsed  time.Duration // of its lease, where Written
	Cause    Cause         // why its value no longer counts; "": it was not ended before its time
	Why      string        // words for Cause
	Applied  bool          // a reachable node's published snapshot still has it
	Findings []Finding     // of the precheck, where not Written
}

// Status is the state of a drill, with words.
type Status struct {
	Spec  Spec          `json:"spec"`
	State State         `json:"state"`
	Cause Cause         `json:"cause,omitempty"`
	Why   string        `json:"why,omitempty"`
	Rest  time.Duration `json:"rest,omitempty"` // while running: until it ends by itself
}

// StatusOf judges the facts.
func StatusOf(f Facts) Status {
	s := Status{Spec: f.Spec}
	rest := max(0, f.Spec.For-f.Elapsed)
	refusal, refused := Refusal(f.Findings)
	switch {
	case !f.Written && refused:
		s.State, s.Why = Blocked, refusal.Text
	case !f.Written:
		s.State = Scheduled
	case f.Cause == "" && rest > 0:
		s.State, s.Rest = Running, rest
	default:
		s.State, s.Cause, s.Why = ending(f.Applied), causeOf(f.Cause), f.Why
	}
	return s
}

func ending(applied bool) State {
	if applied {
		return Aborting
	}
	return Ended
}

func causeOf(c Cause) Cause {
	if c == "" {
		return Expired
	}
	return c
}
