//go:build linux

package rig

import (
	"math/bits"
	"time"
)

// Histogram counts durations in buckets of one sixteenth of a power of two of
// nanoseconds: a quantile is right to 6 %.
type Histogram struct {
	counts [64 * 16]uint64
	total  uint64
}

// Add counts a duration.
func (h *Histogram) Add(d time.Duration) {
	h.counts[bucket(uint64(max(d, 1)))]++
	h.total++
}

// Total is how many durations were added.
func (h *Histogram) Total() uint64 { return h.total }

func bucket(ns uint64) int {
	if ns < 16 {
		return int(ns)
	}
	shift := bits.Len64(ns) - 5
	return (shift+1)*16 + int(ns>>shift&15)
}

// floor is the least duration of a bucket.
func floor(b int) time.Duration {
	if b < 16 {
		return time.Duration(b)
	}
	return time.Duration(16+b%16) << (b/16 - 1)
}

// Quantile is the duration that q of all stay below, q in 0 .. 1.
func (h *Histogram) Quantile(q float64) time.Duration {
	want, seen := uint64(q*float64(h.total)), uint64(0)
	for b, n := range h.counts {
		if seen += n; seen > want {
			return floor(b)
		}
	}
	return 0
}
