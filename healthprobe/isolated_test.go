package healthprobe

import (
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"meridian/routing"
)

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

// Targets that fail in no time, all over the interval, share the references'
// word: one round a second at most.
func TestReferencesAreNotFlooded(t *testing.T) {
	run(t, Options{References: []string{"192.0.2.53:53"}}, tcpCheck(10*time.Second, 5*time.Second, 0), 200, func(b *bubble) {
		pass(time.Minute)
		b.references(false)
		for i := range 200 {
			b.set(ReasonUnreachable, target(i))
		}
		before := b.asked()
		pass(30 * time.Second)
		if got := b.asked() - before; got < 10 || got > 31 {
			t.Errorf("got %d rounds of questions in 30 s, want about one a second", got)
		}
	})
}

// Targets that are removed or changed leave nothing behind in the census.
func TestCensusFollowsTargets(t *testing.T) {
	check := tcpCheck(10*time.Second, 5*time.Second, 9)
	run(t, Options{}, check, 6, func(b *bubble) {
		b.set(ReasonUnreachable, "t0", "t1", "t2", "t3")
		pass(21 * time.Second)
		for _, tc := range []struct {
			name    string
			targets []Target
			want    census
		}{
			{"as they were", targets(check, 6), census{living: 6, silent: 4}},
			{"one silent target changed", append(targets(with(check, func(c *Check) { c.Rise = 2 }), 1), targets(check, 6)[1:]...), census{6, 4}},
			{"three silent ones removed", targets(check, 6)[3:], census{living: 3, silent: 1}},
			{"none", nil, census{}},
		} {
			if err := b.SetTargets(tc.targets); err != nil {
				t.Fatal(err)
			}
			b.Monitor.mu.Lock()
			if got := b.Monitor.census; got != tc.want {
				t.Errorf("%s: got %+v want %+v", tc.name, got, tc.want)
			}
			b.Monitor.mu.Unlock()
		}
	})
}
