package drill

import (
	"math"
	"slices"
)

// Limits of a histogram.
const (
	maxSource  = 1024 // buckets of one that is read
	maxBuckets = 128  // buckets of one that is kept
)

// What is kept of a fine histogram: four buckets to each power of two, from a
// millisecond on. A log of hours has thousands of them.
const (
	finest   = 1e-3 // s
	coarsest = 1.18 // between bounds; a bit less than the fourth root of two
)

// usable reports whether a histogram makes sense.
func (h Histogram) usable() bool {
	return len(h.Counts) == len(h.Bounds)+1 && risingBounds(h.Bounds, maxSource)
}

// coarse returns a histogram with some of h's bounds; its counts are exact. One
// that is small enough is returned as it is.
func (h Histogram) coarse() Histogram {
	if len(h.Counts) <= maxBuckets {
		return h
	}
	var out Histogram
	var n uint64
	last := 0.0
	for i, b := range h.Bounds {
		n += h.Counts[i]
		if b >= finest && b >= last*coarsest && len(out.Bounds) < maxBuckets-1 {
			out.Bounds, out.Counts = append(out.Bounds, b), append(out.Counts, n)
			last, n = b, 0
		}
	}
	out.Counts = append(out.Counts, n+h.Counts[len(h.Bounds)])
	return out
}

// risingBounds reports whether bounds are finite, not negative, rising and of
// fewer buckets than limit.
func risingBounds(bounds []float64, limit int) bool {
	if len(bounds) >= limit {
		return false
	}
	last := math.Inf(-1)
	for _, b := range bounds {
		if !(b > last) || b < 0 || math.IsInf(b, 1) {
			return false
		}
		last = b
	}
	return true
}

// minus returns the counts of a without those of b; a missing bucket is zero.
func minus(a, b []uint64) []uint64 {
	out := slices.Clone(a)
	for i := range min(len(out), len(b)) {
		out[i] -= b[i]
	}
	return out
}

// trim cuts empty buckets off the end.
func trim(counts []uint64) []uint64 {
	n := len(counts)
	for n > 0 && counts[n-1] == 0 {
		n--
	}
	return counts[:n]
}

func total(counts []uint64) uint64 {
	var n uint64
	for _, c := range counts {
		n += c
	}
	return n
}
