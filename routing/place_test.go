package routing

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
)

// gateways reads "node1 203.0.113.1 up, node2 2001:db8::1 down".
func readGateways(t *testing.T, text string) []Gateway {
	t.Helper()
	var out []Gateway
	for part := range strings.SplitSeq(text, ",") {
		var g Gateway
		var addr, health string
		if text == "" {
			continue
		}
		if n, err := fmt.Sscan(part, &g.Node, &addr, &health); n != 3 {
			t.Fatalf("gateway %q: %v", part, err)
		}
		g.Addr = netip.MustParseAddr(addr)
		g.Health = map[string]Health{"up": Up, "down": Down, "unchecked": Unchecked}[health]
		out = append(out, g)
	}
	return out
}

// TestPlaceAnswers is DESIGN §4: a location is up with minHealthyGateways and
// answers its up addresses; a family of which none is up is answered whole.
func TestPlaceAnswers(t *testing.T) {
	tests := []struct {
		row, minimum, gateways string
		status                 Status
		answer                 string
	}{
		{"all up", "1", "a 203.0.113.1 up, b 203.0.113.2 up", Online, "203.0.113.1 203.0.113.2"},
		{"up addresses only", "1", "a 203.0.113.1 up, b 203.0.113.2 down", Online, "203.0.113.1"},
		{"unchecked ones are answered, as CheckingEndpoint is", "1", "a 203.0.113.1 up, b 203.0.113.2 unchecked", Online, "203.0.113.1 203.0.113.2"},
		{"none checked", "1", "a 203.0.113.1 unchecked", CheckingEndpoint, "203.0.113.1"},
		{"all down: all", "1", "a 203.0.113.1 down, b 203.0.113.2 down", Degraded, "203.0.113.1 203.0.113.2"},
		{"no gateway registered", "1", "", Stopped, ""},
		{"minHealthyGateways met", "2", "a 203.0.113.1 up, b 203.0.113.2 up, c 203.0.113.3 down", Online, "203.0.113.1 203.0.113.2"},
		{"minHealthyGateways not met", "2", "a 203.0.113.1 up, b 203.0.113.2 down, c 203.0.113.3 down", Degraded, "203.0.113.1"},
		{"minHealthyGateways met with unchecked ones", "2", "a 203.0.113.1 up, b 203.0.113.2 unchecked", CheckingEndpoint, "203.0.113.1 203.0.113.2"},
		{"minHealthyGateways 0 means 1", "0", "a 203.0.113.1 down", Degraded, "203.0.113.1"},
		{"nodes count, not addresses", "2", "a 203.0.113.1 up, a 203.0.113.2 up", Degraded, "203.0.113.1 203.0.113.2"},
		{"a node is as well as its best address", "1", "a 203.0.113.1 down, a 203.0.113.2 up", Online, "203.0.113.2"},
		{"a node is as well as its best address, in either order", "1", "a 203.0.113.2 up, a 203.0.113.1 down", Online, "203.0.113.2"},
		{"a node is as well as its best address: unchecked beside down", "1", "a 203.0.113.1 down, a 203.0.113.2 unchecked", CheckingEndpoint, "203.0.113.2"},
		{"both families", "1", "a 203.0.113.1 up, a 2001:db8::1 up", Online, "203.0.113.1 2001:db8::1"},
		{"the location up, one family down: all of that family", "1", "a 203.0.113.1 up, a 2001:db8::1 down, b 2001:db8::2 down", Online, "203.0.113.1 2001:db8::1 2001:db8::2"},
		{"the location up, one family half down", "1", "a 203.0.113.1 up, a 2001:db8::1 down, b 2001:db8::2 up", Online, "203.0.113.1 2001:db8::2"},
	}
	for _, tt := range tests {
		t.Run(tt.row, func(t *testing.T) {
			b := newBed(t, "location eu min="+tt.minimum+"\nprofile p Priority\n e @eu")
			b.gateways(0, readGateways(t, tt.gateways)...)
			snap := b.publish()
			if got := snap.EndpointStatus(0); got != tt.status {
				t.Errorf("status: got %v, want %v", got, tt.status)
			}
			for f := range Family(2) {
				o := spelled(snap, &Query{Client: client(t, "de", 0), Family: f})
				if got := words(o.Addresses); got != words(strings.Fields(tt.answer)) {
					t.Errorf("family %d: got %q, want %q", f, got, tt.answer)
				}
			}
		})
	}
}

// words sorts: rings start where their hash says.
func words(list []string) string {
	counts := map[string]int{}
	for _, w := range list {
		counts[w]++
	}
	return fmt.Sprint(counts)
}

// TestPlaceGateway: one node's gateway answers that node's addresses alone.
func TestPlaceGateway(t *testing.T) {
	b := newBed(t, "location eu min=2\nprofile p Priority\n e @eu/b\n f @eu")
	b.gateways(0, readGateways(t, "a 203.0.113.1 up, b 203.0.113.2 up, b 203.0.113.3 up, b 2001:db8::2 down")...)
	snap := b.publish()
	got := words(spelled(snap, &Query{Client: client(t, "de", 0)}).Addresses)
	if want := words([]string{"203.0.113.2", "203.0.113.3", "2001:db8::2"}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := snap.EndpointStatus(0); got != Online {
		t.Errorf("minHealthyGateways is the location's: status: got %v, want Online", got)
	}
	b.gateways(0, readGateways(t, "a 203.0.113.1 up, b 203.0.113.2 down")...)
	if got, want := b.ask("p", "de"), "EU fail_open"; got != want {
		t.Errorf("its node down, the location below its minimum: got %q, want %q", got, want)
	}
	b.gateways(0, readGateways(t, "a 203.0.113.1 up, c 203.0.113.3 up")...)
	if got := b.publish().EndpointStatus(0); got != Stopped {
		t.Errorf("its node gone: got %v, want Stopped", got)
	}
}

// TestPlaceRing: up to eight addresses are one answer; beyond, every address
// has the same chance to be in an answer of eight.
func TestPlaceRing(t *testing.T) {
	for _, n := range []int{7, 8, 9, 20} {
		b := newBed(t, "profile p Priority\n e @eu")
		b.gateways(0)
		for i := range n {
			b.st.Locations[0].Gateways = append(b.st.Locations[0].Gateways,
				Gateway{Node: fmt.Sprintf("n%d", i), Addr: v4(0xcb007100 + uint32(i)), Health: Up})
		}
		snap, seen, sets := b.publish(), map[netip.Addr]int{}, map[SetID]bool{}
		const draws = 20_000
		for i := range uint64(draws) {
			var d Decision
			snap.Decide(&Query{Draw: mix(i * 0x9e3779b97f4a7c15), Client: client(t, "de", 0)}, &d)
			set := snap.Set(d.Set)
			sets[d.Set] = true
			if len(set.IPv4) != min(n, MaxAnswer) || d.Scope != 0 {
				t.Fatalf("%d gateways: got %d addresses, scope %d; want %d and 0", n, len(set.IPv4), d.Scope, min(n, MaxAnswer))
			}
			for _, a := range set.IPv4 {
				seen[a]++
			}
		}
		wantSets := 1
		if n > MaxAnswer {
			wantSets = n
		}
		if len(sets) != wantSets {
			t.Errorf("%d gateways: got %d different answers, want %d", n, len(sets), wantSets)
		}
		want := float64(draws*min(n, MaxAnswer)) / float64(n)
		for a, got := range seen {
			if float64(got) < want*0.95 || float64(got) > want*1.05 {
				t.Errorf("%d gateways: %v is in %d answers, want %.0f ± 5 %%", n, a, got, want)
			}
		}
		if len(seen) != n {
			t.Errorf("got %d addresses in answers, want all %d", len(seen), n)
		}
	}
}

// TestPlaceSetsAreShared: profiles that name the same location answer the same
// sets.
func TestPlaceSetsAreShared(t *testing.T) {
	b := newBed(t, "profile p Priority\n e @eu\nprofile q Weighted\n f @eu")
	snap := b.publish()
	var d, e Decision
	snap.Decide(&Query{Profile: 0}, &d)
	snap.Decide(&Query{Profile: 1}, &e)
	if set := snap.Set(d.Set); d.Set != e.Set || set.Location != 0 || len(set.Endpoints) != 0 {
		t.Errorf("got sets %d and %d (%+v), want one of location 0", d.Set, e.Set, set)
	}
}
