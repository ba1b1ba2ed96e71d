package drill

// State is where a drill stands.
type State string

// The states.
const (
	Running  State = "running"
	Aborting State = "aborting" // it is over; some node has not applied that yet
	Ended    State = "ended"
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

func ending(applied bool) State {
	if applied {
		return Aborting
	}
	return Ended
}
