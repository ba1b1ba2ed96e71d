package routing

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
)

// world makes random plans, client tables and states for the tests of laws.
type world struct {
	*rand.Rand
	plan    *Plan
	clients *ClientTable
	s       *Structure
}

func codes() []GeoCode {
	return []GeoCode{World, "GEO-EU", "GEO-NA", "GEO-AS", "DE", "FR", "US", "US-WA", "US-NY", "JP", "CA", "CA-QC"}
}

func newWorld(t testing.TB, seed uint64) *world {
	t.Helper()
	w := &world{Rand: rand.New(rand.NewPCG(seed, 1))}
	w.plan = w.randomPlan()
	w.clients = w.randomClients(len(w.plan.Locations))
	s, err := Build(w.plan, w.clients)
	if err != nil {
		t.Fatalf("seed %d: building a random plan: %v", seed, err)
	}
	w.s = s
	return w
}

func (w *world) randomClients(locations int) *ClientTable {
	classes := []ClassInfo{{Geo: World}}
	for range 1 + w.IntN(30) {
		info := ClassInfo{Geo: codes()[w.IntN(len(codes()))]}
		for _, l := range w.Perm(locations)[:w.IntN(locations+1)] {
			info.Rank = append(info.Rank, LocationID(l))
		}
		classes = append(classes, info)
	}
	var blocks []Block
	for _, f := range []struct{ width, from, to int }{{32, 8, 28}, {128, 16, 64}} {
		var prefixes []netip.Prefix
		for range w.IntN(200) {
			p, _ := w.addr(f.width == 128).Prefix(f.from + w.IntN(f.to-f.from))
			if !slices.ContainsFunc(prefixes, p.Overlaps) {
				prefixes = append(prefixes, p)
			}
		}
		slices.SortFunc(prefixes, func(a, b netip.Prefix) int { return a.Addr().Compare(b.Addr()) })
		for _, p := range prefixes {
			blocks = append(blocks, Block{p, ClassID(w.IntN(len(classes)))})
		}
	}
	t, err := NewClientTable(blocks, classes)
	if err != nil {
		panic(err)
	}
	return t
}

// addr draws addresses from few networks, so that blocks are met.
func (w *world) addr(v6 bool) netip.Addr {
	if v6 {
		return netip.AddrFrom16([16]byte{0x20, byte(w.IntN(3)), byte(w.IntN(4)), byte(w.Uint32()), byte(w.IntN(2)), byte(w.Uint32()), byte(w.Uint32()), byte(w.Uint32())})
	}
	return netip.AddrFrom4([4]byte{byte(w.IntN(4) * 63), byte(w.IntN(8) * 32), byte(w.Uint32()), byte(w.Uint32())})
}

func (w *world) randomPlan() *Plan {
	p := &Plan{}
	for i := range 2 + w.IntN(6) {
		name := fmt.Sprintf("location%d", i)
		p.Locations = append(p.Locations, Location{Name: LocationName(name), Display: name, MinHealthyGateways: w.IntN(3)})
	}
	for i := range 1 + w.IntN(6) {
		p.Profiles = append(p.Profiles, w.randomProfile(p, i))
	}
	w.Shuffle(len(p.Profiles), func(i, j int) { p.Profiles[i], p.Profiles[j] = p.Profiles[j], p.Profiles[i] })
	return p
}

func (w *world) randomProfile(plan *Plan, i int) Profile {
	p := Profile{
		Name: ProfileName(fmt.Sprintf("p%d", i)), Method: Method(w.IntN(6)), TTL: uint32(w.IntN(300)),
		Strict: w.IntN(2) == 0, NoMatchNoData: true, PartialFamilies: true, Flatten: true,
		MaxReturn: w.IntN(4), Reroll: w.IntN(3),
	}
	geo := codes()
	w.Shuffle(len(geo), func(i, j int) { geo[i], geo[j] = geo[j], geo[i] })
	for j := range 1 + w.IntN(9) {
		e := Endpoint{
			Name: EndpointName(fmt.Sprintf("e%d", j)), Weight: w.IntN(5) * w.IntN(200), Priority: w.IntN(4),
			Location: plan.Locations[w.IntN(len(plan.Locations))].Name, Serve: Serve(w.IntN(8) / 6),
			Geo: []GeoCode{geo[j]}, Target: w.randomTarget(plan, p.Method, i, j),
		}
		if e.Target.Kind == TargetProfile {
			e.Serve, e.MinChild, e.MinChildIPv4 = ServeProbed, w.IntN(4), w.IntN(2)
		}
		e.Subnets = w.randomRanges(j)
		p.Endpoints = append(p.Endpoints, e)
	}
	return p
}

func (w *world) randomTarget(plan *Plan, m Method, i, j int) Target {
	address := Target{Kind: TargetAddress, Addr: netip.AddrFrom4([4]byte{192, 0, byte(i), byte(j)})}
	if w.IntN(3) == 0 {
		address.Addr = netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, byte(i), 15: byte(j)})
	}
	if m == MultiValue {
		return address
	}
	switch w.IntN(5) {
	case 0:
		return Target{Kind: TargetLocation, Location: plan.Locations[w.IntN(len(plan.Locations))].Name}
	case 1:
		return Target{Kind: TargetName, Name: fmt.Sprintf("t%d.example.", j)}
	case 2:
		if len(plan.Profiles) > 0 {
			return Target{Kind: TargetProfile, Profile: plan.Profiles[w.IntN(len(plan.Profiles))].Name}
		}
	case 3:
		return Target{Kind: TargetGateway, Location: plan.Locations[0].Name, Node: fmt.Sprintf("n%d", j%3)}
	}
	return address
}

// randomRanges gives each endpoint ranges in a part of the space of its own.
func (w *world) randomRanges(j int) []AddrRange {
	var out []AddrRange
	for k := range w.IntN(3) {
		from := uint32(j*0x1000000 + k*0x400000 + w.IntN(0x200000))
		to := from + uint32(w.IntN(0x200000))
		out = append(out, AddrRange{v4(from), v4(to)})
	}
	if w.IntN(3) == 0 {
		out = append(out, AddrRange{
			netip.AddrFrom16([16]byte{0x20, 0, byte(j), 5}), netip.AddrFrom16([16]byte{0x20, 0, byte(j), 99, 7}),
		})
	}
	return out
}

func v4(n uint32) netip.Addr {
	return netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
}

func (w *world) randomState() *State {
	st := w.s.NewState()
	rarely := func(n int) Switch {
		if w.IntN(n) == 0 {
			return Switch(w.IntN(3))
		}
		return On
	}
	shed := func() uint16 {
		if w.IntN(6) == 0 {
			return uint16(w.IntN(Slots + 1))
		}
		return 0
	}
	for i := range st.Profiles {
		st.Profiles[i] = rarely(10)
	}
	for i := range st.Endpoints {
		st.Endpoints[i] = EndpointState{Switch: rarely(4), Health: Health(w.IntN(3)), Shed: shed()}
		for k := range w.IntN(3) {
			st.Endpoints[i].Addrs = append(st.Endpoints[i].Addrs, netip.AddrFrom4([4]byte{198, 51, byte(i), byte(k)}))
		}
	}
	for i := range st.Locations {
		st.Locations[i] = LocationState{Switch: rarely(4), Shed: shed()}
		for k := range w.IntN(4) * w.IntN(5) {
			g := Gateway{Node: fmt.Sprintf("n%d", k%3), Addr: netip.AddrFrom4([4]byte{203, 0, byte(i), byte(k)}), Health: Health(w.IntN(3))}
			if k%4 == 3 {
				g.Addr = netip.AddrFrom16([16]byte{0x20, 1, 13: byte(i), 15: byte(k)})
			}
			st.Locations[i].Gateways = append(st.Locations[i].Gateways, g)
		}
	}
	return st
}

func (w *world) randomQuery() *Query {
	q := &Query{
		Profile: ProfileID(w.IntN(len(w.plan.Profiles))), Family: Family(w.IntN(2)),
		Draw: w.Uint64(), Client: Client{Addr: w.addr(w.IntN(3) == 0)},
	}
	if w.IntN(3) > 0 {
		bits := 1 + w.IntN(q.Client.Addr.BitLen())
		p, _ := q.Client.Addr.Prefix(bits)
		q.Client = Client{p.Addr(), uint8(bits)}
	}
	return q
}

// oracle walks a query by eval alone.
func (w *world) oracle(s *Snapshot, q *Query) (SetID, Reason) {
	k := &key{
		class: s.clients.Class(s.clients.Find(q.Client.Addr)), addr: q.Client.Addr,
		subnet: q.Client.Bits > 0, draw: q.Draw, family: q.Family,
	}
	if k.subnet {
		k.block = blockOf(k.addr)
	}
	return s.walk(choose(nodeID(q.Profile)), k, nil)
}
