package backend

import "sync/atomic"

// rotor is where a schedule stands. It outlives plans.
type rotor struct{ at atomic.Uint64 }

// sequence spreads indexes by weight as evenly as can be: at each step every
// index gains its weight, the greatest (the first of equals) is taken and pays
// the sum. Its length is the sum over the greatest common divisor. Indexes
// without weight do not appear, unless none has any: then all appear once.
func sequence(weights []int) []int {
	sum, divisor := 0, 0
	for _, w := range weights {
		sum += w
		divisor = gcd(divisor, w)
	}
	if sum == 0 {
		weights, sum, divisor = ones(len(weights)), len(weights), 1
	}
	gained := make([]int, len(weights))
	out := make([]int, 0, sum/max(divisor, 1))
	for range cap(out) {
		best := -1
		for i, w := range weights {
			gained[i] += w
			if w > 0 && (best < 0 || gained[i] > gained[best]) {
				best = i
			}
		}
		gained[best] -= sum
		out = append(out, best)
	}
	return out
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

func ones(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = 1
	}
	return out
}
