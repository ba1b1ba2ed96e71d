package api

import "time"

// Backend is one backend of the plan, and what each gateway sees of it.
type Backend struct {
	Name     string             `json:"name" example:"test1"`
	URL      string             `json:"url" doc:"Without user and query" example:"http://10.0.0.5/api/test"`
	Region   string             `json:"region,omitempty" doc:"Id of its location, where the plan says it"`
	Disabled bool               `json:"disabled" doc:"Whether operators keep it out of service"`
	Rule     string             `json:"rule,omitempty" doc:"What trips its breaker, in a sentence; absent: it has none, and only operators do" example:"3 failures in 5m0s, open for 10m0s"`
	Settings List[Setting]      `json:"settings" nullable:"false" doc:"backendStatus and breaker: what counts, and what operators said"`
	Pools    List[PoolMember]   `json:"pools" nullable:"false" doc:"The pools it is a member of"`
	Nodes    List[BackendState] `json:"nodes" nullable:"false" doc:"What each gateway sees of it, by location and name; of nodes not heard from lately, what they said last"`
}

// PoolMember is a backend's place in a pool.
type PoolMember struct {
	Pool     string `json:"pool" example:"test-pool"`
	Priority int    `json:"priority" doc:"Lower first"`
	Weight   int    `json:"weight" doc:"Share inside its priority"`
}

// BackendState is a backend as one gateway sees it.
type BackendState struct {
	Node      string               `json:"node" doc:"Name of the node"`
	Location  string               `json:"location" doc:"Id of its location"`
	At        time.Time            `json:"at" doc:"When it was so"`
	Breaker   Breaker              `json:"breaker"`
	InFlight  int                  `json:"inFlight" doc:"Attempts under way"`
	Lookup    string               `json:"lookup,omitempty" doc:"What the last lookup of its name complained of"`
	Addresses List[BackendAddress] `json:"addresses" nullable:"false"`
}

// Breaker is a circuit breaker as it stands.
type Breaker struct {
	State     string        `json:"state" enum:"closed,open,halfOpen,forcedOpen,forcedClosed" doc:"forcedOpen and forcedClosed are operators' orders"`
	Since     *time.Time    `json:"since,omitempty" doc:"Absent: since the gateway knows it"`
	Until     *time.Time    `json:"until,omitempty" doc:"When the state ends by itself"`
	Cause     string        `json:"cause,omitempty" doc:"Why it is so, for people" example:"3 failures in 5m0s"`
	Failures  int           `json:"failures" doc:"In the interval that ends now"`
	Attempts  int           `json:"attempts" doc:"In the interval that ends now, failures included"`
	LastError *BackendError `json:"lastError,omitempty"`
	Probes    int           `json:"probes,omitempty" doc:"Half-open: probes under way"`
	Share     float64       `json:"share" minimum:"0" maximum:"1" doc:"Share of attempts it lets pass; less than 1 when it is not closed, and for a while after it was half-open"`
}

// BackendError is a failed attempt.
type BackendError struct {
	At     time.Time `json:"at"`
	Status int       `json:"status,omitempty" doc:"Of the backend's answer; absent: it gave none"`
	Reason string    `json:"reason,omitempty" doc:"Why there was no answer" example:"Timeout"`
	Text   string    `json:"text,omitempty"`
}

// BackendAddress is one address of a backend.
type BackendAddress struct {
	Address      string     `json:"address" example:"10.0.0.5:80"`
	Source       string     `json:"source" enum:"literal,dns,zone,kept" doc:"literal: written in the URL; dns: looked up; zone: decided here, the name is in our own zone; kept: from the disk, not yet looked up since the start"`
	Since        *time.Time `json:"since,omitempty" doc:"First seen, of this appearance"`
	AgeSeconds   float64    `json:"ageSeconds" doc:"Since it was last confirmed"`
	Stale        bool       `json:"stale,omitempty" doc:"It could not be confirmed in time, and is used all the same"`
	EjectedUntil *time.Time `json:"ejectedUntil,omitempty" doc:"Until then other addresses of the backend are preferred"`
	Ejections    int        `json:"ejections,omitempty" doc:"Ejections that have not decayed yet"`
	InFlight     int        `json:"inFlight,omitempty"`
	LastError    string     `json:"lastError,omitempty"`
	LastAt       *time.Time `json:"lastErrorAt,omitempty"`
}

// Backends is a list of backends.
type Backends struct {
	Backends List[Backend] `json:"backends" nullable:"false"`
}

// BackendPatch switches a backend.
type BackendPatch struct {
	Disabled *bool        `json:"disabled" nullable:"true" doc:"true: no gateway sends it requests; false: they do; null: take away what operators said"`
	For      string       `json:"for,omitempty" maxLength:"32" doc:"How long, PT30M or 30m; until it is taken away without" example:"30m"`
	Reason   string       `json:"reason,omitempty" maxLength:"1024"`
	Bypass   List[string] `json:"bypass,omitempty" nullable:"false" maxItems:"8" doc:"Safety rules that shall not hold it; needs a reason"`
}

// BreakerTrip opens a backend's breaker at every gateway.
type BreakerTrip struct {
	For    string       `json:"for" minLength:"1" maxLength:"32" doc:"How long it stays open, PT10M or 10m; what follows is what follows a trip of the rule" example:"10m"`
	Reason string       `json:"reason" minLength:"1" maxLength:"1024"`
	Bypass List[string] `json:"bypass,omitempty" nullable:"false" maxItems:"8" doc:"Safety rules that shall not hold it"`
}

// BreakerReset closes a backend's breaker at every gateway.
type BreakerReset struct {
	For    string       `json:"for,omitempty" maxLength:"32" doc:"How long nothing trips it; 10s without. Then its rule counts from zero" example:"10m"`
	Reason string       `json:"reason,omitempty" maxLength:"1024"`
	Bypass List[string] `json:"bypass,omitempty" nullable:"false" maxItems:"8" doc:"Safety rules that shall not hold it; needs a reason"`
}
