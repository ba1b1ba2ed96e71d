package routing

import (
	"fmt"
	"strings"
	"testing"
)

// TestNestedStatus is the first-match table of azure.md §1.7: what a parent
// sees of a child of four endpoints.
func TestNestedStatus(t *testing.T) {
	const plan = `
profile top Priority
  x >child min=%s
  y 192.0.2.9
profile child Weighted partial
  a 192.0.2.1
  b 192.0.2.2
  c 2001:db8::1
  d 2001:db8::2
`
	tests := []struct {
		row, min, state string
		status          Status
		tier            Tier
	}{
		{"§1.7 match 1: child Disabled", "1", "child=off", Stopped, TierOff},
		{"§1.7 match 1: before all health", "1", "child=off child/a=down", Stopped, TierOff},
		{"§1.7 match 2: child Inactive: all its endpoints Disabled", "1", "child/a=off child/b=off child/c=off child/d=off", Stopped, TierOff},
		{"§1.7 match 3: #Online ≥ MinChildEndpoints", "2", "child/c=down child/d=down", Online, TierAvailable},
		{"§1.7 match 3: default MinChildEndpoints is 1", "0", "child/a=down child/b=down child/c=down", Online, TierAvailable},
		{"§1.7 match 3: checking ones beside enough Online ones", "2", "child/c=unchecked child/d=unchecked", Online, TierAvailable},
		{"§1.7 match 4: #Online + #Checking ≥ MinChildEndpoints", "3", "child/a=down child/d=unchecked", CheckingEndpoint, TierAvailable},
		{"§1.7 match 4: all checking", "1", "child/a=unchecked child/b=unchecked child/c=unchecked child/d=unchecked", CheckingEndpoint, TierAvailable},
		{"§1.7 match 5: else Degraded", "3", "child/a=down child/d=down", Degraded, TierDegraded},
		{"§1.7 match 5: none available", "1", "child/a=down child/b=down child/c=down child/d=down", Degraded, TierDegraded},
		{"§1.7 match 5: Disabled ones do not count", "3", "child/a=off child/d=off", Degraded, TierDegraded},
		{"§1.7 minima: IPv4 held", "1 min4=2", "child/c=down child/d=down", Online, TierAvailable},
		{"§1.7 minima: IPv4 not held by IPv6 endpoints", "1 min4=2", "child/a=down", Degraded, TierDegraded},
		{"§1.7 minima: IPv4 held by a checking one", "1 min4=2", "child/a=unchecked", CheckingEndpoint, TierAvailable},
		{"§1.7 minima: IPv6 held", "1 min6=1", "child/a=down child/b=down child/c=down", Online, TierAvailable},
		{"§1.7 minima: IPv6 not held", "1 min6=1", "child/c=down child/d=down", Degraded, TierDegraded},
		{"§1.7 minima: all given must hold: total missing", "4 min4=1 min6=1", "child/c=down", Degraded, TierDegraded},
		{"§1.7 minima: all given must hold: a family missing", "2 min4=1 min6=1", "child/c=down child/d=down", Degraded, TierDegraded},
		{"§1.7 minima: the total below a family's is without effect", "1 min4=2", "child/a=down child/c=down", Degraded, TierDegraded},
		{"§1.7, the nested endpoint itself Disabled", "1", "top/x=off", Disabled, TierOff},
		{"ROUTING Tiers: satisfied only with drilled ones: tier 2", "3", "child/a=drill child/b=drill", Online, TierDrill},
		{"ROUTING Tiers: the child in a drill as a whole: tier 2", "1", "child=drill", Online, TierDrill},
		{"ROUTING Tiers: satisfied without its drilled ones: tier 3", "2", "child/a=drill child/b=drill", Online, TierAvailable},
		{"ROUTING Tiers: drilled ones that are down do not satisfy", "4", "child/a=drill child/b=drill,down", Degraded, TierDegraded},
	}
	for _, tt := range tests {
		t.Run(tt.row, func(t *testing.T) {
			b := newBed(t, fmt.Sprintf(plan, tt.min)).set(tt.state)
			snap, x := b.publish(), b.endpointID("top", "x")
			if got := snap.EndpointStatus(x); got != tt.status {
				t.Errorf("status: got %v, want %v", got, tt.status)
			}
			if got := snap.EndpointTier(x); got != tt.tier {
				t.Errorf("tier: got %v, want %v", got, tt.tier)
			}
		})
	}
}

// TestNestedAnswer is azure.md §1.7 after the table.
func TestNestedAnswer(t *testing.T) {
	const plan = `
profile top Priority
  x >child min=2
  y 192.0.2.9
profile child Priority
  a 192.0.2.1
  b 192.0.2.2
  c 192.0.2.3
`
	testAnswers(t, plan, "top", []answerTest{
		{"§1.7: recurse into the child", "", "de", []string{"child/a available"}},
		{"§1.7: the child fails over inside", "child/a=down", "de", []string{"child/b available"}},
		{"§1.7: a Degraded child is bypassed whole, although one of its endpoints is up", "child/a=down child/b=down", "de", []string{"y available"}},
		{"§1.7: no sibling available: the child's best", "child/a=down child/b=down top/y=down", "de", []string{"child/c fail_open"}},
		{"§1.7: no sibling on: the child's best", "child/a=down child/b=down top/y=off", "de", []string{"child/c fail_open"}},
		{"§1.7: child Disabled: Stopped, not even in fail-open", "child=off top/y=down", "de", []string{"y fail_open"}},
		{"§1.7: child Disabled and nothing else", "child=off top/y=off", "de", []string{"- off"}},
		{"§1.7: endpoint of the parent Disabled: the child as such stands", "top/x=off", "de", []string{"y available"}},
		{"ROUTING Tiers: drilled child yields to the sibling", "child=drill", "de", []string{"y available"}},
		{"ROUTING Tiers: drilled child comes back when the sibling fails", "child=drill top/y=down", "de", []string{"child/a drill"}},
	})
	testAnswers(t, plan, "child", []answerTest{
		{"§1.7: the child answers under its own name too", "child/a=down child/b=down", "de", []string{"c available"}},
	})
	testAnswers(t, "profile top Performance\n x >child in=us\n y 192.0.2.9 in=eu\nprofile child Priority\n a 192.0.2.1", "top", []answerTest{
		{"§1.7: a nested endpoint under Performance is where it says", "", "wa", []string{"child/a available"}},
		{"§1.7: and not elsewhere", "", "de", []string{"y available"}},
	})
	testAnswers(t, "profile top Priority\n x >geo\n y 192.0.2.9\nprofile geo Geographic\n de 192.0.2.1 geo=DE\n all 192.0.2.2 geo=WORLD", "top", []answerTest{
		{"§1.6: the child decides by the same client address: DE", "", "de", []string{"geo/de available"}},
		{"§1.6: the child decides by the same client address: JP", "", "jp", []string{"geo/all available"}},
	})
	testAnswers(t, "profile top Priority\n x >geo\n y 192.0.2.9\nprofile geo Geographic strict nodata\n de 192.0.2.1 geo=DE", "top", []answerTest{
		{"§1.6: a client the child has no answer for gets none: the parent does not look further", "", "jp", []string{"- no_match"}},
	})
	testAnswers(t, "profile top Weighted\n x >multi\nprofile multi MultiValue\n a 192.0.2.1\n b 192.0.2.2", "top", []answerTest{
		{"§1.4: MultiValue may be a child", "", "de", []string{"multi/a+multi/b available"}},
	})
	testAnswers(t, "profile top Priority\n x >a\n y >b\nprofile a Priority\n e >shared\nprofile b Priority\n e >shared\nprofile shared Priority\n s 192.0.2.1", "top", []answerTest{
		{"§1.7: two parents of one child are no loop", "a=off", "de", []string{"shared/s available"}},
	})
}

// TestNestedDepth: ten profiles on a path, and whatever the depth the answer is
// the leaf's, under the top profile's TTL.
func TestNestedDepth(t *testing.T) {
	var sketch strings.Builder
	for i := 1; i < MaxDepth; i++ {
		fmt.Fprintf(&sketch, "profile p%d %v ttl=%d\n  n >p%d in=eu geo=WORLD\n", i, []Method{Priority, Weighted, Performance, Geographic, Subnet}[i%5], i, i+1)
	}
	fmt.Fprintf(&sketch, "profile p%d Priority ttl=99\n  leaf www.example.\n  second other.example.\n", MaxDepth)
	b := newBed(t, sketch.String())
	for i := 1; i <= MaxDepth; i++ {
		name := fmt.Sprintf("p%d", i)
		snap, id := b.publish(), b.profileID(name)
		var d Decision
		snap.Decide(&Query{Profile: id, Client: client(t, "de", 0)}, &d)
		if set := snap.Set(d.Set); set.Name != "www.example." || len(set.Endpoints) != 1 {
			t.Errorf("§1.7 depth %d: got %+v, want the single name www.example.", MaxDepth+1-i, set)
		}
		if want := b.s.Plan().Profiles[id].TTL; d.TTL != want {
			t.Errorf("§1.8 TTL of %s: got %d, want its own, %d", name, d.TTL, want)
		}
		if got := snap.Answers(id); got != (Answers{CNAME: true}) {
			t.Errorf("§1.8 %s: got %+v, want CNAME", name, got)
		}
	}
	if got, want := b.set("p10/leaf=down p10/second=off").ask("p1", "de"), "p10/leaf fail_open"; got != want {
		t.Errorf("§1.7 health rises through ten levels: got %q, want %q", got, want)
	}
	if got, want := b.set("p10/leaf=off").ask("p1", "de"), "- off"; got != want {
		t.Errorf("§1.7 Stopped rises through ten levels: got %q, want %q", got, want)
	}
}
