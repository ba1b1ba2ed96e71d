package gateway

import (
	"math/bits"
	"sync/atomic"
	"time"
)

// Buckets of a Histogram: below 8 µs one a microsecond, then eight to each
// power of two, up to 2^38 µs (76 hours). A quantile is off by at most an
// eighth.
const (
	subBuckets = 8
	topBit     = 38
	buckets    = subBuckets * (topBit - 2)
)

// Buckets is the number of buckets of a Histogram.
const Buckets = buckets

// Histogram counts durations in fixed buckets, so that those of several nodes
// can be added. Trailing empty buckets are left out.
type Histogram struct {
	Buckets []uint64 `json:"buckets,omitempty"`
}

// BucketOf returns the bucket that d is counted in.
func BucketOf(d time.Duration) int {
	us := uint64(max(0, d.Microseconds()))
	if us < subBuckets {
		return int(us)
	}
	bit := bits.Len64(us) - 1 // ≥ 3
	if bit >= topBit {
		return buckets - 1
	}
	return subBuckets*(bit-2) + int(us>>(bit-3)&(subBuckets-1))
}

// BucketStart returns the smallest duration counted in bucket i.
func BucketStart(i int) time.Duration {
	if i < subBuckets {
		return time.Duration(i) * time.Microsecond
	}
	bit := i/subBuckets + 2
	return time.Duration(uint64(subBuckets+i%subBuckets)<<(bit-3)) * time.Microsecond
}

// Count returns how many durations there are.
func (h Histogram) Count() uint64 {
	n := uint64(0)
	for _, c := range h.Buckets {
		n += c
	}
	return n
}

// Plus returns the durations of both.
func (h Histogram) Plus(o Histogram) Histogram {
	sum := make([]uint64, max(len(h.Buckets), len(o.Buckets)))
	copy(sum, h.Buckets)
	for i, c := range o.Buckets {
		sum[i] += c
	}
	return Histogram{Buckets: sum}
}

// Quantile returns the duration that a share q of all is at most, spread
// evenly inside its bucket; 0 if there are none.
func (h Histogram) Quantile(q float64) time.Duration {
	rank := q * float64(h.Count())
	seen := 0.0
	last := 0
	for i, c := range h.Buckets {
		if c == 0 {
			continue
		}
		if seen+float64(c) >= rank {
			start := BucketStart(i)
			return start + time.Duration(max(0, rank-seen)/float64(c)*float64(BucketStart(i+1)-start))
		}
		seen += float64(c)
		last = i + 1
	}
	return BucketStart(last)
}

// histogram is a Histogram being counted. Its zero value is ready.
type histogram struct {
	counts [buckets]atomic.Uint64
	micros atomic.Uint64 // sum
}

func (h *histogram) observe(d time.Duration) {
	h.counts[BucketOf(d)].Add(1)
	h.micros.Add(uint64(max(0, d.Microseconds())))
}

func (h *histogram) snapshot() Histogram {
	all := make([]uint64, buckets)
	n := 0
	for i := range h.counts {
		all[i] = h.counts[i].Load()
		if all[i] > 0 {
			n = i + 1
		}
	}
	return Histogram{Buckets: all[:n:n]}
}
