package drill

import "meridian/routing"

// Counts are a node's counters since its process began. Each only grows; one
// that is smaller than before says that the process began anew.
type Counts struct {
	Answers  map[routing.LocationName]uint64 // DNS answers, by the location they led to
	Arrivals uint64                          // requests that clients sent to this node's gateway; relays from peers are none
	Served   uint64                          // of Arrivals: answered here
	Relayed  uint64                          // of Arrivals: answered by another location
	Refused  uint64                          // of Arrivals: 503, because the location is off and nobody took it
	Errors   uint64                          // of Served and Relayed: 5xx, or no answer at all, as the client saw it
	Late     Histogram                       // of Arrivals: age in seconds since the location went off
	Latency  Histogram                       // of Served and Relayed: seconds from a request to the end of its answer
}

// Histogram counts values in buckets.
type Histogram struct {
	Bounds []float64 // upper bounds, rising; a value on a bound is under it
	Counts []uint64  // one more than Bounds: the last is what lies above all
}

// Network is how often a client network was late during one drill.
type Network struct {
	Prefix  string `json:"prefix"` // "203.0.113.0/24"
	Relayed uint64 `json:"relayed,omitempty"`
	Refused uint64 `json:"refused,omitempty"`
}
