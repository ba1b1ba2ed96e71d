//go:build linux

package e2e

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"meridian/admin/api"
)

// weekdays are all days: the tests' windows are open on any of them.
const weekdays = "[Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday]"

// schedules are two drills whose windows have just opened; the second one's
// days are blocked.
func schedules(now time.Time) string {
	today, tomorrow := now.Format(time.DateOnly), now.AddDate(0, 0, 1).Format(time.DateOnly)
	return fmt.Sprintf(`
drills:
  - {name: weekly, location: West Europe, for: 2m, window: {days: %[1]s, start: "%[2]s", duration: 30m}}
  - {name: frozen, location: Japan East, for: 2m, window: {days: %[1]s, start: "%[2]s", duration: 30m}, blocked: [{from: %[3]s, to: %[4]s}]}
`, weekdays, now.Format("15:04"), today, tomorrow)
}

// TestDrillSchedule has a drill start by itself, once, although every region
// sees that it is due; a blocked one does not. Then it tries to drill without
// the capacity for it.
func TestDrillSchedule(t *testing.T) {
	t.Parallel()
	c := newCluster(t, clusterOptions{ttl: 1, extra: schedules(time.Now().UTC())})
	for _, r := range c.regions {
		service := read(t, r.path("service.yaml"))
		service = strings.ReplaceAll(service, "primary: true}", "primary: true, unitCapacity: {requestsPerSecond: 20}}")
		service = strings.ReplaceAll(service, "primary: false}", "primary: false, unitCapacity: {requestsPerSecond: 20}}")
		write(t, r.dir, "service.yaml", service)
	}
	for _, r := range c.regions {
		r.start(t)
	}
	for _, r := range c.regions {
		r.ready(t)
	}
	of := c.regions[1]
	for _, r := range c.regions {
		eventually(t, 2*startTime, r.name+" knowing a drill", func() (bool, string) {
			all, err := r.api.Drills(t.Context(), 0)
			return err == nil && len(all.Drills) > 0, fmt.Sprintf("%v %+v", err, all)
		})
	}
	c.shows(t, of, false, converge, c.regions...)
	first := c.scheduled(t)
	if !strings.HasPrefix(first.ID, "weekly-") || first.Schedule != "weekly" || first.By != "schedule weekly" {
		t.Errorf("got %+v, want the drill of the schedule", first)
	}
	run(t, "meridian", "--server", of.server(), "drill", "abort", "--reason", "seen enough")
	c.on(t, of, converge)
	pause(t, 2*time.Second) // in which it is noted on disk
	// The window is open and the primary is anew: it has had its drill all the same.
	c.regions[0].kill()
	c.regions[0].start(t)
	c.regions[0].ready(t)
	c.well(t)
	always(t, 3*time.Second, "one drill", func() (bool, string) {
		return c.scheduled(t).ID == first.ID, ""
	})
	c.checkSchedules(t)
	c.drillCapacity(t)
}

// scheduled returns the drill that every region knows: one and the same.
func (c *cluster) scheduled(t *testing.T) (out api.Drill) {
	t.Helper()
	for _, r := range c.regions {
		all, err := r.api.Drills(t.Context(), 0)
		if err != nil {
			t.Fatal(err)
		}
		if len(all.Drills) != 1 || out.ID != "" && out.ID != all.Drills[0].ID {
			t.Fatalf("%s knows %+v, want one drill, %s", r.name, all.Drills, out.ID)
		}
		out = all.Drills[0]
	}
	return out
}

// checkSchedules looks at what is said of the drills to come.
func (c *cluster) checkSchedules(t *testing.T) {
	t.Helper()
	all, err := c.regions[2].api.Drills(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	next := map[string]time.Duration{}
	for _, s := range all.Schedules {
		if s.Next != nil {
			next[s.Name] = time.Until(*s.Next)
		}
	}
	if n := next["weekly"]; n < 23*time.Hour || n > 24*time.Hour {
		t.Errorf("weekly is next in %v, want a day less what has gone by", n)
	}
	if n := next["frozen"]; n < 47*time.Hour || n > 48*time.Hour {
		t.Errorf("frozen is next in %v, want two days less what has gone by: today and tomorrow are blocked", n)
	}
}

// drillCapacity drills while the others could not carry the load (C17).
func (c *cluster) drillCapacity(t *testing.T) {
	of := c.regions[2]
	load := startWitness(c.regions)
	defer load.stop()
	order := api.DrillOrder{Location: of.id, For: "10m"}
	numbers := regexp.MustCompile(`load ([0-9,]+) rps > 40 rps of the remaining`)
	eventually(t, startTime, "a drill being refused for want of capacity", func() (bool, string) {
		dry, err := of.api.StartDrill(t.Context(), order, api.Terms{Reason: "test", DryRun: true})
		seen := fmt.Sprintf("%v %+v", err, dry.Findings)
		return err == nil && numbers.MatchString(seen), seen
	})
	_, err := of.api.StartDrill(t.Context(), order, api.Terms{Reason: "test"})
	if err == nil || !numbers.MatchString(err.Error()) {
		t.Fatalf("got %v, want a refusal with numbers", err)
	}
	t.Logf("refused: %v", err)
	order.Force = true
	change, err := of.api.StartDrill(t.Context(), order, api.Terms{Reason: "test"})
	if err != nil || !numbers.MatchString(fmt.Sprint(change.Findings)) {
		t.Fatalf("by force: got %v %+v, want it started, with the finding", err, change.Findings)
	}
	c.off(t, of)
	run(t, "meridian", "--server", c.regions[0].server(), "drill", "abort", "--reason", "seen enough")
	c.on(t, of, converge)
}
