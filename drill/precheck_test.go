package drill

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// three is three healthy locations that carry 300, 900 and 1000 requests per
// second of 1000 each.
func three() Inquiry {
	at := func(name string, load float64) LocationState {
		return LocationState{Name: locationName(name), Enabled: true, Healthy: true, Nodes: 2, UnitRPS: 500, Load: load, LoadKnown: true}
	}
	s := exampleSpec()
	s.Location = "west"
	return Inquiry{Spec: s, Now: date("2026-03-01T02:00:00Z"), Locations: []LocationState{at("west", 300), at("east", 500), at("europe", 600)}, MinEnabled: 1}
}

func TestPrecheck(t *testing.T) {
	for _, c := range []struct {
		name string
		with func(*Inquiry)
		want []Finding
	}{
		{"all is well", func(*Inquiry) {}, nil},
		{"C17: no capacity", func(in *Inquiry) {
			in.Locations[0].Load, in.Locations[1].Load = 1000, 900
			in.Locations = in.Locations[:2]
		}, []Finding{{Severity: Refuse, Rule: RuleCapacity, Text: "load 1,900 rps > 1,000 rps of the remaining"}}},
		{"no capacity, forced", func(in *Inquiry) {
			in.Locations[0].Load, in.Locations[1].Load = 1000, 900
			in.Locations, in.Spec.Force = in.Locations[:2], true
		}, []Finding{{Severity: Warn, Rule: RuleCapacity, Text: "load 1,900 rps > 1,000 rps of the remaining", Forced: true}}},
		{"a share only moves its part", func(in *Inquiry) {
			in.Locations[0].Load, in.Locations[1].Load = 1000, 900
			in.Locations, in.Spec.Share = in.Locations[:2], .1
		}, nil},
		{"a gateway is dead", func(in *Inquiry) {
			in.Locations[1].Nodes = 1
		}, []Finding{{Severity: Warn, Rule: RuleCapacity, Text: "east alone could not take what moves: 800 rps > its 500 rps"}}},
		{"capacity not declared", func(in *Inquiry) { in.Locations[2].UnitRPS = 0 }, []Finding{{Severity: Warn, Rule: RuleCapacity, Text: "capacity cannot be checked: the capacity of europe is not known"}}},
		{"load not known", func(in *Inquiry) { in.Locations[0].LoadKnown = false }, []Finding{{Severity: Warn, Rule: RuleCapacity, Text: "capacity cannot be checked: the load of west is not known"}}},
		{"another drill", func(in *Inquiry) { in.Running = []Standing{{"d-2", "east"}, {in.Spec.ID, "west"}} }, []Finding{{Severity: Refuse, Rule: RuleOther, Text: "drill d-2 of east is on its way"}}},
		{"one remaining is ill", func(in *Inquiry) { in.Locations[1].Healthy = false }, []Finding{
			{Severity: Refuse, Rule: RuleHealth, Text: "east is not healthy"},
			{Severity: Refuse, Rule: RuleCapacity, Text: "load 1,400 rps > 1,000 rps of the remaining"},
		}},
		{"last one", func(in *Inquiry) { in.Locations = in.Locations[:1] }, []Finding{
			{Severity: Refuse, Rule: RuleMinEnabled, Text: "0 enabled locations would be left, at least 1 are required"},
			{Severity: Refuse, Rule: RuleHealth, Text: "no other location is up: the drill would yield at once"},
			{Severity: Refuse, Rule: RuleCapacity, Text: "load 300 rps > 0 rps of the remaining"},
		}},
		{"force is no bypass of the safety rule", func(in *Inquiry) { in.MinEnabled, in.Spec.Force = 3, true }, []Finding{{Severity: Refuse, Rule: RuleMinEnabled, Text: "2 enabled locations would be left, at least 3 are required"}}},
		{"bypass", func(in *Inquiry) { in.MinEnabled, in.Bypass = 3, true }, []Finding{{Severity: Warn, Rule: RuleMinEnabled, Text: "2 enabled locations would be left, at least 3 are required", Forced: true}}},
		{"unknown", func(in *Inquiry) { in.Spec.Location = "mars" }, []Finding{{Severity: Refuse, Rule: RuleLocation, Text: `there is no location "mars"`}}},
		{"off already", func(in *Inquiry) { in.Locations[0].Enabled = false }, []Finding{{Severity: Refuse, Rule: RuleLocation, Text: "west is switched off already: a drill would show nothing"}}},
		{"down already", func(in *Inquiry) { in.Locations[0].Healthy = false }, []Finding{{Severity: Refuse, Rule: RuleLocation, Text: "west is down already: a drill would show nothing"}}},
		{"those that are off carry nothing", func(in *Inquiry) { in.Locations[1].Enabled, in.Locations[2].Drilled = false, true }, []Finding{
			{Severity: Refuse, Rule: RuleMinEnabled, Text: "0 enabled locations would be left, at least 1 are required"},
			{Severity: Refuse, Rule: RuleHealth, Text: "no other location is up: the drill would yield at once"},
			{Severity: Refuse, Rule: RuleCapacity, Text: "load 300 rps > 0 rps of the remaining"},
		}},
		{"red signal", func(in *Inquiry) {
			in.Signals = []Reading{{Signal: "a", Green: true}, {Signal: "b", Text: "it answers 500, wanted 200"}}
		}, []Finding{{Severity: Refuse, Rule: RuleSignal, Text: "blocking signal b is red: it answers 500, wanted 200"}}},
		{"blocked window", func(in *Inquiry) {
			in.Blocked = []Interval{{date("2026-03-01T02:09:00Z"), date("2026-03-02T00:00:00Z")}, {date("2026-02-01T00:00:00Z"), in.Now}}
		}, []Finding{{Severity: Refuse, Rule: RuleWindow, Text: "no drill may run from 2026-03-01T02:09:00Z to 2026-03-02T00:00:00Z"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := three()
			c.with(&in)
			if diff := cmp.Diff(c.want, Precheck(in)); diff != "" {
				t.Errorf("wrong findings (-want +got):\n%s", diff)
			}
		})
	}
}

// TestPrecheckCapacity compares the refusal with the sum worked out anew: a
// drill is refused if and only if the load of all that stay and of the part
// that moves is over what the healthy ones can carry.
func TestPrecheckCapacity(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := three()
		in.Spec.Share = rapid.SampledFrom([]float64{0, .25, .5, 1}).Draw(t, "share")
		load, room := 0, 0
		for i := range in.Locations {
			l := &in.Locations[i]
			n, unit := rapid.IntRange(0, 4).Draw(t, "nodes"), rapid.IntRange(1, 900).Draw(t, "unit")
			own := rapid.IntRange(0, 250).Draw(t, "load") * 4
			l.Nodes, l.UnitRPS, l.Load = n, float64(unit), float64(own)
			if l.Name == in.Spec.Location {
				load += own * int(4*in.Spec.Portion()) / 4
				continue
			}
			load, room = load+own, room+n*unit
		}
		refused := false
		for _, f := range Precheck(in) {
			refused = refused || f.Rule == RuleCapacity && f.Severity == Refuse
		}
		if refused != (load > room) {
			t.Errorf("got refused %v, want %v: load %d, room %d", refused, load > room, load, room)
		}
	})
}

func date(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t
}
