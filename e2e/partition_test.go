//go:build linux

package e2e

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"meridian/admin/api"
	"meridian/admin/client"
)

// metric returns the sum of a metric's samples at a region.
func (r *region) metric(t *testing.T, name string) float64 {
	t.Helper()
	text, err := r.api.Metrics(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for s := bufio.NewScanner(strings.NewReader(text)); s.Scan(); {
		f := strings.Fields(s.Text())
		if len(f) != 2 || f[0] != name && !strings.HasPrefix(f[0], name+"{") {
			continue
		}
		v, err := strconv.ParseFloat(f[1], 64)
		if err != nil {
			t.Fatalf("metric %q: %v", s.Text(), err)
		}
		sum += v
	}
	return sum
}

// watch asks every region's name server all the time until it is stopped.
type watch struct {
	quit    chan struct{}
	once    sync.Once
	done    sync.WaitGroup
	answers atomic.Int64
	mu      sync.Mutex
	bad     []string
}

// startWatch asks a question at all regions; ok says what a good answer is.
func startWatch(t *testing.T, regions []*region, line string, ok func(reply) bool) *watch {
	t.Helper()
	w := &watch{quit: make(chan struct{})}
	t.Cleanup(w.end)
	for _, r := range regions {
		w.done.Go(func() {
			tick := time.NewTicker(20 * time.Millisecond)
			defer tick.Stop()
			for {
				select {
				case <-w.quit:
					return
				case <-tick.C:
				}
				got, err := r.ask(line)
				w.answers.Add(1)
				if err != nil || !ok(got) {
					w.mu.Lock()
					w.bad = append(w.bad, fmt.Sprintf("%s: %v %s", r.name, err, got.text))
					w.mu.Unlock()
				}
			}
		})
	}
	return w
}

// stop stops asking and fails the test if any answer was not good.
func (w *watch) stop(t *testing.T) {
	t.Helper()
	w.end()
	if len(w.bad) > 0 {
		t.Errorf("%d of %d answers were not good, the first: %s", len(w.bad), w.answers.Load(), w.bad[0])
	}
}

// end stops asking.
func (w *watch) end() {
	w.once.Do(func() { close(w.quit) })
	w.done.Wait()
}

func some(r reply) bool { return r.status() == "NOERROR" && len(r.answers()) > 0 }

// proposed is the service document with another line at the end.
func (c *cluster) proposed(line string) api.Bundle {
	return api.Bundle{Document: c.service() + line + "\n", Name: "service.yaml"}
}

// numbers counts from one to n.
func numbers(from, to int) []int {
	var out []int
	for i := from; i <= to; i++ {
		out = append(out, i)
	}
	return out
}

// TestSplit parts five regions in two and three for 40 s: both sides answer
// every question and take switches, plan changes need the writer's side; the
// smaller side says that it is cut off. After healing all regions hold the same,
// and no switch is lost (faults.md B1).
func TestSplit(t *testing.T) {
	t.Parallel()
	n := newInternet(t)
	c := startCluster(t, clusterOptions{regions: 5, net: n, planSource: "api", ttl: 60})
	small, large := c.regions[:2], c.regions[2:]
	w := startWatch(t, c.regions, "A contoso.gtm.test", some)
	n.split(t, numbers(1, 2), numbers(3, 5))
	begin := time.Now()

	at, reached := map[string]api.Change{}, map[*region]int{small[1]: len(small), large[1]: len(large)}
	for r, location := range map[*region]string{small[1]: c.regions[4].id, large[1]: c.regions[3].id} {
		at[r.name] = r.reaching(t, r.mustFlip(t, location, true), reached[r])
	}
	if got := lacking(at["n2"]); !slices.Equal(got, []string{"n3", "n4", "n5"}) {
		t.Errorf("a switch at the smaller side: got %v missing, want the other side: %+v", got, at["n2"])
	}
	if got := lacking(at["n4"]); !slices.Equal(got, []string{"n1", "n2"}) {
		t.Errorf("a switch at the larger side: got %v missing, want the other side: %+v", got, at["n4"])
	}
	_, err := large[0].api.PutPlan(t.Context(), c.proposed("# changed"), "", api.Terms{Reason: "test", Timeout: 5 * time.Second})
	if client.KindOf(err) != api.Unavailable || !strings.Contains(fmt.Sprint(err), "n1") || !strings.Contains(fmt.Sprint(err), "promote") {
		t.Errorf("a plan change without its writer: got %v, want %s, the writer named, and what to do", err, api.Unavailable)
	}
	for _, r := range small {
		eventually(t, 45*time.Second-time.Since(begin), r.name+" answering as one that is cut off", r.cutOff)
	}
	for _, r := range large {
		if off, seen := r.cutOff(); off {
			t.Errorf("%s has a majority and answers as one that is cut off: %s", r.name, seen)
		}
	}
	pause(t, 40*time.Second-time.Since(begin))

	n.heal(t)
	healed := time.Now()
	want := map[string]bool{c.regions[4].id: true, c.regions[3].id: true}
	c.agree(t, 30*time.Second, want)
	c.settledBut(t, want)
	t.Logf("all regions hold the same %v after healing", time.Since(healed).Round(time.Millisecond))
	eventually(t, startTime, "the smaller side not being cut off any more", func() (bool, string) {
		off, seen := small[0].cutOff()
		return !off, seen
	})
	w.stop(t)
	if _, err := large[0].api.PutPlan(t.Context(), c.proposed("# changed"), "", api.Terms{Reason: "test", Timeout: 5 * time.Second}); err != nil {
		t.Errorf("a plan change after healing: %v", err)
	}
}

// lacking names the regions that a change has not reached.
func lacking(c api.Change) []string {
	var out []string
	for _, m := range c.Missing {
		out = append(out, m.Name)
	}
	return out
}

// cutOff reports whether a region answers as one without contact to most others:
// a TTL of at most 10 s and extended error 3.
func (r *region) cutOff() (off bool, seen string) {
	got, err := r.ask("A contoso.gtm.test")
	if err != nil {
		return false, err.Error()
	}
	stale := strings.Contains(got.text, "ede=3")
	for line := range strings.Lines(got.text) {
		f := strings.Fields(line)
		if len(f) > 5 && f[0] == "answer" {
			ttl, err := strconv.Atoi(f[2])
			return err == nil && ttl <= 10 && stale, got.text
		}
	}
	return false, got.text
}

// agree waits until all regions hold the same values, and these locations are
// off and no others.
func (c *cluster) agree(t *testing.T, within time.Duration, off map[string]bool) time.Duration {
	t.Helper()
	return eventually(t, within, "all regions holding the same", func() (bool, string) {
		seen := make([]string, len(c.regions))
		for i, r := range c.regions {
			seen[i] = r.layers(t)
		}
		same := !slices.ContainsFunc(seen, func(s string) bool { return s != seen[0] || s == "" })
		for _, r := range c.regions {
			same = same && strings.Contains(seen[0], fmt.Sprintf("%s %t", r.id, off[r.id]))
		}
		return same, strings.Join(seen, "\n")
	})
}

// settledBut waits until all regions are members of each other's and answer the
// names of those that are on.
func (c *cluster) settledBut(t *testing.T, off map[string]bool) {
	t.Helper()
	for _, r := range c.regions {
		eventually(t, 30*time.Second, r.name+" having settled", func() (bool, string) {
			for _, other := range c.regions {
				if got, err := r.regional(other.id); err != nil || (got == other.address) == off[other.id] {
					return false, fmt.Sprintf("%s answers %v, %v for %s", r.name, got, err, other.id)
				}
			}
			alive, seen := r.members(t)
			return alive == len(c.regions), seen
		})
	}
}

// members counts the members a region takes for alive.
func (r *region) members(t *testing.T) (alive int, seen string) {
	cl, err := r.api.Cluster(t.Context())
	if err != nil {
		return 0, err.Error()
	}
	for _, m := range cl.Members {
		seen += m.Name + " " + m.State + " " + m.UDP + "; "
		if m.State == "alive" {
			alive++
		}
	}
	return alive, seen
}

// TestConflict switches one location to opposite values on two sides of a split,
// and the last locations off from both sides: off wins, every region folds the
// same, not everything is off (faults.md C13).
func TestConflict(t *testing.T) {
	t.Parallel()
	n := newInternet(t)
	c := startCluster(t, clusterOptions{net: n})
	one, two, three := c.regions[0], c.regions[1], c.regions[2]
	one.mustFlip(t, three.id, true)
	switched(t, converge, three.id, true, c.regions...)
	n.split(t, numbers(1, 1), numbers(2, 3))
	one.mustFlip(t, three.id, false) // here it is on …
	two.mustFlip(t, three.id, false)
	two.mustFlip(t, three.id, true) // … and there off
	one.mustFlip(t, two.id, true)   // one and three are left here
	two.mustFlip(t, one.id, true)   // and only two there
	n.heal(t)

	seen := ""
	took := eventually(t, 30*time.Second, "all regions holding the same", func() (bool, string) {
		seen = one.layers(t)
		return seen != "" && seen == two.layers(t) && seen == three.layers(t), seen + "\n" + two.layers(t) + "\n" + three.layers(t)
	})
	t.Logf("all regions hold the same %v after healing: %s", took.Round(time.Millisecond), seen)
	if !strings.Contains(seen, three.id+" true") {
		t.Errorf("got %s, want %s off: off wins", seen, three.id)
	}
	if !strings.Contains(seen, " false") {
		t.Errorf("got %s, want one location on", seen)
	}
	for _, r := range c.regions {
		if e := r.event(t, "intent_conflict"); e.Subject != "location/"+three.id {
			t.Errorf("%s: got conflict event %+v, want one about %s", r.name, e, three.id)
		}
		if e := r.event(t, "intent_held"); !strings.Contains(e.Text, "held") {
			t.Errorf("%s: got %+v, want the switch that is held named", r.name, e)
		}
		if got, err := r.ask("A contoso.gtm.test"); err != nil || !some(got) {
			t.Errorf("%s: got %v %s, want an answer", r.name, err, got.text)
		}
	}
}

// TestTwoLocations cuts two regions apart, and kills each in turn: the one that
// is left serves alone.
func TestTwoLocations(t *testing.T) {
	t.Parallel()
	n := newInternet(t)
	references := startReference(t, n)
	c := startCluster(t, clusterOptions{regions: 2, net: n, references: references, ttl: 60})
	near := []string{"A contoso.gtm.test +subnet=8.8.8.0/24", "A contoso.gtm.test +subnet=141.20.1.0/24"} // clients of one and of the other
	for i, dead := range c.regions {
		left := c.regions[1-i]
		w := startWatch(t, []*region{left}, "A contoso.gtm.test", some)
		dead.kill()
		took := eventually(t, 2*startTime, left.name+" answering itself alone", func() (bool, string) {
			got, err := left.ask(near[i])
			return err == nil && slices.Equal(got.answers(), []string{left.address.String()}), got.text + left.doubts(t)
		})
		if status := left.fetch(t); status != http.StatusOK {
			t.Errorf("%s: the gateway answers %d, want 200", left.name, status)
		}
		left.mustFlip(t, dead.id, true)
		left.mustFlip(t, dead.id, false)
		w.stop(t)
		t.Logf("%s is left alone and answers only itself after %v", left.name, took.Round(time.Millisecond))
		dead.start(t)
		dead.ready(t)
		c.settled(t, c.regions...)
	}
	n.split(t, []int{1}, []int{2})
	for _, r := range c.regions {
		took := eventually(t, 45*time.Second, r.name+" answering as one that is cut off", r.cutOff)
		cl, err := r.api.Cluster(t.Context())
		if err != nil || !cl.Isolated {
			t.Errorf("%s: got %v, isolated %t, want isolated", r.name, err, cl.Isolated)
		}
		t.Logf("%s answers as one that is cut off after %v", r.name, took.Round(time.Millisecond))
	}
}

// doubts spells whether a region's prober trusts itself.
func (r *region) doubts(t *testing.T) string {
	t.Helper()
	h, err := r.api.Health(t.Context(), client.HealthFilter{})
	if err != nil {
		return err.Error()
	}
	out := fmt.Sprintf("awareness %v, prober %+v", r.metric(t, "meridian_cluster_awareness"), h.Prober)
	for _, target := range h.Targets {
		out += fmt.Sprintf("\n%s %s %s, probed %+v, votes %+v", target.ID, target.Verdict, target.Reason, target.LastProbe, target.Votes)
	}
	return out
}

// fetch asks a region's gateway, from beside it.
func (r *region) fetch(t *testing.T) (status int) {
	t.Helper()
	h := &http.Transport{DisableKeepAlives: true}
	r.ns.inside(t, func() {
		// The dial has to happen on this thread: it is the one in the namespace.
		conn, err := dialHere(r)
		if err != nil {
			t.Error(err)
			return
		}
		h.DialContext = once(conn)
	})
	if h.DialContext == nil {
		return 0
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.url(), http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = "contoso.gtm.test"
	resp, err := h.RoundTrip(req)
	if err != nil {
		t.Errorf("%s: %v", r.name, err)
		return 0
	}
	_ = resp.Body.Close() // read only
	return resp.StatusCode
}
