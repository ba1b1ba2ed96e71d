package routing

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestCheck has a bad plan for every refusal and warning, with its exact text.
// Warnings are marked "warning: ". The rows of azure.md §1.4 are named.
func TestCheck(t *testing.T) {
	tests := []struct{ row, plan, want string }{
		{"nothing wrong", "profile p Priority\n a 192.0.2.1", ""},
		{"nothing at all", "", ""},
		{"location twice", "location euro\nlocation euro", `locations "euro": another location has the id "euro" too`},
		{"location's id is no id", "location Eu", `locations "Eu": want letters a to z and digits only`},
		{"profile twice", "profile p Priority\nprofile p Weighted", `profile "p": name "p": another profile has this name too`},
		{"TTL too large", "profile p Priority ttl=2147483648", `profile "p": ttl "2147483648": want 0 to 2147483647 seconds`},
		{"§1.2 TTL 0 is allowed, and the largest", "profile p Priority ttl=0\nprofile q Priority ttl=2147483647", ""},
		{"endpoint twice", "profile p Priority\n a 192.0.2.1\n a 192.0.2.2", `profile "p": endpoint "a": name "a": another endpoint of the profile has this name too`},
		{"§1.4 row 6: same address twice in one profile", "profile p Priority\n a 192.0.2.1\n b 192.0.2.1", `profile "p": endpoint "b": target "192.0.2.1": endpoint "a" has this address too: one profile may hold it once`},
		{"§1.4 row 6: in two profiles is fine", "profile p Priority\n a 192.0.2.1\nprofile q Priority\n a 192.0.2.1", ""},
		{"§1.4 row 5: private and reserved targets are allowed here (DESIGN §4)", "profile p Priority\n a 10.0.0.1\n b 192.168.1.1\n c 127.0.0.1", ""},
		{"no target", "profile p Priority\n a nothing", `profile "p": endpoint "a": target: want a host name or an IP address`},
		{"no address", "profile p Priority\n a invalid", `profile "p": endpoint "a": target "invalid IP": want a plain IPv4 or IPv6 address`},
		{"IPv4-mapped address", "profile p Priority\n a ::ffff:192.0.2.1", `profile "p": endpoint "a": target "::ffff:192.0.2.1": want a plain IPv4 or IPv6 address`},
		{"address with a zone", "profile p Priority\n a fe80::1%eth0", `profile "p": endpoint "a": target "fe80::1%eth0": want a plain IPv4 or IPv6 address`},
		{"no such location", "profile p Priority\n a @mars", `profile "p": endpoint "a": location "mars": no such location`},
		{"no such location of a gateway", "profile p Priority\n a @mars/node1", `profile "p": endpoint "a": location "mars": no such location`},
		{"no such profile", "profile p Priority\n a >q", `profile "p": endpoint "a": profile "q": no such profile`},
		{"§1.4 row 4: nested endpoints: health check cannot be switched off", "profile p Priority\n a >q always\nprofile q Priority\n a 192.0.2.1", `profile "p": endpoint "a": alwaysServe "Enabled": not allowed on a nested profile: its health is the child's`},
		{"weight below", "profile p Weighted\n a 192.0.2.1 weight=-1", `profile "p": endpoint "a": weight "-1": want 0 to 1000`},
		{"weight above", "profile p Weighted\n a 192.0.2.1 weight=1001", `profile "p": endpoint "a": weight "1001": want 0 to 1000`},
		{"weight at the limit", "profile p Weighted\n a 192.0.2.1 weight=1000", ""},
		{"priority below", "profile p Priority\n a 192.0.2.1 priority=-1", `profile "p": endpoint "a": priority "-1": want 0 to 1000`},
		{"priority above", "profile p Priority\n a 192.0.2.1 priority=1001", `profile "p": endpoint "a": priority "1001": want 0 to 1000`},
		{"§1.3 endpointLocation required under Performance", "profile p Performance\n a 192.0.2.1", `profile "p": endpoint "a": endpointLocation: required under Performance: say where the endpoint is`},
		{"§1.7 also on a nested endpoint", "profile p Performance\n a >q\nprofile q Priority\n a 192.0.2.1", `profile "p": endpoint "a": endpointLocation: required under Performance: say where the endpoint is`},
		{"endpointLocation unknown", "profile p Performance\n a 192.0.2.1 in=mars", `profile "p": endpoint "a": endpointLocation "mars": no such location`},
		{"endpointLocation of a location target is its own", "profile p Performance\n a @eu", ""},
		{"§1.2 geoMapping required under Geographic", "profile p Geographic\n a 192.0.2.1", `profile "p": endpoint "a": geoMapping: required under Geographic: at least one code`},
		{"§1.4 row 10: UK is not a code", "profile p Geographic\n a 192.0.2.1 geo=UK", `profile "p": endpoint "a": geoMapping "UK": geographic code "UK": the code of the United Kingdom is GB`},
		{"§1.3 a code on two endpoints", "profile p Geographic\n a 192.0.2.1 geo=DE\n b 192.0.2.2 geo=FR,DE", `profile "p": endpoint "b": geoMapping "DE": endpoint "a" has this code too: a code belongs to one endpoint`},
		{"§1.3 a code twice on one endpoint", "profile p Geographic\n a 192.0.2.1 geo=DE,DE", `profile "p": endpoint "a": geoMapping "DE": endpoint "a" has this code too: a code belongs to one endpoint`},
		{"§1.3 geoMapping is ignored under other methods", "profile p Priority\n a 192.0.2.1 geo=UK", ""},
		{"strict without WORLD", "profile p Geographic strict\n a 192.0.2.1 geo=DE", `profile "p": geographic "strict": clients outside every mapping would get no answer: map WORLD, or accept that with noMatch: nodata`},
		{"strict with noMatch: nodata", "profile p Geographic strict nodata\n a 192.0.2.1 geo=DE", ""},
		{"strict with WORLD", "profile p Geographic strict\n a 192.0.2.1 geo=WORLD", ""},
		{"maxReturn below", "profile p MultiValue return=-1\n a 192.0.2.1", `profile "p": maxReturn "-1": want 0 to 10`},
		{"maxReturn above", "profile p MultiValue return=11\n a 192.0.2.1", `profile "p": maxReturn "11": want 0 to 10`},
		{"maxReturn is ignored under other methods", "profile p Priority return=11\n a 192.0.2.1", ""},
		{"§1.4 row 3: MultiValue cannot be a parent", "profile p MultiValue\n a >q\nprofile q Priority\n a 192.0.2.1", `profile "p": endpoint "a": target "q": MultiValue endpoints are IPv4 or IPv6 addresses`},
		{"MultiValue with a name", "profile p MultiValue\n a www.example.", `profile "p": endpoint "a": target "www.example.": MultiValue endpoints are IPv4 or IPv6 addresses`},
		{"MultiValue with a location", "profile p MultiValue\n a @eu", `profile "p": endpoint "a": target "eu": MultiValue endpoints are IPv4 or IPv6 addresses`},
		{"MultiValue with a gateway", "profile p MultiValue\n a @eu/node1", `profile "p": endpoint "a": target "node1": MultiValue endpoints are IPv4 or IPv6 addresses`},
		{"MultiValue with a bad address: one issue a defect", "profile p MultiValue\n a invalid", `profile "p": endpoint "a": target "invalid IP": want a plain IPv4 or IPv6 address`},
		{"subnet backwards", "profile p Subnet nodata\n a 192.0.2.1 subnets=10.0.0.9-10.0.0.1", `profile "p": endpoint "a": subnets "10.0.0.9-10.0.0.1": want first and last of one family, first not after last`},
		{"subnet of two families", "profile p Subnet nodata\n a 192.0.2.1 subnets=10.0.0.9-2001:db8::1", `profile "p": endpoint "a": subnets "10.0.0.9-2001:db8::1": want first and last of one family, first not after last`},
		{"subnet of nothing", "profile p Subnet nodata\n a 192.0.2.1 subnets=x-y", `profile "p": endpoint "a": subnets "invalid IP-invalid IP": want first and last of one family, first not after last`},
		{"§1.4 row 9: overlapping ranges", "profile p Subnet nodata\n a 192.0.2.1 subnets=10.0.0.0-10.0.0.9\n b 192.0.2.2 subnets=10.0.0.9-10.0.0.12", `profile "p": endpoint "b": subnets "10.0.0.9-10.0.0.12": overlaps 10.0.0.0-10.0.0.9 of endpoint "a"`},
		{"§1.4 row 9: overlap with the range before the last", "profile p Subnet nodata\n a 192.0.2.1 subnets=10.0.0.0-10.9.0.0\n b 192.0.2.2 subnets=10.1.0.0-10.1.0.1,10.2.0.0-10.2.0.1", "profile \"p\": endpoint \"b\": subnets \"10.1.0.0-10.1.0.1\": overlaps 10.0.0.0-10.9.0.0 of endpoint \"a\"\nprofile \"p\": endpoint \"b\": subnets \"10.2.0.0-10.2.0.1\": overlaps 10.0.0.0-10.9.0.0 of endpoint \"a\""},
		{"§1.4 row 9: the same range on one endpoint twice", "profile p Subnet nodata\n a 192.0.2.1 subnets=10.0.0.0-10.0.0.9,10.0.0.0-10.0.0.9", `profile "p": endpoint "a": subnets "10.0.0.0-10.0.0.9": overlaps 10.0.0.0-10.0.0.9 of endpoint "a"`},
		{"§1.4 row 9: overlapping IPv6 ranges", "profile p Subnet nodata\n a 192.0.2.1 subnets=2001:db8::-2001:db8::f\n b 192.0.2.2 subnets=2001:db8::f-2001:db8::ff", `profile "p": endpoint "b": subnets "2001:db8::f-2001:db8::ff": overlaps 2001:db8::-2001:db8::f of endpoint "a"`},
		{"§1.4 row 9: neighbours, and families, do not overlap", "profile p Subnet nodata\n a 192.0.2.1 subnets=0.0.0.0-10.0.0.9,::-::ff\n b 192.0.2.2 subnets=10.0.0.10-255.255.255.255,::100-ffff::", ""},
		{"no fallback", "profile p Subnet\n a 192.0.2.1 subnets=10.0.0.0-10.0.0.9", `profile "p": endpoints: clients outside every range would get no answer: leave one endpoint without subnets, or accept that with noMatch: nodata`},
		{"Subnet without endpoints", "profile p Subnet", ""},
		{"§1.4 row 2: a loop of one", "profile p Priority\n a >p", `profile "p": endpoints: the profile is nested in itself: p > p`},
		{"§1.4 row 2: a loop of three", "profile p Priority\n a >q\nprofile q Priority\n a >r\nprofile r Priority\n a 192.0.2.1\n b >p", `profile "p": endpoints: the profile is nested in itself: p > q > r > p`},
		{"§1.4 row 2: a loop below", "profile p Priority\n a >q\nprofile q Priority\n a >r\nprofile r Priority\n b >q", `profile "q": endpoints: the profile is nested in itself: p > q > r > q`},
		{"§1.4 row 2: depth 10", chain(MaxDepth), ""},
		{"§1.4 row 2: depth 11", chain(MaxDepth + 1), `profile "p1": endpoints: nested 11 deep: want at most 10`},
		{"§1.4 row 2: depth 13, told once, of the deepest allowed one's parent", chain(MaxDepth + 3), `profile "p3": endpoints: nested 11 deep: want at most 10`},
		{"§1.4 row 7: name and address", "profile p Priority\n a www.example.\n b 192.0.2.1", `profile "p": endpoints: endpoint "a" answers a name and endpoint "b" addresses: want one kind, or flatten: true to answer the names' addresses`},
		{"§1.4 row 7: name and location", "profile p Priority\n a @eu\n b www.example.", `profile "p": endpoints: endpoint "b" answers a name and endpoint "a" addresses: want one kind, or flatten: true to answer the names' addresses`},
		{"§1.4 row 7: name and address in a child", "profile p Priority\n a www.example.\n b >q\nprofile q Priority\n a 192.0.2.1", `profile "p": endpoints: endpoint "a" answers a name and endpoint "b" addresses: want one kind, or flatten: true to answer the names' addresses`},
		{"§1.4 row 7: a mixed child is refused once, not its parent", "profile p Priority\n a >q\nprofile q Priority\n a 192.0.2.1\n b www.example.", `profile "q": endpoints: endpoint "b" answers a name and endpoint "a" addresses: want one kind, or flatten: true to answer the names' addresses`},
		{"§1.4 row 7: flatten makes them one kind", "profile p Priority flatten\n a www.example.\n b 192.0.2.1", ""},
		{"§1.4 row 7: flatten does not reach into a child", "profile p Priority flatten\n a >q\n b 192.0.2.1\nprofile q Priority\n a www.example.", `profile "p": endpoints: endpoint "a" answers a name and endpoint "b" addresses: want one kind, or flatten: true to answer the names' addresses`},
		{"§1.4 row 7: an empty child is of no kind", "profile p Priority\n a >q\n b www.example.\nprofile q Priority\n a >r\nprofile r Priority", ""},
		{"§1.4 row 7: IPv4 and IPv6 mixed", "profile p Priority\n a 192.0.2.1\n b 2001:db8::1\n c 192.0.2.2", `profile "p": endpoints: IPv4 endpoints (a, c) and IPv6 endpoints (b) are mixed, so no question could be answered for all clients: want one family, MultiValue, or partialFamilies: true`},
		{"§1.4 row 7: mixed through a child", "profile p Priority\n a >q\n b 2001:db8::1\nprofile q Priority\n a 192.0.2.2", `profile "p": endpoints: IPv4 endpoints (a) and IPv6 endpoints (b) are mixed, so no question could be answered for all clients: want one family, MultiValue, or partialFamilies: true`},
		{"§1.4 row 7: mixed in MultiValue is its use", "profile p MultiValue\n a 192.0.2.1\n b 2001:db8::1", ""},
		{"§1.4 row 7: mixed with partialFamilies", "profile p Priority partial\n a 192.0.2.1\n b 2001:db8::1", ""},
		{"§1.4 row 7: a child with both families", "profile p Priority\n a >q\nprofile q Priority partial\n a 192.0.2.1\n b 2001:db8::1", ""},
		{"DESIGN §6: AAAA of some only", "profile p Priority\n a >q\n b 192.0.2.1\nprofile q MultiValue\n a 192.0.2.1\n b 2001:db8::1", `warning: profile "p": endpoints: AAAA is not answered: only a has an IPv6 address`},
		{"DESIGN §6: A of some only", "profile p Priority\n a >q\n b 2001:db8::2\nprofile q MultiValue\n a 192.0.2.1\n b 2001:db8::1", `warning: profile "p": endpoints: A is not answered: only a has an IPv4 address`},
		{"DESIGN §6: a location's families are not known before it registers", "profile p Priority\n a @eu\n b 2001:db8::2", ""},
		{"minChildEndpoints below", "profile p Priority\n a >q min=-1\nprofile q Priority\n a 192.0.2.1", `profile "p": endpoint "a": minChildEndpoints "-1": want 1 or more`},
		{"minChildEndpointsIPv4 below", "profile p Priority\n a >q min4=-1\nprofile q Priority\n a 192.0.2.1", `profile "p": endpoint "a": minChildEndpointsIPv4 "-1": want 1 or more`},
		{"minChildEndpoints nobody can meet", "profile p Priority\n a >q min=2\nprofile q Priority\n a 192.0.2.1", `warning: profile "p": endpoint "a": minChildEndpoints "2": the child has 1 endpoints only: it will always be Degraded`},
		{"minChildEndpointsIPv6 nobody can meet", "profile p Priority\n a >q min6=3\nprofile q Priority\n a 2001:db8::1", `warning: profile "p": endpoint "a": minChildEndpointsIPv6 "3": the child has 1 endpoints only: it will always be Degraded`},
		{"a minimum without a child is ignored", "profile p Priority\n a 192.0.2.1 min=7", ""},
		{"§1.4 row 1: 200 endpoints", "profile p Priority\n" + endpoints(MaxEndpoints), ""},
		{"§1.4 row 1: 201 endpoints", "profile p Priority\n" + endpoints(MaxEndpoints+1), `profile "p": endpoints "201": want at most 200`},
		{"everything at once", "profile p Weighted ttl=4294967295\n a 192.0.2.1 weight=2000\n a 192.0.2.1\nprofile q Geographic\n b @mars", strings.Join([]string{
			`profile "p": ttl "4294967295": want 0 to 2147483647 seconds`,
			`profile "p": endpoint "a": weight "2000": want 0 to 1000`,
			`profile "p": endpoint "a": name "a": another endpoint of the profile has this name too`,
			`profile "p": endpoint "a": target "192.0.2.1": endpoint "a" has this address too: one profile may hold it once`,
			`profile "q": endpoint "b": location "mars": no such location`,
			`profile "q": endpoint "b": geoMapping: required under Geographic: at least one code`,
		}, "\n")},
	}
	for _, tt := range tests {
		t.Run(tt.row, func(t *testing.T) {
			p, err := sketchPlan(tt.plan)
			if err != nil {
				t.Fatal(err)
			}
			testIssues(t, p, tt.want)
		})
	}
}

// testIssues checks what Check says of a plan, and that Build refuses it for
// the same reasons, warnings aside.
func testIssues(t *testing.T, p *Plan, want string) {
	t.Helper()
	issues := Check(p)
	var lines []string
	for _, i := range issues {
		if line := i.String(); i.Warning {
			lines = append(lines, "warning: "+line)
		} else {
			lines = append(lines, line)
		}
	}
	if d := cmp.Diff(want, strings.Join(lines, "\n")); d != "" {
		t.Errorf("issues: want -, got +\n%s", d)
	}
	if n := len(issues.Errors()) + len(issues.Warnings()); n != len(issues) {
		t.Errorf("got %d errors and warnings of %d issues", n, len(issues))
	}
	_, err := Build(p, testClients(t))
	switch refused := issues.Errors(); {
	case (err != nil) != (len(refused) > 0):
		t.Errorf("Build: got %v, Check said %v", err, refused)
	case err != nil && err.Error() != refused.Error():
		t.Errorf("Build: got %v, want %v", err, refused)
	}
}

// chain is a sketch of profiles nested depth deep.
func chain(depth int) string {
	var b strings.Builder
	for i := 1; i < depth; i++ {
		fmt.Fprintf(&b, "profile p%d Priority\n a >p%d\n", i, i+1)
	}
	fmt.Fprintf(&b, "profile p%d Priority\n a 192.0.2.1\n", depth)
	return b.String()
}

// endpoints is a sketch of n endpoints.
func endpoints(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, " e%d %v\n", i, v4(0xc0000000+uint32(i)))
	}
	return b.String()
}

// TestCheckLocations: the one limit a sketch cannot show.
func TestCheckLocations(t *testing.T) {
	p := &Plan{}
	for i := range int(NoLocation) + 1 {
		p.Locations = append(p.Locations, Location{Name: LocationName(fmt.Sprintf("l%d", i))})
	}
	want := `locations "65536": want at most 65535`
	if got := Check(p).Error(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	p.Locations = p.Locations[:NoLocation]
	if got := Check(p); len(got) > 0 {
		t.Errorf("got %v for %d locations, want none", got, len(p.Locations))
	}
}

// TestCheckSharedChildren: 10 levels of 20 endpoints, each on the next level,
// are 20^9 paths; checking them visits each profile once.
func TestCheckSharedChildren(t *testing.T) {
	for _, leaf := range []Target{{Name: "www.example."}, {Kind: TargetAddress, Addr: netip.AddrFrom4([4]byte{192, 0, 2, 1})}} {
		p := &Plan{}
		for level := range MaxDepth {
			pr := Profile{Name: ProfileName(fmt.Sprintf("p%d", level)), Method: Weighted}
			for i := range 20 {
				e := Endpoint{Name: EndpointName(fmt.Sprintf("e%d", i)), Target: Target{Kind: TargetProfile, Profile: ProfileName(fmt.Sprintf("p%d", level+1))}}
				if level == MaxDepth-1 {
					e.Target = leaf
				}
				if level < MaxDepth-1 || i == 0 {
					pr.Endpoints = append(pr.Endpoints, e)
				}
			}
			p.Profiles = append(p.Profiles, pr)
		}
		s, err := Build(p, testClients(t))
		if err != nil {
			t.Fatal(err)
		}
		var d Decision
		snap := s.Publish(s.NewState(), nil)
		if snap.Decide(&Query{}, &d); d.Set == NoSet {
			t.Errorf("leaf %v is not answered", leaf)
		}
		if got, want := snap.Answers(0), (Answers{CNAME: leaf.Kind == TargetName, IPv4: leaf.Kind == TargetAddress}); got != want {
			t.Errorf("leaf %v: got %+v, want %+v", leaf, got, want)
		}
	}
}

// TestBuildKeepsNothing: a plan may be changed after Build.
func TestBuildKeepsNothing(t *testing.T) {
	p, err := sketchPlan("profile p Priority\n a 192.0.2.1 priority=1\n b 192.0.2.2 priority=2")
	if err != nil {
		t.Fatal(err)
	}
	s, err := Build(p, testClients(t))
	if err != nil {
		t.Fatal(err)
	}
	p.Profiles[0].Endpoints[0].Name, p.Locations[0].Display = "changed", "changed"
	if got := s.Plan(); got.Profiles[0].Endpoints[0].Name != "a" || got.Locations[0].Display != "EU" {
		t.Errorf("got %+v, want what was built", got)
	}
}

// TestLookups: ids and names lead to one another.
func TestLookups(t *testing.T) {
	b := newBed(t, "profile none Priority\nprofile p Priority\n a 192.0.2.1\n b 192.0.2.2\nprofile void Weighted\nprofile q Priority\n a 192.0.2.3\n b 192.0.2.4\n c 192.0.2.5\nprofile last Priority")
	n := EndpointID(0)
	for i, p := range b.s.Plan().Profiles {
		if got := b.profileID(string(p.Name)); got != ProfileID(i) {
			t.Errorf("profile %s: got %d, want %d", p.Name, got, i)
		}
		for j, e := range p.Endpoints {
			if got := b.endpointID(string(p.Name), string(e.Name)); got != n {
				t.Errorf("endpoint %s/%s: got %d, want %d", p.Name, e.Name, got, n)
			}
			if gotP, gotE := b.s.Endpoint(n); gotP != ProfileID(i) || gotE != j {
				t.Errorf("endpoint %d: got profile %d, place %d; want %d, %d", n, gotP, gotE, i, j)
			}
			n++
		}
	}
	if _, ok := b.s.ProfileID("absent"); ok {
		t.Errorf("profile absent was found")
	}
	if _, ok := b.s.EndpointID("p", "c"); ok {
		t.Errorf("endpoint p/c was found")
	}
	if _, ok := b.s.EndpointID("absent", "a"); ok {
		t.Errorf("endpoint absent/a was found")
	}
	if _, ok := b.s.LocationID("mars"); ok {
		t.Errorf("location mars was found")
	}
}

// TestMappingsDoNotShareTables: profiles share a table by class only where
// their mappings are the same. Both have endpoint 45 with the code ZM and
// endpoint 46 with one more: US-VA of the one; of the other VA, with US on 45.
func TestMappingsDoNotShareTables(t *testing.T) {
	var codes []GeoCode
	for _, c := range GeoChildren("GEO-AF") {
		if c != "ZM" {
			codes = append(codes, c)
		}
	}
	var sketch strings.Builder
	for _, p := range []struct{ name, at45, at46 string }{{"state", "ZM", "US-VA"}, {"vatican", "US,ZM", "VA"}} {
		fmt.Fprintf(&sketch, "profile %s Geographic\n", p.name)
		for i := range 45 {
			fmt.Fprintf(&sketch, " e%d 192.0.3.%d geo=%s\n", i, i, codes[i])
		}
		fmt.Fprintf(&sketch, " e45 192.0.2.45 geo=%s\n e46 192.0.2.46 geo=%s\n", p.at45, p.at46)
	}
	b := newBed(t, sketch.String())
	if got, want := b.ask("vatican", "us"), "e45 available"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
