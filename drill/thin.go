package drill

import "slices"

// thin drops every other sample. The first, the last and the pinned ones stay,
// and so does the last before a pinned one.
func thin(list []Sample) []Sample {
	out := make([]Sample, 0, len(list)/2+maxPinned*2)
	for i, s := range list {
		if i%2 == 0 || s.Pinned || i == len(list)-1 {
			out = append(out, s)
		}
	}
	return out
}

// thinObservations drops every other one of each observer, but not its first
// and last.
func thinObservations(list []Observation) []Observation {
	count, seen := map[string]int{}, map[string]int{}
	for _, o := range list {
		count[o.Observer]++
	}
	return slices.DeleteFunc(list, func(o Observation) bool {
		n := seen[o.Observer]
		seen[o.Observer]++
		return n%2 == 1 && n != count[o.Observer]-1
	})
}
