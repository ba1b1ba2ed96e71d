package intent

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// lines returns what drafts say, one line each.
func lines(drafts []Value) []string {
	var out []string
	for _, v := range drafts {
		line := v.Layer.String() + " " + v.Text
		if v.Clear {
			line = v.Layer.String() + " cleared"
		}
		if v.For > 0 {
			line += " for " + v.For.String()
		}
		out = append(out, line)
	}
	return out
}

func TestDrafts(t *testing.T) {
	standing, enabled := wordOf(1, 10, "true"), wordOf(1, 10, "false")
	timedOff, timedOn := wordOf(1, 20, "true").lease(time.Hour, 0), wordOf(1, 20, "false").lease(time.Hour, 0)
	over := wordOf(1, 20, "true").lease(time.Hour, time.Hour)
	drill := wordOf(1, 30, "true").drill(time.Hour, 0)
	disable, enable, reset := Command{Text: "true"}, Command{Text: "false"}, Command{Reset: true}
	disableFor, enableFor := Command{Text: "true", For: time.Minute}, Command{Text: "false", For: time.Minute}
	start, abort := Command{Text: "true", Drill: true, For: time.Minute}, Command{Drill: true, Reset: true}
	for name, test := range map[string]struct {
		c    Command
		plan string
		held []Held
		want []string
		note Note
	}{
		"disable":                                {disable, "", nil, []string{"standing true"}, NoteNone},
		"disable again":                          {disable, "", []Held{standing}, nil, NoteUnchanged},
		"disable where the plan does":            {disable, "true", nil, []string{"standing true"}, NoteNone},
		"disable over what is timed":             {disable, "", []Held{timedOn}, []string{"standing true", "timed cleared"}, NoteNone},
		"disable, which is timed already":        {disable, "", []Held{timedOff}, []string{"standing true"}, NoteNone},
		"disable after a conflict":               {disable, "", []Held{standing, wordOf(2, 11, "false")}, []string{"standing true"}, NoteNone},
		"disable in a drill":                     {disable, "", []Held{drill}, []string{"standing true"}, NoteNone},
		"disable --for":                          {disableFor, "", nil, []string{"timed true for 1m0s"}, NoteNone},
		"disable --for again":                    {disableFor, "", []Held{timedOff}, []string{"timed true for 1m0s"}, NoteNone},
		"disable --for where it stands":          {disableFor, "", []Held{standing}, []string{"timed true for 1m0s"}, NoteNone},
		"enable what is on":                      {enable, "", nil, nil, NoteUnchanged},
		"enable what is on in the plan":          {enable, "false", nil, nil, NoteUnchanged},
		"enable what stands":                     {enable, "false", []Held{standing}, []string{"standing cleared"}, NoteNone},
		"enable what stands and is timed":        {enable, "", []Held{standing, timedOff}, []string{"standing cleared", "timed cleared"}, NoteNone},
		"enable what is timed":                   {enable, "", []Held{timedOff}, []string{"timed cleared"}, NoteNone},
		"enable what was timed":                  {enable, "", []Held{over}, nil, NoteUnchanged},
		"enable against the plan":                {enable, "true", nil, []string{"standing false"}, NoteNone},
		"enable against the plan again":          {enable, "true", []Held{enabled}, nil, NoteUnchanged},
		"enable for good what is on for a while": {enable, "true", []Held{timedOn}, []string{"standing false"}, NoteNone},
		"enable after a conflict":                {enable, "true", []Held{enabled, wordOf(2, 11, "true")}, []string{"standing false"}, NoteNone},
		"enable what only a drill takes out":     {enable, "", []Held{drill}, nil, NoteDrill},
		"enable what a drill takes out too":      {enable, "", []Held{standing, drill}, []string{"standing cleared"}, NoteDrill},
		"enable --for":                           {enableFor, "", []Held{standing}, []string{"timed false for 1m0s"}, NoteNone},
		"reset nothing":                          {reset, "true", nil, nil, NoteUnchanged},
		"reset all that operators said":          {reset, "true", []Held{enabled, timedOff}, []string{"standing cleared", "timed cleared"}, NoteNone},
		"reset leaves a drill":                   {reset, "", []Held{standing, drill}, []string{"standing cleared"}, NoteDrill},
		"start a drill":                          {start, "", []Held{standing}, []string{"drill true for 1m0s"}, NoteNone},
		"abort a drill":                          {abort, "", []Held{standing, drill}, []string{"drill cleared"}, NoteNone},
		"abort nothing":                          {abort, "", []Held{standing}, nil, NoteUnchanged},
	} {
		test.c.Object, test.c.Property = "location/a", DisableGateway
		in := three(0, test.held...)
		in.Plan = map[Target]string{gatewayOf("location/a"): test.plan}
		drafts, note := Drafts(test.c, in)
		if diff := cmp.Diff(test.want, lines(drafts)); diff != "" || note != test.note {
			t.Errorf("%s: note %q, want %q; drafts (-want +got):\n%s", name, note, test.note, diff)
		}
	}
}

// TestDraftsOfOtherProperties: what is no switch with a plan behind it.
func TestDraftsOfOtherProperties(t *testing.T) {
	target, location, node := TargetObject("shop/us"), LocationObject("a"), NodeObject(nodeID(7))
	for name, test := range map[string]struct {
		c    Command
		held []Held
		want []string
	}{
		"verdict up":       {Command{Object: target, Property: Verdict, Text: "up"}, nil, []string{"standing up"}},
		"verdict up again": {Command{Object: target, Property: Verdict, Text: "up"}, []Held{wordOf(1, 1, "up").about(Verdict, target)}, nil},
		"verdict down":     {Command{Object: target, Property: Verdict, Text: "down"}, []Held{wordOf(1, 1, "up").about(Verdict, target)}, []string{"standing down"}},
		"verdict freed":    {Command{Object: target, Property: Verdict, Reset: true}, []Held{wordOf(1, 1, "up").about(Verdict, target)}, []string{"standing cleared"}},
		"shed":             {Command{Object: location, Property: Shed, Text: "800"}, nil, []string{"standing 800"}},
		"shed less":        {Command{Object: location, Property: Shed, Text: "400"}, []Held{wordOf(1, 1, "800").about(Shed, location)}, []string{"standing 400"}},
		"shed nothing":     {Command{Object: location, Property: Shed, Text: "0"}, []Held{wordOf(1, 1, "800").about(Shed, location)}, []string{"standing cleared"}},
		"freeze":           {Command{Object: ServiceObject, Property: Frozen, Text: "true", For: time.Hour}, nil, []string{"timed true for 1h0m0s"}},
		"thaw":             {Command{Object: ServiceObject, Property: Frozen, Text: "false"}, []Held{wordOf(1, 1, "true").lease(time.Hour, 0).about(Frozen, ServiceObject)}, []string{"timed cleared"}},
		"forget":           {Command{Object: node, Property: Forgotten, Text: "true"}, nil, []string{"standing true"}},
		"take back":        {Command{Object: node, Property: Forgotten, Text: "false"}, []Held{wordOf(1, 1, "true").about(Forgotten, node)}, []string{"standing cleared"}},
	} {
		if err := test.c.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		drafts, _ := Drafts(test.c, three(0, test.held...))
		if diff := cmp.Diff(test.want, lines(drafts)); diff != "" {
			t.Errorf("%s: drafts (-want +got):\n%s", name, diff)
		}
	}
}

// TestDraftsKnowWhatWasSaid: a draft displaces every head of its key, and what
// those had seen.
func TestDraftsKnowWhatWasSaid(t *testing.T) {
	first := wordOf(3, 1, "true")
	heads := []Held{wordOf(1, 10, "true", first), wordOf(2, 11, "false"), wordOf(4, 1, "true").at("location/b")}
	c := Command{Object: "location/a", Property: DisableGateway, Text: "true", By: "alice", Reason: "why"}
	drafts, _ := Drafts(c, three(0, heads...))
	if len(drafts) != 1 {
		t.Fatalf("drafts: got %d, want 1", len(drafts))
	}
	want := Value{Key: heads[0].Key, Text: "true", By: "alice", Reason: "why", Seen: Seen{nodeID(1): 10, nodeID(2): 11, nodeID(3): 1}}
	if diff := cmp.Diff(want, drafts[0]); diff != "" {
		t.Errorf("draft (-want +got):\n%s", diff)
	}
	v := Stamp(drafts, ID{5, nodeID(9)})[0]
	for _, h := range append(heads[:2], first) {
		if !v.Displaces(h.Value) {
			t.Errorf("%v does not displace %v", v.ID, h.ID)
		}
	}
}

// TestHeldIsSaidAgain: who repeats what is held is refused, or bypasses.
func TestHeldIsSaidAgain(t *testing.T) {
	in := three(3, wordOf(1, 10, "true"))
	c := Command{Object: "location/a", Property: DisableGateway, Text: "true"}
	id := ID{20, nodeID(1)}
	drafts, _ := Drafts(c, in)
	var refusal *Refusal
	if err := Admit(drafts, in, id); !errors.As(err, &refusal) {
		t.Errorf("said again: got %v, want a refusal", err)
	}
	c.Bypass, c.Reason = []string{BypassMinEnabled}, "it burns"
	drafts, _ = Drafts(c, in)
	if err := Admit(drafts, in, id); err != nil || Fold(in.With(drafts, id)).Enabled != 2 {
		t.Errorf("with a bypass: got %v, %d enabled, want it done", err, Fold(in.With(drafts, id)).Enabled)
	}
}

func TestAdmit(t *testing.T) {
	a, b := wordOf(1, 10, "true").at("location/a"), wordOf(1, 20, "true").at("location/b")
	drill := wordOf(1, 5, "true").at("location/a").drill(time.Hour, 0)
	forced := wordOf(1, 30, "true").at("location/a").bypassing()
	disable := Command{Object: "location/c", Property: DisableGateway, Text: "true"}
	bypass := disable
	bypass.Bypass, bypass.Reason = []string{BypassMinEnabled}, "it burns"
	reset := Command{Object: "location/c", Property: DisableGateway, Reset: true}
	on := wordOf(1, 5, "false").at("location/c")
	for name, test := range map[string]struct {
		c    Command
		in   Input
		want *Refusal
	}{
		"one of three":                          {disable, three(1), nil},
		"the last":                              {disable, three(1, a, b), &Refusal{Rule: BypassMinEnabled, Enabled: 0, Minimum: 1}},
		"the last with a bypass":                {bypass, three(1, a, b), nil},
		"a bypass of another rule":              {Command{Object: "location/c", Property: DisableGateway, Text: "true", Bypass: []string{"degraded"}, Reason: "x"}, three(1, a, b), &Refusal{Rule: BypassMinEnabled, Minimum: 1}},
		"the last but one":                      {disable, three(1, a), nil},
		"a drill of the last":                   {Command{Object: "location/c", Property: DisableGateway, Text: "true", Drill: true, For: time.Hour}, three(1, a, b), &Refusal{Rule: BypassMinEnabled, Minimum: 1}},
		"a drill of what is off":                {Command{Object: "location/a", Property: DisableGateway, Text: "true", Drill: true, For: time.Hour}, three(1, a, b), nil},
		"enabling, too few as it is":            {Command{Object: "location/a", Property: DisableGateway, Text: "false"}, three(3, a.bypassing(), b.bypassing()), nil},
		"reset to a plan that disables":         {reset, planned(three(3, on), "location/c"), &Refusal{Rule: BypassMinEnabled, Enabled: 2, Minimum: 3}},
		"reset for which another would be held": {reset, planned(three(2, on, a), "location/c"), &Refusal{Rule: BypassMinEnabled, Enabled: 1, Minimum: 2}},
		"the end of a drill, whatever it does":  {Command{Object: "location/a", Property: DisableGateway, Drill: true, Reset: true}, three(2, drill, b, forced), nil},
		"a share":                               {Command{Object: "location/c", Property: Shed, Text: "4096"}, three(3), nil},
	} {
		drafts, _ := Drafts(test.c, test.in)
		if len(drafts) == 0 {
			t.Errorf("%s: no drafts", name)
		}
		err := Admit(drafts, test.in, ID{100, nodeID(9)})
		var got *Refusal
		if errors.As(err, &got) && (got.Why == "" || err.Error() == "") {
			t.Errorf("%s: refused without a reason", name)
		}
		if test.want != nil && got != nil {
			test.want.Why = got.Why
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: refusal (-want +got):\n%s", name, diff)
		}
	}
}

func TestCommandValidate(t *testing.T) {
	for want, c := range map[string]Command{
		"want neither":     {Object: "location/a", Property: DisableGateway, Reset: true, Text: "true"},
		"reset with":       {Object: "location/a", Property: DisableGateway, Reset: true, For: time.Minute},
		"lease of -1s":     {Object: "location/a", Property: DisableGateway, Text: "true", For: -time.Second},
		"at most 720h0m0s": {Object: "location/a", Property: DisableGateway, Text: "true", Drill: true},
		"0s .. 720h0m0s":   {Object: "location/a", Property: DisableGateway, Text: "true", For: MaxFor + 1},
		"want one of":      {Object: "location/a", Property: DisableGateway, Text: "off"},
		"of a profile":     {Object: "profile/a", Property: DisableGateway, Text: "true"},
		"want a reason":    {Object: "location/a", Property: DisableGateway, Text: "true", Bypass: []string{BypassMinEnabled}},
		"reason of 501":    {Object: "location/a", Property: DisableGateway, Text: "true", Reason: string(make([]byte, MaxReason+1))},
		"want JSON":        {Object: "location/a", Property: DisableGateway, Text: "true", Detail: []byte("x")},
	} {
		if err := c.Validate(); !contains(err, want) {
			t.Errorf("%s: got %v", want, err)
		}
	}
	drill := Command{Object: "location/a", Property: DisableGateway, Text: "true", Drill: true}
	if err := drill.Validate(); !errors.Is(err, ErrNoLength) {
		t.Errorf("drill without length: got %v, want ErrNoLength", err)
	}
}
