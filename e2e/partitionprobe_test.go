//go:build linux

package e2e

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"testing"
	"time"

	"meridian/internal/dnstest"
)

// dialHere connects to a region's gateway in the namespace this thread is in.
func dialHere(r *region) (net.Conn, error) {
	return (&net.Dialer{Timeout: 2 * time.Second}).Dial("tcp", netip.AddrPortFrom(r.address, httpPort).String())
}

// once hands out one connection that stands already.
func once(conn net.Conn) func(context.Context, string, string) (net.Conn, error) {
	return func(context.Context, string, string) (net.Conn, error) { return conn, nil }
}

// startReference starts a name server that answers whoever asks, and returns
// how node files name it.
func startReference(t *testing.T, n *internet) string {
	t.Helper()
	ns, address := n.attach(t, referenceHost)
	at := netip.AddrPortFrom(address, 53).String()
	ns.inside(t, func() {
		s, err := dnstest.NewServer(at, false, func(string, string) dnstest.Answer { return dnstest.Answer{} })
		if err != nil {
			t.Error(err)
			return
		}
		t.Cleanup(s.Close)
	})
	return fmt.Sprintf("[%q]", at)
}

// startTargets serves the status page at two addresses of one host.
func startTargets(t *testing.T, n *internet) (first, second netip.Addr) {
	t.Helper()
	ns, first := n.attach(t, targetHost)
	second = first.Next()
	run(t, "ip", "-n", string(ns), "address", "add", second.String()+"/24", "dev", "eth0")
	for _, a := range []netip.Addr{first, second} {
		ns.inside(t, func() {
			l, err := net.Listen("tcp", netip.AddrPortFrom(a, 80).String())
			if err != nil {
				t.Error(err)
				return
			}
			s := &http.Server{ReadHeaderTimeout: 5 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })}
			done := make(chan struct{})
			go func() {
				defer close(done)
				_ = s.Serve(l) // until Close
			}()
			t.Cleanup(func() {
				_ = s.Close()
				<-done
			})
		})
	}
	return first, second
}

// TestObservers cuts observers off from a target: one that is alone abstains, a
// minority moves nothing, a majority moves the answers of all (faults.md A1, A2,
// A3).
func TestObservers(t *testing.T) {
	t.Parallel()
	n := newInternet(t)
	first, second := startTargets(t, n)
	c := startCluster(t, clusterOptions{
		regions: 5, net: n, references: startReference(t, n), tolerated: 1,
		extra: fmt.Sprintf(`  - name: shop
    trafficRoutingMethod: Priority
    ttl: 5
    monitorConfig: {protocol: HTTP, port: 80, path: /, intervalInSeconds: 1, timeoutInSeconds: 1, toleratedNumberOfFailures: %d}
    endpoints: [{name: r1, target: %s}, {name: r2, target: %s}]
`, tolerated, first, second),
	})
	for _, r := range c.regions {
		eventually(t, startTime, "both targets being up", func() (bool, string) {
			v := r.verdicts(t)
			return v["shop/r1"].Verdict == "up" && v["shop/r2"].Verdict == "up", fmt.Sprintf("%+v", v["shop/r1"])
		})
	}
	stays := func(r reply) bool { return slices.Equal(r.answers(), []string{first.String()}) }

	t.Run("isolated prober", func(t *testing.T) {
		own := startWatch(t, c.regions, "A shop.gtm.test", stays)
		gateways := startWatch(t, c.regions[1:], "A contoso-westus2-01.regional.gtm.test", func(r reply) bool {
			return slices.Equal(r.answers(), []string{c.regions[0].address.String()})
		})
		n.rule(t, fmt.Sprintf("from %s ipproto udp dport %d lookup main", host(1), gossipPort))
		for _, port := range []int{gossipPort, streamsPort, httpPort} {
			n.rule(t, fmt.Sprintf("from %s ipproto tcp sport %d lookup main", host(1), port))
		}
		for _, port := range []int{gossipPort, streamsPort} {
			n.rule(t, fmt.Sprintf("from %s ipproto tcp dport %d lookup main", host(1), port))
		}
		n.rule(t, fmt.Sprintf("from %s ipproto udp sport %d lookup main", host(1), fixedPort))
		n.rule(t, fmt.Sprintf("from %s blackhole", host(1)))
		took := eventually(t, startTime, "n1 knowing that it is cut off", func() (bool, string) {
			got := c.regions[0].metric(t, "meridian_prober_isolated")
			return got == 1, fmt.Sprint(got)
		})
		t.Logf("n1 knows that it is cut off after %v", took.Round(time.Millisecond))
		pause(t, 10*time.Second)
		own.stop(t)
		gateways.stop(t)
		n.heal(t)
		eventually(t, startTime, "n1 trusting itself again", func() (bool, string) {
			got := c.regions[0].metric(t, "meridian_prober_isolated")
			return got == 0, fmt.Sprint(got)
		})
	})
	cut := func(observer int) { n.rule(t, fmt.Sprintf("from %s to %s blackhole", host(observer), first)) }
	t.Run("minority", func(t *testing.T) {
		w := startWatch(t, c.regions, "A shop.gtm.test", stays)
		cut(1)
		cut(2)
		eventually(t, startTime, "dissent showing at n5", func() (bool, string) {
			m, err := c.regions[4].api.Matrix(t.Context(), "path_broken", 0)
			return err == nil && len(m.Targets) == 1 && m.Targets[0].ID == "shop/r1", fmt.Sprintf("%v %+v", err, m.Targets)
		})
		pause(t, 5*time.Second)
		w.stop(t)
	})
	t.Run("majority", func(t *testing.T) {
		const late = 2 * time.Second // may the last answer be, and come after the first
		timely(t, "the answers beyond their time", late, func() time.Duration {
			cut(3)
			took := c.moved(t, second)
			t.Logf("all answers have moved after %v", took)
			n.heal(t)
			t.Logf("all answers are back after %v", c.moved(t, first))
			cut(1)
			cut(2)
			return max(slices.Max(took)-promise, slices.Max(took)-slices.Min(took))
		})
	})
}

// moved waits until every region answers shop with an address, and returns when
// each did.
func (c *cluster) moved(t *testing.T, to netip.Addr) []time.Duration {
	t.Helper()
	begin := time.Now()
	took := make([]time.Duration, len(c.regions))
	eventually(t, startTime, "all regions answering "+to.String(), func() (bool, string) {
		all := true
		for i, r := range c.regions {
			if took[i] > 0 {
				continue
			}
			got, err := r.asked("A shop.gtm.test")
			if err == nil && got == to {
				took[i] = time.Since(begin).Round(time.Millisecond)
				continue
			}
			all = false
		}
		return all, fmt.Sprint(took)
	})
	return took
}

// TestOneWayCut loses what one region sends another: the others keep both as
// members (faults.md B3). Then all packets of one region are lost, and only its
// streams are left: it is named, and there is no storm (faults.md B4).
func TestOneWayCut(t *testing.T) {
	t.Parallel()
	n := newInternet(t)
	c := startCluster(t, clusterOptions{regions: 4, net: n})
	failures := func() (sum float64) {
		for _, r := range c.regions {
			sum += r.metric(t, "meridian_cluster_failures_total")
		}
		return sum
	}
	before := failures()
	n.drop(t, 1, 2, "")
	pause(t, 15*time.Second)
	if got := failures(); got != before {
		t.Errorf("one way cut: %v members failed, want none", got-before)
	}
	for _, r := range c.regions {
		if alive, seen := r.members(t); alive != len(c.regions) {
			t.Errorf("%s: got %s, want all alive", r.name, seen)
		}
	}
	n.heal(t)
	eventually(t, 20*time.Second, "packets passing again", func() (bool, string) { return c.broken(t, false) })

	suspicions, sent := c.sum(t, "meridian_cluster_suspicions_total"), c.sum(t, "meridian_cluster_messages_sent_total")
	begin := time.Now()
	pause(t, 5*time.Second)
	baseline := (c.sum(t, "meridian_cluster_messages_sent_total") - sent) / time.Since(begin).Seconds()
	n.rule(t, fmt.Sprintf("from %s ipproto udp dport %d blackhole", host(1), gossipPort))
	n.rule(t, fmt.Sprintf("to %s ipproto udp dport %d blackhole", host(1), gossipPort))
	sent = c.sum(t, "meridian_cluster_messages_sent_total")
	begin = time.Now()
	named := eventually(t, startTime, "n1's packets being named as lost", func() (bool, string) { return c.broken(t, true) })
	pause(t, 15*time.Second-time.Since(begin))
	took := time.Since(begin).Seconds()
	rate, messages := (c.sum(t, "meridian_cluster_suspicions_total")-suspicions)/took, (c.sum(t, "meridian_cluster_messages_sent_total")-sent)/took
	t.Logf("without UDP at n1: named after %v, %.2f suspicions/s, %.0f messages/s, %.0f before", named.Round(time.Millisecond), rate, messages, baseline)
	if rate > 1 || messages > 3*baseline {
		t.Errorf("got %.2f suspicions/s and %.0f messages/s, want at most 1 and %.0f", rate, messages, 3*baseline)
	}
	if got := failures(); got != before {
		t.Errorf("without UDP: %v members failed, want none", got-before)
	}
	off := false
	timely(t, "a switch reaching all without UDP", 2*time.Second, func() time.Duration {
		off = !off
		c.regions[2].mustFlip(t, c.regions[1].id, off)
		return switched(t, converge, c.regions[1].id, off, c.regions...)
	})
}

func (c *cluster) sum(t *testing.T, metric string) (sum float64) {
	t.Helper()
	for _, r := range c.regions {
		sum += r.metric(t, metric)
	}
	return sum
}

// broken reports whether all others say that no packet passes between them and
// the first region, and none that between themselves; without want: whether
// nobody says so of anybody.
func (c *cluster) broken(t *testing.T, want bool) (ok bool, seen string) {
	t.Helper()
	ok = true
	for _, r := range c.regions[1:] {
		cl, err := r.api.Cluster(t.Context())
		if err != nil {
			return false, err.Error()
		}
		for _, m := range cl.Members {
			bad := m.UDP == "unreachable" || m.UDP == "one_way"
			ok = ok && bad == (want && m.Name == c.regions[0].name)
			seen += fmt.Sprintf("%s: %s %s %s; ", r.name, m.Name, m.State, m.UDP)
		}
	}
	return ok, seen
}
