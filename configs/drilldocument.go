package configs

// DrillDocument is a drill that starts by itself: a location is taken out of
// the answers for a while.
type DrillDocument struct {
	// Name of the drill: a DNS label, unique in the service.
	Name string `json:"name" rule:"required,length=63"`
	// The location that is taken out.
	Location string `json:"location" rule:"required,length=63"`
	// What becomes of clients that still come: drain relays them to another location, loss refuses them, as a dead region would. Default: drain.
	Mode string `json:"mode,omitempty" rule:"enum=drain|loss"`
	// How long the drill lasts, 1m to 24h, at most as long as its window.
	For *Duration `json:"for" rule:"required"`
	// Share of the clients it takes away, 1% .. 100%. Default: 100%.
	Share Percent `json:"share,omitempty"`
	// When it may run: it starts as soon as nothing blocks it, in time to end with the window.
	Window WindowDocument `json:"window" rule:"required"`
	// How often it runs. Default: weekly, at most once on each of the window's days.
	Every string `json:"every,omitempty" rule:"enum=weekly"`
	// Days on which it does not start.
	Blocked []BlockedDocument `json:"blocked,omitempty" rule:"items=100"`
	// What the report is measured against.
	Hypothesis HypothesisDocument `json:"hypothesis,omitzero"`
	// What keeps it from starting and what ends it early.
	Signals SignalsDocument `json:"signals,omitzero"`
}

// WindowDocument is a time of the week.
type WindowDocument struct {
	// Days of the week.
	Days []string `json:"days" rule:"required,items=7,enum=Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday"`
	// Time of day at which it opens, as 09:30.
	Start string `json:"start" rule:"required,length=5"`
	// How long it is open, 1m to 24h.
	Duration *Duration `json:"duration" rule:"required"`
	// Time zone of days, start and blocked, as Europe/Berlin. Default: UTC.
	TimeZone string `json:"timeZone,omitempty" rule:"length=64"`
}

// BlockedDocument is a range of days.
type BlockedDocument struct {
	// First day, as 2026-12-20.
	From string `json:"from" rule:"required,length=10"`
	// Last day, as 2027-01-06.
	To string `json:"to" rule:"required,length=10"`
}

// HypothesisDocument is what a drill is expected to show; what is left out is
// not judged.
type HypothesisDocument struct {
	// Largest share of requests that fail, 0 .. 1.
	MaxErrorRate *float64 `json:"maxErrorRate,omitempty" rule:"min=0,max=1"`
	// Most requests that fail.
	MaxErrors *int `json:"maxErrors,omitempty" rule:"min=0"`
	// Longest time until 95 % of the clients have left the location.
	MaxShiftTime *Duration `json:"maxShiftTime,omitempty"`
	// Longest time that 99 % of the requests take.
	MaxP99 *Duration `json:"maxP99,omitempty"`
}

// SignalsDocument lists what a drill listens to.
type SignalsDocument struct {
	// Keep it from starting while they are bad.
	Block []SignalDocument `json:"block,omitempty" rule:"items=16"`
	// End it when they turn bad.
	Abort []SignalDocument `json:"abort,omitempty" rule:"items=16"`
}

// SignalDocument is a URL that answers, or a metric that stays within bounds,
// while all is well.
type SignalDocument struct {
	// Name of the signal: a DNS label, unique in its list.
	Name string `json:"name" rule:"required,length=63"`
	// URL that is fetched; it is bad when it does not answer or answers another status.
	URL string `json:"url,omitempty" rule:"length=1024"`
	// Status with which the URL is well. Default: 200.
	Status int `json:"status,omitempty" rule:"min=100,max=599"`
	// Metric, as it is asked for; it is well while its value, op and threshold hold.
	Metric string `json:"metric,omitempty" rule:"length=1024,free"`
	// How the metric compares to the threshold while it is well.
	Op string `json:"op,omitempty" rule:"enum=<|<=|>|>=|==|!="`
	// What the metric is compared to.
	Threshold *float64 `json:"threshold,omitempty"`
	// Time from one look to the next, 1s to 1m. Default: 1s.
	Every *Duration `json:"every,omitempty"`
	// Bad looks in a row that count as bad. Default: 2.
	Failures int `json:"failures,omitempty" rule:"min=1,max=10"`
}
