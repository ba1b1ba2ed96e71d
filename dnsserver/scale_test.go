package dnsserver

import (
	"fmt"
	"net/netip"
	"testing"

	"meridian/dnswire"
	"meridian/routing"
)

// BenchmarkPublishLarge measures what one location's verdict costs from State
// to View: 10,000 profiles of 20 endpoints, 300 locations.
func BenchmarkPublishLarge(b *testing.B) {
	plan := &routing.Plan{}
	names := map[dnswire.Name]routing.ProfileID{}
	for i := range 300 {
		plan.Locations = append(plan.Locations, routing.Location{Name: routing.LocationName(fmt.Sprintf("l%d", i))})
	}
	rank := make([]routing.LocationID, 300)
	for i := range rank {
		rank[i] = routing.LocationID(i)
	}
	for i := range 10_000 {
		p := routing.Profile{Name: routing.ProfileName(fmt.Sprintf("p%d", i)), TTL: 30}
		for j := range 20 {
			l := plan.Locations[(i*7+j*11)%300].Name
			p.Endpoints = append(p.Endpoints, routing.Endpoint{Name: routing.EndpointName(l), Target: routing.Target{Kind: routing.TargetLocation, Location: l}})
		}
		plan.Profiles = append(plan.Profiles, p)
		names[dnswire.Name(p.Name)+"."+testZone] = routing.ProfileID(i)
	}
	clients, err := routing.NewClientTable(nil, []routing.ClassInfo{{Geo: routing.World, Rank: rank}})
	if err != nil {
		b.Fatal(err)
	}
	structure, err := routing.Build(plan, clients)
	if err != nil {
		b.Fatal(err)
	}
	st := structure.NewState()
	for i := range st.Locations {
		st.Locations[i].Gateways = []routing.Gateway{{Node: "n", Addr: netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), Health: routing.Up}}
	}
	c := Content{Zones: []Zone{{Origin: testZone, NameServers: []NameServer{{Name: "ns.example.net."}}, Profiles: names}}}
	c.Snapshot = structure.Publish(st, nil)
	view, err := Build(c, nil)
	if err != nil {
		b.Fatal(err)
	}
	for i := 0; b.Loop(); i++ {
		gateway := &st.Locations[i%300].Gateways[0]
		gateway.Health = routing.Down - gateway.Health + routing.Up // the other of the two
		c.Snapshot = structure.Publish(st, c.Snapshot)
		if view, err = Build(c, view); err != nil {
			b.Fatal(err)
		}
	}
}
