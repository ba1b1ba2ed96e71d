package node

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"meridian/admin/api"
	"meridian/configs"
	"meridian/geo"
	"meridian/routing"
)

// pickyAtlas is an atlas that makes no table of more than three places.
type pickyAtlas struct{ pocketAtlas }

var errFarAway = errors.New("too many places")

func (a pickyAtlas) Table(places []geo.Place, l *geo.LatencyTable) (*routing.ClientTable, error) {
	if len(places) > 3 {
		return nil, errFarAway
	}
	return a.pocketAtlas.Table(places, l)
}

// byAPI are two nodes whose plans come by the API; the second cannot compile
// plans of more than three locations.
func byAPI() []*member {
	list := threeRegions()[:2]
	for _, r := range list {
		r.lines = []string{"planSource: api"}
	}
	list[1].edit = func(o *Options) { o.atlas = func(geo.Options) (atlas, error) { return pickyAtlas{}, nil } }
	return list
}

// TestPlanByAPI writes plans at a node that is not the writer, in a cluster of
// two.
func TestPlanByAPI(t *testing.T) {
	t.Parallel()
	c := startRegions(t, threePlaces, byAPI())
	c.inReach(t)
	for _, test := range []struct {
		name string
		run  func(*testing.T, *regionSet)
	}{
		{"first", testFirstPlan},
		{"match", testIfMatch},
		{"edits", testEdits},
		{"refusal", testRefusal},
		{"dangers", testDangers},
		{"rollback", testRollback},
		{"file", testSeedFile},
		{"promote", testPromote},
	} {
		c.calm(t)
		t.Run(test.name, func(t *testing.T) { test.run(t, c) })
	}
}

func (r *member) plan(t *testing.T) api.PlanState {
	t.Helper()
	return must[api.PlanState](t)(planAPI{r.Node}.Plan(t.Context()))
}

// put sends a plan in whose document something is replaced.
func (r *member) put(t *testing.T, match, old, next string, terms api.Terms) (api.Change, error) {
	t.Helper()
	r.calm(t)
	return planAPI{r.Node}.PutPlan(t.Context(), api.Bundle{Document: strings.Replace(threePlaces, old, next, 1)}, match, terms)
}

// testFirstPlan: the file of the first node became the plan of both.
func testFirstPlan(t *testing.T, c *regionSet) {
	for i, r := range c.list {
		p := r.plan(t)
		if p.Version.Term != 1 || p.Version.Seq != 1 || p.Provisional || p.Writer.Name != "us-1" || p.Writer.Here != (i == 0) || !p.Writer.Reachable || p.Source != "api" {
			t.Errorf("%s: got %+v", r.name, p)
		}
		if got := serial(t, r.Node); got != 1 {
			t.Errorf("%s: got serial %d, want 1", r.name, got)
		}
	}
}

// testIfMatch: a plan made from another than the one in service is refused.
func testIfMatch(t *testing.T, c *regionSet) {
	seen := c.list[1].plan(t).Version.Text
	out, err := c.list[1].put(t, seen, "192.0.2.10", "192.0.2.11", asked())
	if err != nil || !out.Reached || len(out.Applied) != 2 || out.Durable != 2 || out.Answers == nil {
		t.Fatalf("got %+v, %v, want a plan at both nodes", out, err)
	}
	_, err = c.list[1].put(t, seen, "192.0.2.10", "192.0.2.12", asked())
	refused(t, "an old version", err, api.Precondition, seen)
	for _, r := range c.list {
		if got := serial(t, r.Node); got != 2 {
			t.Errorf("%s: got serial %d, want 2", r.name, got)
		}
	}
	if out := must[api.Change](t)(c.list[0].put(t, "", "192.0.2.10", "192.0.2.11", asked())); !out.Noop {
		t.Errorf("the same plan: got %+v, want no change", out)
	}
	terms := asked()
	terms.DryRun = true
	if out := must[api.Change](t)(c.list[0].put(t, "", "192.0.2.10", "192.0.2.13", terms)); out.ID != "" || out.Answers == nil || c.list[0].seq() != 2 {
		t.Errorf("dry run: got %+v and plan %d", out, c.list[0].seq())
	}
	_, err = c.list[0].put(t, "", "trafficRoutingMethod: Performance", "trafficRoutingMethod: Telepathy", asked())
	refused(t, "nonsense", err, api.Invalid, "Telepathy")
}

// testEdits: edits that come at the same time are all in the plan.
func testEdits(t *testing.T, c *regionSet) {
	var all sync.WaitGroup
	for i, r := range c.list {
		all.Go(func() {
			e := api.PlanEdit{Scale: []string{"westus2", "westeurope"}[i], To: 3 + i}
			if _, err := (planAPI{r.Node}).EditPlan(t.Context(), e, "", asked()); err != nil {
				t.Errorf("%s: got %v", r.name, err)
			}
		})
	}
	all.Wait()
	for _, r := range c.list {
		capacity := map[routing.LocationName]int{}
		for _, place := range r.pub.current.Load().service.Regions {
			capacity[place.Name] = place.Capacity
		}
		if capacity["westus2"] != 3 || capacity["westeurope"] != 4 {
			t.Errorf("%s: got %v, want both edits", r.name, capacity)
		}
	}
}

// testRefusal: a plan that one reachable node cannot compile is held, and said to
// be; nothing changes.
func testRefusal(t *testing.T, c *regionSet) {
	before := c.list[0].seq()
	no := true
	e := api.PlanEdit{Add: &api.LocationOrder{Name: "Brazil South", Disabled: &no}}
	_, err := planAPI{c.list[1].Node}.EditPlan(t.Context(), e, "", asked())
	refused(t, "a plan eu-1 cannot compile", err, api.Conflict, "node eu-1 cannot compile it")
	held := c.list[0].plan(t).Held
	if held == nil || len(held.Problems) != 1 || held.Problems[0].Name != "eu-1" {
		t.Errorf("held: got %+v, want it by eu-1", held)
	}
	if c.list[0].seq() != before || c.list[1].seq() != before {
		t.Errorf("got plans %d and %d, want %d still", c.list[0].seq(), c.list[1].seq(), before)
	}
}

// testDangers: what no plan may do by accident holds it, each rule by name, and
// each can be bypassed.
func testDangers(t *testing.T, c *regionSet) {
	writer := c.list[0]
	for _, tt := range []struct{ rule, old, next string }{
		{ruleLive, "  - {name: Japan East, gateways: [{name: j1, addresses: [192.0.2.30]}]}\n", ""},
		{ruleEmpty, "trafficRoutingMethod: Performance, ttl: 1}", "trafficRoutingMethod: Priority, ttl: 1, endpoints: [{name: a, target: 192.0.2.9, endpointStatus: Disabled}]}"},
	} {
		before := writer.seq()
		check := must[api.PlanCheck](t)(planAPI{writer.Node}.CheckPlan(t.Context(), api.Bundle{Document: strings.Replace(threePlaces, tt.old, tt.next, 1)}))
		if check.OK || !slices.ContainsFunc(check.Rules, func(s string) bool { return strings.HasPrefix(s, tt.rule) }) {
			t.Errorf("%s: check says %+v", tt.rule, check)
		}
		_, err := writer.put(t, "", tt.old, tt.next, asked())
		refused(t, tt.rule, err, api.Conflict, tt.rule)
		if writer.seq() != before {
			t.Errorf("%s: the plan is in service", tt.rule)
		}
	}
	writer.switched(t, "westeurope", true)
	terms := asked()
	terms.Bypass = []string{ruleShift}
	two := strings.NewReplacer("name: Japan East,", "name: Japan East, disableGateway: true,", "minEnabledLocations: 1", "minEnabledLocations: 2").Replace(threePlaces)
	_, err := planAPI{writer.Node}.PutPlan(t.Context(), api.Bundle{Document: two}, "", terms)
	refused(t, "fewer than the minimum", err, api.Conflict, ruleMinEnabled)
	terms.Bypass = []string{ruleShift, ruleMinEnabled}
	if _, err = (planAPI{writer.Node}).PutPlan(t.Context(), api.Bundle{Document: two}, "", terms); err != nil {
		t.Errorf("bypassed: got %v", err)
	}
	if _, err = (planAPI{writer.Node}).PutPlan(t.Context(), api.Bundle{Document: strings.ReplaceAll(two, "192.0.2.10", "192.0.2.17")}, "", asked()); err != nil {
		t.Errorf("a plan that leaves no fewer than there were: got %v", err)
	}
	terms.Bypass = []string{ruleDegraded}
	if _, err := writer.off(t, "westeurope", false, terms); err != nil {
		t.Error(err)
	}
	if _, err := writer.put(t, "", "", "", asked()); err != nil {
		t.Errorf("back again: got %v", err)
	}
	if got := writer.plan(t).Held; got != nil {
		t.Errorf("after a plan that was taken: still held %+v", got)
	}
}

// testRollback: an older plan becomes the newest, under a new sequence; history
// and difference tell of it.
func testRollback(t *testing.T, c *regionSet) {
	before := c.list[0].plan(t).Version
	if out := must[api.Change](t)(planAPI{c.list[1].Node}.RollbackPlan(t.Context(), "1", asked())); !out.Noop {
		t.Fatalf("rollback to what is in service: got %+v, want no change", out)
	}
	out := must[api.Change](t)(planAPI{c.list[1].Node}.RollbackPlan(t.Context(), "2", asked()))
	after := c.list[1].plan(t).Version
	if !out.Reached || after.Seq != before.Seq+1 || after.Hash == before.Hash {
		t.Errorf("got %+v and version %+v, want the second plan as %d", out, after, before.Seq+1)
	}
	for _, r := range c.list {
		history := must[[]api.PlanEntry](t)(planAPI{r.Node}.PlanHistory(t.Context(), 100))
		if len(history) != int(after.Seq) || !history[0].Serving || history[0].Version != after || history[0].Reason != "test" {
			t.Errorf("%s: history of %d, first %+v", r.name, len(history), history[0])
		}
		diff := must[api.PlanDiff](t)(planAPI{r.Node}.PlanDiff(t.Context(), "1", "2"))
		if !strings.Contains(diff.Document, "192.0.2.11") || len(diff.Answers.Profiles) == 0 {
			t.Errorf("%s: difference %+v", r.name, diff)
		}
	}
	_, err := planAPI{c.list[0].Node}.RollbackPlan(t.Context(), "99", asked())
	refused(t, "a plan that never was", err, api.NotFound, "99")
}

// testSeedFile: the file gave the first plan, and counts for nothing since: not
// when it changes, nor when its node starts again.
func testSeedFile(t *testing.T, c *regionSet) {
	writer, before := c.list[0], c.list[0].seq()
	writer.world.write(t, "service.yaml", strings.ReplaceAll(threePlaces, "192.0.2.10", "192.0.2.99"))
	wait(t, "the file being ignored", func() bool { return told(writer.Node, "plan_file_ignored", "planSource is api") })
	c.down(t, writer)
	c.up(t, writer)
	wait(t, "the writer's plan", func() bool { return writer.seq() == before })
	wait(t, "the file being ignored again", func() bool { return told(writer.Node, "plan_file_ignored", "planSource is api") })
	if got := serial(t, c.list[1].Node); uint64(got) != before {
		t.Errorf("got serial %d, want %d", got, before)
	}
	wait(t, "both in reach", func() bool { return len(writer.reachable()) == 1 && len(c.list[1].reachable()) == 1 })
}

// testPromote: another node becomes the writer, under the next term; the old one
// steps down. With the writer dead plans are refused, until one is promoted.
func testPromote(t *testing.T, c *regionSet) {
	us, eu := c.list[0], c.list[1]
	hash := us.plan(t).Version.Hash
	out := must[api.Change](t)(nodesAPI{us.Node}.Promote(t.Context(), "eu-1", asked()))
	if !out.Reached || us.term() != 2 || eu.term() != 2 || us.plan(t).Version.Hash != hash {
		t.Errorf("got %+v, terms %d and %d, want the same plan in term 2", out, us.term(), eu.term())
	}
	if us.writes() || !eu.writes() {
		t.Errorf("got writers %v and %v, want eu-1 alone", us.writes(), eu.writes())
	}
	if _, err := us.put(t, "", "192.0.2.10", "192.0.2.14", asked()); err != nil {
		t.Errorf("a plan by the new writer: got %v", err)
	}
	c.down(t, eu)
	_, err := us.put(t, "", "192.0.2.10", "192.0.2.15", asked())
	refused(t, "the writer is gone", err, api.Unavailable, "meridian management promote")
	if got := us.contoso(t); !strings.HasPrefix(got, "192.0.2.") {
		t.Errorf("the writer is gone: got answer %s", got)
	}
	if _, err := (nodesAPI{us.Node}).Promote(t.Context(), "us-1", asked()); err != nil {
		t.Fatal(err)
	}
	if _, err := us.put(t, "", "192.0.2.10", "192.0.2.16", asked()); err != nil {
		t.Errorf("a plan by the promoted writer: got %v", err)
	}
	c.up(t, eu)
	wait(t, "the old writer stepping down", func() bool { return !eu.writes() && eu.term() == 3 && eu.seq() == us.seq() })
}

// TestPlanByFile: the first node's file is the plan; those of others count for
// nothing, also when one of them is promoted.
func TestPlanByFile(t *testing.T) {
	t.Parallel()
	c := startRegions(t, threePlaces, threeRegions()[:2])
	c.inReach(t)
	us, eu := c.list[0], c.list[1]
	us.world.write(t, "service.yaml", strings.ReplaceAll(threePlaces, "192.0.2.10", "192.0.2.11"))
	wait(t, "the second plan at both", func() bool { return us.seq() == 2 && eu.seq() == 2 })
	_, err := eu.put(t, "", "192.0.2.10", "192.0.2.12", asked())
	refused(t, "a plan by the API", err, api.Conflict, "service.yaml")
	us.world.write(t, "service.yaml", strings.ReplaceAll(threePlaces, "zone: gtm.test", "zone: ..."))
	wait(t, "the bad file", func() bool { return told(us.Node, "plan_rejected", "service.yaml") })
	wait(t, "the bad file at the other node", func() bool {
		r := eu.plan(t).Rejected
		return r != nil && r.Node == "us-1" && strings.Contains(r.Why, "service.yaml:2:7")
	})
	if got := statusOf(t, eu.Node, "plan_rejected"); !strings.Contains(got, "of node us-1") || !strings.Contains(got, "service.yaml:2:7") || !strings.Contains(got, "plan 2 is") {
		t.Errorf("the other node's status says %q", got)
	}
	us.world.write(t, "service.yaml", strings.ReplaceAll(threePlaces, "192.0.2.10", "192.0.2.11"))
	wait(t, "the file as it was", func() bool { return us.plan(t).Rejected == nil && eu.plan(t).Rejected == nil })
	us.world.write(t, "service.yaml", strings.Replace(threePlaces, "  - {name: Japan East, gateways: [{name: j1, addresses: [192.0.2.30]}]}\n", "", 1))
	wait(t, "the dangerous file", func() bool { return told(us.Node, "plan_held", ruleLive) && us.plan(t).Held != nil })
	wait(t, "the dangerous file at the other node", func() bool { return strings.Contains(statusOf(t, eu.Node, "plan_held"), ruleLive) })
	if told(us.Node, "plan_rejected", ruleLive) || us.plan(t).Rejected != nil || statusOf(t, us.Node, "plan_rejected")+statusOf(t, eu.Node, "plan_rejected") != "" {
		t.Errorf("a held plan is told as rejected too: %v, %+v", kinds(us.Node), us.plan(t).Rejected)
	}
	us.world.write(t, "service.yaml", strings.ReplaceAll(threePlaces, "192.0.2.10", "192.0.2.11"))
	wait(t, "the file as it is in service", func() bool { return us.plan(t).Held == nil && us.plan(t).Rejected == nil })
	wait(t, "the same at the other node", func() bool { return eu.plan(t).Rejected == nil })
	if us.seq() != 2 || eu.seq() != 2 {
		t.Errorf("got plans %d and %d, want the second still", us.seq(), eu.seq())
	}
	must[api.Change](t)(nodesAPI{us.Node}.Promote(t.Context(), "eu-1", asked()))
	us.world.write(t, "service.yaml", strings.ReplaceAll(threePlaces, "192.0.2.10", "192.0.2.13"))
	wait(t, "the file of who does not write", func() bool { return told(us.Node, "plan_file_ignored", "eu-1 writes the plan") })
	if us.term() != 2 || us.seq() != 3 {
		t.Errorf("got term %d and plan %d, want 2 and 3", us.term(), us.seq())
	}
}

// statusOf is what a node's status says by a code; "": nothing.
func statusOf(t *testing.T, n *Node, code string) string {
	t.Helper()
	return problem(must[api.Status](t)(statusAPI{n}.Status(t.Context())), code)
}

// TestForks: of two plans of one version the greater hash displaces the other,
// and both sides see that there were two.
func TestForks(t *testing.T) {
	a := planHead{Term: 1, Seq: 7, Hash: strings.Repeat("a", 64)}
	b := planHead{Term: 1, Seq: 7, Hash: strings.Repeat("b", 64)}
	later := planHead{Term: 1, Seq: 8, Hash: strings.Repeat("0", 64)}
	r := &replicas{}
	if r.newer(a, b) || r.fork.Load() != nil {
		t.Errorf("the lesser displaces: fork %v", r.fork.Load())
	}
	if !r.newer(b, a) || r.fork.Load() == nil || r.fork.Load().Hash != a.Hash {
		t.Errorf("the greater: got fork %v, want %.8s", r.fork.Load(), a.Hash)
	}
	r.fork.Store(nil)
	if !r.newer(later, b) || r.newer(b, later) || r.fork.Load() != nil {
		t.Errorf("a later plan is no fork: got %v", r.fork.Load())
	}
}

// TestStalePlan: a plan older than the one in service is not taken up, and
// counted.
func TestStalePlan(t *testing.T) {
	n := newWorld(t, plain("192.0.2.1")).start(t, nil)
	old := n.pub.current.Load().generation
	next := old.as(old.version, old.source)
	next.version.Seq++
	n.serve(next, true, "")
	n.serve(old, true, "")
	if got := n.pub.current.Load(); got.generation != next {
		t.Errorf("got plan %d in service, want %d", got.version.Seq, next.version.Seq)
	}
	if got := metricOf(t, n, "meridian_stale_plans_rejected_total"); got != 1 {
		t.Errorf("stale plans: got %v, want 1", got)
	}
}

// metricOf reads a counter of a node.
func metricOf(t *testing.T, n *Node, name string) float64 {
	t.Helper()
	return must[float64](t)(signalMetrics{n}.Value(t.Context(), name))
}

// TestRestartTells: a plan that was put into service but not told of when its
// writer ended is told of when that starts again.
func TestRestartTells(t *testing.T) {
	t.Parallel()
	c := startRegions(t, threePlaces, threeRegions()[:2])
	us, eu := c.list[0], c.list[1]
	before := us.pub.current.Load()
	b := must[*configs.Bundle](t)(before.bundle.ScaleLocation("westus2", 7))
	v := us.loader.after()
	g := must[*generation](t)(us.compiler.compile(b, before.source, v, before.generation))
	if err := us.loader.take(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !us.loader.keep(g) {
		t.Fatal("not kept")
	}
	us.loader.give()
	c.down(t, us)
	us.world.write(t, "service.yaml", string(b.Document))
	c.up(t, us)
	wait(t, "the untold plan at the other node", func() bool { return eu.seq() == v.Seq })
	if time.Since(us.started) > patience {
		t.Errorf("took %v", time.Since(us.started))
	}
}
