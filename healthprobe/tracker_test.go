package healthprobe

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"meridian/routing"
)

func epochStart() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }

func tcpCheck(interval, timeout time.Duration, tolerated int) Check {
	return Check{Protocol: TCP, Port: 80, Interval: interval, Timeout: timeout, Tolerated: tolerated}
}

// feed observes one result per interval: '+' ok, '-' silent failure, '5'
// answered failure, '?' unknown; it returns the verdicts' changes as "d3": down
// at the probe with index 3.
func feed(t *Tracker, start time.Time, interval time.Duration, script string) []Transition {
	var all []Transition
	for i, c := range script {
		at := start.Add(time.Duration(i) * interval)
		r := Result{At: at, Reason: ReasonOK, Answered: true}
		switch c {
		case '-':
			r = Result{At: at, Reason: ReasonTimeoutConnect}
		case '5':
			r = Result{At: at, Reason: ReasonStatus, Status: 503, Answered: true}
		case '?':
			r = Result{At: at, Reason: ReasonDNSFailure}
		}
		if change, ok := t.Observe(at, r); ok {
			all = append(all, change)
		}
	}
	return all
}

func healths(changes []Transition) string {
	s := ""
	for _, c := range changes {
		s += string(c.New.String()[0])
	}
	return s
}

func TestTrackerScripts(t *testing.T) {
	ten := 10 * time.Second
	for _, tc := range []struct {
		name    string
		check   Check
		script  string
		changes string // of verdicts: u up, d down
		want    routing.Health
	}{
		{"no result, no verdict", tcpCheck(ten, ten, 3), "", "", routing.Unchecked},
		{"first success is up (azure 1.5)", tcpCheck(ten, ten, 3), "+", "u", routing.Up},
		{"tolerated failures are not down", tcpCheck(ten, ten, 3), "+---", "u", routing.Up},
		{"tolerated+1 failures are down", tcpCheck(ten, ten, 3), "+----", "ud", routing.Down},
		{"failures must be consecutive", tcpCheck(ten, ten, 1), "+-+-+-+-", "u", routing.Up},
		{"tolerated 0: first failure", tcpCheck(ten, ten, 0), "+5", "ud", routing.Down},
		{"unchecked goes down by failures", tcpCheck(ten, ten, 2), "---", "d", routing.Down},
		{"one success recovers (azure 1.5)", tcpCheck(ten, ten, 0), "+-+", "udu", routing.Up},
		{"unknown is no failure (A9)", tcpCheck(ten, ten, 0), "+????????", "u", routing.Up},
		{"unknown does not break a streak", tcpCheck(ten, ten, 1), "+-?-", "ud", routing.Down},
		{"unknown does not acquit", tcpCheck(ten, ten, 0), "-?", "d", routing.Down},
		{"rise 3", with(tcpCheck(ten, ten, 0), func(c *Check) { c.Rise = 3 }), "-++", "d", routing.Down},
		{"rise 3 reached", with(tcpCheck(ten, ten, 0), func(c *Check) { c.Rise = 3 }), "-++-+++", "du", routing.Up},
		{"rise does not delay the first verdict", with(tcpCheck(ten, ten, 0), func(c *Check) { c.Rise = 3 }), "+", "u", routing.Up},
		{"manual failback stays down", with(tcpCheck(ten, ten, 0), func(c *Check) { c.Failback = FailbackManual }), "+-++++++++", "ud", routing.Down},
		{"initial wait is down", with(tcpCheck(ten, ten, 0), func(c *Check) { c.Initial = InitialWait }), "", "", routing.Down},
		{"initial wait: failures are no news", with(tcpCheck(ten, ten, 0), func(c *Check) { c.Initial = InitialWait }), "---", "", routing.Down},
		{"initial wait ends with a success", with(tcpCheck(ten, ten, 0), func(c *Check) { c.Initial, c.Rise = InitialWait, 3 }), "--+", "u", routing.Up},
		{"A6: second way down holds", tcpCheck(ten, ten, 0), "+-+-+-+-+-+-+", "udud", routing.Down},
		{"hold-down off: as Azure", with(tcpCheck(ten, ten, 0), func(c *Check) { c.HoldDown.Off = true }), "+-+-+-+-+", "udududud" + "u", routing.Up},
		{"A6: a quiet 30 s ends the first hold", tcpCheck(ten, ten, 0), "+-+-++++", "ududu", routing.Up},
		{"A6: 20 s are not enough", tcpCheck(ten, ten, 0), "+-+-+++", "udud", routing.Down},
		{"A6: the next hold is 60 s", tcpCheck(ten, ten, 0), "+-+-++++-++++++", "ududud", routing.Down},
		{"A6: and ends after them", tcpCheck(ten, ten, 0), "+-+-++++-+++++++", "udududu", routing.Up},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tracker := NewTracker("t", tc.check, epochStart())
			changes := feed(&tracker, epochStart(), ten, tc.script)
			if got := healths(changes); got != tc.changes {
				t.Errorf("changes of %q: got %q want %q", tc.script, got, tc.changes)
			}
			if got, _ := tracker.Health(); got != tc.want {
				t.Errorf("verdict after %q: got %v want %v", tc.script, got, tc.want)
			}
		})
	}
}

func with(c Check, change func(*Check)) Check {
	change(&c)
	return c
}

// Fault A6: 200 and 500 in turn for ten minutes.
func TestFlappingSettles(t *testing.T) {
	for _, interval := range []time.Duration{time.Second, 5 * time.Second, 10 * time.Second, 30 * time.Second} {
		for _, tolerated := range []int{0, 1, 3} {
			tracker := NewTracker("t", tcpCheck(interval, interval, tolerated), epochStart())
			script := ""
			for range 10 * time.Minute / interval / 2 {
				script += "+5"
			}
			changes := feed(&tracker, epochStart(), interval, script)
			if changes = changes[1:]; len(changes) > 4 { // the first is the verdict Up itself
				t.Errorf("interval %v, tolerated %d: got %d changes, want at most 4", interval, tolerated, len(changes))
			}
			for _, c := range changes {
				if late := c.At.Sub(epochStart()); late > 5*time.Minute {
					t.Errorf("interval %v, tolerated %d: got a change after %v, want none in the last 5 minutes", interval, tolerated, late)
				}
			}
		}
	}
}

func TestHoldDownForgets(t *testing.T) {
	tracker := NewTracker("t", tcpCheck(10*time.Second, time.Second, 0), epochStart())
	feed(&tracker, epochStart(), 10*time.Second, "+-+")
	later := epochStart().Add(time.Hour)
	if got := healths(feed(&tracker, later, 10*time.Second, "+-+")); got != "du" {
		t.Errorf("got %q, want a prompt way back after an hour of being up", got)
	}
}

func TestTransitionTellsTheTimeline(t *testing.T) {
	tracker := NewTracker("t", tcpCheck(10*time.Second, time.Second, 2), epochStart())
	changes := feed(&tracker, epochStart(), 10*time.Second, "++--?5")
	want := Transition{
		Target: "t", Old: routing.Up, New: routing.Down, Reason: ReasonStatus,
		First: epochStart().Add(20 * time.Second), Count: 3, At: epochStart().Add(50 * time.Second),
	}
	if got := changes[1]; got != want {
		t.Errorf("got %+v want %+v", got, want)
	}
}

func TestRelease(t *testing.T) {
	manual := with(tcpCheck(10*time.Second, time.Second, 0), func(c *Check) { c.Failback, c.Rise = FailbackManual, 2 })
	tracker := NewTracker("t", manual, epochStart())
	if _, ok := tracker.Release(epochStart()); ok {
		t.Error("got a transition by the release of a target that is not down")
	}
	feed(&tracker, epochStart(), 10*time.Second, "+-+")
	if got := tracker.Waiting(); got != "rise" {
		t.Errorf("waiting: got %q want rise", got)
	}
	if _, ok := tracker.Release(epochStart()); ok {
		t.Error("got up before rise was reached")
	}
	next := epochStart().Add(time.Minute)
	if got := healths(feed(&tracker, next, 10*time.Second, "+-+++")); got != "ud" {
		t.Errorf("after release: got %q, want up, then down, then to stay", got)
	}
	if got := tracker.Waiting(); got != "release" {
		t.Errorf("waiting: got %q want release", got)
	}
	change, ok := tracker.Release(next.Add(time.Minute))
	if !ok || change.New != routing.Up || change.Reason != ReasonReleased {
		t.Errorf("release of a recovered target: got %+v, %v; want up", change, ok)
	}
}

// slowTracker is the twin: it keeps every result and derives the verdict anew
// each time. It knows neither hold-down nor failback.
type slowTracker struct {
	results   []Reason
	tolerated int
	rise      int
}

func (s *slowTracker) verdict() routing.Health {
	h, judged := routing.Unchecked, false
	for end := range s.results {
		var known []Reason
		for _, r := range s.results[:end+1] {
			if !r.Unknown() {
				known = append(known, r)
			}
		}
		good, bad := 0, 0
		for i := len(known) - 1; i >= 0 && known[i] == ReasonOK; i-- {
			good++
		}
		for i := len(known) - 1; i >= 0 && known[i] != ReasonOK; i-- {
			bad++
		}
		switch {
		case bad > s.tolerated:
			h, judged = routing.Down, true
		case good > 0 && !judged, good >= s.rise && h == routing.Down:
			h, judged = routing.Up, true
		}
	}
	return h
}

func TestTrackerEqualsTwin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		twin := slowTracker{tolerated: rapid.IntRange(0, 4).Draw(t, "tolerated"), rise: rapid.IntRange(1, 4).Draw(t, "rise")}
		c := tcpCheck(time.Second, time.Second, twin.tolerated)
		c.Rise, c.HoldDown.Memory = twin.rise, time.Second
		tracker := NewTracker("t", c, epochStart())
		reasons := rapid.SliceOfN(rapid.SampledFrom([]Reason{ReasonOK, ReasonRefused, ReasonTimeoutConnect, ReasonDNSFailure}), 0, 60).Draw(t, "reasons")
		for i, r := range reasons {
			// An hour apart: every flap is forgotten, the hold-down stays out of it.
			at := epochStart().Add(time.Duration(i) * time.Hour)
			before, _ := tracker.Health()
			drops := tracker.Drops(Result{At: at, Reason: r})
			change, changed := tracker.Observe(at, Result{At: at, Reason: r})
			twin.results = append(twin.results, r)
			got, _ := tracker.Health()
			if want := twin.verdict(); got != want {
				t.Fatalf("after %v: got %v want %v", reasons[:i+1], got, want)
			}
			if changed != (before != got) || changed && (change.Old != before || change.New != got) {
				t.Fatalf("after %v: got transition %+v, %v for %v to %v", reasons[:i+1], change, changed, before, got)
			}
			if drops != (changed && got == routing.Down) {
				t.Fatalf("after %v: Drops foretold %v, got %v", reasons[:i+1], drops, got)
			}
		}
	})
}

// Whatever comes: up is never reached from down with a quiet time shorter than
// the hold-down demands.
func TestHoldDownIsKept(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := tcpCheck(time.Second, time.Second, 0)
		c.HoldDown = HoldDown{Start: 4 * time.Second, Most: 16 * time.Second, Memory: 20 * time.Second}
		tracker := NewTracker("t", c, epochStart())
		var lastBad time.Time
		for i, ok := range rapid.SliceOfN(rapid.Bool(), 1, 200).Draw(t, "ok") {
			at := epochStart().Add(time.Duration(i) * time.Second)
			r := Result{At: at, Reason: ReasonOK}
			if !ok {
				r.Reason, lastBad = ReasonRefused, at
			}
			level := tracker.level
			change, changed := tracker.Observe(at, r)
			if !changed || change.Old != routing.Down {
				continue
			}
			if quiet := at.Sub(lastBad) - time.Second; quiet < c.HoldDown.quiet(level) {
				t.Fatalf("came back after %v of quiet at level %d, want %v", quiet, level, c.HoldDown.quiet(level))
			}
		}
	})
}
