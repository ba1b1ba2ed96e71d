package node

import (
	"strings"
	"testing"
	"time"

	"meridian/admin/api"
	"meridian/intent"
)

// TestSwitching orders locations off and on in a cluster of three.
func TestSwitching(t *testing.T) {
	t.Parallel()
	c := startRegions(t, threePlaces, threeRegions())
	c.inReach(t)
	for _, test := range []struct {
		name string
		run  func(*testing.T, *regionSet)
	}{
		{"everywhere", testSwitchEverywhere},
		{"again", testSwitchAgain},
		{"dry run", testSwitchDryRun},
		{"minimum", testSwitchMinimum},
		{"unknown", testSwitchUnknown},
		{"lease", testSwitchLease},
		{"forced", testForcedVerdict},
		{"freeze", testFreeze},
		{"waits", testSwitchWaits},
	} {
		c.calm(t)
		t.Run(test.name, func(t *testing.T) { test.run(t, c) })
	}
}

// testSwitchEverywhere: when an order at any node returns, no name server of any
// answers the location, and it lies on all disks.
func testSwitchEverywhere(t *testing.T, c *regionSet) {
	before := c.list[0].contoso(t)
	for i, r := range c.list {
		location, answer := before, ""
		for _, x := range []struct{ id, addr string }{{"westus2", "192.0.2.10"}, {"westeurope", "192.0.2.20"}, {"japaneast", "192.0.2.30"}} {
			if x.addr == before {
				location, answer = x.id, x.addr
			}
		}
		out := r.switched(t, location, true)
		if !out.Reached || len(out.Applied) != 3 || len(out.Missing) != 0 || out.Durable != 3 || out.ID == "" {
			t.Errorf("node %d: got %+v, want it applied and durable at three nodes", i, out)
		}
		for _, at := range c.list {
			if got := at.contoso(t); got == answer {
				t.Errorf("%s off at %s: %s still answers %s", location, r.name, at.name, got)
			}
		}
		r.switched(t, location, false)
		for _, at := range c.list {
			if got := at.contoso(t); got != answer {
				t.Errorf("%s on at %s: %s answers %s, want %s", location, r.name, at.name, got, answer)
			}
		}
	}
	if got := c.list[2].wishList(t, "westus2"); len(got) != 0 {
		t.Errorf("enabled again: got intent %v, want none", got)
	}
}

// wishList are the values of intent that count for a location.
func (r *member) wishList(t *testing.T, location string) []api.Intent {
	t.Helper()
	l := must[api.Location](t)(showing{r.Node}.Location(t.Context(), location))
	return l.Settings[0].Layers
}

// testSwitchAgain: an order that says what is said already changes nothing.
func testSwitchAgain(t *testing.T, c *regionSet) {
	c.list[0].switched(t, "japaneast", true)
	if out := c.list[1].switched(t, "japaneast", true); !out.Noop || out.ID != "" || !out.Reached {
		t.Errorf("again, elsewhere: got %+v, want no change", out)
	}
	c.list[2].switched(t, "japaneast", false)
	if out := c.list[0].switched(t, "japaneast", false); !out.Noop {
		t.Errorf("enabled again: got %+v, want no change", out)
	}
}

// testSwitchDryRun: a dry run tells the change in answers, and makes none.
func testSwitchDryRun(t *testing.T, c *regionSet) {
	terms := asked()
	terms.DryRun = true
	answer := c.list[0].contoso(t)
	location := map[string]string{"192.0.2.10": "westus2", "192.0.2.20": "westeurope", "192.0.2.30": "japaneast"}[answer]
	out, err := c.list[1].off(t, location, true, terms)
	if err != nil || !out.DryRun || out.ID != "" || out.Answers == nil || len(out.Answers.Profiles) == 0 {
		t.Errorf("got %+v, %v, want a change of answers", out, err)
	}
	if got := c.list[1].contoso(t); got != answer {
		t.Errorf("after a dry run: got %s, want %s still", got, answer)
	}
}

// testSwitchMinimum: the last enabled location stays, unless its rule is
// bypassed.
func testSwitchMinimum(t *testing.T, c *regionSet) {
	c.list[0].switched(t, "westus2", true)
	c.list[1].switched(t, "westeurope", true)
	_, err := c.list[2].off(t, "japaneast", true, asked())
	refused(t, "the last location", err, api.Conflict, "minEnabledLocations")
	if got := c.list[0].contoso(t); got != "192.0.2.30" {
		t.Errorf("got %s, want the last location", got)
	}
	terms := asked()
	terms.Bypass = []string{intent.BypassMinEnabled}
	if _, err := c.list[2].off(t, "japaneast", true, terms); err != nil {
		t.Errorf("bypassed: got %v", err)
	}
	for _, r := range c.list {
		if got := r.contoso(t); got != "NXDOMAIN" {
			t.Errorf("%s with nothing on: got %s, want NXDOMAIN, as in Azure", r.name, got)
		}
		if !told(r.Node, "switched", "disableGateway of location/westus2 is true, by alice: test") {
			t.Errorf("%s: no event tells of the switch: %v", r.name, kinds(r.Node))
		}
	}
	for _, id := range []string{"westus2", "westeurope", "japaneast"} {
		c.list[0].switched(t, id, false)
	}
}

// testSwitchUnknown: what is not in the plan cannot be switched, nor reset.
func testSwitchUnknown(t *testing.T, c *regionSet) {
	_, err := c.list[0].off(t, "atlantis", true, asked())
	refused(t, "off", err, api.NotFound, "atlantis")
	_, err = switching{c.list[0].Node}.Switch(t.Context(), []api.Switch{{Object: "location/atlantis", Property: "disableGateway", Reset: true}}, asked())
	refused(t, "reset", err, api.NotFound, "atlantis")
	_, err = switching{c.list[0].Node}.Change(t.Context(), "nothing", asked())
	refused(t, "change", err, api.NotFound, "nothing")
}

// testSwitchLease: a switch with a lease ends by itself, at all nodes.
func testSwitchLease(t *testing.T, c *regionSet) {
	out := must[api.Change](t)(switching{c.list[1].Node}.Switch(t.Context(), []api.Switch{{
		Object: "location/westeurope", Property: "disableGateway", Text: textTrue, For: time.Second,
	}}, asked()))
	if out.Until == nil || !out.Reached {
		t.Errorf("got %+v, want an end", out)
	}
	for _, r := range c.list {
		wait(t, "the end of the lease at "+r.name, func() bool { return len(r.wishList(t, "westeurope")) == 0 })
	}
	if late := time.Since(*out.Until); late < -100*time.Millisecond || late > 5*time.Second {
		t.Errorf("ended %v after its end", late)
	}
}

// testForcedVerdict: an operator's verdict counts, at all nodes, until it is
// taken back.
func testForcedVerdict(t *testing.T, c *regionSet) {
	force := func(s api.Switch) {
		t.Helper()
		for id := range c.list[0].pub.current.Load().index.monitor {
			s.Object, s.Property = "target/"+string(id), "verdict"
			if strings.Contains(string(id), "192.0.2.10") {
				must[api.Change](t)(switching{c.list[2].Node}.Switch(t.Context(), []api.Switch{s}, asked()))
			}
		}
	}
	status := func(r *member) string {
		return must[api.Location](t)(showing{r.Node}.Location(t.Context(), "westus2")).Status
	}
	force(api.Switch{Text: "down"})
	for _, r := range c.list {
		if got := status(r); got != "Degraded" {
			t.Errorf("forced down: %s says %s", r.name, got)
		}
	}
	c.list[0].switched(t, "westus2", true)
	_, err := c.list[1].off(t, "westus2", false, asked())
	refused(t, "enabling what is down", err, api.Conflict, ruleDegraded)
	terms := asked()
	terms.Bypass = []string{ruleDegraded}
	if _, err := c.list[1].off(t, "westus2", false, terms); err != nil {
		t.Errorf("bypassed: got %v", err)
	}
	force(api.Switch{Reset: true})
	if got := status(c.list[0]); got == "Degraded" {
		t.Errorf("taken back: got %s", got)
	}
}

// testFreeze: a freeze is everywhere, and ends.
func testFreeze(t *testing.T, c *regionSet) {
	freeze := api.Switch{Object: string(intent.ServiceObject), Property: string(intent.Frozen), Text: textTrue, For: time.Hour}
	must[api.Change](t)(switching{c.list[0].Node}.Switch(t.Context(), []api.Switch{freeze}, asked()))
	for _, r := range c.list {
		if f := must[api.Freeze](t)(switching{r.Node}.ReadFreeze(t.Context())); !f.Frozen || f.Intent == nil || f.Intent.By != "alice" {
			t.Errorf("%s: got %+v, want it frozen by alice", r.name, f)
		}
		if got := problem(must[api.Status](t)(statusAPI{r.Node}.Status(t.Context())), "frozen"); got == "" {
			t.Errorf("%s: status does not tell of the freeze", r.name)
		}
	}
	freeze.Text, freeze.For, freeze.Reset = "", 0, true
	must[api.Change](t)(switching{c.list[1].Node}.Switch(t.Context(), []api.Switch{freeze}, asked()))
	for _, r := range c.list {
		if f := must[api.Freeze](t)(switching{r.Node}.ReadFreeze(t.Context())); f.Frozen {
			t.Errorf("%s: still frozen", r.name)
		}
	}
}

// testSwitchWaits: with a node that is gone a change reaches those that are
// there, and is not everywhere until that node is back.
func testSwitchWaits(t *testing.T, c *regionSet) {
	gone := c.list[2]
	c.down(t, gone)
	out := c.list[0].switched(t, "westeurope", true)
	if !out.Reached || len(out.Applied) != 2 || len(out.Missing) != 1 || out.Missing[0].Name != "jp-1" || out.Missing[0].Reachable || out.Durable != 2 {
		t.Errorf("a node is gone: got %+v, want it applied at two, one out of reach", out)
	}
	terms := asked()
	terms.Wait, terms.Timeout = api.WaitAll, 300*time.Millisecond
	if out := must[api.Change](t)(switching{c.list[0].Node}.Change(t.Context(), out.ID, terms)); out.Reached {
		t.Errorf("waiting for all: got %+v, want it not reached", out)
	}
	terms.Wait = api.WaitNone
	if out := must[api.Change](t)(switching{c.list[0].Node}.Change(t.Context(), out.ID, terms)); !out.Reached {
		t.Errorf("waiting for none: got %+v, want it reached", out)
	}
	c.up(t, gone)
	terms.Wait, terms.Timeout = api.WaitAll, patience
	if out := must[api.Change](t)(switching{c.list[0].Node}.Change(t.Context(), out.ID, terms)); !out.Reached || len(out.Applied) != 3 {
		t.Errorf("when it is back: got %+v, want it everywhere", out)
	}
	if got := gone.wishList(t, "westeurope"); len(got) != 1 || got[0].By != "alice" || got[0].Node != "us-1" {
		t.Errorf("at the node that was gone: got %+v", got)
	}
}

// TestUntil: a lease ends when it ends, however long what is in service has been.
func TestUntil(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	h := intent.Held{Value: intent.Value{For: time.Hour}, Age: 10 * time.Minute}
	if got := untilOf(&h, &live{folded: at}); got == nil || !got.Equal(at.Add(50*time.Minute)) {
		t.Errorf("got %v, want 50 minutes after %v", got, at)
	}
	if got := untilOf(&intent.Held{}, &live{folded: at}); got != nil {
		t.Errorf("no lease: got %v, want none", got)
	}
}
