package node

import (
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"meridian/dnsserver"
	"meridian/dnswire"
	"meridian/resolver"
)

// stand is a publisher without a node around it.
type stand struct {
	*publisher
	mu    sync.Mutex
	swaps int
	order []uint64 // numbers of the snapshots told, in order
}

func newStand(t *testing.T) *stand {
	t.Helper()
	s := &stand{publisher: newPublisher(slog.New(slog.DiscardHandler), must[*metrics](t)(newMetrics(prometheus.NewRegistry(), "test")))}
	s.swap = func(*dnsserver.View) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.swaps++
	}
	s.told = func(_, next *live) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.order = append(s.order, next.number)
	}
	return s
}

func (s *stand) end() {
	close(s.quit)
	<-s.done
}

func (s *stand) swapped() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.swaps
}

const flat = head + `
profiles:
  - name: shop
    trafficRoutingMethod: Priority
    flatten: true
    endpoints:
      - {name: a, target: a.example.net, alwaysServe: Enabled}
`

// TestPublisherIdles: after a change there is one publish and one refinement,
// and then nothing however long one waits; ticks without news publish nothing.
func TestPublisherIdles(t *testing.T) {
	g := compiled(t, plain("192.0.2.1"), nil)
	synctest.Test(t, func(t *testing.T) {
		s := newStand(t)
		go s.run()
		s.wait(func(p *publisher) { p.adopt(g, true, "") })
		synctest.Wait()
		if got := s.swapped(); got != 2 {
			t.Errorf("after the first change: got %d swaps, want 2: a publish and its refinement", got)
		}
		<-time.After(time.Hour)
		synctest.Wait()
		if got := s.swapped(); got != 2 {
			t.Errorf("an hour later: got %d swaps, want 2", got)
		}
		if got := testutil.ToFloat64(s.metrics.publishes); got != 1 {
			t.Errorf("publishes: got %v, want 1", got)
		}
		s.end()
	})
}

// TestChangesCoalesce: changes that wait are published together, and all are told
// in order.
func TestChangesCoalesce(t *testing.T) {
	g := compiled(t, flat, nil)
	synctest.Test(t, func(t *testing.T) {
		s := newStand(t)
		for i := range 100 { // before anybody reads
			s.do(func(p *publisher) {
				if i == 0 {
					p.adopt(g, true, "")
				}
				p.resolved("a.example.net.", resolver.Answer{Addrs: []netip.Addr{netip.AddrFrom4([4]byte{192, 0, 2, byte(i)})}})
			})
		}
		go s.run()
		synctest.Wait()
		if got := testutil.ToFloat64(s.metrics.publishes); got != 1 {
			t.Errorf("100 changes: got %v publishes, want 1", got)
		}
		if got := s.current.Load().state.Endpoints[0].Addrs; len(got) != 1 || got[0] != netip.MustParseAddr("192.0.2.99") {
			t.Errorf("addresses: got %v, want those of the last change", got)
		}
		for i := range 20 { // one at a time
			s.wait(func(p *publisher) {
				p.resolved("a.example.net.", resolver.Answer{Addrs: []netip.Addr{netip.AddrFrom4([4]byte{192, 0, 3, byte(i)})}})
			})
			if got := s.current.Load().state.Endpoints[0].Addrs[0]; got != netip.AddrFrom4([4]byte{192, 0, 3, byte(i)}) {
				t.Errorf("change %d: got %v when wait returned", i, got)
			}
		}
		s.end()
		if len(s.order) != 21 || !slices.IsSorted(s.order) || len(slices.Compact(slices.Clone(s.order))) != 21 {
			t.Errorf("told: got %v, want 21 ascending", s.order)
		}
		s.do(func(*publisher) { t.Error("a change ran after the end") })
		s.wait(func(*publisher) { t.Error("a change ran after the end") })
	})
}

// TestViewFails: answers that cannot be built leave the last ones in service,
// and the next good generation is served.
func TestViewFails(t *testing.T) {
	g := compiled(t, plain("192.0.2.1"), nil)
	bad := *g
	bad.zones = []dnsserver.Zone{{Origin: "gtm.test.", Records: []dnswire.Record{{Name: "elsewhere.", Type: 1}}}}
	if _, err := bad.view(g.structure.Publish(fold(g, nil, nil, nil), nil), nil, false); err == nil {
		t.Fatal("the zone of the test is not bad")
	}
	synctest.Test(t, func(t *testing.T) {
		s := newStand(t)
		go s.run()
		s.wait(func(p *publisher) { p.adopt(&bad, true, "") })
		if got := s.current.Load(); got != nil {
			t.Errorf("bad first generation: got %v, want nothing in service", got)
		}
		s.wait(func(p *publisher) { p.adopt(g, true, "") })
		good := s.current.Load().view
		s.wait(func(p *publisher) { p.adopt(&bad, true, "") })
		<-time.After(time.Minute)
		if got := s.current.Load(); got.generation != g || good == nil {
			t.Errorf("bad generation: got %v, want the good one still in service", got.generation)
		}
		before := s.swapped()
		s.wait(func(p *publisher) { p.adopt(g, true, "") })
		if s.swapped() == before {
			t.Error("good generation again: not swapped in")
		}
		s.end()
	})
}

// TestForgottenNames: addresses of names that a new plan does not flatten are
// forgotten.
func TestForgottenNames(t *testing.T) {
	one := compiled(t, flat, nil)
	two := compiled(t, strings.ReplaceAll(flat, "a.example.net", "b.example.net"), one)
	s := newStand(t)
	s.adopt(one, true, "")
	s.resolved("a.example.net.", resolver.Answer{Addrs: []netip.Addr{netip.MustParseAddr("192.0.2.1")}})
	s.adopt(one, true, "")
	if len(s.addrs) != 1 {
		t.Errorf("same plan: got %v, want the address kept", s.addrs)
	}
	if s.adopt(two, true, ""); len(s.addrs) != 0 {
		t.Errorf("other plan: got %v, want nothing", s.addrs)
	}
}
