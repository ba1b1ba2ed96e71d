package api

import "time"

// Arrivals is what reaches the gateways of a location, over all its nodes.
type Arrivals struct {
	Served     uint64       `json:"served" doc:"Requests served here, since the nodes started"`
	Relayed    uint64       `json:"relayed" doc:"Requests that came while the location was off and were carried to another"`
	Refused    uint64       `json:"refused" doc:"Requests that came while it was off and were refused"`
	Mode       string       `json:"mode,omitempty" enum:"relay,refuse" doc:"What happens to late requests; absent while the location is on"`
	OffSince   *time.Time   `json:"offSince,omitempty"`
	LastLate   *time.Time   `json:"lastLate,omitempty" doc:"When the last late request came"`
	Networks   int          `json:"networks" doc:"Client networks late requests came from, while the location is off"`
	From       List[string] `json:"from" nullable:"false" doc:"Some of them, those that came last first"`
	T50        *float64     `json:"t50Seconds,omitempty" doc:"Half of the late requests came within this time after the location went off"`
	T95        *float64     `json:"t95Seconds,omitempty"`
	T99        *float64     `json:"t99Seconds,omitempty"`
	SafeToStop bool         `json:"safeToStop" doc:"Off, and no late client for 10 minutes"`
	Text       string       `json:"text" doc:"The same for people" example:"safe to stop: no late client for 10 min"`
	Unknown    List[string] `json:"unknown,omitempty" nullable:"false" doc:"Nodes whose counts are not in: they could not be asked"`
}
