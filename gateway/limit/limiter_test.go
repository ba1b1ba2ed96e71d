package limit

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// One node is exact: what it lets pass is what the slow obvious twin, which
// keeps every call for ever, lets pass.
func TestOneNodeIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, start := New(Options{}), time.Now()
		calls := rapid.IntRange(1, spans).Draw(t, "calls")
		period := time.Duration(rapid.IntRange(1, 300).Draw(t, "period")) * time.Second
		var passed []time.Duration
		var now time.Duration
		for range rapid.IntRange(1, 150).Draw(t, "steps") {
			now += time.Duration(rapid.Int64Range(0, int64(period)/4).Draw(t, "pause"))
			n := rapid.IntRange(1, calls/3+1).Draw(t, "n")
			used := 0
			var leave []time.Duration
			for _, at := range passed {
				if now-at < period {
					used++
					leave = append(leave, at+period-now)
				}
			}
			peeked := l.Peek("k", calls, period, start.Add(now))
			if want := used < calls; peeked.Allowed != want {
				t.Fatalf("peek at %s with %d of %d: got %+v", now, used, calls, peeked)
			}
			want := Verdict{Allowed: used+n <= calls}
			if want.Allowed {
				want.Remaining = calls - used - n
			} else {
				want.RetryAfter = leave[used+n-calls-1]
			}
			got := l.Take("k", calls, period, n, start.Add(now))
			if got != want {
				t.Fatalf("take %d at %s with %d of %d: got %+v, want %+v", n, now, used, calls, got, want)
			}
			for range n {
				if got.Allowed {
					passed = append(passed, now)
				}
			}
		}
	})
}

// Above 256 calls the count stays exact in any window; a call comes back at
// most a 128th of the period late.
func TestGreatLimits(t *testing.T) {
	const calls, period = 5000, time.Minute
	l, start := New(Options{}), time.Now()
	var passed []time.Duration
	step := 5 * time.Millisecond
	for now := time.Duration(0); now < 4*period; now += step {
		if now == period {
			step = time.Millisecond // whoever waits takes what comes back at once
		}
		if l.Take("k", calls, period, 1, start.Add(now)).Allowed {
			passed = append(passed, now)
		}
	}
	for i := calls; i < len(passed); i++ {
		if apart := passed[i] - passed[i-calls]; apart < period || apart > period+period/128 {
			t.Fatalf("calls %d and %d are %s apart", i-calls, i, apart)
		}
	}
	if len(passed) < 3*calls {
		t.Errorf("passed: got %d, want at least %d", len(passed), 3*calls)
	}
	for i := range l.cells {
		for _, k := range l.cells[i].counters {
			if len(k.log.marks) > 4*spans {
				t.Errorf("marks: got %d", len(k.log.marks))
			}
		}
	}
}

func TestPeriodsAndKeysAreCountersOfTheirOwn(t *testing.T) {
	l, now := New(Options{}), time.Now()
	long := strings.Repeat("k", 1000)
	for _, c := range []struct {
		key    string
		calls  int
		period time.Duration
		want   bool
	}{
		{"a", 1, time.Minute, true},
		{"a", 1, time.Minute, false},
		{"a", 2, time.Minute, true}, // the same counter under a greater limit
		{"a", 1, time.Second, true},
		{"b", 1, time.Minute, true},
		{long + "1", 1, time.Minute, true},
		{long + "2", 1, time.Minute, true},
		{long + "1", 1, time.Minute, false},
		{"none", 0, time.Minute, false},
		{"negative", -5, time.Minute, false},
		{"no period", 1, 0, true},
		{"no period", 1, -time.Second, false},
	} {
		if got := l.Take(c.key, c.calls, c.period, 1, now); got.Allowed != c.want {
			t.Errorf("%.10q, %d per %s: got %+v, want %v", c.key, c.calls, c.period, got, c.want)
		}
	}
	if got := l.Take("big", 10, time.Minute, 11, now); got.Allowed || got.RetryAfter != time.Minute {
		t.Errorf("more than ever fits: got %+v", got)
	}
	if got := l.Take("big", 10, time.Minute, 0, now); !got.Allowed || got.Remaining != 10 {
		t.Errorf("nothing: got %+v", got)
	}
}

// Add counts what has happened already, beyond the limit too.
func TestAdd(t *testing.T) {
	l, now := New(Options{}), time.Now()
	if got := l.Add("k", 2, time.Minute, 2, now); got.Allowed || got.RetryAfter != time.Minute {
		t.Errorf("the next after two of two: got %+v", got)
	}
	now = now.Add(time.Second)
	l.Add("k", 2, time.Minute, 3, now)
	if got := l.Peek("k", 2, time.Minute, now.Add(59*time.Second)); got.Allowed || got.RetryAfter != time.Second {
		t.Errorf("with three of two: got %+v", got)
	}
	if got := l.Add("new", 2, time.Minute, 1, now); !got.Allowed || got.Remaining != 1 {
		t.Errorf("the next after one of two: got %+v", got)
	}
}

// Keys are bounded: a flood of new ones displaces itself, not a key at its limit.
func TestKeysAreBounded(t *testing.T) {
	l, now := New(Options{Keys: shards * 8}), time.Now()
	for range 10 {
		l.Take("victim", 10, time.Hour, 1, now)
	}
	for i := range 20_000 {
		l.Take(fmt.Sprint("flood", i), 10, time.Hour, 1, now)
	}
	if got := l.keys(); got > shards*8 {
		t.Errorf("keys: got %d, want at most %d", got, shards*8)
	}
	if l.Take("victim", 10, time.Hour, 1, now).Allowed {
		t.Error("the key at its limit was displaced")
	}
	if l.evicted.Load() == 0 {
		t.Error("nothing was counted as evicted")
	}
}

// Keys whose window is empty go by themselves: when new ones come, and at each
// exchange.
func TestKeysExpire(t *testing.T) {
	l, now := New(Options{}), time.Now()
	for i := range 1000 {
		l.Take(fmt.Sprint("old", i), 10, time.Minute, 1, now)
	}
	now = now.Add(time.Minute)
	for i := range 4000 {
		l.Take(fmt.Sprint("new", i), 10, time.Minute, 1, now)
	}
	if got := l.keys(); got > 4100 {
		t.Errorf("keys: got %d, want the old ones gone", got)
	}
	now = now.Add(time.Minute)
	for range quietAfter {
		if got := l.Usage(now); len(got) != 1 {
			t.Errorf("usage of nothing: got %d bytes", len(got))
		}
	}
	if got := l.keys(); got != 0 {
		t.Errorf("keys: got %d, want 0", got)
	}
}

// Many goroutines take no more than there is.
func TestConcurrentTake(t *testing.T) {
	l, now := New(Options{}), time.Now()
	var wg sync.WaitGroup
	var mu sync.Mutex
	passed := map[string]int{}
	for range 8 {
		wg.Go(func() {
			for i := range 400 {
				key := fmt.Sprint(i % 4)
				if l.Take(key, 50, time.Hour, 1, now).Allowed {
					mu.Lock()
					passed[key]++
					mu.Unlock()
				}
				if i%50 == 0 {
					if err := l.Merge("other", New(Options{}).Usage(now), now.Add(-time.Hour)); err != nil {
						t.Error(err)
					}
					l.Usage(now.Add(-time.Hour))
				}
			}
		})
	}
	wg.Wait()
	for key, n := range passed {
		if n != 50 {
			t.Errorf("key %s: got %d, want 50", key, n)
		}
	}
}
