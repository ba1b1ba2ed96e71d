package breaker

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// event is one counted attempt, as the twins keep them: all of them, for ever.
type event struct {
	at     time.Duration
	failed bool
}

// twinCount is the slow obvious window of a count rule: the failures younger
// than the interval.
func twinCount(events []event, now, interval time.Duration) (failures int) {
	for _, e := range events {
		if e.failed && now-e.at < interval {
			failures++
		}
	}
	return failures
}

// twinShare is the slow obvious window cut into buckets: what lies in this bucket
// and the 32 before it.
func twinShare(events []event, now, interval time.Duration) (failures, attempts int) {
	width := interval / buckets
	for _, e := range events {
		if now/width-e.at/width > buckets {
			continue
		}
		attempts++
		if e.failed {
			failures++
		}
	}
	return failures, attempts
}

func TestWindowEqualsItsTwins(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		interval := time.Duration(rapid.IntRange(buckets, 10_000).Draw(t, "interval"))
		count := rapid.IntRange(1, 8).Draw(t, "count")
		exact := newWindow(Rule{Count: count, Interval: interval})
		sliced := newWindow(Rule{Percentage: 1, Interval: interval})
		start := time.Unix(1000, 0)
		var now time.Duration
		var events []event
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			if len(events) > 0 {
				now += time.Duration(rapid.IntRange(0, int(interval)/3).Draw(t, "pause"))
			}
			e := event{now, rapid.Bool().Draw(t, "failed")}
			events = append(events, e)
			exact.add(start.Add(now), e.failed)
			sliced.add(start.Add(now), e.failed)
			if got, want := exact.failed(), min(count, twinCount(events, now, interval)); got != want {
				t.Fatalf("count window at %d: got %d failures, want %d", now, got, want)
			}
			failures, attempts := twinShare(events, now, interval)
			if sliced.failures != failures || sliced.attempts != attempts {
				t.Fatalf("share window at %d: got %d/%d, want %d/%d", now, sliced.failures, sliced.attempts, failures, attempts)
			}
		}
	})
}

// What the buckets count lies between the exact window and one that is a slice
// longer: an attempt is never forgotten early.
func TestSlicesHoldAtLeastTheInterval(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		interval := time.Duration(rapid.IntRange(buckets, 10_000).Draw(t, "interval"))
		w := newWindow(Rule{Percentage: 1, Interval: interval})
		start := time.Unix(1000, 0)
		var now time.Duration
		var events []event
		for range rapid.IntRange(1, 100).Draw(t, "steps") {
			if len(events) > 0 {
				now += time.Duration(rapid.IntRange(0, int(interval)/3).Draw(t, "pause"))
			}
			events = append(events, event{now, true})
			w.add(start.Add(now), true)
			// Rounded down, 32 buckets may be up to 31 ns short of the interval.
			width := interval / buckets
			least, most := twinCount(events, now, buckets*width), twinCount(events, now, interval+width+1)
			if w.failures < least || w.failures > most {
				t.Fatalf("at %d: got %d, want %d to %d", now, w.failures, least, most)
			}
		}
	})
}
