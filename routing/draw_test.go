package routing

import (
	"fmt"
	"math"
	"math/rand/v2"
	"net/netip"
	"testing"
)

// chiSquare returns the statistic of observed counts against shares.
func chiSquare(got map[string]int, shares map[string]float64) float64 {
	total, sum := 0, 0.0
	for _, n := range got {
		total += n
	}
	for who, share := range shares {
		d := float64(got[who]) - share*float64(total)
		sum += d * d / (share * float64(total))
	}
	return sum
}

// TestDrawByWeight: without a client subnet every query draws by weight. The
// bounds are those a right draw stays below in 999 of 1000 seeds.
func TestDrawByWeight(t *testing.T) {
	b := newBed(t, "profile p Weighted\n a 192.0.2.1 weight=500\n b 192.0.2.2 weight=300\n c 192.0.2.3 weight=199\n d 192.0.2.4\n e 192.0.2.5 weight=0")
	for _, tt := range []struct {
		state  string
		shares map[string]float64
		bound  float64 // χ² at 0.999 for len(shares)-1 degrees of freedom
	}{
		{"", map[string]float64{"a": 500. / 1001, "b": 300. / 1001, "c": 199. / 1001, "d": 1. / 1001, "e": 1. / 1001}, 18.47},
		{"p/a=down", map[string]float64{"b": 300. / 501, "c": 199. / 501, "d": 1. / 501, "e": 1. / 501}, 16.27},
		{"p/b=drill p/c=off", map[string]float64{"d": .5, "e": .5}, 10.83},
	} {
		snap, rng, got := b.set(tt.state).publish(), rand.New(rand.NewPCG(11, 13)), map[string]int{}
		for range 100_000 {
			var d Decision
			snap.Decide(&Query{Client: Client{Addr: netip.AddrFrom4([4]byte{192, 0, 2, 53})}, Draw: rng.Uint64()}, &d)
			got[string(snap.plan.Profiles[0].Endpoints[snap.Set(d.Set).Endpoints[0]].Name)]++
		}
		if x := chiSquare(got, tt.shares); x > tt.bound || len(got) != len(tt.shares) {
			t.Errorf("%q: got %v for shares %v: χ² %.1f, want below %.1f", tt.state, got, tt.shares, x, tt.bound)
		}
	}
}

// TestNestedDrawsAreIndependent: what the parent draws says nothing about what
// the child draws, with one draw for both, by client and by chance.
func TestNestedDrawsAreIndependent(t *testing.T) {
	b := newBed(t, `
profile parent Weighted
  x >left weight=3
  y >right weight=1
profile left Weighted
  a 192.0.2.1
  b 192.0.2.2
profile right Performance
  a 192.0.2.1 in=eu
  b 192.0.2.2 in=eu
  c 192.0.2.3 in=eu
`)
	shares := map[string]float64{
		"left/a available": 3. / 8, "left/b available": 3. / 8,
		"right/a available": 1. / 12, "right/b available": 1. / 12, "right/c available": 1. / 12,
	}
	snap, rng := b.publish(), rand.New(rand.NewPCG(17, 19))
	drawn, dealt := map[string]int{}, map[string]int{}
	for i := range uint32(40_000) {
		drawn[b.query(snap, Query{Draw: rng.Uint64()})]++
		dealt[b.query(snap, Query{Client: Client{v4(i << 8), 24}})]++
	}
	const bound = 18.47 // χ² at 0.999, 4 degrees of freedom
	if x := chiSquare(drawn, shares); x > bound {
		t.Errorf("by draw: got %v: χ² %.1f, want below %.1f", drawn, x, bound)
	}
	// Slots are dealt in 4096 parts, so shares by client are only near.
	for who, share := range shares {
		if got := float64(dealt[who]) / 40_000; math.Abs(got-share) > 0.01 {
			t.Errorf("by client: %s has %.3f, want %.3f ± 0.01", who, got, share)
		}
	}
}

// TestSpreadIsEven: equals have equal shares, whatever their number; losing one
// moves only its clients, to all the others.
func TestSpreadIsEven(t *testing.T) {
	for _, n := range []int{2, 3, 7, 20} {
		sketch := "profile p Performance\n"
		for i := range n {
			sketch += fmt.Sprintf(" e%d 192.0.2.%d in=eu weight=%d\n", i, i, 1+i*40)
		}
		b := newBed(t, sketch)
		before := b.publish()
		after := b.set("p/e0=down").publish()
		const networks = 1 << 16
		count, gained := map[string]int{}, map[string]int{}
		for i := range uint32(networks) {
			q := Query{Client: Client{v4(mix32(i) &^ 0xff), 24}}
			was, is := spelled(before, &q).Endpoints[0], spelled(after, &q).Endpoints[0]
			count[was]++
			if was != is {
				gained[is]++
				if was != "p/e0" {
					t.Fatalf("%d equals: %v moved from %s to %s when e0 was lost", n, q.Client.Addr, was, is)
				}
			}
		}
		for i := range n {
			who, want := fmt.Sprintf("p/e%d", i), networks/n
			if got := count[who]; math.Abs(float64(got-want)) > 5*math.Sqrt(float64(want)) {
				t.Errorf("%d equals: %s has %d of %d networks, want %d to five standard deviations", n, who, got, networks, want)
			}
			want = count["p/e0"] / (n - 1)
			if got := gained[who]; i > 0 && math.Abs(float64(got-want)) > 5*math.Sqrt(float64(want)) {
				t.Errorf("%d equals: %s takes over %d of e0's networks, want %d to five standard deviations", n, who, got, want)
			}
		}
	}
}

func mix32(i uint32) uint32 { return uint32(mix(uint64(i) + 1)) }
