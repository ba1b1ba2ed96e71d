package healthprobe

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"meridian/routing"
)

// azure.md §1.10: detection of a hard failure, schedule model. The table there
// adds the TTL.
func TestFailoverArithmetic(t *testing.T) {
	for _, tc := range []struct {
		name              string
		interval, timeout int
		tolerated         int
		worst             int // seconds to the verdict: the failure just after a probe, timeouts
		best              int // the failure just before a probe, refused
	}{
		{"30/10/3 (defaults, and docs with TTL 30)", 30, 10, 3, 130, 90},
		{"30/10/0", 30, 10, 0, 40, 0},
		{"10/5/3", 10, 5, 3, 45, 30},
		{"10/5/0", 10, 5, 0, 15, 0},
		{"5/3/2 (our gateways)", 5, 3, 2, 18, 10},
	} {
		check := tcpCheck(time.Duration(tc.interval)*time.Second, time.Duration(tc.timeout)*time.Second, tc.tolerated)
		t.Run(tc.name+" worst", func(t *testing.T) {
			run(t, Options{References: []string{"192.0.2.53:53"}}, check, 1, func(b *bubble) {
				pass(2 * time.Minute)
				b.untilProbe()
				last := b.lastStart("t0")
				b.set(ReasonTimeoutConnect, "t0")
				pass(10 * time.Minute)
				down := b.after("t0", last)
				if len(down) != 1 || down[0].New != routing.Down {
					t.Fatalf("got %+v, want one way down", down)
				}
				if got, want := down[0].At.Sub(last), time.Duration(tc.worst)*time.Second; got != want {
					t.Errorf("got %v want %v", got, want)
				}
				if got, want := down[0].First, last.Add(check.Interval); !got.Equal(want) {
					t.Errorf("first failed probe: got %v want %v", got, want)
				}
			})
		})
		t.Run(tc.name+" best", func(t *testing.T) {
			run(t, Options{}, check, 1, func(b *bubble) {
				pass(2 * time.Minute)
				b.untilProbe()
				last := b.lastStart("t0")
				b.set(ReasonRefused, "t0")
				pass(10 * time.Minute)
				down := b.after("t0", last)
				next := last.Add(check.Interval) // the failure comes just before
				if got, want := down[0].At.Sub(next), time.Duration(tc.best)*time.Second; got != want {
					t.Errorf("got %v want %v", got, want)
				}
			})
		})
	}
}

// gauge reads a metric without labels.
func gauge(t *testing.T, g prometheus.Gatherer, name string) float64 {
	t.Helper()
	families, err := g.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == name {
			return f.GetMetric()[0].GetGauge().GetValue()
		}
	}
	t.Fatalf("no metric %s", name)
	return 0
}

func TestScheduleIsFixed(t *testing.T) {
	check := tcpCheck(10*time.Second, 9*time.Second, 3)
	run(t, Options{}, check, 40, func(b *bubble) {
		b.set(ReasonTimeoutHeaders, "t0")
		pass(100 * time.Second)
		for i := range 40 {
			starts := b.startsOf(target(i))
			if len(starts) < 9 || len(starts) > 12 {
				t.Errorf("%s: got %d probes in 100 s, want about 10", target(i), len(starts))
			}
			if first := starts[0].Sub(starts[0].Truncate(time.Hour)); first > firstSpread {
				t.Errorf("%s: got the first probe after %v, want at most %v", target(i), first, firstSpread)
			}
			for k := 2; k < len(starts); k++ {
				if gap := starts[k].Sub(starts[k-1]); gap != 10*time.Second {
					t.Errorf("%s: got a gap of %v before probe %d, want 10s", target(i), gap, k)
				}
			}
			if gap := starts[1].Sub(starts[0]); gap < 5*time.Second || gap > 15*time.Second {
				t.Errorf("%s: got %v after the first probe, want 5s to 15s", target(i), gap)
			}
		}
		if b.most != 1 {
			t.Errorf("got %d probes of one target at once, want 1", b.most)
		}
	})
}

// Fault A7: targets that hang use their own time only.
func TestSlowTargetsDelayNobody(t *testing.T) {
	registry := prometheus.NewPedanticRegistry()
	run(t, Options{Registerer: registry}, tcpCheck(10*time.Second, 9*time.Second, 3), 200, func(b *bubble) {
		for i := range 100 {
			b.set(ReasonTimeoutHeaders, target(i))
		}
		pass(10 * time.Minute)
		for i := range 100 {
			if got := b.health(target(i)); got != "down" {
				t.Errorf("%s hangs: got %s want down", target(i), got)
			}
			starts := b.startsOf(target(100 + i))
			if late := starts[len(starts)-1].Sub(starts[1]) % (10 * time.Second); late != 0 {
				t.Errorf("%s: got late by %v", target(100+i), late)
			}
		}
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range families {
			if f.GetName() == "meridian_probe_lateness_seconds" {
				if sum := f.GetMetric()[0].GetHistogram().GetSampleSum(); sum != 0 {
					t.Errorf("got %v s of lateness in all, want none", sum)
				}
			}
		}
	})
}

func TestConcurrencyIsBounded(t *testing.T) {
	registry := prometheus.NewPedanticRegistry()
	run(t, Options{Concurrency: 2, Registerer: registry}, tcpCheck(10*time.Second, 9*time.Second, 3), 10, func(b *bubble) {
		for i := range 10 {
			b.set(ReasonTimeoutConnect, target(i))
		}
		for range 600 {
			pass(100 * time.Millisecond)
			b.fakeNet.mu.Lock()
			busy := 0
			for _, n := range b.busy {
				busy += n
			}
			b.fakeNet.mu.Unlock()
			if busy > 2 {
				t.Fatalf("got %d probes at once, want at most 2", busy)
			}
		}
	})
}

// Fault A9: a name that does not resolve is unknown, never down.
func TestUnknownKeepsVerdict(t *testing.T) {
	for _, mood := range []Reason{ReasonDNSFailure, ReasonNoAddress, ReasonTimeoutResolve, ReasonNoRoute, ReasonLocal, "boom"} {
		run(t, Options{References: []string{"192.0.2.53:53"}}, tcpCheck(10*time.Second, time.Second, 0), 5, func(b *bubble) {
			pass(time.Minute)
			for i := range 5 {
				b.set(mood, target(i))
			}
			quiet := time.Now()
			pass(time.Hour)
			row := b.Row()
			for i := range 5 {
				if got := b.health(target(i)); got != "up" || len(b.after(target(i), quiet)) > 0 {
					t.Errorf("%s: got %s, %v; want up and no change", mood, got, b.after(target(i), quiet))
				}
				if age := row.Entries[i].Age; age < 59*time.Minute {
					t.Errorf("%s: got age %v, want it to grow: an old verdict is no vote", mood, age)
				}
			}
			if got := b.Verdicts()[0].Trouble.Reason; got != mood && mood != "boom" {
				t.Errorf("got trouble %q want %q", got, mood)
			}
		})
	}
}

func TestSetTargetsKeepsState(t *testing.T) {
	check := tcpCheck(10*time.Second, 5*time.Second, 1)
	run(t, Options{}, check, 3, func(b *bubble) {
		b.set(ReasonRefused, "t0", "t1", "t2")
		pass(time.Minute)
		starts := len(b.startsOf("t0"))
		slot := b.lastStart("t0")
		kept := targets(check, 3)[:2]
		kept[1].Check.Tolerated = 5 // another check of the same place
		if err := b.SetTargets(kept); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if got := []string{b.health("t0"), b.health("t1"), b.health("t2")}; fmt.Sprint(got) != "[down down missing]" {
			t.Errorf("got %v, want the verdicts kept and t2 gone", got)
		}
		pass(time.Minute)
		if got := b.startsOf("t0")[starts]; got.Sub(slot) != check.Interval {
			t.Errorf("got the next probe %v after the last, want the schedule kept", got.Sub(slot))
		}
		gone := len(b.startsOf("t2"))
		pass(time.Minute)
		if got := len(b.startsOf("t2")); got != gone {
			t.Errorf("got %d more probes of a target that was removed", got-gone)
		}
		moved := targets(check, 1)
		moved[0].Host = "elsewhere.example.com"
		if err := b.SetTargets(moved); err != nil {
			t.Fatal(err)
		}
		if got := b.health("t0"); got != "unchecked" {
			t.Errorf("another place: got %s want unchecked", got)
		}
		if err := b.SetTargets(append(moved, moved...)); err == nil || !strings.Contains(err.Error(), "once") {
			t.Errorf("a target twice: got %v", err)
		}
	})
}

func TestReportsAreBatched(t *testing.T) {
	run(t, Options{}, tcpCheck(time.Second, time.Second, 0), 2000, func(b *bubble) {
		pass(5 * time.Second)
		b.mu.Lock()
		before := len(b.reports)
		b.mu.Unlock()
		for i := range 2000 {
			b.set(ReasonRefused, target(i))
		}
		pass(2 * time.Second)
		b.mu.Lock()
		defer b.mu.Unlock()
		changes := 0
		for _, r := range b.reports[before:] {
			changes += len(r.Changes)
		}
		if n := len(b.reports) - before; n > 4 || changes != 2000 {
			t.Errorf("got %d reports with %d changes in 2 s, want at most 4 with 2000 (A10)", n, changes)
		}
		for i := 1; i < len(b.reports); i++ {
			if b.reports[i].Row.N <= b.reports[i-1].Row.N {
				t.Errorf("got row %d after row %d", b.reports[i].Row.N, b.reports[i-1].Row.N)
			}
		}
	})
}

func TestMonitorRelease(t *testing.T) {
	check := with(tcpCheck(10*time.Second, time.Second, 0), func(c *Check) { c.Failback = FailbackManual })
	run(t, Options{}, check, 1, func(b *bubble) {
		pass(20 * time.Second)
		b.set(ReasonRefused, "t0")
		pass(20 * time.Second)
		b.set(ReasonOK, "t0")
		pass(time.Hour)
		if v := b.Verdicts()[0]; v.Health != routing.Down || v.Waiting != "release" {
			t.Errorf("got %+v, want down, waiting for release", v)
		}
		if err := b.Release("t0"); err != nil || b.health("t0") != "up" {
			t.Errorf("got %v, %s; want up", err, b.health("t0"))
		}
		if err := b.Release("x"); !errors.Is(err, ErrUnknownTarget) {
			t.Errorf("got %v want %v", err, ErrUnknownTarget)
		}
		if _, err := b.ProbeNow(context.Background(), "t0"); !errors.Is(err, ErrNoDescription) {
			t.Errorf("got %v want %v", err, ErrNoDescription)
		}
	})
}

func TestLogsTransitionsOnly(t *testing.T) {
	var log bytes.Buffer
	o := Options{Logger: slog.New(slog.NewTextHandler(&log, nil))}
	run(t, o, tcpCheck(10*time.Second, time.Second, 0), 1, func(b *bubble) {
		pass(time.Hour)
		b.set(ReasonRefused, "t0")
		pass(time.Hour)
	})
	if got := strings.Count(log.String(), "\n"); got != 2 || !strings.Contains(log.String(), "reason=refused") {
		t.Errorf("got %d lines, want 2, one with the reason:\n%s", got, log.String())
	}
}

func TestTwoMonitorsOneProcess(t *testing.T) {
	for range 2 {
		if _, err := New(Options{Node: "n", Location: "l", Registerer: prometheus.NewRegistry()}); err != nil {
			t.Error(err)
		}
	}
	registry := prometheus.NewRegistry()
	m, err := New(Options{Node: "n", Location: "l", Registerer: registry})
	if err != nil {
		t.Fatal(err)
	}
	m.metrics.probed(Result{Reason: ReasonOK})
	m.metrics.drop("frozen")
	m.metrics.health("t", routing.Up)
	m.metrics.changes.WithLabelValues("up").Inc()
	m.metrics.asked.WithLabelValues("silent").Inc()
	families, err := registry.Gather()
	if err != nil || len(families) != 8 {
		t.Errorf("got %d metrics, %v; want 8", len(families), err)
	}
	problems, err := promlint.NewWithMetricFamilies(families).Lint()
	if err != nil || len(problems) > 0 {
		t.Errorf("promlint: got %v, %v", problems, err)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for name, o := range map[string]Options{
		"no node":       {Location: "l"},
		"no location":   {Node: "n"},
		"concurrency":   {Node: "n", Location: "l", Concurrency: MaxConcurrency + 1},
		"reference":     {Node: "n", Location: "l", References: []string{"192.0.2.53"}},
		"port 0":        {Node: "n", Location: "l", References: []string{"192.0.2.53:0"}},
		"no host":       {Node: "n", Location: "l", References: []string{":53"}},
		"17 references": {Node: "n", Location: "l", References: make([]string, 17)},
	} {
		if _, err := New(o); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
}

// TestPace: a report after a quiet time goes at once, also right behind another;
// a storm has one per notifyEvery on the average.
func TestPace(t *testing.T) {
	var p pace
	now := time.Unix(1000, 0)
	for i, want := range []time.Duration{0, 2 * notifyEvery, 0, 2 * notifyEvery} {
		got := p.pause(now)
		if got != want {
			t.Errorf("report %d of a storm: got a pause of %v, want %v", i+1, got, want)
		}
		now = now.Add(got)
	}
	now = now.Add(2 * notifyEvery)
	if got := p.pause(now); got != 0 {
		t.Errorf("after a quiet second: got a pause of %v, want none", got)
	}
}
