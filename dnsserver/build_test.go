package dnsserver

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"meridian/dnswire"
	"meridian/routing"
)

// parse reads zone text that must be right.
func parse(t *testing.T, text string) []dnswire.Record {
	t.Helper()
	records, problems := dnswire.ParseRecords(text, testZone, 300)
	if len(problems) > 0 {
		t.Fatalf("zone text %q: %v", text, problems)
	}
	return records
}

// TestBuildRefuses holds a row for each thing a zone cannot be.
func TestBuildRefuses(t *testing.T) {
	world := newWorld(t)
	id := func(name routing.ProfileName) routing.ProfileID {
		id, ok := world.structure.ProfileID(name)
		if !ok {
			t.Fatalf("no profile %s", name)
		}
		return id
	}
	for _, c := range []struct {
		name   string
		change func(z *Zone)
		want   string
	}{
		{"A at an address profile", func(z *Zone) { z.Records = parse(t, "api A 192.0.2.1") }, `A record at "api.gtm.test.": a profile is answered there`},
		{"AAAA at an address profile", func(z *Zone) { z.Records = parse(t, "api AAAA 2001:db8::1") }, `AAAA record at "api.gtm.test."`},
		{"CNAME at an address profile", func(z *Zone) { z.Records = parse(t, "api CNAME x.example.") }, `CNAME record at "api.gtm.test."`},
		{"HTTPS at an address profile", func(z *Zone) { z.Records = parse(t, "api HTTPS 1 . alpn=h2") }, `HTTPS record at "api.gtm.test."`},
		{"TXT at a name profile", func(z *Zone) { z.Records = parse(t, `alias TXT "x"`) }, `TXT record at "alias.gtm.test."`},
		{"name profile at the apex", func(z *Zone) { z.Profiles["gtm.test."] = id("alias") }, "cannot be a CNAME"},
		{"profile below a delegation", func(z *Zone) { z.Records = parse(t, "api NS ns.example.") }, "the name is delegated"},
		{"profile outside", func(z *Zone) { z.Profiles["api.example."] = id("api") }, `name "api.example.": want a name in the zone`},
		{"unknown profile", func(z *Zone) { z.Profiles["x.gtm.test."] = 4711 }, `profile 4711 at "x.gtm.test.": want an id below`},
		{"no name servers", func(z *Zone) { z.NameServers = nil }, "want at least 1"},
		{"name server without address", func(z *Zone) { z.NameServers = []NameServer{{Name: "ns.gtm.test."}} }, `"ns.gtm.test." is in the zone and has no address`},
		{"address of a name server twice", func(z *Zone) { z.Records = parse(t, "ns1 A 192.0.2.9") }, "stand beside its name"},
		{"profile at a name server", func(z *Zone) { z.Profiles["ns1.gtm.test."] = id("api") }, `A record at "ns1.gtm.test.": a profile`},
	} {
		t.Run(c.name, func(t *testing.T) {
			z := world.zone(t)
			z.Records = nil
			c.change(&z)
			_, err := Build(Content{Zones: []Zone{z}, Snapshot: world.snapshot}, nil)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want it to say %q", err, c.want)
			}
		})
	}
}

// TestBuildReportsAll reports two defects of two zones at once.
func TestBuildReportsAll(t *testing.T) {
	zones := []Zone{{Origin: "a.test."}, {Origin: "b.test."}}
	_, err := Build(Content{Zones: zones}, nil)
	for _, want := range []string{`zone "a.test."`, `zone "b.test."`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want it to say %s", err, want)
		}
	}
	server := []NameServer{{Name: "ns.example."}}
	zones = []Zone{{Origin: "a.test.", NameServers: server}, {Origin: "a.test.", NameServers: server}}
	if _, err := Build(Content{Zones: zones}, nil); err == nil || !strings.Contains(err.Error(), "twice") {
		t.Errorf("one zone twice: got %v", err)
	}
}

// TestBuildReuses keeps names and answers over a publish, and only those.
func TestBuildReuses(t *testing.T) {
	world := newWorld(t)
	c := world.content
	world.state.Endpoints[0].Health = routing.Down
	c.Snapshot = world.structure.Publish(world.state, world.snapshot)
	next, err := Build(c, world.view)
	if err != nil {
		t.Fatal(err)
	}
	if len(next.answers) > 0 && &next.answers[0] != &world.view.answers[0] {
		t.Error("answers are copied though none is new")
	}
	if next.tree != world.view.tree || next.counts != world.view.counts {
		t.Error("names and counters are built anew for a change of health")
	}
	c.Zones = []Zone{world.zone(t)}
	c.Zones[0].Serial = 8
	moved, err := Build(c, next)
	if err != nil {
		t.Fatal(err)
	}
	if moved.tree == next.tree {
		t.Error("other zones have the names of the former")
	}
	if fresh, err := Build(c, nil); err != nil || len(fresh.answers) != len(moved.answers) {
		t.Errorf("got %d answers, %v; want %d as without a former view", len(fresh.answers), err, len(moved.answers))
	}
}

// TestCountsSurvivePlans carries the counters of endpoints to the next plan.
func TestCountsSurvivePlans(t *testing.T) {
	world, later := newWorld(t), newWorld(t)
	w := newTestWorker(t, unlimited(), world.view)
	w.respond(nil, mustQuery(t, "A single.gtm.test."), someClient(UDP), time.Unix(1, 0))
	view, err := Build(later.content, world.view)
	if err != nil {
		t.Fatal(err)
	}
	got := map[answerKey]uint64{}
	view.counts.walk(func(key answerKey, of shardCounter) {
		if n := view.counts.sum(of); n > 0 {
			got[key] = n
		}
	})
	if want := (answerKey{profile: "single", endpoint: "a"}); len(got) != 1 || got[want] != 1 {
		t.Errorf("got %v, want 1 for %v", got, want)
	}
}

// TestLookup finds profiles by name.
func TestLookup(t *testing.T) {
	world := newWorld(t)
	want, _ := world.structure.ProfileID("contoso")
	if got, ok := world.view.Lookup("contoso.gtm.test."); !ok || got != want {
		t.Errorf("got %v, %v, want %v", got, ok, want)
	}
	if _, ok := world.view.Lookup("www.gtm.test."); ok {
		t.Error("a static name is taken for a profile")
	}
}

// TestChildZone serves a zone and another below it: each name from the closest,
// the SOA of each its own.
func TestChildZone(t *testing.T) {
	server := []NameServer{{"ns1.test.", []netip.Addr{netip.MustParseAddr("192.0.2.1")}}}
	view, err := Build(Content{Zones: []Zone{
		{Origin: "sub.test.", NameServers: server, Serial: 2},
		{Origin: "test.", NameServers: server, Serial: 1},
		{Origin: ".", NameServers: server, Serial: 3},
		{Origin: "a.b.sub.test.", NameServers: server, Serial: 4},
	}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	w := newTestWorker(t, unlimited(), view)
	for name, want := range map[string]uint32{
		"x.sub.test.": 2, "b.sub.test.": 2, "x.a.b.sub.test.": 4, "sub.test.": 2, "xsub.test.": 1, "test.": 1, "ns1.test.": 1, ".": 3, "example.": 3,
	} {
		var m dns.Msg
		if err := m.Unpack(w.respond(nil, mustQuery(t, "TXT "+name), someClient(UDP), time.Unix(1, 0))); err != nil {
			t.Fatal(err)
		}
		if len(m.Ns) != 1 || m.Ns[0].(*dns.SOA).Serial != want {
			t.Errorf("%s: got %v, want the SOA with serial %d", name, m.Ns, want)
		}
		if exists := name[0] != 'x' && name != "example."; exists != (m.Rcode == dns.RcodeSuccess) {
			t.Errorf("%s: got rcode %d, exists: %v", name, m.Rcode, exists)
		}
	}
}

// TestServiceBindings holds what an HTTPS record says about several endpoints.
func TestServiceBindings(t *testing.T) {
	c := &Content{
		HTTPS: map[routing.EndpointID]ServiceBinding{
			0: {ALPN: []string{"h3", "h2"}}, 1: {ALPN: []string{"h2"}, Port: 443}, 2: {ALPN: []string{"h2"}, Port: 8443}, 3: {ALPN: []string{"h3"}},
		},
		LocationHTTPS: map[routing.LocationID]ServiceBinding{1: {ALPN: []string{"h2"}}},
	}
	for _, b := range []struct {
		name string
		set  routing.AnswerSet
		want string
	}{
		{"one", routing.AnswerSet{Location: routing.NoLocation, Endpoints: []routing.EndpointID{0}}, "\x00\x01\x00\x00\x01\x00\x06\x02h3\x02h2"},
		{"what both speak", routing.AnswerSet{Location: routing.NoLocation, Endpoints: []routing.EndpointID{0, 1}}, "\x00\x01\x00\x00\x01\x00\x03\x02h2"},
		{"a port", routing.AnswerSet{Location: routing.NoLocation, Endpoints: []routing.EndpointID{2}}, "\x00\x01\x00\x00\x01\x00\x03\x02h2\x00\x03\x00\x02\x20\xfb"},
		{"other ports", routing.AnswerSet{Location: routing.NoLocation, Endpoints: []routing.EndpointID{1, 2}}, ""},
		{"no protocol in common", routing.AnswerSet{Location: routing.NoLocation, Endpoints: []routing.EndpointID{1, 3}}, ""},
		{"one without TLS", routing.AnswerSet{Location: routing.NoLocation, Endpoints: []routing.EndpointID{0, 9}}, ""},
		{"nobody", routing.AnswerSet{Location: routing.NoLocation}, ""},
		{"a location", routing.AnswerSet{Location: 1}, "\x00\x01\x00\x00\x01\x00\x03\x02h2"},
		{"a location without TLS", routing.AnswerSet{Location: 0}, ""},
	} {
		got := ""
		if binding := newBinding(b.set, c); binding != nil {
			got = string(binding.head)
		}
		if got != b.want {
			t.Errorf("%s: got %q, want %q", b.name, got, b.want)
		}
	}
}

// TestAliasLimit ends a chain of CNAMEs after eight.
func TestAliasLimit(t *testing.T) {
	target := func(i int) string { return string(rune('a'+i)) + ".gtm.test." }
	var records []dnswire.Record
	for i := range 12 {
		rr, err := dns.NewRR(target(i) + " 300 IN CNAME " + target(i+1))
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, dnswire.Record{Name: dnswire.Name(target(i)), Type: dns.TypeCNAME, Class: 1, TTL: 300, RR: rr})
	}
	loop, _ := dns.NewRR("loop.gtm.test. 300 IN CNAME loop.gtm.test.")
	records = append(records, dnswire.Record{Name: "loop.gtm.test.", Type: dns.TypeCNAME, Class: 1, TTL: 300, RR: loop})
	view, err := Build(Content{Zones: []Zone{{Origin: testZone, NameServers: []NameServer{{Name: "ns.example."}}, Records: records}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	w := newTestWorker(t, unlimited(), view)
	for _, name := range []string{"a.gtm.test.", "loop.gtm.test."} {
		var m dns.Msg
		if err := m.Unpack(w.respond(nil, mustQuery(t, "A "+name), someClient(UDP), time.Unix(1, 0))); err != nil {
			t.Fatal(err)
		}
		if m.Rcode != dns.RcodeSuccess || len(m.Answer) != maxAliases+1 {
			t.Errorf("%s: got %d records, rcode %d, want %d", name, len(m.Answer), m.Rcode, maxAliases+1)
		}
	}
}
