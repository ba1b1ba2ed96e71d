package routing

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"
)

// benchWorld is ROUTING.md's: 10,000 profiles of 20 endpoints, 300 locations,
// some 340,000 client blocks.
func benchWorld(b *testing.B, method Method, profiles int) (*Structure, *State) {
	b.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	const locations = 300
	p := &Plan{}
	for i := range locations {
		name := fmt.Sprintf("location%d", i)
		p.Locations = append(p.Locations, Location{Name: LocationName(name), Display: name})
	}
	codes := GeoChildren("GEO-EU")
	for i := range profiles {
		pr := Profile{Name: ProfileName(fmt.Sprintf("p%d", i)), Method: method, TTL: 30}
		for j := range 20 {
			l := p.Locations[(i*7+j*11)%locations].Name
			e := Endpoint{Name: EndpointName(l), Target: Target{Kind: TargetLocation, Location: l}, Weight: 1 + j%5, Priority: j + 1, Geo: []GeoCode{codes[j]}}
			if method == MultiValue {
				e.Target = Target{Kind: TargetAddress, Addr: v4(uint32(i*20 + j + 1<<24))}
			}
			if j > 0 {
				e.Subnets = []AddrRange{{v4(uint32(j) << 24), v4(uint32(j)<<24 + 0xfffff)}}
			}
			pr.Endpoints = append(pr.Endpoints, e)
		}
		p.Profiles = append(p.Profiles, pr)
	}
	classes := []ClassInfo{{Geo: World}}
	for i := range 250 {
		info := ClassInfo{Geo: codes[i%len(codes)]}
		for _, l := range rng.Perm(locations) {
			info.Rank = append(info.Rank, LocationID(l))
		}
		classes = append(classes, info)
	}
	var blocks []Block
	for i := range 340_000 {
		a := v4(uint32(i) << 13)
		if i >= 1<<19 {
			break
		}
		blocks = append(blocks, Block{netip.PrefixFrom(a, 19+i%2), ClassID(rng.IntN(len(classes)))})
	}
	clients, err := NewClientTable(blocks, classes)
	if err != nil {
		b.Fatal(err)
	}
	s, err := Build(p, clients)
	if err != nil {
		b.Fatal(err)
	}
	st := s.NewState()
	for i := range st.Locations {
		st.Locations[i].Gateways = []Gateway{{Node: "n", Addr: v4(uint32(i) + 10<<24), Health: Up}}
	}
	for i := range st.Endpoints {
		st.Endpoints[i].Health = Up
	}
	return s, st
}

func BenchmarkDecide(b *testing.B) {
	for m, name := range Methods() {
		b.Run(name, func(b *testing.B) {
			s, st := benchWorld(b, Method(m), 1000)
			snap := s.Publish(st, nil).Exact()
			rng := rand.New(rand.NewPCG(3, 4))
			queries := make([]Query, 4096)
			for i := range queries {
				queries[i] = Query{Profile: ProfileID(rng.IntN(1000)), Client: Client{v4(rng.Uint32() &^ 0xff), 24}, Draw: rng.Uint64()}
			}
			var d Decision
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				snap.Decide(&queries[i%len(queries)], &d)
			}
		})
	}
}

// BenchmarkPublish measures one location's verdict, 10,000 profiles × 20
// endpoints and 300 locations: going to states not seen before, and returning.
func BenchmarkPublish(b *testing.B) {
	for _, m := range []Method{Priority, Weighted, Performance, Geographic} {
		s, st := benchWorld(b, m, 10_000)
		up := s.Publish(st, nil)
		b.Run(m.String()+"/new", func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				st.Locations[i%300].Gateways[0].Health = Down
				s.Publish(st, up)
				st.Locations[i%300].Gateways[0].Health = Up
			}
		})
		b.Run(m.String()+"/return", func(b *testing.B) {
			st.Locations[7].Gateways[0].Health = Down
			down := s.Publish(st, up)
			st.Locations[7].Gateways[0].Health = Up
			for b.Loop() {
				s.Publish(st, down)
			}
		})
	}
}

func BenchmarkBuild(b *testing.B) {
	s, _ := benchWorld(b, Performance, 10_000)
	for b.Loop() {
		if _, err := Build(s.Plan(), s.Clients()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkExact(b *testing.B) {
	s, st := benchWorld(b, Performance, 1)
	snap := s.Publish(st, nil)
	for b.Loop() {
		snap.Exact()
	}
}
