package node

import (
	"context"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"meridian/admin/api"
	"meridian/gateway"
	"meridian/routing"
)

// TestArrivals: gateways that register themselves are answered, carry the
// clients of a location that is off, and go when their node says goodbye.
func TestArrivals(t *testing.T) {
	t.Parallel()
	c := startRegions(t, ownGateways, withGateways(threeRegions()))
	c.inReach(t)
	for _, r := range c.list {
		wait(t, "all gateways in the answers of "+r.name, func() bool {
			return r.answers(t, "westus2") == "127.0.1.1" && r.answers(t, "westeurope") == "127.0.1.2" && r.answers(t, "japaneast") == "127.0.1.3"
		})
	}
	for _, test := range []struct {
		name string
		run  func(*testing.T, *regionSet)
	}{
		{"relay", testRelay}, {"direct", testDirect}, {"loss", testLoss}, {"share", testShare}, {"unassigned", testUnassigned}, {"leave", testLeave},
	} {
		c.calm(t)
		t.Run(test.name, func(t *testing.T) { test.run(t, c) })
	}
}

// answers is what the direct name of a location answers.
func (r *member) answers(t *testing.T, location string) string {
	t.Helper()
	return addrs(t, r.Node, "contoso-"+location+"-01.direct.gtm.test.")
}

// visit asks a region's gateway for a page, as a client that knows its address.
func (r *member) visit(t *testing.T, host string) (status int, body string, header http.Header) {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+r.GatewayAddrs()[0].String()+"/page", nil)
	if err != nil {
		t.Fatal(err)
	}
	q.Host = host
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(data), resp.Header
}

// testRelay: who comes to a location that is off is served by another; that
// location is told of as not safe to stop.
func testRelay(t *testing.T, c *regionSet) {
	us := c.list[0]
	if status, body, _ := us.visit(t, "contoso.gtm.test"); status != 200 || body != "us-1" {
		t.Fatalf("on: got %d %q, want us-1", status, body)
	}
	c.list[1].switched(t, "westus2", true)
	if status, body, _ := us.visit(t, "contoso.gtm.test"); status != 200 || body != "eu-1" && body != "jp-1" {
		t.Errorf("off: got %d %q, want another region's page", status, body)
	}
	for _, r := range c.list {
		l := must[api.Location](t)(showing{r.Node}.Location(t.Context(), "westus2"))
		a := l.Arrivals
		if !l.DisableGateway || a == nil || a.Relayed != 1 || a.Served != 1 || a.Networks != 1 || a.SafeToStop || a.Mode != "relay" || a.OffSince == nil || a.LastLate == nil {
			t.Errorf("%s: got %+v", r.name, a)
		}
	}
	us.switched(t, "westus2", false)
	if status, body, _ := us.visit(t, "contoso.gtm.test"); status != 200 || body != "us-1" {
		t.Errorf("on again: got %d %q, want us-1", status, body)
	}
}

// testDirect: the direct name is served where the location is off, for those
// that may.
func testDirect(t *testing.T, c *regionSet) {
	us := c.list[0]
	us.switched(t, "westus2", true)
	if status, body, _ := us.visit(t, "contoso-westus2-01.direct.gtm.test"); status != 200 || body != "us-1" {
		t.Errorf("got %d %q, want us-1", status, body)
	}
	route := arriving{us.Node}.Arrive("contoso-westus2-01.direct.gtm.test", netip.MustParseAddr("203.0.113.9"))
	if !route.Refuse || route.Reason != gateway.ReasonDirectDenied {
		t.Errorf("a stranger: got %+v, want it refused", route)
	}
	if got := us.answers(t, "westus2"); got != "127.0.1.1" {
		t.Errorf("off: the direct name answers %s", got)
	}
	us.switched(t, "westus2", false)
}

// testLoss: in a drill in loss mode late clients are refused, as by a dead
// region, until somebody at any node ends it.
func testLoss(t *testing.T, c *regionSet) {
	us, eu := c.list[0], c.list[1]
	out := must[api.Change](t)(drillsAPI{eu.Node}.StartDrill(t.Context(), api.DrillOrder{Location: "westus2", Mode: "loss", For: "10m", Force: true}, asked()))
	if status, _, header := us.visit(t, "contoso.gtm.test"); status != 503 {
		t.Errorf("got %d %v, want 503", status, header)
	}
	must[api.Change](t)(drillsAPI{c.list[2].Node}.AbortDrill(t.Context(), strings.TrimPrefix(out.Object, "drill/"), asked()))
	if status, body, _ := us.visit(t, "contoso.gtm.test"); status != 200 || body != "us-1" {
		t.Errorf("aborted: got %d %q, want us-1", status, body)
	}
}

// testShare: a drill on a share of the clients leaves the location on.
func testShare(t *testing.T, c *regionSet) {
	us := c.list[0]
	out := must[api.Change](t)(drillsAPI{us.Node}.StartDrill(t.Context(), api.DrillOrder{Location: "westus2", For: "10m", Share: "25%", Force: true}, asked()))
	for _, r := range c.list {
		l := r.pub.current.Load()
		id, _ := l.structure.LocationID("westus2")
		if got := l.state.Locations[id]; got.Shed != routing.Slots/4 || got.Switch != routing.On {
			t.Errorf("%s: got %+v, want a quarter of the slots shed", r.name, got)
		}
	}
	must[api.Change](t)(drillsAPI{us.Node}.AbortDrill(t.Context(), strings.TrimPrefix(out.Object, "drill/"), asked()))
	l := us.pub.current.Load()
	id, _ := l.structure.LocationID("westus2")
	if got := l.state.Locations[id].Shed; got != 0 {
		t.Errorf("aborted: got %d slots shed", got)
	}
}

// testUnassigned: a node whose location has left the plan answers nothing and
// says why; in the plan again, it answers again.
func testUnassigned(t *testing.T, c *regionSet) {
	us, jp := c.list[0], c.list[2]
	us.switched(t, "japaneast", true)
	us.world.write(t, "service.yaml", strings.Replace(ownGateways, "  - {name: Japan East}\n", "", 1))
	wait(t, "the plan without its location", func() bool { return jp.unassigned(jp.pub.current.Load().generation) })
	if got := jp.contoso(t); got != "REFUSED" {
		t.Errorf("unassigned: got %s, want REFUSED", got)
	}
	if got := problem(must[api.Status](t)(statusAPI{jp.Node}.Status(t.Context())), "unassigned"); !strings.Contains(got, "japaneast") {
		t.Errorf("status: got %q", got)
	}
	var state string
	for _, x := range must[[]api.Node](t)(nodesAPI{us.Node}.Nodes(t.Context())) {
		if x.Name == "jp-1" {
			state = x.State
		}
	}
	if state != "unassigned" {
		t.Errorf("at another node: got state %q, want unassigned", state)
	}
	us.world.write(t, "service.yaml", ownGateways)
	wait(t, "its answers", func() bool { return jp.contoso(t) != "REFUSED" })
	us.switched(t, "japaneast", false)
}

// testLeave: a node that stops is out of the answers before it is gone, carries
// its clients meanwhile, and is back when it starts again.
func testLeave(t *testing.T, c *regionSet) {
	us, eu := c.list[0], c.list[1]
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- eu.Shutdown(ctx) }()
	wait(t, "the goodbye", func() bool { return us.pub.current.Load().stateOf("westeurope") == routing.Degraded })
	if status, body, _ := eu.visit(t, "contoso.gtm.test"); status != 200 || body == "eu-1" {
		t.Errorf("while it leaves: got %d %q, want another region's page", status, body)
	}
	if err := <-ended; err != nil {
		t.Errorf("shutdown: %v", err)
	}
	eu.Node = nil
	if got := must[[]api.Node](t)(nodesAPI{us.Node}.Nodes(t.Context()))[0]; got.Name != "eu-1" || got.State != "leaving" {
		t.Errorf("gone: got %+v, want eu-1 leaving", got)
	}
	start := time.Now()
	c.up(t, eu)
	wait(t, "it being back", func() bool { return us.pub.current.Load().stateOf("westeurope") != routing.Degraded })
	t.Logf("back after %v", time.Since(start))
}

func (l *live) stateOf(name routing.LocationName) routing.Status {
	return l.snapshot.LocationStatus(name)
}
