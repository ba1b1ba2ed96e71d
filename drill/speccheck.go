package drill

import (
	"strconv"
	"time"

	"meridian/routing"
)

// Limits of a Spec.
const (
	minFor     = time.Second
	maxFor     = 24 * time.Hour
	maxReason  = 1024
	maxBy      = 256
	maxSignals = 16 // of each kind
)

// Validate names everything that is wrong with the spec, one problem a line.
func (s Spec) Validate() error {
	var p problems
	p.label("id", s.ID)
	p.add(s.Schedule != "" && !isLabel(s.Schedule), "schedule: %q, want 1 to 63 lower case letters, digits and hyphens", clip(s.Schedule, 80))
	p.add(!isLocation(s.Location), "location: %q is no location's id: lower case letters and digits, at most 63", clip(string(s.Location), 80))
	p.add(s.Mode != Drain && s.Mode != Loss, "mode: %q, want %q or %q", clip(string(s.Mode), 80), Drain, Loss)
	p.span("for", s.For, minFor, maxFor)
	p.number("share", &s.Share, 0, 1)
	p.text("reason", s.Reason, maxReason)
	p.text("by", s.By, maxBy)
	s.Hypothesis.check(&p)
	s.Signals.check(&p)
	return p.err()
}

func isLocation(l routing.LocationName) bool {
	return l != "" && len(l) <= 63 && routing.ParseLocationName(string(l)) == l
}

func (h Hypothesis) check(p *problems) {
	const day = 86400
	p.number("hypothesis.maxErrorRate", h.MaxErrorRate, 0, 1)
	p.number("hypothesis.maxShiftSeconds", h.MaxShiftSeconds, 0, day)
	p.number("hypothesis.maxP99Millis", h.MaxP99Millis, 0, day*1000)
}

func (s Signals) check(p *problems) {
	checkSignals(p, "signals.block", s.Block)
	checkSignals(p, "signals.abort", s.Abort)
}

func checkSignals(p *problems, field string, list []Signal) {
	p.add(len(list) > maxSignals, "%s: %d signals, at most %d", field, len(list), maxSignals)
	seen := map[string]bool{}
	for i, s := range list[:min(len(list), maxSignals)] {
		at := field + "[" + strconv.Itoa(i) + "]"
		s.check(p, at)
		p.add(seen[s.Name], "%s.name: %q is there twice", at, clip(s.Name, 80))
		seen[s.Name] = true
	}
}
