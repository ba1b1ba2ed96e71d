package breaker

import "time"

// Limits, azure.md §3.2 where it has them.
const (
	maxCount      = 10_000
	maxRanges     = 10
	maxProbes     = 100
	maxDetail     = 200
	maxTime       = 366 * 24 * time.Hour
	maxRetryAfter = 24 * time.Hour
)

// Rule is one rule of a backend's circuit breaker (azure.md §3.2). The zero
// rule never trips by itself: its breaker follows operators only.
type Rule struct {
	Count         int           // failures in Interval that trip, 1..10000; 0: not by count
	Percentage    int           // share of failed attempts in Interval that trips, 1..100; 0: not by share
	MinimumVolume int           // attempts in Interval before Percentage applies; 0: 10
	Interval      time.Duration // the sliding window; up to 366 days
	TripDuration  time.Duration // open for as long; up to 366 days
	Statuses      []Range       // upstream statuses that are failures; at most 10
	Reasons       ReasonSet     // failures by reason
	// AcceptRetryAfter lets the Retry-After of the answer that trips replace
	// TripDuration, up to a day.
	AcceptRetryAfter bool
	HalfOpen         *Recovery // nil: closes fully after the trip, as Azure
	FailureStatus    int       // what callers get while it is open; 0: 503
}

// Range is a range of HTTP statuses, both ends included.
type Range struct {
	Min, Max int
}

// Recovery is how a half-open breaker closes.
type Recovery struct {
	Probes    int           // most probes at once; 0: 1
	Successes int           // successful probes that close; 0: 1
	Lease     time.Duration // a probe without a result is given up after it; 0: the smaller of TripDuration and 30 s
	Ramp      time.Duration // after closing, the share of admitted attempts rises from a tenth to all within it; 0: all at once
}

// normal returns the rule with defaults filled in and within its limits.
func (r Rule) normal() Rule {
	r.Count = clamp(r.Count, 0, maxCount)
	r.Percentage = clamp(r.Percentage, 0, 100)
	if r.MinimumVolume <= 0 {
		r.MinimumVolume = 10
	}
	r.Interval = clamp(r.Interval, 0, maxTime)
	r.TripDuration = clamp(r.TripDuration, 0, maxTime)
	if r.HalfOpen != nil {
		h := r.HalfOpen.normal(r.TripDuration)
		r.HalfOpen = &h
	}
	return r
}

func (h Recovery) normal(trip time.Duration) Recovery {
	h.Probes = clamp(h.Probes, 1, maxProbes)
	h.Successes = clamp(h.Successes, 1, maxCount)
	if h.Lease <= 0 {
		h.Lease = min(trip, 30*time.Second)
	}
	h.Lease = clamp(h.Lease, time.Millisecond, maxTime)
	h.Ramp = clamp(h.Ramp, 0, maxTime)
	return h
}

func clamp[T int | time.Duration](v, lowest, highest T) T { return min(max(v, lowest), highest) }
