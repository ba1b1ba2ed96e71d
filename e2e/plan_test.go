//go:build linux

package e2e

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"meridian/admin/api"
	"meridian/admin/client"
)

// put has a plan put into service at a region, and waits for all that can be
// reached.
func (r *region) put(t *testing.T, b api.Bundle) (api.Change, error) {
	t.Helper()
	return r.api.PutPlan(t.Context(), b, "", api.Terms{Reason: "test", Timeout: startTime})
}

func (r *region) mustPut(t *testing.T, b api.Bundle) api.Change {
	t.Helper()
	c, err := r.put(t, b)
	if err != nil {
		t.Fatalf("changing the plan at %s: %v", r.name, err)
	}
	return c
}

// send has a plan put into service at a region, and waits for no other.
func (r *region) send(t *testing.T, b api.Bundle) {
	t.Helper()
	if _, err := r.api.PutPlan(t.Context(), b, "", api.Terms{Reason: "test", Wait: api.WaitNone, Timeout: time.Second}); err != nil {
		t.Fatalf("changing the plan at %s: %v", r.name, err)
	}
}

func (r *region) plan(t *testing.T) api.PlanState {
	t.Helper()
	p, err := r.api.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// marked is the service document with a static record that names it.
func (c *cluster) marked(mark string) api.Bundle {
	return c.proposed(fmt.Sprintf("records: \"mark TXT \\\"%s\\\"\"", mark))
}

// mark is the name of the plan whose answers a region gives.
func (r *region) mark() string {
	got, err := r.ask("TXT mark.gtm.test")
	if err != nil {
		return err.Error()
	}
	return strings.Trim(strings.Join(got.answers(), " "), `"`)
}

// serving waits until regions answer from a plan.
func serving(t *testing.T, within time.Duration, mark string, regions ...*region) time.Duration {
	t.Helper()
	begin := time.Now()
	for _, r := range regions {
		eventually(t, within-time.Since(begin), r.name+" answering from plan "+mark, func() (bool, string) {
			got := r.mark()
			return got == mark, got
		})
	}
	return time.Since(begin)
}

// TestPrimaryDead kills the region that writes the plan: plan changes are
// refused with a reason, gateways and answers go on, switches work; a region
// that is started without any other serves from its disk at once; promotion
// makes another the writer, and the old one steps down when it is back.
func TestPrimaryDead(t *testing.T) {
	t.Parallel()
	c := startCluster(t, clusterOptions{planSource: "api"})
	one, two, three := c.regions[0], c.regions[1], c.regions[2]
	two.mustPut(t, c.marked("first"))
	serving(t, converge, "first", c.regions...)

	one.kill()
	_, err := two.put(t, c.marked("refused"))
	if client.KindOf(err) != api.Unavailable || !strings.Contains(err.Error(), "node n1 writes the plan") || !strings.Contains(err.Error(), "management promote") {
		t.Errorf("a plan change without its writer: got %v, want %s, the writer named, and what to do", err, api.Unavailable)
	}
	for _, r := range []*region{two, three} {
		if status := r.fetch(t); status != http.StatusOK {
			t.Errorf("%s: the gateway answers %d, want 200", r.name, status)
		}
	}
	coldStart(t, two, three)

	out := run(t, "meridian", "management", "promote", "n2", "--reason", "n1 is lost", "--server", three.server())
	if !strings.Contains(out, "n2") {
		t.Errorf("promoting: got %q, want n2 named", out)
	}
	three.mustPut(t, c.marked("second"))
	serving(t, converge, "second", two, three)

	one.start(t)
	one.ready(t)
	took := serving(t, converge, "second", one)
	p := one.plan(t)
	if p.Writer.Here || p.Writer.Name != "n2" || p.Version.Term != 2 {
		t.Errorf("the old primary: got writer %+v, version %+v, want n2 and term 2", p.Writer, p.Version)
	}
	one.mustPut(t, c.marked("third")) // handed to n2
	serving(t, converge, "third", c.regions...)
	if p := one.plan(t); p.Version.Term != 2 || p.Version.Seq != 5 {
		t.Errorf("got version %+v, want term 2, sequence 5: the file, first, promotion, second, third", p.Version)
	}
	t.Logf("the old primary serves the new plan %v after it is ready", took.Round(time.Millisecond))
}

// coldStart kills regions and starts one of them alone, then the others.
func coldStart(t *testing.T, alone *region, others ...*region) {
	t.Helper()
	for _, r := range others {
		r.kill()
	}
	timely(t, "first answer of a region alone", time.Second, func() time.Duration {
		alone.kill()
		begin := time.Now()
		alone.start(t)
		eventually(t, startTime, "first answer of a region alone", func() (bool, string) {
			got, err := askWithin(alone.at(), "A contoso.gtm.test", 50*time.Millisecond)
			if err == nil && len(got.answers()) == 0 {
				t.Fatalf("first answer of a region alone: got %s, want an address: the registry is on its disk", got.text)
			}
			return err == nil, fmt.Sprint(err)
		})
		return alone.beyond(t, time.Since(begin))
	})
	alone.ready(t)
	serving(t, converge, "first", alone)
	if p := alone.plan(t); p.Writer.Reachable || p.Provisional {
		t.Errorf("a region alone: got %+v, want the committed plan and a writer that cannot be reached", p)
	}
	if n := len(alone.plan(t).Nodes); n != 3 {
		t.Errorf("a region alone knows %d nodes, want 3: the registry does not expire", n)
	}
	for _, r := range others {
		r.start(t)
		r.ready(t)
		serving(t, converge, "first", r)
	}
	eventually(t, startTime, "the others being back", func() (bool, string) {
		n, seen := alone.members(t)
		return n == 1+len(others), seen
	})
}

// serials follows the zone's serials at all regions until it is stopped.
type serials struct {
	quit chan struct{}
	done sync.WaitGroup
	mu   sync.Mutex
	back []string // where one went back
	seen map[string][]string
}

func watchSerials(t *testing.T, regions []*region) *serials {
	t.Helper()
	s := &serials{quit: make(chan struct{}), seen: map[string][]string{}}
	stop := sync.OnceFunc(func() { close(s.quit) })
	t.Cleanup(func() {
		stop()
		s.done.Wait()
	})
	for _, r := range regions {
		s.done.Go(func() {
			last := 0
			tick := time.NewTicker(2 * time.Millisecond)
			defer tick.Stop()
			for {
				select {
				case <-s.quit:
					return
				case <-tick.C:
				}
				got, err := askWithin(r.at(), "SOA gtm.test", 50*time.Millisecond)
				if err != nil || len(got.answers()) != 1 {
					continue
				}
				serial := 0
				if _, err := fmt.Sscan(strings.Fields(got.answers()[0])[2], &serial); err != nil {
					continue
				}
				s.note(r.name, last, serial)
				last = serial
			}
		})
	}
	return s
}

func (s *serials) note(name string, last, serial int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if serial < last {
		s.back = append(s.back, fmt.Sprintf("%s: %d after %d", name, serial, last))
	}
	if serial != last {
		s.seen[name] = append(s.seen[name], fmt.Sprint(serial))
	}
}

// TestZombie stops the writer in the middle of its work while another region is
// promoted and changes the plan: when it wakes up, its writes are refused, and
// no region ever goes back (faults.md B8, C1).
func TestZombie(t *testing.T) {
	t.Parallel()
	c := startCluster(t, clusterOptions{planSource: "api"})
	one, two, three := c.regions[0], c.regions[1], c.regions[2]
	s := watchSerials(t, c.regions)
	one.mustPut(t, c.marked("before"))
	version := one.plan(t).Version.Text
	late := make(chan error, 1)
	go func() { // is on its way when the writer stops
		_, err := one.api.PutPlan(t.Context(), c.marked("late"), version, api.Terms{Reason: "late", Wait: api.WaitNone, Timeout: time.Second})
		late <- err
	}()
	one.signal(t, syscall.SIGSTOP)
	for _, r := range []*region{two, three} {
		eventually(t, startTime, r.name+" missing n1", func() (bool, string) {
			alive, seen := r.members(t)
			return alive == 2, seen
		})
	}
	_, err := three.api.Promote(t.Context(), "n2", api.Terms{Reason: "n1 is frozen", Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 4 {
		two.send(t, c.marked(fmt.Sprintf("after %d", i)))
	}
	serving(t, converge, "after 3", two, three)
	one.signal(t, syscall.SIGCONT)
	t.Logf("what was on its way: %v", <-late)
	serving(t, startTime, "after 3", c.regions...)
	for _, r := range c.regions {
		if p := r.plan(t); p.Version.Term != 2 || p.Writer.Name != "n2" {
			t.Errorf("%s: got version %+v of %s, want term 2 of n2", r.name, p.Version, p.Writer.Name)
		}
	}
	three.mustPut(t, c.marked("last"))
	serving(t, converge, "last", c.regions...)
	three.signal(t, syscall.SIGSTOP) // now one that only applies
	eventually(t, startTime, "n2 missing n3", func() (bool, string) {
		alive, seen := two.members(t)
		return alive == 2, seen
	})
	for i := range 3 {
		two.send(t, c.marked(fmt.Sprintf("meanwhile %d", i)))
	}
	three.signal(t, syscall.SIGCONT)
	serving(t, startTime, "meanwhile 2", c.regions...)
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.back) > 0 {
		t.Errorf("serials went back: %v", s.back)
	}
	for _, r := range c.regions {
		if len(s.seen[r.name]) < 2 {
			t.Errorf("%s: saw serials %v, want several", r.name, s.seen[r.name])
		}
	}
}

// TestLargePlan changes a plan of 1 MiB ten times and measures how long it takes
// until all regions have compiled and serve it.
func TestLargePlan(t *testing.T) {
	c := startCluster(t, clusterOptions{planSource: "api"})
	var large strings.Builder
	profile := "  - {name: app%05d, trafficRoutingMethod: Weighted, ttl: 30, endpoints: [{name: us, target: 192.0.2.%d, alwaysServe: Enabled}, {name: eu, target: 198.51.100.%d, alwaysServe: Enabled}]}\n"
	for i := 0; large.Len() < 1<<20; i++ {
		fmt.Fprintf(&large, profile, i, i%250+1, i%250+1)
	}
	var took []time.Duration
	for i := range 10 {
		mark := fmt.Sprintf("large %d", i)
		b := c.proposed(large.String() + fmt.Sprintf("records: \"mark TXT \\\"%s\\\"\"", mark))
		at := c.regions[i%3]
		begin := time.Now()
		change := at.mustPut(t, b)
		serving(t, 2*startTime, mark, c.regions...)
		took = append(took, time.Since(begin).Round(time.Millisecond))
		c.regions[0].reaching(t, change, 3) // it writes the plan
	}
	slices.Sort(took)
	t.Logf("plan of %d octets in service everywhere after: p50 %v, p90 %v, max %v of %d", large.Len(), percentile(took, 50), percentile(took, 90), took[9], len(took))
	if half := percentile(took, 50); half > 10*time.Second { // a busy machine is late now and then, what is slow is late most times
		t.Errorf("half of them took %v or more, want at most 10 s", half)
	}
}
