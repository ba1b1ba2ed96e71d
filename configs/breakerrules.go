package configs

import (
	"regexp"
	"strings"
	"time"
)

const maxLease = time.Hour

// breakerRule converts the rule of a backend's breaker.
func (c *compiler) breakerRule(d *BreakerRuleDocument, p *path) *BreakerRule {
	f, at := &d.FailureCondition, p.key("failureCondition")
	out := &BreakerRule{
		Name: d.Name, Count: f.Count, Percentage: f.Percentage, MinimumVolume: f.MinimumVolume,
		Interval:         c.duration(f.Interval, 0, maxDuration, at.key("interval")),
		TripDuration:     c.duration(d.TripDuration, 0, maxDuration, p.key("tripDuration")),
		Reasons:          f.ErrorReasons,
		AcceptRetryAfter: d.AcceptRetryAfter,
		HalfOpen:         c.halfOpen(d, p),
		FailureStatus:    failureStatus(d.FailureResponse),
	}
	c.ruleName(d.Name, p.key("name"))
	c.failureCount(f, at)
	for i, r := range f.StatusCodeRanges {
		if r.Min > r.Max && r.Max != 0 {
			c.r.fail(at.key("statusCodeRanges").item(i), "%d .. %d: want min not above max, 200 .. 599", r.Min, r.Max)
		}
		out.Statuses = append(out.Statuses, StatusRange(r))
	}
	for i, reason := range f.ErrorReasons {
		if !knownReason(reason) && reason != "" {
			c.r.warn(at.key("errorReasons").item(i), "%s never happens here: known are Server errors, Timeout and BackendConnectionFailure", quote(reason))
		}
	}
	return out
}

// ruleName checks the name of a rule by Azure's pattern.
func (c *compiler) ruleName(name string, p *path) {
	if name != "" && !regexp.MustCompile(`^[a-zA-Z0-9]([a-zA-Z0-9-]{0,78}[a-zA-Z0-9])?$`).MatchString(name) {
		c.r.fail(p, "%s: want 1 .. 80 letters, digits and hyphens, a letter or digit at both ends", quote(name))
	}
}

// failureCount checks what a rule counts.
func (c *compiler) failureCount(f *FailureConditionDocument, p *path) {
	if c.r.broken(p) {
		return
	}
	whole := !c.r.brokenBelow(p)
	switch {
	case whole && f.Count+f.Percentage == 0:
		c.r.fail(p, "neither count nor percentage: want one of them")
	case f.Count != 0 && f.Percentage != 0:
		c.r.fail(p, "count and percentage: want one of them")
	case f.MinimumVolume != 0 && f.Count != 0:
		c.r.fail(p.key("minimumVolume"), "%d with count: want it with percentage only", f.MinimumVolume)
	case len(f.StatusCodeRanges)+len(f.ErrorReasons) == 0 && whole:
		c.r.fail(p, "neither statusCodeRanges nor errorReasons: want at least one of what is a failure")
	}
}

// halfOpen converts how a breaker closes; nil where it closes fully.
func (c *compiler) halfOpen(d *BreakerRuleDocument, p *path) *HalfOpen {
	if d.Recovery != "halfOpen" {
		if d.HalfOpen != nil {
			c.r.fail(p.key("halfOpen"), "without recovery: halfOpen: want both, or recovery alone")
		}
		return nil
	}
	out, h := HalfOpen{Probes: 1, Successes: 1}, p.key("halfOpen")
	if d.HalfOpen != nil {
		out.Probes, out.Successes = max(d.HalfOpen.Probes, 1), max(d.HalfOpen.Successes, 1)
		out.Lease = c.duration(d.HalfOpen.Lease, 0, maxLease, h.key("lease"))
		if out.Ramp = time.Duration(d.HalfOpen.Ramp); out.Ramp > maxLease {
			c.r.fail(h.key("ramp"), "%v is out of range: want 0 .. %v", out.Ramp, maxLease)
		}
	}
	return &out
}

func failureStatus(d *FailureResponseDocument) int {
	if d == nil {
		return 0
	}
	return d.StatusCode
}

// knownReason reports whether a failure has the reason, however it is spelled.
func knownReason(text string) bool {
	return contains([]string{"servererrors", "servererror", "timeout", "backendconnectionfailure"}, strings.ReplaceAll(lower(text), " ", ""))
}
