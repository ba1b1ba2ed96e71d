package intent

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// three returns an input of three locations that are enabled.
func three(minimum int, values ...Held) Input {
	return Input{Values: values, Locations: []Object{"location/a", "location/b", "location/c"}, MinEnabled: minimum}
}

func gatewayOf(location Object) Target { return Target{location, DisableGateway} }

// at puts a word on a location.
func (h Held) at(location Object) Held {
	h.Object = location
	return h
}

// drill puts a word into the drill layer.
func (h Held) drill(length, age time.Duration) Held {
	h.Layer, h.For, h.Age = Drill, length, age
	return h
}

func (h Held) bypassing() Held {
	h.Bypass, h.Reason = []string{BypassMinEnabled}, "told to"
	return h
}

// TestLayers: timed over standing over plan; a drill is reported beside them.
func TestLayers(t *testing.T) {
	standing, timed := wordOf(1, 10, "true"), wordOf(1, 20, "false").lease(time.Hour, 0)
	over := wordOf(1, 20, "false").lease(time.Hour, time.Hour)
	drill := wordOf(1, 30, "true").drill(10*time.Minute, time.Minute)
	clear := wordOf(1, 40, "", standing)
	for name, test := range map[string]struct {
		plan   string
		values []Held
		want   string
		by     ID
		drill  bool
		next   time.Duration
	}{
		"nothing said":                {plan: "true", want: "true"},
		"standing over plan":          {plan: "false", values: []Held{standing}, want: "true", by: standing.ID},
		"timed over standing":         {plan: "true", values: []Held{standing, timed}, want: "false", by: timed.ID, next: time.Hour},
		"its end uncovers standing":   {plan: "false", values: []Held{standing, over}, want: "true", by: standing.ID},
		"its end uncovers the plan":   {plan: "true", values: []Held{over}, want: "true"},
		"a clear uncovers the plan":   {plan: "false", values: []Held{standing, clear}, want: "false"},
		"a drill overwrites nothing":  {plan: "false", values: []Held{timed, drill}, want: "false", by: timed.ID, drill: true, next: 9 * time.Minute},
		"a drill over the plan alone": {plan: "false", values: []Held{drill}, want: "false", drill: true, next: 9 * time.Minute},
	} {
		in := three(0, test.values...)
		in.Plan = map[Target]string{gatewayOf("location/a"): test.plan}
		out := Fold(in)
		e := out.At(gatewayOf("location/a"))
		var by ID
		if e.By != nil {
			by = e.By.ID
		}
		if e.Text != test.want || by != test.by || (e.Drill != nil) != test.drill || e.Plan != test.plan || out.Next != test.next {
			t.Errorf("%s: got %q by %v, drill %v, plan %q, next %s, want %q by %v, drill %v, plan %q, next %s",
				name, e.Text, by, e.Drill != nil, e.Plan, out.Next, test.want, test.by, test.drill, test.plan, test.next)
		}
	}
}

func TestLayersAreShown(t *testing.T) {
	standing, timed := wordOf(1, 10, "true"), wordOf(1, 20, "false").lease(time.Hour, 0)
	e := Fold(three(0, standing, timed)).At(gatewayOf("location/a"))
	if e.Layers[Standing] == nil || e.Layers[Standing].ID != standing.ID || e.Layers[Timed] == nil || e.Layers[Timed].ID != timed.ID || e.Layers[Drill] != nil {
		t.Errorf("layers: got %v, want the standing and the timed one", e.Layers)
	}
}

// TestHolds is the safety rule (DESIGN §2, faults.md C2, C13).
func TestHolds(t *testing.T) {
	a, b, c := wordOf(1, 10, "true").at("location/a"), wordOf(2, 20, "true").at("location/b"), wordOf(3, 30, "true").at("location/c")
	elsewhere := wordOf(1, 5, "true").at("location/nowhere")
	enable := wordOf(1, 40, "false").at("location/a")
	for name, test := range map[string]struct {
		in      Input
		held    []ID
		enabled int
	}{
		"all off keeps the last by id":       {three(1, c, b, a), []ID{c.ID}, 1},
		"two have to be":                     {three(2, a, b, c), []ID{b.ID, c.ID}, 2},
		"no rule":                            {three(0, a, b, c), nil, 0},
		"a bypass":                           {three(1, a, b, c.bypassing()), nil, 0},
		"a bypass before others":             {three(2, a.bypassing(), b), []ID{b.ID}, 2},
		"a drill counts":                     {three(1, a, b, c.drill(time.Hour, 0)), []ID{c.ID}, 1},
		"a drill is held no more at its end": {three(1, a, b, c.drill(time.Hour, time.Hour)), nil, 1},
		"a location off twice counts once":   {three(2, a, wordOf(3, 30, "true").lease(time.Hour, 0), wordOf(3, 40, "true").drill(time.Hour, 0)), nil, 2},
		"an enable comes first":              {three(1, a, b, c, enable.lease(time.Hour, 0)), nil, 1},
		"no location of the plan's":          {three(3, elsewhere), nil, 3},
		"too few by the plan":                {planned(three(2, a), "location/b", "location/c"), []ID{a.ID}, 1},
		"nothing lowered":                    {planned(three(3, a), "location/a"), nil, 2},
		"a share is not held":                {three(3, wordOf(1, 10, "4096").about(Shed, "location/a")), nil, 3},
	} {
		out := Fold(test.in)
		var held []ID
		for _, h := range out.Holds {
			held = append(held, h.ID)
			if e := out.At(h.Target()); h.Rule != BypassMinEnabled || h.Why == "" || DisableGateway.Off(e.Text) || e.Drill != nil || e.Layers[h.Layer] == nil {
				t.Errorf("%s: held %+v has an effect: %+v", name, h, e)
			}
		}
		if diff := cmp.Diff(test.held, held); diff != "" || out.Enabled != test.enabled {
			t.Errorf("%s: enabled %d, want %d; held (-want +got):\n%s", name, out.Enabled, test.enabled, diff)
		}
	}
}

// planned has the plan disable locations.
func planned(in Input, off ...Object) Input {
	in.Plan = map[Target]string{}
	for _, l := range off {
		in.Plan[gatewayOf(l)] = "true"
	}
	return in
}

// TestSplitToggles is faults.md C13: opposite toggles on both sides of a split
// are a conflict that names both, off wins, and two locations that are switched
// off from two sides do not both go.
func TestSplitToggles(t *testing.T) {
	enable, disable := wordOf(2, 90, "false"), wordOf(1, 10, "true")
	out := Fold(three(1, enable, disable))
	want := []Conflict{{Key: enable.Key, IDs: []ID{disable.ID, enable.ID}, Values: []Value{disable.Value, enable.Value}}}
	if diff := cmp.Diff(want, out.Conflicts); diff != "" {
		t.Errorf("conflicts (-want +got):\n%s", diff)
	}
	if got := out.At(gatewayOf("location/a")).Text; got != "true" {
		t.Errorf("opposite toggles: got %q, want off", got)
	}
	two := Input{Locations: []Object{"location/a", "location/b"}, MinEnabled: 1}
	two.Values = []Held{wordOf(2, 11, "true").at("location/b"), disable}
	if out := Fold(two); out.Enabled != 1 || len(out.Holds) != 1 || out.Holds[0].Object != "location/b" {
		t.Errorf("both off from two sides: got %d enabled, held %v, want 1 and the later", out.Enabled, out.Holds)
	}
}

// TestZombie is faults.md B8: what a node says that was frozen while others
// went on changes nothing, even when the lease of what followed has ended.
func TestZombie(t *testing.T) {
	old := wordOf(1, 10, "true").lease(time.Hour, 30*time.Minute)
	since := wordOf(2, 20, "true", old).lease(time.Minute, 2*time.Minute)
	if got := Fold(three(0, since, old)).At(old.Target()); got.By != nil {
		t.Errorf("got %+v, want nothing", got.By)
	}
}

// TestDrillEndsByItself is faults.md C15: every node ends it on its own.
func TestDrillEndsByItself(t *testing.T) {
	drill := wordOf(1, 10, "true").drill(10*time.Minute, 10*time.Minute-time.Millisecond)
	out := Fold(three(1, drill))
	if out.At(drill.Target()).Drill == nil || out.Next != time.Millisecond {
		t.Errorf("before its end: got %+v, next %s, want a drill for 1ms", out.At(drill.Target()), out.Next)
	}
	drill.Age += out.Next
	if out := Fold(three(1, drill)); out.At(drill.Target()).Drill != nil || out.Next != 0 || out.Enabled != 3 {
		t.Errorf("at its end: got %+v, next %s, want none", out.At(drill.Target()), out.Next)
	}
}

func TestAtKnowsThePlan(t *testing.T) {
	target := Target{EndpointObject("shop", "us"), EndpointStatus}
	out := Fold(Input{Plan: map[Target]string{target: "Disabled"}})
	if got := out.At(target); got.Text != "Disabled" || got.Plan != "Disabled" || len(out.Effective) != 0 {
		t.Errorf("got %+v, and %d targets of intent, want the plan's word and none", got, len(out.Effective))
	}
}

// TestFoldOfNonsense: what Validate would refuse breaks nothing.
func TestFoldOfNonsense(t *testing.T) {
	h := wordOf(1, 10, "true")
	h.Layer = 77
	if out := Fold(three(1, h, Held{}, Held{})); out.Enabled != 3 {
		t.Errorf("enabled: got %d, want 3", out.Enabled)
	}
}
