package healthprobe

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
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
