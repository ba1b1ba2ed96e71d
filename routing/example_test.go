package routing_test

import (
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"

	"meridian/routing"
)

// The trace that docs/routing.md shows.
func ExampleSnapshot_Explain() {
	trace, err := documentedTrace()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(trace)
	// Output:
	// shop for client 203.0.113.0/24 (block 203.0.113.0/24, [DE GEO-EU WORLD])
	//   shop (Geographic)
	//     germany              Degraded          degraded   maps [DE]; fell: others are available
	//   * europe               Online            available  maps [GEO-EU]
	//     world                Online            available  maps [WORLD]
	//     europe: client is in GEO-EU
	//   shop-europe (Weighted)
	//   * blue                 Online            available  weight 80
	//     green                Disabled          drill      weight 20; fell: others are available
	//     old                  Disabled          off        weight 10; off: never answered
	//     blue: the only candidate
	// => 198.51.100.20  ttl 30  scope /24  reason available  from shop-europe/blue
}

// TestDocumentedTrace: docs/routing.md shows what Explain writes.
func TestDocumentedTrace(t *testing.T) {
	trace, err := documentedTrace()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := os.ReadFile("../docs/routing.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(doc), "```\n"+trace.String()+"```\n") {
		t.Errorf("docs/routing.md does not show this trace:\n%v", trace)
	}
}

// documentedTrace explains a Geographic profile with a Weighted child: an
// endpoint down, one in a drill, one off.
func documentedTrace() (*routing.Trace, error) {
	plan := &routing.Plan{
		Locations: []routing.Location{{Name: "westeurope", Display: "West Europe"}, {Name: "westus2", Display: "West US 2"}},
		Profiles: []routing.Profile{
			{Name: "shop", Method: routing.Geographic, TTL: 30, Endpoints: []routing.Endpoint{
				{Name: "germany", Target: address("198.51.100.10"), Geo: []routing.GeoCode{"DE"}},
				{Name: "europe", Target: routing.Target{Kind: routing.TargetProfile, Profile: "shop-europe"}, Geo: []routing.GeoCode{"GEO-EU"}},
				{Name: "world", Target: routing.Target{Kind: routing.TargetLocation, Location: "westus2"}, Geo: []routing.GeoCode{routing.World}},
			}},
			{Name: "shop-europe", Method: routing.Weighted, TTL: 60, Endpoints: []routing.Endpoint{
				{Name: "blue", Target: address("198.51.100.20"), Weight: 80},
				{Name: "green", Target: address("198.51.100.30"), Weight: 20},
				{Name: "old", Target: address("198.51.100.40"), Weight: 10},
			}},
		},
	}
	clients, err := routing.NewClientTable(
		[]routing.Block{{Prefix: netip.MustParsePrefix("203.0.113.0/24"), Class: 1}},
		[]routing.ClassInfo{{Geo: routing.World}, {Geo: "DE"}},
	)
	if err != nil {
		return nil, err
	}
	structure, err := routing.Build(plan, clients)
	if err != nil {
		return nil, err
	}
	state := structure.NewState()
	for i := range state.Endpoints {
		state.Endpoints[i].Health = routing.Up
	}
	germany, _ := structure.EndpointID("shop", "germany")
	green, _ := structure.EndpointID("shop-europe", "green")
	old, _ := structure.EndpointID("shop-europe", "old")
	state.Endpoints[germany].Health = routing.Down
	state.Endpoints[green].Switch = routing.Drill
	state.Endpoints[old].Switch = routing.Off
	state.Locations[1].Gateways = []routing.Gateway{{Node: "westus2-1", Addr: netip.MustParseAddr("203.0.113.200"), Health: routing.Up}}

	shop, _ := structure.ProfileID("shop")
	client := routing.Client{Addr: netip.MustParseAddr("203.0.113.0"), Bits: 24}
	return structure.Publish(state, nil).Exact().Explain(&routing.Query{Profile: shop, Client: client}), nil
}

func address(s string) routing.Target {
	return routing.Target{Kind: routing.TargetAddress, Addr: netip.MustParseAddr(s)}
}
