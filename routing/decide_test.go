package routing

import (
	"fmt"
	"net/netip"
	"testing"
)

// everyMethod is a plan with every kind of table Decide reads.
const everyMethod = `
profile performance Performance
  a 192.0.2.1 in=eu
  b 192.0.2.2 in=eu
  c 192.0.2.3 in=us
profile priority Priority
  a 192.0.2.1 priority=1
  b 192.0.2.2 priority=1
  c 192.0.2.3
profile weighted Weighted
  a 192.0.2.1 weight=3
  b 192.0.2.2
  c @eu
profile geographic Geographic strict nodata
  de 192.0.2.1 geo=DE
  us 192.0.2.2 geo=US
profile geofallback Geographic
  de 192.0.2.1 geo=DE
  us 192.0.2.2 geo=US
profile multi MultiValue
  a 192.0.2.1
  b 192.0.2.2
  c 192.0.2.3
  d 2001:db8::1
profile subnet Subnet
  a 192.0.2.1 subnets=10.1.0.0-10.1.255.255
  b 192.0.2.2 subnets=10.2.0.0-10.2.255.255,2001:db8::-2001:db8:ffff::
  c 192.0.2.3
  d 192.0.2.4
profile ranges Subnet nodata
  a 192.0.2.1 subnets=10.1.0.0-10.1.255.255
profile location Priority
  a @us
profile nested Weighted partial
  a >performance
  b >weighted
  c >multi
  d >geographic
  e >location
  f >subnet
profile shedding Performance
  a 192.0.2.1 in=eu
  b 192.0.2.2 in=eu
  c >nested in=us
profile empty Weighted
`

// everyBed has a ring at us, a share drained, and endpoints of every tier.
func everyBed(t testing.TB) *bed {
	t.Helper()
	b := newBed(t, everyMethod)
	b.set("shedding/a=shed:1000 shedding/c=shed:3000 performance/c=down weighted/b=drill")
	for i := range 12 {
		b.st.Locations[1].Gateways = append(b.st.Locations[1].Gateways, Gateway{Node: fmt.Sprintf("n%d", i), Addr: v4(0xcb007200 + uint32(i)), Health: Up})
	}
	return b
}

func someClients() []Client {
	var out []Client
	for _, s := range []string{"10.1.2.0/24", "10.2.0.0/16", "10.3.0.0/32", "0.0.0.0/1", "255.255.255.255/32", "2001:db8:1::/48", "2001:db8:3::/56", "::/1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128"} {
		p := netip.MustParsePrefix(s)
		out = append(out, Client{p.Addr(), uint8(p.Bits())}, Client{p.Addr(), 0})
	}
	return append(out, Client{}, Client{netip.IPv4Unspecified(), 0}, Client{netip.IPv6Unspecified(), 0})
}

// TestDecideDoesNotAllocate, in any method, for any client.
func TestDecideDoesNotAllocate(t *testing.T) {
	b := everyBed(t)
	for name, snap := range map[string]*Snapshot{"published": b.publish(), "exact": b.publish().Exact()} {
		for id, p := range b.s.Plan().Profiles {
			for _, c := range someClients() {
				q, d := Query{Profile: ProfileID(id), Client: c, Draw: 7}, Decision{}
				if n := testing.AllocsPerRun(20, func() { q.Draw += 0x9e3779b97f4a7c15; snap.Decide(&q, &d) }); n != 0 {
					t.Errorf("%s, %s for %v: got %v allocations, want 0", name, p.Name, c, n)
				}
			}
		}
	}
}

// TestDecideTTL: the profile's own, and at most ten seconds where some clients
// get no answer; an answer of nobody keeps the profile's.
func TestDecideTTL(t *testing.T) {
	const plan = "profile p Geographic strict nodata ttl=%d\n a 192.0.2.1 geo=DE\nprofile top Priority ttl=%d\n a >p"
	for _, tt := range []struct {
		ttl               uint32
		state, client     string
		want              uint32
		reason, topReason Reason
	}{
		{300, "", "de", 300, ReasonAvailable, ReasonAvailable},
		{300, "", "jp", 10, ReasonNoMatch, ReasonNoMatch},
		{10, "", "jp", 10, ReasonNoMatch, ReasonNoMatch},
		{5, "", "jp", 5, ReasonNoMatch, ReasonNoMatch},
		{0, "", "jp", 0, ReasonNoMatch, ReasonNoMatch},
		{0, "", "de", 0, ReasonAvailable, ReasonAvailable},
		{300, "p/a=down", "de", 300, ReasonFailOpen, ReasonFailOpen},
		{300, "p/a=off", "de", 300, ReasonOff, ReasonOff},
		{2147483647, "", "de", 2147483647, ReasonAvailable, ReasonAvailable},
	} {
		b := newBed(t, fmt.Sprintf(plan, tt.ttl, tt.ttl)).set(tt.state)
		snap := b.publish()
		for profile, reason := range map[string]Reason{"p": tt.reason, "top": tt.topReason} {
			var d Decision
			snap.Decide(&Query{Profile: b.profileID(profile), Client: client(t, tt.client, 0)}, &d)
			if d.TTL != tt.want || d.Reason != reason {
				t.Errorf("%s, TTL %d, %q, %s: got TTL %d, %v; want %d, %v", profile, tt.ttl, tt.state, tt.client, d.TTL, d.Reason, tt.want, reason)
			}
			if noAnswer := reason == ReasonNoMatch || reason == ReasonOff; (d.Set == NoSet) != noAnswer {
				t.Errorf("%s, %q, %s: got set %d for reason %v", profile, tt.state, tt.client, d.Set, reason)
			}
		}
	}
}

// TestDecideBySubnet: where a client subnet was given the draw does not count,
// rings aside; nor do the bits of the address below /24 and /48 in a weighted
// profile. Without a subnet the scope is 0 and draws do count.
func TestDecideBySubnet(t *testing.T) {
	b := everyBed(t)
	snap := b.publish().Exact()
	for id, p := range b.s.Plan().Profiles {
		if p.Name == "multi" || p.Name == "location" || p.Name == "nested" || p.Name == "shedding" {
			continue
		}
		for _, c := range someClients() {
			if c.Bits == 0 {
				continue
			}
			var first, d Decision
			snap.Decide(&Query{Profile: ProfileID(id), Client: c}, &first)
			for draw := range uint64(50) {
				if snap.Decide(&Query{Profile: ProfileID(id), Client: c, Draw: mix(draw + 1)}, &d); d != first {
					t.Errorf("%s for %v: got %+v with one draw and %+v with another", p.Name, c, first, d)
				}
			}
		}
	}
	seen := map[SetID]bool{}
	for draw := range uint64(50) {
		var d Decision
		snap.Decide(&Query{Profile: b.profileID("subnet"), Client: Client{netip.MustParseAddr("10.3.0.1"), 0}, Draw: mix(draw + 1)}, &d)
		seen[d.Set] = true
		if d.Scope != 0 {
			t.Errorf("no client subnet: got scope %d, want 0", d.Scope)
		}
	}
	if len(seen) != 2 {
		t.Errorf("no client subnet: got %d answers over 50 draws, want both fallbacks", len(seen))
	}
	w := b.profileID("weighted")
	var x, y Decision
	snap.Decide(&Query{Profile: w, Client: Client{netip.MustParseAddr("198.51.100.0"), 24}}, &x)
	snap.Decide(&Query{Profile: w, Client: Client{netip.MustParseAddr("198.51.100.77"), 32}}, &y)
	if x != y || x.Scope != 24 {
		t.Errorf("one /24: got %+v and %+v, want the same and scope 24", x, y)
	}
}

// TestDecideScopes: what each table says of the prefix its answer holds for.
func TestDecideScopes(t *testing.T) {
	b := newBed(t, everyMethod)
	snap := b.publish().Exact()
	for _, tt := range []struct {
		row, profile, client string
		want                 uint8
	}{
		{"Performance: the largest prefix in which the nearest location is the same: DE's /16, beside US", "geographic", "10.1.0.0/24", 16},
		{"Geographic: no match is as wide as no match is: half the space", "geographic", "192.0.2.0/24", 1},
		{"Priority, one best: does not depend on the client", "location", "10.1.2.0/24", 0},
		{"Priority, equals: dealt by /24", "priority", "10.1.2.0/24", 24},
		{"Priority, equals: dealt by /48", "priority", "2001:db8:1::/64", 48},
		{"Weighted: dealt by /24", "weighted", "10.1.0.0/16", 24},
		{"Weighted: dealt by /48", "weighted", "2001:db8::/32", 48},
		{"MultiValue: does not depend on the client", "multi", "10.1.2.0/24", 0},
		{"Subnet: the range", "ranges", "10.1.2.0/24", 16},
		{"Subnet: outside the range, beside it", "ranges", "10.0.2.0/24", 16},
		{"Subnet: outside the range, half the space", "ranges", "192.0.2.0/24", 1},
		{"Subnet: a family without ranges: 0 would say that no client matters", "ranges", "2001:db8::/32", 1},
		{"Subnet: fallbacks dealt by /24 within", "subnet", "192.0.2.0/24", 24},
		{"off: does not depend on the client", "empty", "10.1.2.0/24", 0},
	} {
		p := netip.MustParsePrefix(tt.client)
		var d Decision
		snap.Decide(&Query{Profile: b.profileID(tt.profile), Client: Client{p.Addr(), uint8(p.Bits())}}, &d)
		if d.Scope != tt.want {
			t.Errorf("%s: got scope %d, want %d", tt.row, d.Scope, tt.want)
		}
	}
}

// TestNoAddress: a query without a client address gets an answer, and a trace.
func TestNoAddress(t *testing.T) {
	b := everyBed(t)
	snap := b.publish()
	for id, p := range b.s.Plan().Profiles {
		for _, c := range []Client{{}, {Bits: 24}} {
			q := Query{Profile: ProfileID(id), Client: c}
			b.query(snap, q)
			if trace := snap.Explain(&q); trace.Profile != p.Name || len(trace.Steps) == 0 {
				t.Errorf("%s for %v: got trace %+v", p.Name, c, trace)
			}
		}
	}
}

// TestMappedAddressIsNotUnmapped: to unmap is the caller's duty, as Client
// says: ::ffff:10.1.2.3 is an IPv6 address here, in no known place.
func TestMappedAddressIsNotUnmapped(t *testing.T) {
	b := newBed(t, everyMethod)
	mapped := Client{netip.MustParseAddr("::ffff:10.1.2.3"), 128}
	if got, want := b.query(b.publish(), Query{Profile: b.profileID("geographic"), Client: mapped}), "- no_match"; got != want {
		t.Errorf("mapped: got %q, want %q", got, want)
	}
	plain := Client{mapped.Addr.Unmap(), 32}
	if got, want := b.query(b.publish(), Query{Profile: b.profileID("geographic"), Client: plain}), "de available"; got != want {
		t.Errorf("unmapped: got %q, want %q", got, want)
	}
}
