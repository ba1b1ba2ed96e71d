package routing

import (
	"fmt"
	"math"
	"net/netip"
	"testing"
)

// TestShed is drain by share: of the clients of an endpoint or a location a
// share goes elsewhere, always the same ones, and more when the share grows.
func TestShed(t *testing.T) {
	const networks = 1 << 14
	for _, method := range []string{"Performance", "Priority", "Weighted", "Geographic", "Subnet"} {
		for _, what := range []string{"p/a", "@eu"} {
			b := newBed(t, fmt.Sprintf("profile p %s\n a @eu geo=WORLD weight=1000 subnets=0.0.0.0-255.255.255.255\n b @us geo=DE", method))
			var gone, was [networks]bool
			previous := 0
			for _, shed := range []int{0, 1, 100, 1024, 2048, 3000, 4095, 4096} {
				snap, left, had := b.set(fmt.Sprintf("%s=shed:%d", what, shed)).publish(), 0, 0
				for i := range networks {
					q := Query{Client: Client{v4(uint32(i) << 10 &^ 0xff), 24}}
					at := spelled(snap, &q).Endpoints[0] == "EU"
					if shed == 0 {
						was[i] = at
					}
					if !was[i] && at {
						t.Fatalf("%s %s: client %d came to what is drained", method, what, i)
					}
					if gone[i] && at {
						t.Fatalf("%s %s: client %d came back when the share grew to %d", method, what, i, shed)
					}
					if was[i] {
						had++
						if !at {
							gone[i] = true
							left++
						}
					}
				}
				want := float64(had) * float64(shed) / Slots
				if math.Abs(float64(left)-want) > 1+5*math.Sqrt(want) || shed == Slots && left != had {
					t.Errorf("%s %s shed %d of %d: %d of %d clients left, want %.0f to five standard deviations", method, what, shed, Slots, left, had, want)
				}
				if left < previous {
					t.Errorf("%s %s: %d clients left at share %d, fewer than the %d before", method, what, left, shed, previous)
				}
				previous = left
			}
		}
	}
}

// TestShedYields: a drain gives way like a drill: nobody is left unanswered.
func TestShedYields(t *testing.T) {
	testAnswers(t, "profile p Priority\n a 192.0.2.1\n b 192.0.2.2\nprofile top Priority\n x >p\n y 192.0.2.3", "p", []answerTest{
		{"all of it sheds", "p/a=shed:4096", "de", []string{"b available"}},
		{"more than all is all", "p/a=shed:9999", "de", []string{"b available"}},
		{"all of it sheds, the other down: stays", "p/a=shed:4096 p/b=down", "de", []string{"a drill"}},
		{"all of it sheds, the other off: stays", "p/a=shed:4096 p/b=off", "de", []string{"a drill"}},
		{"both shed all: both stay", "p/a=shed:4096 p/b=shed:4096", "de", []string{"a drill"}},
		{"what is down sheds nobody", "p/a=shed:4096,down p/b=down", "de", []string{"a fail_open"}},
		{"half of it sheds", "p/a=shed:2048", "de", []string{"a available", "b available"}},
		{"half of it sheds, the other down: all stay", "p/a=shed:2048 p/b=down", "de", []string{"a available", "a drill"}},
	})
	testAnswers(t, "profile p Subnet\n a 192.0.2.1 subnets=10.1.0.0-10.1.255.255\n b 192.0.2.2\n c 192.0.2.3 subnets=10.2.0.0-10.2.255.255", "p", []answerTest{
		{"the only fallback has nobody to shed to: another's range is not for these clients", "p/b=shed:4096", "jp", []string{"b drill"}},
		{"a range sheds to the fallback", "p/a=shed:4096", "de", []string{"b available"}},
	})
	testAnswers(t, "profile p Priority\n a 192.0.2.1\n b 192.0.2.2\nprofile top Priority\n x >p\n y 192.0.2.3", "top", []answerTest{
		{"a nested profile sheds", "top/x=shed:4096", "de", []string{"y available"}},
		{"a child's shedding stays inside the child", "p/a=shed:4096", "de", []string{"p/b available"}},
	})
}

// TestShedWithoutSubnet: resolvers that send no client subnet are drained by
// chance.
func TestShedWithoutSubnet(t *testing.T) {
	b := newBed(t, "profile p Priority\n a 192.0.2.1\n b 192.0.2.2").set("p/a=shed:1024")
	snap, left := b.publish(), 0
	const draws = 40_000
	for i := range uint64(draws) {
		if b.query(snap, Query{Client: Client{Addr: netip.AddrFrom4([4]byte{10, 1, 2, 3})}, Draw: mix(i + 1)}) == "b available" {
			left++
		}
	}
	if want := draws / 4; left < want-500 || left > want+500 {
		t.Errorf("got %d of %d elsewhere, want %d ± 500", left, draws, want)
	}
}

// TestShedKeepsDealing: those who stay are dealt over the equals as before.
func TestShedKeepsDealing(t *testing.T) {
	b := newBed(t, "profile p Weighted\n a 192.0.2.1\n b 192.0.2.2\n c 192.0.2.3")
	before := b.publish()
	after := b.set("p/a=shed:1024").publish()
	for i := range uint32(5000) {
		q := Query{Client: Client{v4(i << 8), 24}}
		was, is := spelled(before, &q).Endpoints[0], spelled(after, &q).Endpoints[0]
		if was != is && was != "p/a" {
			t.Fatalf("client %v moved from %s to %s while a was drained", q.Client.Addr, was, is)
		}
	}
}
