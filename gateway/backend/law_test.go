package backend

import (
	"math"
	"net/url"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestSequenceIsFair: each index has its share exactly, and at no point is one
// more than one turn away from it for two indexes, or the number of indexes for
// more.
func TestSequenceIsFair(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weights := rapid.SliceOfN(rapid.IntRange(0, 100), 1, 30).Draw(t, "weights")
		sum := 0
		for _, w := range weights {
			sum += w
		}
		got := sequence(weights)
		if sum == 0 {
			if len(got) != len(weights) {
				t.Fatalf("no weights: got %v, want each once", got)
			}
			return
		}
		seen := make([]int, len(weights))
		for n, i := range got {
			seen[i]++
			for j, w := range weights {
				fair := float64(n+1) * float64(w) / float64(sum)
				if math.Abs(float64(seen[j])-fair) >= float64(max(1, len(weights)-1)) {
					t.Fatalf("%v after %d turns: index %d has %d, fair were %.1f", weights, n+1, j, seen[j], fair)
				}
			}
		}
		for j, w := range weights {
			if seen[j]*sum != w*len(got) {
				t.Fatalf("%v: index %d has %d of %d turns", weights, j, seen[j], len(got))
			}
		}
	})
}

// TestBudgetHolds: no repetition is granted that would make more of them, in the
// ten seconds before, than the share of the requests and the minimum.
func TestBudgetHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := newBudget(Retry{})
		now := time.Unix(1_700_000_000, 0)
		type event struct {
			second int64
			repeat bool
		}
		var events []event
		for range rapid.IntRange(1, 300).Draw(t, "events") {
			now = now.Add(time.Duration(rapid.IntRange(0, 1500).Draw(t, "ms")) * time.Millisecond)
			b.request(now)
			events = append(events, event{now.Unix(), false})
			if !rapid.Bool().Draw(t, "fails") || !b.repeat(now) {
				continue
			}
			events = append(events, event{now.Unix(), true})
			requests, repeats := 0, 0
			for _, e := range events {
				switch {
				case now.Unix()-e.second >= budgetSlots:
				case e.repeat:
					repeats++
				default:
					requests++
				}
			}
			if float64(repeats) > 0.2*float64(requests)+3 {
				t.Fatalf("%d repetitions of %d requests", repeats, requests)
			}
		}
	})
}

// TestBudgetAlwaysHasItsMinimum: also while there is nothing but failure
// (gateway-peers.md §2.2 item 10).
func TestBudgetAlwaysHasItsMinimum(t *testing.T) {
	b := newBudget(Retry{})
	now := time.Unix(1_700_000_000, 0)
	for round := range 3 {
		for i := range 3 {
			if !b.repeat(now) {
				t.Errorf("round %d: repetition %d was denied", round, i)
			}
		}
		if b.repeat(now) {
			t.Errorf("round %d: a fourth repetition without a request", round)
		}
		now = now.Add(budgetSlots * time.Second)
	}
}

func FuzzWithout(f *testing.F) {
	f.Add("code=client&x=1&co%64e=other")
	f.Add("&&code&code=&%63ode=1&%zz=2&a;code=3")
	f.Fuzz(func(t *testing.T, raw string) {
		left := without(raw, url.Values{"code": nil})
		got, _ := url.ParseQuery(left)
		if _, there := got["code"]; there {
			t.Errorf("%q: code is left in %q", raw, left)
		}
		want, _ := url.ParseQuery(raw)
		delete(want, "code")
		for key, values := range want {
			if len(got[key]) != len(values) {
				t.Errorf("%q: %q has %d values in %q, want %d", raw, key, len(got[key]), left, len(values))
			}
		}
	})
}
