package routing

import "testing"

// answerTest is one row of a table of answers: in a state, clients of a place
// get one of want and nothing else.
type answerTest struct {
	row, state, client string
	want               []string
}

func testAnswers(t *testing.T, plan, profile string, tests []answerTest) {
	t.Helper()
	for _, tt := range tests {
		t.Run(tt.row, func(t *testing.T) {
			b := newBed(t, plan).set(tt.state)
			b.TB = t
			b.among(profile, tt.client, tt.want...)
		})
	}
}

// TestAnswerAlgorithm is azure.md §1.6, the steps before the method.
func TestAnswerAlgorithm(t *testing.T) {
	const plan = `
profile p Weighted
  a 192.0.2.1
  b 192.0.2.2
  c 192.0.2.3
profile empty Weighted
`
	testAnswers(t, plan, "p", []answerTest{
		{"§1.6: all available: all are candidates", "", "de", []string{"a available", "b available", "c available"}},
		{"§1.6: profile Disabled: no answer", "p=off", "de", []string{"- off"}},
		{"§1.6: every endpoint Disabled: no answer", "p/a=off p/b=off p/c=off", "de", []string{"- off"}},
		{"§1.6 E: a Disabled endpoint does not exist", "p/a=off", "de", []string{"b available", "c available"}},
		{"§1.6 ok(e): Online and CheckingEndpoint alike", "p/a=unchecked p/b=down", "de", []string{"a available", "c available"}},
		{"§1.6 C empty: all degraded: as if all were online", "p/a=down p/b=down p/c=down", "de", []string{"a fail_open", "b fail_open", "c fail_open"}},
		{"§1.6 C empty: but never the Disabled", "p/a=down,off p/b=down p/c=down", "de", []string{"b fail_open", "c fail_open"}},
		{"§1.6 C empty: Disabled healthy ones do not count as ok", "p/a=off p/b=down p/c=down", "de", []string{"b fail_open", "c fail_open"}},
	})
	testAnswers(t, plan, "empty", []answerTest{
		{"§1.6: a profile without endpoints: no answer", "", "de", []string{"- off"}},
	})
}

func TestPriority(t *testing.T) {
	testAnswers(t, "profile p Priority\n a 192.0.2.1 priority=20\n b 192.0.2.2 priority=10\n c 192.0.2.3 priority=1000", "p", []answerTest{
		{"§1.6 Priority: the lowest number", "", "de", []string{"b available"}},
		{"§1.6 Priority: the next one when it is Degraded", "p/b=down", "de", []string{"a available"}},
		{"§1.6 Priority: the last one", "p/b=down p/a=off", "de", []string{"c available"}},
		{"§1.6 Priority, no candidate: all degraded: the first enabled", "p/a=down p/b=down p/c=down", "de", []string{"b fail_open"}},
		{"§1.6 Priority, no candidate: the first enabled, not the first", "p/a=down p/b=down,off p/c=down", "de", []string{"a fail_open"}},
	})
	testAnswers(t, "profile p Priority\n a 192.0.2.1\n b 192.0.2.2\n c 192.0.2.3", "p", []answerTest{
		{"§1.6 Priority: unspecified: order of creation", "", "de", []string{"a available"}},
		{"§1.6 Priority: unspecified: then the second", "p/a=down", "de", []string{"b available"}},
	})
	testAnswers(t, "profile p Priority\n a 192.0.2.1\n b 192.0.2.2 priority=1000\n c 192.0.2.3", "p", []answerTest{
		{"§1.6 Priority: a number comes before none at all", "", "de", []string{"b available"}},
		{"§1.6 Priority: those without keep their order behind", "p/b=down", "de", []string{"a available"}},
	})
	testAnswers(t, "profile p Priority\n a 192.0.2.1 priority=1\n b 192.0.2.2 priority=1\n c 192.0.2.3 priority=2", "p", []answerTest{
		{"§1.3 priority: equal numbers, as Azure's own example has them, share evenly", "", "de", []string{"a available", "b available"}},
		{"§1.3 priority: one of two equals down", "p/a=down", "de", []string{"b available"}},
		{"§1.3 priority: both equals down", "p/a=down p/b=off", "de", []string{"c available"}},
		{"§1.3 priority: all degraded: the equals share", "p/a=down p/b=down p/c=down", "de", []string{"a fail_open", "b fail_open"}},
	})
}

func TestWeighted(t *testing.T) {
	const plan = "profile p Weighted\n a 192.0.2.1 weight=1\n b 192.0.2.2\n c 192.0.2.3 weight=2"
	testAnswers(t, plan, "p", []answerTest{
		{"§1.6 Weighted: all available", "", "de", []string{"a available", "b available", "c available"}},
		{"§1.6 Weighted: removing an endpoint redistributes", "p/c=down", "de", []string{"a available", "b available"}},
		{"§1.6 Weighted: one left", "p/c=down p/a=off", "de", []string{"b available"}},
		{"§1.6 Weighted, no candidate: all degraded: by weight over all", "p/a=down p/b=down p/c=down", "de", []string{"a fail_open", "b fail_open", "c fail_open"}},
	})
	got := newBed(t, plan).tally("p", "nowhere")
	for who, want := range map[string]int{"a available": 64, "b available": 64, "c available": 128} {
		if n := got[who]; n < want-30 || n > want+30 {
			t.Errorf("§1.6 Weighted: default weight 1: %s has %d of 256 networks, want %d ± 30", who, n, want)
		}
	}
}

func TestPerformance(t *testing.T) {
	const plan = "profile p Performance\n e1 192.0.2.1 in=eu\n e2 192.0.2.2 in=eu weight=1000\n u 192.0.2.3 in=us\n a @asia"
	all := []string{"e1 available", "e2 available", "u available", "Asia available"}
	testAnswers(t, plan, "p", []answerTest{
		{"§1.6 Performance: the nearest location", "", "wa", []string{"u available"}},
		{"§1.6 Performance: a location target is where the location is", "", "jp", []string{"Asia available"}},
		{"§1.6 Performance: several in the location spread evenly", "", "de", []string{"e1 available", "e2 available"}},
		{"§1.6 Performance: one of the location's degraded: the others", "p/e1=down", "de", []string{"e2 available"}},
		{"§1.6 Performance: the location degraded: the next-closest (DESIGN §6: not spread over all others)", "p/e1=down p/e2=down", "de", []string{"u available"}},
		{"§1.6 Performance: and the one after", "p/e1=down p/e2=off p/u=down", "de", []string{"Asia available"}},
		{"§1.6 Performance, no candidate: all degraded: as if healthy", "p/e1=down p/e2=down p/u=down @asia=down", "wa", []string{"u fail_open"}},
		{"§1.6 Performance, no candidate: all degraded, several nearest", "p/e1=down p/e2=down p/u=down @asia=down", "de", []string{"e1 fail_open", "e2 fail_open"}},
		{"DESIGN §6 Performance: no known distance: evenly over all", "", "nowhere", all},
		{"DESIGN §6 Performance: distance known to one location only", "", "br", []string{"u available"}},
		{"DESIGN §6 Performance: that one down: evenly over the rest", "p/u=down", "br", []string{"e1 available", "e2 available", "Asia available"}},
	})
	got := newBed(t, plan).tally("p", "de")
	if n := got["e1 available"]; n < 128-32 || n > 128+32 {
		t.Errorf("§1.6 Performance: equal, not weighted: e1 has %d of 256 networks, want 128 ± 32", n)
	}
}

func TestGeographicStrict(t *testing.T) {
	const plan = `
profile p Geographic strict nodata
  wa 192.0.2.1 geo=US-WA
  us 192.0.2.2 geo=US
  na 192.0.2.3 geo=GEO-NA,GEO-EU,FR
  de >de geo=DE
profile de Priority
  d 192.0.2.4
profile world Geographic strict
  de 192.0.2.1 geo=DE
  all 192.0.2.2 geo=WORLD
`
	testAnswers(t, plan, "p", []answerTest{
		{"§1.6 Geographic: state first", "", "wa", []string{"wa available"}},
		{"§1.6 Geographic: then country", "", "us", []string{"us available"}},
		{"§1.6 Geographic: several codes on one endpoint", "", "fr", []string{"na available"}},
		{"§1.6 Geographic strict: Degraded is still returned, no failover", "p/wa=down", "wa", []string{"wa fail_open"}},
		{"§1.6 Geographic strict: match Disabled: its codes vanish, next coarser", "p/wa=off", "wa", []string{"us available"}},
		{"§1.6 Geographic strict: and coarser: grouping", "p/wa=off p/us=off", "wa", []string{"na available"}},
		{"§1.6 Geographic strict: no match at all: NODATA", "", "jp", []string{"- no_match"}},
		{"§1.6 Geographic strict: all of the chain Disabled: NODATA", "p/wa=off p/us=off p/na=off", "wa", []string{"- no_match"}},
		{"§1.6 Geographic strict: client in no known place: NODATA", "", "nowhere", []string{"- no_match"}},
		{"§1.6 Geographic strict, nested child Degraded: its endpoint all the same", "de/d=down", "de", []string{"de/d fail_open"}},
		{"ROUTING Tiers, not §1.6: nested child Stopped: Azure looks no further, here the next coarser match", "de/d=off", "de", []string{"na available"}},
		{"§1.6 Geographic: everything Disabled: off for everybody, not a mismatch", "p/wa=off p/us=off p/na=off p/de=off", "jp", []string{"- off"}},
		{"DESIGN §6: a drill counts as Disabled: the next coarser match", "p/wa=drill", "wa", []string{"us available"}},
		{"ROUTING Tiers: strict is over tier ≥ 1: a drill yields where nothing else matches", "p/wa=drill p/us=off p/na=off", "wa", []string{"wa drill"}},
	})
	testAnswers(t, plan, "world", []answerTest{
		{"§1.6 Geographic: WORLD last", "", "jp", []string{"all available"}},
		{"§1.6 Geographic: WORLD holds clients in no known place", "", "nowhere", []string{"all available"}},
		{"§1.6 Geographic strict: no failover to WORLD", "world/de=down", "de", []string{"de fail_open"}},
	})
	testAnswers(t, "profile p Geographic strict\n eu @eu geo=DE\n rest 192.0.2.1 geo=WORLD", "p", []answerTest{
		{"ROUTING Tiers: disableGateway counts as Disabled: the mapping vanishes", "@eu=off", "de", []string{"rest available"}},
		{"§1.6 Geographic strict: a Degraded location is still returned", "@eu=down", "de", []string{"EU fail_open"}},
	})
}

func TestGeographicFallback(t *testing.T) {
	const plan = `
profile p Geographic
  wa 192.0.2.1 geo=US-WA
  us 192.0.2.2 geo=US
  de 192.0.2.3 geo=DE
  jp 192.0.2.4 geo=GEO-AS
`
	testAnswers(t, plan, "p", []answerTest{
		{"DESIGN §6 Geographic fallback: most specific match", "", "wa", []string{"wa available"}},
		{"DESIGN §6 Geographic fallback (Azure would still return it): Degraded: next coarser", "p/wa=down", "wa", []string{"us available"}},
		{"DESIGN §6 Geographic fallback: Disabled: next coarser", "p/wa=off", "wa", []string{"us available"}},
		{"DESIGN §6 Geographic fallback: a drill: next coarser", "p/wa=drill", "wa", []string{"us available"}},
		{"DESIGN §6 Geographic fallback: no coarser: evenly over any", "p/de=down", "de", []string{"wa available", "us available", "jp available"}},
		{"DESIGN §6 Geographic fallback (Azure: NODATA): no match at all: any", "p/wa=off", "br", []string{"us available", "de available", "jp available"}},
		{"DESIGN §6 Geographic fallback: grouping", "", "jp", []string{"jp available"}},
		{"DESIGN §6 Geographic fallback: all degraded: the match", "p/wa=down p/us=down p/de=down p/jp=down", "wa", []string{"wa fail_open"}},
		{"DESIGN §6 Geographic fallback: one left", "p/wa=off p/us=down p/de=off", "wa", []string{"jp available"}},
		{"DESIGN §6 Geographic fallback: all Disabled", "p/wa=off p/us=off p/de=off p/jp=off", "wa", []string{"- off"}},
	})
}

func TestMultiValue(t *testing.T) {
	const four = "profile p MultiValue return=2\n a 192.0.2.1\n b 192.0.2.2\n c 2001:db8::1\n d 2001:db8::2"
	testAnswers(t, four, "p", []answerTest{
		{"§1.6 MultiValue: healthy endpoints up to maxReturn, of the family asked", "", "de", []string{"a+b available"}},
		{"§1.6 MultiValue: the unhealthy are left out", "p/a=down", "de", []string{"b available"}},
		{"§1.6 MultiValue, all unhealthy: as if all were healthy", "p/a=down p/b=down", "de", []string{"a+b fail_open"}},
		{"DESIGN §6 MultiValue: a family fails over on its own", "p/a=down p/b=down p/c=up", "de", []string{"a+b fail_open"}},
		{"§1.6 MultiValue: never the Disabled", "p/a=down p/b=off", "de", []string{"a fail_open"}},
		{"§1.6 MultiValue: drilled ones are left out", "p/a=drill", "de", []string{"b available"}},
		{"§1.6 MultiValue: all off", "p/a=off p/b=off p/c=off p/d=off", "de", []string{"- off"}},
	})
	b := newBed(t, "profile p MultiValue\n a 192.0.2.1\n b 192.0.2.2\n c 192.0.2.3\n d 192.0.2.4\n e 192.0.2.5")
	snap, seen := b.publish(), map[string]int{}
	for i := range uint64(1000) {
		var d Decision
		snap.Decide(&Query{Profile: 0, Draw: mix(i + 1), Client: client(t, "de", 0)}, &d)
		set := snap.Set(d.Set)
		if len(set.IPv4) != 2 || len(set.IPv6) != 0 || d.Scope != 0 {
			t.Fatalf("§1.2 maxReturn: got %v, scope %d; want the default 2 addresses and scope 0", set, d.Scope)
		}
		for _, a := range set.IPv4 {
			seen[a.String()]++
		}
	}
	for i := range 5 {
		a := v4(0xc0000201 + uint32(i)).String()
		if n := seen[a]; n < 340 || n > 460 {
			t.Errorf("ROUTING MultiValue: %s is in %d of 1000 answers, want 400 ± 60", a, n)
		}
	}
}

func TestSubnet(t *testing.T) {
	const plan = `
profile p Subnet
  a 192.0.2.1 subnets=10.1.0.0-10.1.255.255,2001:db8:0:100::-2001:db8:0:1ff::
  b 192.0.2.2 subnets=10.2.0.5-10.2.0.5
  f 192.0.2.3
  g 192.0.2.4
profile bare Subnet nodata
  a 192.0.2.1 subnets=10.1.0.0-10.1.255.255
  b 192.0.2.2 subnets=10.2.0.0-10.2.255.255
`
	rest := []string{"f available", "g available"}
	testAnswers(t, plan, "p", []answerTest{
		{"§1.6 Subnet: the range that holds the client", "", "de", []string{"a available"}},
		{"§1.6 Subnet: a range of one address", "", "10.2.0.5", []string{"b available"}},
		{"§1.6 Subnet: just before it", "p/f=off", "10.2.0.4", []string{"g available"}},
		{"§1.6 Subnet: just after it", "p/f=off", "10.2.0.6", []string{"g available"}},
		{"§1.6 Subnet: IPv6 range", "", "2001:db8:0:1ff::", []string{"a available"}},
		{"§1.6 Subnet: past the IPv6 range", "p/g=off", "2001:db8:0:1ff::1", []string{"f available"}},
		{"§1.6 Subnet: no match: the fallback", "", "jp", rest},
		{"§1.6 Subnet: Disabled: the mapping does not exist: fallback", "p/a=off", "de", rest},
		{"DESIGN §6 Subnet (Azure's FAQ: NXDOMAIN): mapped but unhealthy: the fallback", "p/a=down", "de", rest},
		{"ROUTING Tiers Subnet: mapped but in a drill: the fallback", "p/a=drill", "de", rest},
		{"ROUTING Tiers Subnet: fallback down too: the range's own endpoint", "p/a=down p/f=down p/g=down", "de", []string{"a fail_open"}},
		{"ROUTING Tiers Subnet: fallback off: the range's own endpoint, others being up", "p/a=down p/f=off p/g=off", "de", []string{"a fail_open"}},
		{"ROUTING Tiers Subnet: a drill yields: fallback down, range in a drill", "p/a=drill p/f=down p/g=down", "de", []string{"a drill"}},
		{"ROUTING Tiers Subnet: a drill yields: range down, fallback in a drill, others up", "p/a=down p/f=drill p/g=off", "de", []string{"f drill"}},
		{"ROUTING Tiers Subnet: fallback down, nobody else for this client", "p/f=down p/g=down", "jp", []string{"f fail_open", "g fail_open"}},
		{"ROUTING Tiers Subnet: fallback off: nobody is meant for this client", "p/f=off p/g=off", "jp", []string{"- no_match"}},
		{"§1.6 Subnet: all off", "p/a=off p/b=off p/f=off p/g=off", "de", []string{"- off"}},
	})
	testAnswers(t, plan, "bare", []answerTest{
		{"DESIGN §9 Subnet: no match, no fallback: NODATA (Azure's FAQ: NXDOMAIN)", "", "jp", []string{"- no_match"}},
		{"DESIGN §9 Subnet: Disabled, no fallback: NODATA", "bare/a=off", "de", []string{"- no_match"}},
		{"DESIGN §9 Subnet: unhealthy, no fallback: served all the same", "bare/a=down", "de", []string{"a fail_open"}},
	})
}

// TestRankBeyondThePlan: a client table made for more locations than the plan
// has ranks the ones it has.
func TestRankBeyondThePlan(t *testing.T) {
	p, err := sketchPlan("profile p Performance\n a 192.0.2.1 in=eu\n b 192.0.2.2 in=us")
	if err != nil {
		t.Fatal(err)
	}
	clients, err := NewClientTable(nil, []ClassInfo{{Geo: World, Rank: []LocationID{900, NoLocation, 1, 0}}})
	if err != nil {
		t.Fatal(err)
	}
	s, err := Build(p, clients)
	if err != nil {
		t.Fatal(err)
	}
	b := &bed{t, s, s.NewState()}
	if got, want := b.ask("p", "192.0.2.9"), "b available"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
