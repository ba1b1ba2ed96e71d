package node

import (
	"strings"
	"testing"
	"time"

	"meridian/admin/api"
	"meridian/drill"
)

// inTime reports whether a drill has ended when it should; on a machine that is
// busy it may be later than that, never earlier.
func inTime(d api.Drill) bool {
	late := d.Ended.Sub(d.Until)
	return late > -100*time.Millisecond && late < 5*time.Second
}

// TestDrills runs drills in a cluster of three.
func TestDrills(t *testing.T) {
	t.Parallel()
	c := startRegions(t, threePlaces, threeRegions())
	c.inReach(t)
	for _, test := range []struct {
		name string
		run  func(*testing.T, *regionSet)
	}{
		{"expiry", testDrillExpires},
		{"abort", testDrillAborted},
		{"refusals", testDrillRefusals},
		{"restart", testDrillRestart},
		{"starter gone", testDrillStarterGone},
		{"yield", testDrillYields},
		{"schedule", testDrillSchedule},
	} {
		c.calm(t)
		t.Run(test.name, func(t *testing.T) { test.run(t, c) })
	}
}

// drilled starts a drill and returns its id.
func (r *member) drilled(t *testing.T, location, length string) string {
	t.Helper()
	r.calm(t)
	out, err := drillsAPI{r.Node}.StartDrill(t.Context(), api.DrillOrder{Location: location, For: length, Force: true}, asked())
	if err != nil {
		t.Fatalf("%s: drill of %s: %v", r.name, location, err)
	}
	return strings.TrimPrefix(out.Object, "drill/")
}

// drill shows a drill as a node knows it.
func (r *member) drill(t *testing.T, id string) api.Drill {
	t.Helper()
	return must[api.Drill](t)(drillsAPI{r.Node}.Drill(t.Context(), id))
}

// over waits until a drill has ended at a node.
func (r *member) over(t *testing.T, id string) api.Drill {
	t.Helper()
	wait(t, "the end of drill "+id+" at "+r.name, func() bool { return r.drill(t, id).State == "ended" })
	return r.drill(t, id)
}

// testDrillExpires: a drill is at all nodes when its order returns, and ends by
// itself at all of them in time; any node has the report.
func testDrillExpires(t *testing.T, c *regionSet) {
	answer := c.list[0].contoso(t)
	location := map[string]string{"192.0.2.10": "westus2", "192.0.2.20": "westeurope", "192.0.2.30": "japaneast"}[answer]
	id := c.list[0].drilled(t, location, "4s")
	for _, r := range c.list {
		if d := r.drill(t, id); d.State != "running" || d.By != "alice" || d.Location != location {
			t.Errorf("%s: got %+v, want it running", r.name, d)
		}
		if got := r.contoso(t); got == answer {
			t.Errorf("%s still answers %s", r.name, got)
		}
	}
	for _, r := range c.list {
		d := r.over(t, id)
		if d.End != "expired" || d.Ended == nil || !inTime(d) {
			t.Errorf("%s: got %+v, want it ended at %v", r.name, d, d.Until)
		}
		if got := r.contoso(t); got != answer {
			t.Errorf("%s: got %s, want %s again", r.name, got, answer)
		}
		report := must[api.DrillReport](t)(drillsAPI{r.Node}.DrillReport(t.Context(), id, "markdown"))
		for _, node := range []string{"us-1", "eu-1", "jp-1"} {
			if !strings.Contains(string(report.Body), node) {
				t.Errorf("report of %s: %s is not in it", r.name, node)
			}
		}
	}
}

// testDrillAborted: a drill is ended from another node than it was started at,
// at all of them; it cannot be ended twice.
func testDrillAborted(t *testing.T, c *regionSet) {
	id := c.list[0].drilled(t, "westeurope", "1h")
	if out := must[api.Change](t)(drillsAPI{c.list[2].Node}.AbortDrill(t.Context(), id, asked())); !out.Reached || out.Object != "drill/"+id {
		t.Errorf("got %+v", out)
	}
	for _, r := range c.list {
		if d := r.drill(t, id); d.State != "ended" || d.End != "aborted" || d.AbortedBy != "alice" || d.Why != "test" {
			t.Errorf("%s: got %+v, want it aborted by alice", r.name, d)
		}
	}
	_, err := drillsAPI{c.list[1].Node}.AbortDrill(t.Context(), id, asked())
	refused(t, "ended already", err, api.NotFound, id)
}

// testDrillRefusals: what cannot be drilled is not, and a dry run drills nothing.
func testDrillRefusals(t *testing.T, c *regionSet) {
	start := drillsAPI{c.list[0].Node}.StartDrill
	for _, o := range []api.DrillOrder{
		{Location: "westus2", For: "soon"}, {Location: "westus2", For: "0s"}, {Location: "westus2", For: "10m", Share: "200%"}, {Location: "westus2", For: "10m", Mode: "x"},
	} {
		if _, err := start(t.Context(), o, asked()); kindOf(err) != api.Invalid {
			t.Errorf("%+v: got %v, want invalid", o, err)
		}
	}
	if _, err := start(t.Context(), api.DrillOrder{Location: "atlantis", For: "10m"}, asked()); err == nil {
		t.Error("a location that is not there: got no error")
	}
	terms := asked()
	terms.DryRun = true
	out, err := start(t.Context(), api.DrillOrder{Location: "westus2", For: "10m"}, terms)
	if err != nil || !out.DryRun || len(running(c.list[0].pub.current.Load().outcome)) != 0 {
		t.Errorf("dry run: got %+v, %v", out, err)
	}
}

// testDrillRestart: a node that starts again in the middle of a drill is in it
// still, until its end, which is no later.
func testDrillRestart(t *testing.T, c *regionSet) {
	jp := c.list[2]
	id := c.list[0].drilled(t, "westus2", "8s")
	until := jp.drill(t, id).Until
	jp.saveDrills(jp.drills.runs)
	c.down(t, jp)
	c.up(t, jp)
	if d := jp.drill(t, id); time.Now().Before(until) && (d.State != "running" || !d.Until.Equal(until)) {
		t.Errorf("after a restart: got %+v, want it running until %v", d, until)
	}
	if d := jp.over(t, id); d.End != "expired" || !inTime(d) {
		t.Errorf("got %+v, want it over by %v", d, until)
	}
	c.list[0].over(t, id)
	c.inReach(t)
}

// testDrillStarterGone: a drill whose starter is gone ends at the others.
func testDrillStarterGone(t *testing.T, c *regionSet) {
	eu := c.list[1]
	id := eu.drilled(t, "japaneast", "6s")
	c.down(t, eu)
	for _, r := range []*member{c.list[0], c.list[2]} {
		if d := r.over(t, id); d.End != "expired" || !inTime(d) {
			t.Errorf("%s: got %+v", r.name, d)
		}
	}
	c.up(t, eu)
	wait(t, "the node that was gone", func() bool { return eu.seq() > 0 && len(running(eu.pub.current.Load().outcome)) == 0 })
	c.inReach(t)
}

// testDrillYields: a drill ends itself when nothing else is up.
func testDrillYields(t *testing.T, c *regionSet) {
	us := c.list[0]
	id := us.drilled(t, "westus2", "1h")
	for target, m := range us.pub.current.Load().index.monitor {
		if m.Location != "westus2" {
			must[api.Change](t)(switching{us.Node}.Switch(t.Context(), []api.Switch{{Object: "target/" + string(target), Property: "verdict", Text: "down"}}, asked()))
		}
	}
	for _, r := range c.list {
		if d := r.over(t, id); d.End != "yielded" {
			t.Errorf("%s: got %+v, want that it yielded", r.name, d)
		}
	}
	for target, m := range us.pub.current.Load().index.monitor {
		if m.Location != "westus2" {
			must[api.Change](t)(switching{us.Node}.Switch(t.Context(), []api.Switch{{Object: "target/" + string(target), Property: "verdict", Reset: true}}, asked()))
		}
	}
}

// testDrillSchedule: a drill of the plan starts in its window, once, at the node
// that writes the plan; the others leave it to that one.
func testDrillSchedule(t *testing.T, c *regionSet) {
	us, eu := c.list[0], c.list[1]
	now := time.Now().UTC()
	text := threePlaces + "drills: [{name: weekly, location: West Europe, for: 5m, mode: drain, window: {days: [" + now.Weekday().String() + "], start: \"" + now.Format("15:04") + "\", duration: 1h, timeZone: UTC}}]\n"
	us.world.write(t, "service.yaml", text)
	wait(t, "the plan with a schedule", func() bool { return len(us.schedules(us.pub.current.Load())) == 1 })
	if eu.starts(0) || eu.starts(standInAfter) || !us.starts(0) {
		t.Errorf("got starters us %v, eu %v and %v, want us alone", us.starts(0), eu.starts(0), eu.starts(standInAfter))
	}
	var all api.Drills
	wait(t, "the drill of the schedule", func() bool {
		all = must[api.Drills](t)(drillsAPI{eu.Node}.Drills(t.Context(), 1))
		return all.Drills[0].Schedule == "weekly" && all.Drills[0].State == "running"
	})
	must[api.Change](t)(drillsAPI{eu.Node}.AbortDrill(t.Context(), all.Drills[0].ID, asked()))
	count := func() (n int) {
		for _, k := range kinds(us.Node) {
			if k == "drill_blocked" {
				n++
			}
		}
		return n
	}
	us.startDue(time.Now())
	us.startDue(time.Now())
	if got := must[api.Drills](t)(drillsAPI{us.Node}.Drills(t.Context(), 100)); len(running(us.pub.current.Load().outcome)) != 0 || count() > 1 {
		t.Errorf("a second start in one window: got %+v, blocked %d times", got.Drills[0], count())
	}
}

// TestTwoSchedulesAtOnce: of two drills that are due together each is tried every
// few seconds, and the first refusal is told of.
func TestTwoSchedulesAtOnce(t *testing.T) {
	d := drills{tried: map[string]attempt{}}
	tries, firsts := 0, 0
	for i := range 10 {
		at := time.Unix(0, 0).Add(time.Duration(i) * time.Second)
		for _, s := range []drill.Spec{{ID: "a-1", Schedule: "a"}, {ID: "b-1", Schedule: "b"}} {
			try, first := d.due(s, at)
			if try {
				tries++
			}
			if first {
				firsts++
			}
		}
	}
	if tries != 4 || firsts != 2 {
		t.Errorf("got %d tries and %d first ones in 10 s, want 4 and 2", tries, firsts)
	}
}
