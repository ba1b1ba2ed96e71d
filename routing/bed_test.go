package routing

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// testClients is the client table of the tables: where each client is, and
// which of eu, us and asia is near. Client n has 10.n.0.0/16 and
// 2001:db8:n::/48; every other address is in no known place.
func testClients(t testing.TB) *ClientTable {
	t.Helper()
	const eu, us, asia = 0, 1, 2
	classes := []ClassInfo{
		{Geo: World},
		{Geo: "DE", Rank: []LocationID{eu, us, asia}},
		{Geo: "US-WA", Rank: []LocationID{us, asia, eu}},
		{Geo: "JP", Rank: []LocationID{asia, us, eu}},
		{Geo: "FR", Rank: []LocationID{eu, us, asia}},
		{Geo: "US", Rank: []LocationID{us, eu, asia}},
		{Geo: "BR", Rank: []LocationID{us}},
	}
	var blocks []Block
	for n := 1; n < len(classes); n++ {
		blocks = append(blocks, Block{netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(n)}), 16), ClassID(n)})
	}
	for n := 1; n < len(classes); n++ {
		a := netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, 0, byte(n)})
		blocks = append(blocks, Block{netip.PrefixFrom(a, 48), ClassID(n)})
	}
	table, err := NewClientTable(blocks, classes)
	if err != nil {
		t.Fatalf("making the table of test clients: %v", err)
	}
	return table
}

// client returns the i-th /24 of a known place, with a client subnet.
func client(t testing.TB, where string, i int) Client {
	t.Helper()
	n := slices.Index([]string{"nowhere", "de", "wa", "jp", "fr", "us", "br"}, where)
	if n < 0 {
		addr, err := netip.ParseAddr(where)
		if err != nil {
			t.Fatalf("client %q is neither a place nor an address", where)
		}
		return Client{addr, uint8(addr.BitLen())}
	}
	return Client{netip.AddrFrom4([4]byte{10, byte(n), byte(i)}), 24}
}

// bed is a structure and a state to change and to ask.
type bed struct {
	testing.TB
	s  *Structure
	st *State
}

// newBed builds a sketched plan. Everything is up; every location has one
// gateway, node1 at 203.0.113.<1 + its number>.
func newBed(t testing.TB, sketch string) *bed {
	t.Helper()
	p, err := sketchPlan(sketch)
	if err != nil {
		t.Fatalf("reading the sketch: %v", err)
	}
	s, err := Build(p, testClients(t))
	if err != nil {
		t.Fatalf("building the sketch: %v", err)
	}
	b := &bed{t, s, s.NewState()}
	for i := range b.st.Endpoints {
		b.st.Endpoints[i].Health = Up
	}
	for i := range b.st.Locations {
		b.gateways(i, Gateway{Node: "node1", Addr: netip.AddrFrom4([4]byte{203, 0, 113, byte(1 + i)}), Health: Up})
	}
	return b
}

func (b *bed) gateways(location int, gateways ...Gateway) {
	b.st.Locations[location].Gateways = gateways
}

// set changes the state: "p/a=down p/b=off,down @eu=drill p=off p/c=shed:100".
func (b *bed) set(changes string) *bed {
	b.Helper()
	for change := range strings.FieldsSeq(changes) {
		what, values, _ := strings.Cut(change, "=")
		for value := range strings.SplitSeq(values, ",") {
			b.setOne(what, value)
		}
	}
	return b
}

func (b *bed) setOne(what, value string) {
	b.Helper()
	sw, health, shed := b.parts(what)
	number, isShed := strings.CutPrefix(value, "shed:")
	switch {
	case isShed && shed != nil:
		n, _ := strconv.Atoi(number)
		*shed = uint16(n)
	case slices.Contains([]string{"on", "drill", "off"}, value):
		*sw = Switch(slices.Index([]string{"on", "drill", "off"}, value))
	case health != nil && slices.Contains([]string{"unchecked", "up", "down"}, value):
		*health = Health(slices.Index([]string{"unchecked", "up", "down"}, value))
	default:
		b.Fatalf("%s cannot be %q", what, value)
	}
}

func (b *bed) parts(what string) (sw *Switch, health *Health, shed *uint16) {
	b.Helper()
	if name, ok := strings.CutPrefix(what, "@"); ok {
		id, known := b.s.LocationID(LocationName(name))
		if !known {
			b.Fatalf("no location %q", name)
		}
		l := &b.st.Locations[id]
		if len(l.Gateways) > 0 {
			health = &l.Gateways[0].Health
		}
		return &l.Switch, health, &l.Shed
	}
	if profile, endpoint, ok := strings.Cut(what, "/"); ok {
		e := &b.st.Endpoints[b.endpointID(profile, endpoint)]
		return &e.Switch, &e.Health, &e.Shed
	}
	return &b.st.Profiles[b.profileID(what)], nil, nil
}

func (b *bed) profileID(name string) ProfileID {
	b.Helper()
	id, ok := b.s.ProfileID(ProfileName(name))
	if !ok {
		b.Fatalf("no profile %q", name)
	}
	return id
}

func (b *bed) endpointID(profile, endpoint string) EndpointID {
	b.Helper()
	id, ok := b.s.EndpointID(ProfileName(profile), EndpointName(endpoint))
	if !ok {
		b.Fatalf("no endpoint %q of profile %q", endpoint, profile)
	}
	return id
}

func (b *bed) publish() *Snapshot { return b.s.Publish(b.st, nil) }

// ask returns who answers a client and why: "a available", "- no_match". A leaf
// of the profile asked is named alone, one of another with its profile.
func (b *bed) ask(profile, where string) string {
	b.Helper()
	return b.query(b.publish(), Query{Profile: b.profileID(profile), Client: client(b, where, 0)})
}

func (b *bed) query(s *Snapshot, q Query) string {
	b.Helper()
	o := spelled(s, &q)
	k := &key{class: s.clients.Class(s.clients.Find(q.Client.Addr)), addr: q.Client.Addr, subnet: q.Client.Bits > 0, draw: q.Draw, family: q.Family}
	if k.subnet {
		k.block = blockOf(k.addr)
	}
	var d Decision
	s.Decide(&q, &d)
	if set, reason := s.walk(choose(nodeID(q.Profile)), k, nil); set != d.Set || reason != d.Reason {
		b.Errorf("%+v: Decide says set %d, %v; the law says %d, %v", q, d.Set, d.Reason, set, reason)
	}
	who := []string{}
	for _, e := range o.Endpoints {
		who = append(who, strings.TrimPrefix(e, string(s.plan.Profiles[q.Profile].Name)+"/"))
	}
	slices.Sort(who)
	if len(who) == 0 {
		who = []string{"-"}
	}
	return strings.Join(who, "+") + " " + o.Reason.String()
}

// tally counts who answers the first 256 client networks of a place.
func (b *bed) tally(profile, where string) map[string]int {
	b.Helper()
	s, out := b.publish(), map[string]int{}
	for i := range 256 {
		out[b.query(s, Query{Profile: b.profileID(profile), Client: client(b, where, i)})]++
	}
	return out
}

// among checks that all of want, and nothing else, answers some clients of a
// place.
func (b *bed) among(profile, where string, want ...string) {
	b.Helper()
	got := b.tally(profile, where)
	for _, w := range want {
		if got[w] == 0 {
			b.Errorf("%s for %s: got %v, want all of %v", profile, where, got, want)
		}
	}
	if len(got) != len(want) {
		b.Errorf("%s for %s: got %v, want only %v", profile, where, got, want)
	}
}

// TestSketch holds the sketches' reader to a plan written out.
func TestSketch(t *testing.T) {
	b := newBed(t, "profile p Priority\n a 192.0.2.1 priority=2\n b @eu priority=1")
	e := b.s.Plan().Profiles[0].Endpoints
	if got, want := fmt.Sprintf("%v %d %v %d", e[0].Target.Addr, e[0].Priority, e[1].Target.Location, e[1].Priority), "192.0.2.1 2 eu 1"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := b.ask("p", "de"), "EU available"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }
