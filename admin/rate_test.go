package admin

import (
	"strconv"
	"testing"
	"testing/synctest"
	"time"
)

func TestRates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRates(10, 3)
		for i := range 3 {
			if _, ok := r.take("a"); !ok {
				t.Errorf("token %d of the burst was refused", i+1)
			}
		}
		wait, ok := r.take("a")
		if ok || wait != 100*time.Millisecond {
			t.Errorf("after the burst: got %v, %t, want to wait 100ms", wait, ok)
		}
		if _, ok := r.take("b"); !ok {
			t.Error("another caller was refused")
		}
		time.Sleep(wait)
		for range 5 {
			if _, ok := r.allows("a"); !ok {
				t.Error("after the wait: refused; asking takes nothing")
			}
		}
		if _, ok := r.take("a"); !ok {
			t.Error("after the wait: refused")
		}
		if _, ok := r.take("a"); ok {
			t.Error("a second one after the wait was let through")
		}
		time.Sleep(time.Hour)
		taken := 0
		for {
			if _, ok := r.take("a"); !ok {
				break
			}
			taken++
		}
		if taken != 3 {
			t.Errorf("after an hour: got %d, want the burst of 3", taken)
		}
	})
}

// TestRatesAreBounded: as many callers as there may be addresses do not fill
// the memory, and the ones who keep coming are not forgotten for them.
func TestRatesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRates(1, 1)
		r.take("busy")
		for i := range 3 * maxBuckets {
			r.take(strconv.Itoa(i))
			if i%1000 == 0 {
				if _, ok := r.take("busy"); ok {
					t.Fatalf("after %d others the bucket is full again", i)
				}
			}
		}
		if len(r.buckets) != maxBuckets || r.recent.Len() != maxBuckets {
			t.Errorf("got %d buckets in a list of %d, want %d", len(r.buckets), r.recent.Len(), maxBuckets)
		}
	})
}

func TestRetryAfter(t *testing.T) {
	for wait, want := range map[time.Duration]int{0: 1, time.Millisecond: 1, time.Second: 1, 1001 * time.Millisecond: 2} {
		if got := retryAfter(wait); got != want {
			t.Errorf("%v: got %d, want %d", wait, got, want)
		}
	}
}
