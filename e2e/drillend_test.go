//go:build linux

package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"meridian/admin/api"
)

// drillOver is how far from its time a drill may end (scenario C15).
const drillOver = 2 * time.Second

// abortTime is how long after its cause a drill is over everywhere (C16).
const abortTime = 5 * time.Second

// TestDrillEnds ends drills in all the ways they end.
func TestDrillEnds(t *testing.T) {
	t.Parallel()
	first := netip.AddrFrom4([4]byte{127, 240, 16, 1})
	// The references of the probes outlive all but one region, so that its bad
	// news about the others counts.
	c := startCluster(t, clusterOptions{ttl: 1, first: first, references: fmt.Sprintf(`["%s:%d"]`, first.Next(), fixedPort)})
	t.Run("share", c.drillShare)
	t.Run("abort", c.drillAbort)
	t.Run("url", c.drillURL)
	t.Run("metric", c.drillMetric)
	t.Run("blocked", c.drillBlocked)
	c.drillOrphan(t)
	c.drillYields(t)
}

// off waits until every region's name server answers another address for a
// location, and on until each answers its own.
func (c *cluster) off(t *testing.T, of *region) { c.shows(t, of, false, converge, c.regions...) }

func (c *cluster) on(t *testing.T, of *region, within time.Duration) time.Duration {
	return c.shows(t, of, true, within, c.regions...)
}

func (c *cluster) shows(t *testing.T, of *region, itself bool, within time.Duration, at ...*region) time.Duration {
	t.Helper()
	begin := time.Now()
	for _, r := range at {
		eventually(t, within-time.Since(begin), fmt.Sprintf("%s answering %s itself: %t", r.name, of.id, itself), func() (bool, string) {
			got, err := r.regional(of.id)
			return err == nil && (got == of.address) == itself, fmt.Sprintf("%v %v", got, err)
		})
	}
	return time.Since(begin)
}

// ended checks that every region says how a drill ended.
func (c *cluster) ended(t *testing.T, id, cause, by, why string, at ...*region) {
	t.Helper()
	for _, r := range at {
		d := r.drillEnds(t, converge, id)
		if d.End != cause || !strings.Contains(d.AbortedBy, by) || !strings.Contains(d.Why, why) {
			t.Errorf("%s: ended %q by %q, %q: want %q by %q, %q", r.name, d.End, d.AbortedBy, d.Why, cause, by, why)
		}
		out := r.drillReport(t, id).Outcome
		if out.Cause != cause || !strings.Contains(out.By, by) || !strings.Contains(out.Text, why) {
			t.Errorf("report at %s: got %+v, want %q by %q, %q", r.name, out, cause, by, why)
		}
	}
}

// drillAbort has a drill end from another node than it was started at, the
// drilled one.
func (c *cluster) drillAbort(t *testing.T) {
	of := c.regions[2]
	id := c.regions[0].startDrill(t, api.DrillOrder{Location: of.id, For: "10m"})
	c.off(t, of)
	begin := time.Now()
	out := run(t, "meridian", "--server", of.server(), "drill", "abort", "--reason", "seen enough")
	if !strings.Contains(out, "APPLIED AT") {
		t.Errorf("drill abort printed %q, want the nodes that have it", out)
	}
	c.on(t, of, converge)
	t.Logf("aborted everywhere after %v", time.Since(begin))
	c.ended(t, id, "aborted", "socket:0", "seen enough", c.regions...)
	if _, err := c.regions[1].api.AbortDrill(t.Context(), id, api.Terms{}); err == nil {
		t.Error("a drill that has ended was aborted once more, want a refusal")
	}
}

// drillURL ends a drill by a URL that turns bad (C16).
func (c *cluster) drillURL(t *testing.T) {
	var bad atomic.Bool
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if bad.Load() {
			w.WriteHeader(http.StatusInternalServerError)
		}
	}))
	defer s.Close()
	of := c.regions[1]
	id := c.regions[2].startDrill(t, api.DrillOrder{Location: of.id, For: "10m", Abort: api.List[api.DrillSignal]{{Name: "shop", URL: s.URL}}})
	c.off(t, of)
	always(t, 2*time.Second, "drill running while its signal is good", func() (bool, string) {
		d, err := c.regions[0].api.Drill(t.Context(), id)
		return err == nil && d.State == "running", fmt.Sprintf("%v %+v", err, d)
	})
	bad.Store(true)
	t.Logf("over everywhere %v after the signal turned bad", c.on(t, of, abortTime))
	c.ended(t, id, "aborted", "signal shop", "answers 500, wanted 200", c.regions...)
}

// drillMetric ends a drill by a metric of one node.
func (c *cluster) drillMetric(t *testing.T) {
	const metric = `meridian_gateway_requests_total{outcome="here"}`
	of, busy := c.regions[2], c.regions[0]
	out := run(t, "meridian", "--server", c.regions[1].server(), "drill", "start", of.id, "--for", "10m",
		"--abort-unless", metric+" < 1000", "--reason", "metric", "-o", "json", "--query", "object")
	id := strings.TrimPrefix(strings.Trim(strings.TrimSpace(out), `"`), "drill/")
	c.off(t, of)
	h := clientFrom(netip.MustParseAddr("127.0.0.1"), false)
	defer h.CloseIdleConnections()
	for range 1000 {
		resp, err := h.Get(busy.url())
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close() // empty
	}
	t.Logf("over everywhere %v after the metric turned bad", c.on(t, of, abortTime))
	c.ended(t, id, "aborted", "signal signal-1", "wanted < 1000", c.regions...)
}

// drillBlocked has a blocking signal refuse a drill.
func (c *cluster) drillBlocked(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	defer s.Close()
	o := api.DrillOrder{Location: c.regions[1].id, For: "1m", Block: api.List[api.DrillSignal]{{Name: "quiet", URL: s.URL}}}
	_, err := c.regions[1].api.StartDrill(t.Context(), o, api.Terms{Reason: "test"})
	if err == nil || !strings.Contains(err.Error(), "blocking signal quiet is red") || !strings.Contains(err.Error(), "answers 404, wanted 200") {
		t.Errorf("got %v, want a refusal that tells of the signal", err)
	}
}

// drillOrphan kills the node a drill was started at: the drill ends on all nodes
// when its time is over (C15), also on the one that was killed.
func (c *cluster) drillOrphan(t *testing.T) {
	of, starter, rest := c.regions[2], c.regions[0], c.regions[1:]
	begin := time.Now()
	id := starter.startDrill(t, api.DrillOrder{Location: of.id, For: "12s"})
	starter.kill()
	c.shows(t, of, false, converge, rest...)
	starter.start(t)
	starter.ready(t)
	c.off(t, of)
	always(t, time.Until(begin.Add(12*time.Second-drillOver)), "drill in force", func() (bool, string) {
		got, err := rest[0].regional(of.id)
		return err == nil && got != of.address, fmt.Sprintf("%v %v", got, err)
	})
	c.on(t, of, time.Until(begin.Add(12*time.Second+drillOver)))
	t.Logf("over everywhere %v after it was started, for 12 s", time.Since(begin))
	c.ended(t, id, "expired", "", "", c.regions...)
}

// well waits until the regions know each other and all locations are up.
func (c *cluster) well(t *testing.T) {
	t.Helper()
	c.settled(t, c.regions...)
	for _, r := range c.regions {
		eventually(t, startTime, r.name+" finding all locations well", func() (bool, string) {
			all, err := r.api.Locations(t.Context())
			for i := range all.Locations {
				if all.Locations[i].Status != "Online" {
					err = fmt.Errorf("%s is %s", all.Locations[i].ID, all.Locations[i].Status)
				}
			}
			return err == nil, fmt.Sprint(err)
		})
	}
}

// drillYields loses the other regions during a drill: it ends by itself (C16).
func (c *cluster) drillYields(t *testing.T) {
	of := c.regions[1]
	c.well(t)
	id := c.regions[0].startDrill(t, api.DrillOrder{Location: of.id, For: "10m"})
	c.off(t, of)
	c.regions[0].kill()
	c.regions[2].kill()
	begin := time.Now()
	lost := c.shows(t, of, true, 30*time.Second, of)
	of.drillEnds(t, abortTime, id)
	t.Logf("the location answered again %v after the others were killed, the drill was over after %v", lost, time.Since(begin))
	c.ended(t, id, "yielded", "drill", "none of the 2 other locations is available", of)
	of.event(t, "drill_ended")
}

// drillShare takes 20 % of a location's clients away: the same networks at every
// name server.
func (c *cluster) drillShare(t *testing.T) {
	of := c.regions[0]
	before := c.led(t, c.regions[1])
	run(t, "meridian", "--server", c.regions[1].server(), "drill", "start", of.id, "--for", "10m", "--share", "20%", "--reason", "share")
	eventually(t, converge, "some clients being led elsewhere", func() (bool, string) {
		now := c.led(t, c.regions[0])
		return moved(before, now, of) > 0, fmt.Sprint(len(now))
	})
	during := c.led(t, c.regions[0])
	n, all := moved(before, during, of), 0
	for _, a := range before {
		if a == of.address {
			all++
		}
	}
	share := float64(n) / float64(all)
	t.Logf("%d of %d networks were moved", n, all)
	// Four standard deviations of a draw of 20 % among so many networks.
	if all < 200 || share < .12 || share > .28 {
		t.Errorf("%d of %d networks were moved, want 20 %% ± 8", n, all)
	}
	for _, r := range c.regions[1:] {
		eventually(t, converge, r.name+" moving the same networks", func() (bool, string) {
			other := c.led(t, r)
			for network, a := range during {
				if other[network] != a {
					return false, fmt.Sprintf("%s: %v, elsewhere %v", network, other[network], a)
				}
			}
			return true, ""
		})
	}
	run(t, "meridian", "--server", of.server(), "drill", "abort", "--reason", "seen enough")
	eventually(t, converge, "all clients being back", func() (bool, string) {
		back := c.led(t, c.regions[2])
		return moved(before, back, of) == 0, fmt.Sprint(moved(before, back, of))
	})
}

// led is where 400 networks of one part of the world are led.
func (c *cluster) led(t *testing.T, at *region) map[string]netip.Addr {
	t.Helper()
	out := map[string]netip.Addr{}
	for i := range 400 {
		network := fmt.Sprintf("8.%d.%d.0/24", 8+i/100, i%100)
		a, err := at.asked("A contoso.gtm.test +subnet=" + network)
		if err != nil {
			t.Fatalf("asking %s for %s: %v", at.name, network, err)
		}
		out[network] = a
	}
	return out
}

// moved counts the networks that are led to a location no more.
func moved(before, now map[string]netip.Addr, of *region) (n int) {
	for network, a := range before {
		if a == of.address && now[network] != a {
			n++
		}
	}
	return n
}
