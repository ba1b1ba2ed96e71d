package healthprobe

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"meridian/routing"
)

// fakeNet is a network of targets for Monitors in a bubble: each target is in a
// mood, and every probe is noted.
type fakeNet struct {
	mu     sync.Mutex
	moods  map[TargetID]Reason
	starts map[TargetID][]time.Time
	busy   map[TargetID]int
	most   int  // probes of one target at once, ever
	refs   bool // references answer
	asks   int
}

func newFakeNet() *fakeNet {
	return &fakeNet{moods: map[TargetID]Reason{}, starts: map[TargetID][]time.Time{}, busy: map[TargetID]int{}, refs: true}
}

func (f *fakeNet) set(r Reason, ids ...TargetID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, id := range ids {
		f.moods[id] = r
	}
}

// Probe takes the whole timeout where the mood is one, else no time.
func (f *fakeNet) Probe(ctx context.Context, t Target) Result {
	at := time.Now()
	f.mu.Lock()
	f.starts[t.ID] = append(f.starts[t.ID], at)
	f.busy[t.ID]++
	f.most = max(f.most, f.busy[t.ID])
	mood := f.moods[t.ID]
	f.mu.Unlock()
	if mood == "" {
		mood = ReasonOK
	}
	if mood == "boom" {
		panic("boom")
	}
	if strings.HasPrefix(string(mood), "timeout") {
		select {
		case <-time.After(t.Check.Timeout):
		case <-ctx.Done():
			mood = ReasonCanceled
		}
	}
	f.mu.Lock()
	f.busy[t.ID]--
	f.mu.Unlock()
	return Result{At: at, Reason: mood, Answered: mood == ReasonOK || mood.Answered(), Phases: Phases{Total: time.Since(at)}}
}

func (f *fakeNet) Ask(context.Context, string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asks++
	if f.refs {
		return nil
	}
	return errors.New("silence")
}

func (f *fakeNet) references(answer bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.refs = answer
}

func (f *fakeNet) asked() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.asks
}

// bubble is a Monitor under test and what it reported.
type bubble struct {
	*Monitor
	*fakeNet
	mu      sync.Mutex
	reports []Report
}

func (b *bubble) changes() []Transition {
	b.mu.Lock()
	defer b.mu.Unlock()
	var all []Transition
	for _, r := range b.reports {
		all = append(all, r.Changes...)
	}
	return all
}

func (b *bubble) lastRow() Row {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.reports[len(b.reports)-1].Row
}

// after tells the changes of one target that happened at or after a moment.
func (b *bubble) after(id TargetID, at time.Time) []Transition {
	var some []Transition
	for _, c := range b.changes() {
		if c.Target == id && !c.At.Before(at) {
			some = append(some, c)
		}
	}
	return some
}

func (b *bubble) health(id TargetID) string {
	for _, v := range b.Verdicts() {
		if v.Target == id {
			return v.Health.String()
		}
	}
	return "missing"
}

// run starts a Monitor with targets t0..tn-1 in a bubble and shuts it down at
// the end.
func run(t *testing.T, o Options, c Check, n int, test func(b *bubble)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := &bubble{fakeNet: newFakeNet()}
		o.Node, o.Location, o.Prober, o.Asker = "n1", "l1", b.fakeNet, b.fakeNet
		o.Notify = func(r Report) {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.reports = append(b.reports, r)
		}
		m, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		b.Monitor = m
		if err := errors.Join(m.SetTargets(targets(c, n)), m.Start()); err != nil {
			t.Fatal(err)
		}
		test(b)
		if err := m.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func target(i int) TargetID { return TargetID(fmt.Sprintf("t%d", i)) }

func targets(c Check, n int) []Target {
	var all []Target
	for i := range n {
		all = append(all, Target{ID: target(i), Host: "www.example.com", Check: c})
	}
	return all
}

// pass lets bubble time go by and everything due then settle.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// lastStart is when the last probe of a target began.
func (f *fakeNet) lastStart(id TargetID) time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.starts[id][len(f.starts[id])-1]
}

func (f *fakeNet) startsOf(id TargetID) []time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]time.Time(nil), f.starts[id]...)
}

// untilProbe passes time until just after the next probe of t0 began.
func (b *bubble) untilProbe() {
	for n := len(b.startsOf("t0")); len(b.startsOf("t0")) == n; {
		pass(10 * time.Millisecond)
	}
}

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
		if got := check.WorstDetection(); got != time.Duration(tc.worst)*time.Second {
			t.Errorf("%s: WorstDetection: got %v want %d s", tc.name, got, tc.worst)
		}
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

// Fault A1: cut off, a prober finds out by its references, abstains and holds.
func TestIsolation(t *testing.T) {
	registry := prometheus.NewPedanticRegistry()
	for _, tolerated := range []int{0, 3} {
		o := Options{References: []string{"192.0.2.53:53", "192.0.2.54:443"}}
		if tolerated == 0 {
			o.Registerer = registry
		}
		run(t, o, tcpCheck(10*time.Second, 5*time.Second, tolerated), 6, func(b *bubble) {
			pass(time.Minute)
			cut := time.Now()
			b.references(false)
			for i := range 6 {
				b.set(ReasonTimeoutConnect, target(i))
			}
			pass(30 * time.Second)
			if row := b.Row(); !row.Abstains || row.Anchor != AnchorSilent {
				t.Errorf("after 3 intervals: got %+v, want abstention", row)
			}
			if n := b.asked(); n == 0 || n > 100 {
				t.Errorf("got %d questions to 2 references in 30 s, want some, at most one round a second", n)
			}
			pass(10 * time.Minute)
			for i := range 6 {
				if got := b.after(target(i), cut); len(got) > 0 {
					t.Errorf("%s: got %+v, want no change while cut off", target(i), got)
				}
			}
			if tolerated == 0 {
				if got := gauge(t, registry, "meridian_prober_isolated"); got != 1 {
					t.Errorf("meridian_prober_isolated: got %v want 1", got)
				}
			}
			b.references(true)
			for i := range 5 {
				b.set(ReasonOK, target(i))
			}
			pass(time.Minute)
			if row := b.Row(); row.Abstains {
				t.Errorf("after the return: got %+v, want no abstention", row)
			}
			pass(time.Minute)
			if got := b.health("t5"); got != "down" {
				t.Errorf("what really failed: got %s want down", got)
			}
		})
	}
}

// A provider that takes most targets down at once is not our own isolation: the
// references answer, so every verdict falls in its usual time.
func TestProviderLossIsNoIsolation(t *testing.T) {
	run(t, Options{References: []string{"192.0.2.53:53"}}, tcpCheck(10*time.Second, 5*time.Second, 2), 10, func(b *bubble) {
		pass(time.Minute)
		lost := time.Now()
		for i := range 9 {
			b.set(ReasonTimeoutConnect, target(i))
		}
		pass(35 * time.Second)
		for i := range 9 {
			if got := b.after(target(i), lost); len(got) != 1 || got[0].New != routing.Down {
				t.Errorf("%s: got %+v, want down within 35 s", target(i), got)
			}
		}
		if row := b.Row(); row.Abstains || row.Anchor != AnchorAnswered {
			t.Errorf("got %+v, want no abstention and an anchor", row)
		}
	})
}

// An answer of any kind acquits the prober without asking anybody.
func TestAnsweredFailuresAskNobody(t *testing.T) {
	run(t, Options{References: []string{"192.0.2.53:53"}}, tcpCheck(10*time.Second, 5*time.Second, 0), 6, func(b *bubble) {
		b.references(false)
		pass(time.Minute)
		for i, mood := range []Reason{ReasonStatus, ReasonReset, ReasonRefused, ReasonTLSAlert, ReasonTLSExpired, ReasonClosed} {
			b.set(mood, target(i))
		}
		pass(11 * time.Second)
		row := b.Row()
		for _, e := range row.Entries {
			if e.Health != routing.Down || !e.Answered || !e.anchored(row.Anchor) {
				t.Errorf("got %+v, want down, anchored by the answer", e)
			}
		}
		if n := b.asked(); n != 0 || row.Abstains {
			t.Errorf("got %d questions, abstains %v; want none and no", n, row.Abstains)
		}
	})
}

// One silent target while the references are silent too: told after one more
// interval, as a vote without an anchor.
func TestSilentReferencesDelayByOneInterval(t *testing.T) {
	run(t, Options{References: []string{"192.0.2.53:53"}}, tcpCheck(10*time.Second, 5*time.Second, 1), 2, func(b *bubble) {
		pass(time.Minute)
		b.references(false)
		b.untilProbe()
		last := b.lastStart("t0")
		b.set(ReasonTimeoutConnect, "t0")
		pass(5 * time.Minute)
		down := b.after("t0", last)
		if len(down) != 1 {
			t.Fatalf("got %+v, want one way down", down)
		}
		if got, want := down[0].At.Sub(last), 35*time.Second; got != want {
			t.Errorf("got %v want %v", got, want)
		}
		if row := b.Row(); row.Anchor != AnchorSilent || row.Entries[0].anchored(row.Anchor) || row.Abstains {
			t.Errorf("got %+v, want a vote without an anchor", row)
		}
		b.references(true)
		pass(30 * time.Second)
		if row := b.Row(); row.Anchor != AnchorAnswered || !b.lastRow().Entries[0].anchored(AnchorAnswered) {
			t.Errorf("got %+v, want the anchor renewed and reported", row)
		}
	})
}

// Fault A12: what was begun before a freeze is void, and nothing is a vote
// before it was probed again.
func TestFreeze(t *testing.T) {
	run(t, Options{}, tcpCheck(30*time.Second, 5*time.Second, 0), 3, func(b *bubble) {
		pass(time.Minute)
		b.set(ReasonTimeoutConnect, "t0")
		b.untilProbe()
		// A probe of t0 is under way. The process stands still, and thaws.
		frozen := time.Now()
		b.Monitor.mu.Lock()
		b.lastBeat = frozen.Add(-time.Minute)
		b.Monitor.mu.Unlock()
		b.set(ReasonOK, "t0")
		pass(time.Second)
		if age := b.Row().Entries[0].Age; age >= 0 {
			t.Errorf("got age %v right after the thaw, want no vote", age)
		}
		for _, id := range []TargetID{"t1", "t2"} {
			if got := b.lastStart(id).Sub(frozen); got < 0 || got > time.Second {
				t.Errorf("%s: got the last probe %v after the thaw, want one at once", id, got)
			}
		}
		pass(6 * time.Second)
		if got := b.after("t0", frozen); len(got) != 0 {
			t.Errorf("got %+v, want the probe from before the freeze discarded", got)
		}
		for _, e := range b.Row().Entries {
			if e.Age < 0 || e.Age > 7*time.Second || e.Health != routing.Up {
				t.Errorf("got %+v, want a fresh vote", e)
			}
		}
	})
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
