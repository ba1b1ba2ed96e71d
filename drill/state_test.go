package drill

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"meridian/routing"
)

func TestStatusOf(t *testing.T) {
	s := exampleSpec()
	for _, c := range []struct {
		name  string
		facts Facts
		want  Status
	}{
		{"ahead", Facts{}, Status{State: Scheduled}},
		{"ahead with a warning", Facts{Findings: []Finding{{Severity: Warn, Text: "w"}}}, Status{State: Scheduled}},
		{"refused", Facts{Findings: []Finding{{Severity: Warn, Text: "w"}, {Severity: Refuse, Text: "no room"}}}, Status{State: Blocked, Why: "no room"}},
		{"running", Facts{Written: true, Elapsed: 4 * time.Minute, Applied: true}, Status{State: Running, Rest: 6 * time.Minute}},
		{"running although a finding came up", Facts{Written: true, Findings: []Finding{{Severity: Refuse}}}, Status{State: Running, Rest: 10 * time.Minute}},
		{"expired, not everywhere", Facts{Written: true, Elapsed: 10 * time.Minute, Applied: true}, Status{State: Aborting, Cause: Expired}},
		{"expired", Facts{Written: true, Elapsed: time.Hour}, Status{State: Ended, Cause: Expired}},
		{"aborted, not everywhere", Facts{Written: true, Cause: Aborted, Why: "ops", Applied: true}, Status{State: Aborting, Cause: Aborted, Why: "ops"}},
		{"aborted", Facts{Written: true, Cause: Aborted, Why: "ops"}, Status{State: Ended, Cause: Aborted, Why: "ops"}},
		{"yielded", Facts{Written: true, Cause: Yielded}, Status{State: Ended, Cause: Yielded}},
		{"superseded", Facts{Written: true, Cause: Superseded}, Status{State: Ended, Cause: Superseded}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.facts.Spec, c.want.Spec = s, s
			if diff := cmp.Diff(c.want, StatusOf(c.facts)); diff != "" {
				t.Errorf("wrong status (-want +got):\n%s", diff)
			}
		})
	}
}

func TestYields(t *testing.T) {
	const (
		off, ill, drilled, up = routing.TierOff, routing.TierDegraded, routing.TierDrill, routing.TierAvailable
	)
	for _, c := range []struct {
		name      string
		own, a, b routing.Tier
		want      bool
	}{
		{"others are up", drilled, up, up, false},
		{"one other is up", drilled, ill, up, false},
		{"C16: the last other fails", drilled, ill, ill, true},
		{"the others are off", drilled, off, off, true},
		{"the others are in drills", drilled, drilled, off, true},
		{"everything is ill, this one too", ill, ill, ill, true},
		{"an operator switched it off meanwhile", off, ill, ill, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			why, got := Yields("west", []Member{{"west", c.own}, {"east", c.a}, {"europe", c.b}})
			if got != c.want || got && why != "none of the 2 other locations is available" {
				t.Errorf("got %v, %q, want %v", got, why, c.want)
			}
		})
	}
}
