package breaker

import (
	"strings"
	"testing"
	"time"
)

func TestValidate(t *testing.T) {
	ok := seedRule()
	for _, c := range []struct {
		name   string
		change func(*Rule)
		want   string // in the error; "": valid
	}{
		{"seed 002", func(*Rule) {}, ""},
		{"half-open", func(r *Rule) { r.HalfOpen = &Recovery{Probes: 2, Successes: 3, Lease: time.Second, Ramp: time.Second} }, ""},
		{"percentage", func(r *Rule) { r.Count, r.Percentage = 0, 100 }, ""},
		{"neither", func(r *Rule) { r.Count = 0 }, "count 0 and percentage 0: exactly one"},
		{"both", func(r *Rule) { r.Percentage = 5 }, "count 3 and percentage 5: exactly one"},
		{"count", func(r *Rule) { r.Count = 10_001 }, "count 10001: allowed is 0 to 10000"},
		{"share", func(r *Rule) { r.Count, r.Percentage = 0, 101 }, "percentage 101: allowed is 0 to 100"},
		{"interval", func(r *Rule) { r.Interval = 0 }, "interval 0s"},
		{"trip", func(r *Rule) { r.TripDuration = -time.Second }, "trip duration -1s"},
		{"range", func(r *Rule) { r.Statuses = []Range{{500, 499}} }, "status range 500 to 499"},
		{"low range", func(r *Rule) { r.Statuses = []Range{{199, 300}} }, "status range 199 to 300"},
		{"ranges", func(r *Rule) { r.Statuses = make([]Range, 11) }, "number of status ranges 11"},
		{"failure status", func(r *Rule) { r.FailureStatus = 600 }, "failure status 600: allowed is 100 to 599"},
		{"probes", func(r *Rule) { r.HalfOpen = &Recovery{Probes: 101} }, "probes 101"},
		{"ramp", func(r *Rule) { r.HalfOpen = &Recovery{Ramp: -1} }, "ramp -1ns"},
	} {
		r := ok
		c.change(&r)
		err := r.Validate()
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
}

// New takes any rule: nothing of it may make it fall over or grow without end.
func TestNewTakesAnyRule(t *testing.T) {
	b := New(Rule{
		Count: 1 << 40, Percentage: -7, MinimumVolume: -1, Interval: -1, TripDuration: -1,
		HalfOpen: &Recovery{Probes: 1 << 40, Successes: -1, Lease: -1, Ramp: -1},
	})
	if got := len(b.window.recent); got != maxCount {
		t.Errorf("ring: got %d, want %d", got, maxCount)
	}
	now := time.Unix(1_700_000_000, 0)
	for range 3 {
		p, _ := b.Admit(now, 0)
		b.Record(p, Outcome{Reason: Timeout}, now)
		b.Force(ForceOpen, now.Add(1), "", now)
		now = now.Add(time.Second)
	}
}

func TestParseReason(t *testing.T) {
	for text, want := range map[string]Reason{
		"Server errors": ServerErrors, "server errors": ServerErrors, "ServerErrors": ServerErrors,
		"timeout": Timeout, "Timeout": Timeout, "BackendConnectionFailure": BackendConnectionFailure,
		"OperationNotFound": None, "ClientConnectionFailure": None, "": None,
	} {
		got, known := ParseReason(text)
		if got != want || known != (want != None) {
			t.Errorf("%q: got %d, %v, want %d", text, got, known, want)
		}
		if again, _ := ParseReason(got.String()); again != got {
			t.Errorf("%q: %q reads as %d", text, got, again)
		}
	}
	s := Reasons(None, Timeout)
	if s.Has(None) || !s.Has(Timeout) || s.Has(ServerErrors) {
		t.Errorf("set: got %b", s)
	}
}

func TestStateNames(t *testing.T) {
	want := []string{"closed", "open", "halfOpen", "forcedOpen", "forcedClosed"}
	for i, name := range want {
		if got := State(i).String(); got != name {
			t.Errorf("state %d: got %q, want %q", i, got, name)
		}
	}
}
