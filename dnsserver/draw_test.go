package dnsserver

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"meridian/dnswire"
	"meridian/internal/dnstest"
	"meridian/routing"
)

// worldOf serves one profile, "p", to clients of whom nothing is known.
func worldOf(t *testing.T, p routing.Profile, unwrap func(netip.Addr) netip.Addr, blocks ...routing.Block) *View {
	t.Helper()
	clients, err := routing.NewClientTable(blocks, []routing.ClassInfo{{Geo: routing.World}, {Geo: "DE"}})
	if err != nil {
		t.Fatal(err)
	}
	structure, err := routing.Build(&routing.Plan{Profiles: []routing.Profile{p}}, clients)
	if err != nil {
		t.Fatal(err)
	}
	v, err := Build(Content{
		Zones: []Zone{{
			Origin: testZone, NameServers: []NameServer{{Name: "ns.example.net."}},
			Profiles: map[dnswire.Name]routing.ProfileID{"p." + testZone: 0},
		}},
		Snapshot: structure.Publish(structure.NewState(), nil),
		Unwrap:   unwrap,
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestEveryQueryDraws: without a client subnet, weights hold for each family by
// itself, whatever was asked before.
func TestEveryQueryDraws(t *testing.T) {
	v := worldOf(t, profile("p", routing.Weighted, 30, addressEndpoint("a", "2001:db8::1"), addressEndpoint("b", "2001:db8::2")), nil)
	w := newTestWorker(t, unlimited(), v)
	query, err := dnstest.Query("aaaa p." + string(testZone))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for range 2000 {
		reply := w.respond(nil, query, someClient(UDP), time.Now())
		seen[string(reply[len(reply)-16:])]++
	}
	for answer, n := range seen {
		if n < 850 || n > 1150 {
			t.Errorf("answer %x came %d times of 2000, want about 1000", answer, n)
		}
	}
	if len(seen) != 2 {
		t.Errorf("got %d different answers, want 2", len(seen))
	}
}

// TestResolverIsUnwrapped: a resolver behind a tunnel is where its IPv4 address is.
func TestResolverIsUnwrapped(t *testing.T) {
	german := netip.MustParsePrefix("81.0.0.0/8")
	tunnel := netip.MustParseAddr("2002:5100:1::1")
	p := profile("p", routing.Geographic, 30, geo(addressEndpoint("de", "192.0.2.1"), "DE"), geo(addressEndpoint("rest", "192.0.2.2"), routing.World))
	v := worldOf(t, p, func(a netip.Addr) netip.Addr {
		if a == tunnel {
			return netip.MustParseAddr("81.0.0.1")
		}
		return a
	}, routing.Block{Prefix: german, Class: 1})
	for _, c := range []struct {
		resolver string
		want     string
	}{{"2002:5100:1::1", "192.0.2.1"}, {"2001:db8::1", "192.0.2.2"}, {"81.1.2.3", "192.0.2.1"}} {
		r, err := v.Ask(Question{Name: "p." + testZone, Type: typeA, Resolver: netip.MustParseAddr(c.resolver)})
		if err != nil || len(r.Answers) != 1 || r.Answers[0].Data != c.want {
			t.Errorf("resolver %s: got %+v, %v, want %s", c.resolver, r.Answers, err, c.want)
		}
	}
}

// TestNoAddressYet: a name of which no address is known is there, and its
// emptiness is soon forgotten; only what operators switched off is NXDOMAIN.
func TestNoAddressYet(t *testing.T) {
	p := profile("p", routing.Priority, 60, nameEndpoint("a", "www.example.net."))
	p.Flatten = true
	w := newTestWorker(t, unlimited(), worldOf(t, p, nil))
	for _, rrtype := range []string{"a", "aaaa", "mx"} {
		query, err := dnstest.Query(rrtype + " p." + string(testZone) + " +edns=0")
		if err != nil {
			t.Fatal(err)
		}
		shown, err := dnstest.Show(w.respond(nil, query, someClient(UDP), time.Now()))
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"NOERROR", "SOA", "ede=14", " 5 "} {
			if !strings.Contains(shown, want) {
				t.Errorf("%s: got\n%s\nwant %q in it", rrtype, shown, want)
			}
		}
	}
}
