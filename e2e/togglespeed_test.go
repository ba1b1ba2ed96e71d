//go:build linux

package e2e

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"
)

// converge is how long a switch may take to be in the answers of every region
// on a busy machine. It is no promise: the figures are logged.
const converge = 15 * time.Second

// TestToggleSpeed switches locations at regions drawn at random and measures how
// long it takes until every region's name server answers accordingly; the same
// with the primary killed.
func TestToggleSpeed(t *testing.T) {
	c := startCluster(t, clusterOptions{})
	report(t, "three regions", c.toggles(t, 100, c.regions, c.regions))
	c.regions[0].kill()
	survivors := c.regions[1:]
	// The others do not answer the dead one's address any more.
	for _, r := range survivors {
		eventually(t, 2*startTime, "the dead primary being out of the answers", func() (bool, string) {
			l, err := r.api.Location(t.Context(), c.regions[0].id)
			return err == nil && l.Status == "Degraded", fmt.Sprintf("%v %+v", err, l)
		})
	}
	report(t, "primary killed", c.toggles(t, 100, survivors, survivors))
}

// speeds are what one row of toggles took.
type speeds struct {
	answers []time.Duration // until the answers of all regions had changed
	calls   []time.Duration // until the call returned: all regions said so
}

func report(t *testing.T, what string, s speeds) {
	t.Helper()
	for name, d := range map[string][]time.Duration{"answers of all changed": s.answers, "call returned": s.calls} {
		slices.Sort(d)
		t.Logf("%s, %d toggles, %s: p50 %v, p90 %v, p99 %v, max %v", what, len(d), name,
			percentile(d, 50), percentile(d, 90), percentile(d, 99), d[len(d)-1])
	}
}

// percentile is the nearest rank in a sorted list.
func percentile(d []time.Duration, p int) time.Duration {
	return d[max(0, (len(d)*p+99)/100-1)].Round(100 * time.Microsecond)
}

// toggles switches a location off and on again, n times in all, at regions drawn
// at random.
func (c *cluster) toggles(t *testing.T, n int, at, of []*region) (out speeds) {
	t.Helper()
	for i := range n / 2 {
		location := of[rand.IntN(len(of))]
		if i%2 == 0 {
			location = of[i/2%len(of)]
		}
		for _, off := range []bool{true, false} {
			answers, call := toggled(t, at[rand.IntN(len(at))], location, off, at)
			out.answers, out.calls = append(out.answers, answers), append(out.calls, call)
		}
	}
	return out
}

// toggled switches a location at one region and polls the name servers of all
// every millisecond from then on.
func toggled(t *testing.T, at, location *region, off bool, all []*region) (answers, call time.Duration) {
	t.Helper()
	begin := time.Now()
	took := make([]time.Duration, len(all))
	errs := make([]error, len(all))
	var polls sync.WaitGroup
	for i, r := range all {
		polls.Go(func() { took[i], errs[i] = r.changed(location, off, begin) })
	}
	change := at.mustFlip(t, location.id, off)
	call = time.Since(begin)
	polls.Wait()
	for _, err := range errs {
		if err != nil {
			t.Fatalf("switching %s at %s to %t: %v; the change: %+v", location.id, at.name, off, err, change)
		}
	}
	at.reaching(t, change, len(all))
	return slices.Max(took), call
}

// changed polls until the region's name server answers a location's regional
// name with another's address, or with its own again.
func (r *region) changed(location *region, off bool, begin time.Time) (time.Duration, error) {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		got, err := r.regional(location.id)
		took := time.Since(begin)
		if err == nil && (got == location.address) != off {
			return took, nil
		}
		if took > converge {
			return 0, errors.Join(fmt.Errorf("%s answers %v for %s after %v", r.name, got, location.id, took), err)
		}
		<-tick.C
	}
}
