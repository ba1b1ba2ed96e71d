package breaker

import "time"

// Rule is one rule of a backend's circuit breaker (azure.md §3.2). The zero
// rule never trips by itself: its breaker follows operators only.
type Rule struct {
	Name          string
	Count         int           // failures in Interval that trip, 1..10000; 0: not by count
	Percentage    int           // share of failed attempts in Interval that trips, 1..100; 0: not by share
	MinimumVolume int           // attempts in Interval before Percentage applies; 0: 10
	Interval      time.Duration // the sliding window
	TripDuration  time.Duration // open for as long
	Statuses      []Range       // upstream statuses that are failures
	Reasons       ReasonSet     // failures by reason
	// AcceptRetryAfter lets the Retry-After of the answer that trips replace
	// TripDuration, up to a day.
	AcceptRetryAfter bool
	HalfOpen         *HalfOpen // nil: closes fully after the trip, as Azure
	FailureStatus    int       // what callers get while it is open; 0: 503
}

// Range is a range of HTTP statuses, both ends included.
type Range struct {
	Min, Max int
}

// HalfOpen is how a breaker recovers step by step.
type HalfOpen struct {
	Probes    int           // most probes at once; 0: 1
	Successes int           // successful probes that close; 0: 1
	Lease     time.Duration // a probe without a result is given up after it; 0: the smaller of TripDuration and 30 s
	Ramp      time.Duration // after closing, the share of admitted attempts rises from a tenth to all within it; 0: all at once
}
