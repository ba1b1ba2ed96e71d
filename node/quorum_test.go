package node

import (
	"strings"
	"testing"
	"time"

	"meridian/admin/api"
	"meridian/cluster"
	"meridian/intent"
)

// TestQuorum: three locations probe one target, agree on it, and show who says
// what; frozen, their verdicts move no answer.
func TestQuorum(t *testing.T) {
	t.Parallel()
	first, second := newTarget(t, "127.0.0.51"), newTarget(t, "127.0.0.52")
	second.down()
	second.addr = "127.0.0.52:" + first.port()
	second.up(t)
	list := threeRegions()
	for _, r := range list {
		r.roles = "dns, probe"
	}
	c := startRegions(t, strings.Replace(threePlaces, "safety:", `  - name: shop
    trafficRoutingMethod: Priority
    ttl: 1
    monitorConfig: {protocol: TCP, port: `+first.port()+`, intervalInSeconds: 1, timeoutInSeconds: 1, toleratedNumberOfFailures: 0}
    endpoints:
      - {name: a, target: 127.0.0.51}
      - {name: b, target: 127.0.0.52}
safety:`, 1), list)
	everywhere := func(what, answer string) {
		t.Helper()
		for _, r := range c.list {
			wait(t, what+" at "+r.name, func() bool { return addrs(t, r.Node, "shop.gtm.test.") == answer })
		}
	}
	target := func(r *member) api.MatrixTarget {
		for _, x := range must[api.Matrix](t)(matrixAPI{r.Node}.Matrix(t.Context())).Targets {
			if strings.HasPrefix(x.ID, "shop/a") {
				return x
			}
		}
		return api.MatrixTarget{}
	}
	for _, r := range c.list {
		wait(t, "three votes at "+r.name, func() bool { x := target(r); return len(x.Cells) == 3 && x.Conclusion == "ok" && x.Verdict == "up" })
	}
	first.down()
	everywhere("the second answer", "127.0.0.52")
	for _, r := range c.list {
		wait(t, "three votes against it at "+r.name, func() bool { x := target(r); return x.Conclusion == "target_down" && x.Verdict == "down" })
	}
	freeze := api.Switch{Object: string(intent.ServiceObject), Property: string(intent.Frozen), Text: textTrue, For: time.Hour}
	must[api.Change](t)(switching{c.list[0].Node}.Switch(t.Context(), []api.Switch{freeze}, asked()))
	first.up(t)
	for _, r := range c.list {
		wait(t, "votes for it at "+r.name, func() bool { return target(r).Conclusion == "ok" })
	}
	everywhere("frozen: the second answer still", "127.0.0.52")
	freeze.Text, freeze.For, freeze.Reset = "", 0, true
	must[api.Change](t)(switching{c.list[2].Node}.Switch(t.Context(), []api.Switch{freeze}, asked()))
	everywhere("the first answer again", "127.0.0.51")
	c.down(t, c.list[2])
	wait(t, "two that vote", func() bool { return len(c.list[0].voters()) == 2 })
	first.down()
	for _, r := range c.list[:2] {
		wait(t, "two agreeing at "+r.name, func() bool { return addrs(t, r.Node, "shop.gtm.test.") == "127.0.0.52" })
	}
	first.up(t)
}

// TestColdStart: when all have ended, one that starts alone serves what was last
// in service, switches and all, whoever writes the plan.
func TestColdStart(t *testing.T) {
	t.Parallel()
	c := startRegions(t, threePlaces, threeRegions())
	c.inReach(t)
	jp := c.list[2]
	c.list[0].switched(t, "westus2", true)
	before, version := jp.contoso(t), jp.pub.current.Load().version
	c.down(t, c.list...)
	c.up(t, jp)
	if got := jp.contoso(t); got != before || jp.pub.current.Load().version != version {
		t.Errorf("got %s of %v, want %s of %v", got, jp.pub.current.Load().version, before, version)
	}
	if got := jp.wishList(t, "westus2"); len(got) != 1 {
		t.Errorf("got intent %+v, want the switch", got)
	}
	jp.switched(t, "westus2", false)
	c.up(t, c.list[0])
	wait(t, "the switch at the node that was gone", func() bool { return len(c.list[0].wishList(t, "westus2")) == 0 })
}

// TestDuplicateName: of two nodes of one name the second is not let in, and both
// say so.
func TestDuplicateName(t *testing.T) {
	t.Parallel()
	c := startRegions(t, threePlaces, threeRegions()[:1])
	twin := &member{name: "us-1", location: "westus2", display: "West US 2", roles: "dns"}
	c.list = append(c.list, twin)
	twin.world = newWorld(t, threePlaces)
	twin.world.write(t, "gossip.key", strings.Repeat("0f", 32)+"\n")
	twin.world.write(t, "secrets.key", strings.Repeat("1e", 32)+"\n")
	twin.backend = c.list[0].backend
	c.up(t, twin)
	for _, r := range c.list {
		wait(t, "the duplicate being told of", func() bool {
			return problem(must[api.Status](t)(statusAPI{r.Node}.Status(t.Context())), "node_duplicate") != ""
		})
	}
	c.down(t, twin)
}

// TestPins: with pinned trust only those that a plan lists are believed, from
// when it lists them until it does not any more.
func TestPins(t *testing.T) {
	self, s := newStranger(t, "m"), newStranger(t, "s")
	r := newReplicas(soloLabel, self.self, 1, true)
	n := newWorld(t, threePlaces).start(t, nil)
	message := s.says(t, n, "westus2", textTrue)
	if _, err := r.intents.Merge(message); err == nil || len(r.wishes()) != 0 {
		t.Errorf("a stranger: got %v and %d values", err, len(r.wishes()))
	}
	if !r.pin([]cluster.NodeID{s.self.ID()}) || r.pin([]cluster.NodeID{s.self.ID()}) {
		t.Error("listing the stranger is not news, or is twice")
	}
	if _, err := r.intents.Merge(message); err != nil || len(r.wishes()) != 1 {
		t.Errorf("listed: got %v and %d values", err, len(r.wishes()))
	}
	if r.pin(nil); len(r.wishes()) != 0 {
		t.Errorf("not listed any more: got %d values", len(r.wishes()))
	}
	if err := r.trusted(self.self.Public()); err != nil {
		t.Errorf("itself: got %v", err)
	}
}
