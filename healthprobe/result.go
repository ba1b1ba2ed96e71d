package healthprobe

import (
	"context"
	"net/netip"
	"time"
)

// Prober asks one target how it is.
type Prober interface {
	// Probe returns within t.Check.Timeout, or at once when ctx ends (reason
	// canceled). It never fails otherwise than by the Result's reason.
	Probe(ctx context.Context, t Target) Result
}

// Describer is a Prober that can also tell all it saw.
type Describer interface {
	Describe(ctx context.Context, t Target) Description
}

// Resolver looks a target's name up. Stale addresses are its business: what it
// returns is probed.
type Resolver interface {
	LookupAddrs(ctx context.Context, host string) ([]netip.Addr, error)
}

// Result is the outcome of one probe of one target.
type Result struct {
	At       time.Time // when the probe began
	Phases   Phases
	Addr     netip.Addr // the address the outcome is from; zero when none was tried
	Status   int        // HTTP status; 0 without one
	Reason   Reason
	Detail   string // the cause in words: "status 503", "certificate expired 2024-05-01"
	Answered bool   // the target's side sent us something
}

// Phases are the durations of a probe's steps; a step not reached is 0.
type Phases struct {
	Resolve   time.Duration `json:"resolve"`
	Connect   time.Duration `json:"connect"`
	TLS       time.Duration `json:"tls"`
	FirstByte time.Duration `json:"first_byte"` // from request sent to header read
	Total     time.Duration `json:"total"`
}

// OK reports whether the probe succeeded.
func (r Result) OK() bool { return r.Reason == ReasonOK }

// silent reports a failure without any sign of life from the target.
func (r Result) silent() bool { return r.Reason.Failure() && !r.Answered }
