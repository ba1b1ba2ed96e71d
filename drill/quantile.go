package drill

import (
	"cmp"
	"math"
	"slices"
)

// Quantile is what buckets say of a quantile: it lies above Low and, unless
// Open, not above High. N is how many values there were; with none it says
// nothing.
type Quantile struct {
	N    uint64  `json:"n"`
	Low  float64 `json:"low"`
	High float64 `json:"high"`
	Open bool    `json:"open,omitempty"` // it lies above all bounds
}

// pile is values that lie in one bucket.
type pile struct {
	low, high float64
	n         uint64
}

// piles are buckets of any number of histograms.
type piles []pile

// add appends the buckets of a histogram that hold something.
func (p piles) add(bounds []float64, counts []uint64) piles {
	low := 0.0
	for i, n := range counts {
		high := math.Inf(1)
		if i < len(bounds) {
			high = bounds[i]
		}
		if n > 0 {
			p = append(p, pile{low, high, n})
		}
		low = high
	}
	return p
}

func (p piles) total() uint64 {
	var n uint64
	for _, b := range p {
		n += b.n
	}
	return n
}

// quantile bounds the value of rank ⌈q·N⌉: histograms of different nodes may
// have different bounds.
func (p piles) quantile(q float64) Quantile {
	out := Quantile{N: p.total()}
	if out.N == 0 {
		return out
	}
	rank := max(1, min(out.N, uint64(math.Ceil(q*float64(out.N)))))
	out.Low = p.ranked(rank, func(b pile) float64 { return b.low })
	out.High = p.ranked(rank, func(b pile) float64 { return b.high })
	if math.IsInf(out.High, 1) {
		out.High, out.Open = 0, true
	}
	return out
}

// ranked returns the value of a rank were every value at its bucket's edge.
func (p piles) ranked(rank uint64, edge func(pile) float64) float64 {
	sorted := slices.SortedFunc(slices.Values(p), func(a, b pile) int { return cmp.Compare(edge(a), edge(b)) })
	for _, b := range sorted {
		if b.n >= rank {
			return edge(b)
		}
		rank -= b.n
	}
	return math.Inf(1)
}
