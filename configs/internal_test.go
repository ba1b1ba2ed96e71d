package configs_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"meridian/configs"
	"meridian/routing"
)

// inner has an Internal location beside a public one.
const inner = head + `
locations:
  - {name: West US 2, gateways: [{name: us-1, addresses: [192.0.2.1]}]}
  - {name: Tokyo DC, latitude: 35.6, longitude: 139.7, virtualNetworkType: Internal, internalNetworks: [10.0.0.0/8, "fd00::/8"],
     gateways: [{name: tokyo-1, addresses: [10.9.9.9]}]}
profiles:
  - {name: office, trafficRoutingMethod: Priority, noMatch: nodata, endpoints: [{name: tokyo, location: Tokyo DC}, {name: us, location: West US 2}]}
  - {name: split, trafficRoutingMethod: Subnet, endpoints: [{name: tokyo, location: Tokyo DC, subnets: [{first: 10.0.0.0, scope: 8}]}, {name: us, location: West US 2}]}
`

// asker decides over a compiled document as a name server does.
type asker struct {
	t         *testing.T
	structure *routing.Structure
	state     *routing.State
}

func askerOf(t *testing.T, s *configs.Service) *asker {
	t.Helper()
	clients, err := routing.NewClientTable(nil, []routing.ClassInfo{{Geo: routing.World}})
	if err != nil {
		t.Fatal(err)
	}
	structure, err := routing.Build(s.Plan, clients)
	if err != nil {
		t.Fatal(err)
	}
	a := &asker{t, structure, structure.NewState()}
	for i, p := range s.Plan.Locations {
		for _, g := range s.Gateways {
			if g.Location == p.Name {
				a.state.Locations[i].Gateways = append(a.state.Locations[i].Gateways, routing.Gateway{Node: g.Name, Addr: g.Addrs[0], Health: routing.Up})
			}
		}
	}
	return a
}

// answer returns the address a client gets at a name; empty where there is none.
func (a *asker) answer(profile routing.ProfileName, client string) string {
	a.t.Helper()
	id, ok := a.structure.ProfileID(profile)
	if !ok {
		a.t.Fatalf("profile %s: got none of that name", profile)
	}
	snapshot := a.structure.Publish(a.state, nil).Exact()
	q := routing.Query{Profile: id, Client: routing.Client{Addr: netip.MustParseAddr(client), Bits: 24}}
	var d routing.Decision
	snapshot.Decide(&q, &d)
	if d.Set == routing.NoSet || len(snapshot.Set(d.Set).IPv4) == 0 {
		return ""
	}
	return snapshot.Set(d.Set).IPv4[0].String()
}

// TestInternalLocations: whatever the name, the address of an Internal location
// is answered to clients inside its networks only.
func TestInternalLocations(t *testing.T) {
	s := mustCompile(t, inner)
	a := askerOf(t, s)
	const us, tokyo = "192.0.2.1", "10.9.9.9"
	type answers struct{ Inside, Outside string }
	check := func(when string, want map[routing.ProfileName]answers) {
		t.Helper()
		got := map[routing.ProfileName]answers{}
		for name := range want {
			got[name] = answers{a.answer(name, "10.1.2.0"), a.answer(name, "203.0.113.0")}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", when, diff)
		}
	}
	check("all up", map[routing.ProfileName]answers{
		"contoso": {us, us}, "office": {tokyo, ""}, "split": {tokyo, us}, "tokyo-1.node": {tokyo, us},
		"contoso-tokyodc-01.regional": {tokyo, us}, "contoso-tokyodc-01.direct": {tokyo, ""}, "contoso-tokyodc-01.internal": {tokyo, ""},
		"contoso-westus2-01.regional": {us, us}, "contoso-westus2-01.direct": {us, us},
	})
	at := len(s.Plan.Locations) - 1
	a.state.Locations[at].Switch = routing.Off
	check("tokyo off", map[routing.ProfileName]answers{
		"contoso": {us, us}, "office": {us, us}, "split": {us, us}, "tokyo-1.node": {us, us},
		"contoso-tokyodc-01.regional": {us, us}, "contoso-tokyodc-01.direct": {tokyo, ""}, "contoso-tokyodc-01.internal": {"", ""},
	})
	a.state.Locations[at].Switch = routing.On
	a.state.Locations[at].Gateways[0].Health = routing.Down
	check("tokyo down", map[routing.ProfileName]answers{
		"office": {us, us}, "split": {us, us}, "tokyo-1.node": {us, us},
		"contoso-tokyodc-01.regional": {tokyo, us}, "contoso-tokyodc-01.direct": {tokyo, ""},
	})
}

// TestNobodyOutsideIsTold: every profile of the document and every one that
// follows, asked from outside in every state of the locations.
func TestNobodyOutsideIsTold(t *testing.T) {
	s := mustCompile(t, inner)
	a := askerOf(t, s)
	for switches := range 4 {
		for i := range 2 {
			a.state.Locations[i].Switch = routing.On
			if switches&(1<<i) != 0 {
				a.state.Locations[i].Switch = routing.Off
			}
		}
		for _, p := range s.Plan.Profiles {
			for _, client := range []string{"203.0.113.0", "9.255.255.0", "11.0.0.0", "192.168.0.0"} {
				if got := a.answer(p.Name, client); strings.HasPrefix(got, "10.") {
					t.Errorf("%s from %s with switches %02b: got %s; want no internal address", p.Name, client, switches, got)
				}
			}
		}
	}
}

// TestInternalAlone: a service of Internal locations only has a gateway profile
// that answers nobody.
func TestInternalAlone(t *testing.T) {
	s := mustCompile(t, head+`locations: [{name: West US 2, virtualNetworkType: Internal, internalNetworks: [10.0.0.0/8], gateways: [{name: us-1, addresses: [10.0.0.1]}]}]`)
	a := askerOf(t, s)
	if got := a.answer("contoso", "10.1.2.0"); got != "" {
		t.Errorf("gateway profile: got %s; want no answer", got)
	}
	if got := a.answer("contoso-westus2-01.regional", "10.1.2.0"); got != "10.0.0.1" {
		t.Errorf("regional name from inside: got %q; want 10.0.0.1", got)
	}
}
