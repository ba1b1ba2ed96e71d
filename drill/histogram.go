package drill

import (
	"math"
	"slices"
)

// Limits of a histogram.
const maxBuckets = 128

// usable reports whether a histogram can be kept.
func (h Histogram) usable() bool {
	return len(h.Counts) == len(h.Bounds)+1 && risingBounds(h.Bounds)
}

// risingBounds reports whether bounds are finite, not negative, rising and few
// enough.
func risingBounds(bounds []float64) bool {
	if len(bounds) >= maxBuckets {
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
