package drill

import (
	"slices"
	"time"

	"meridian/routing"
)

// maxPoints is the most points of a curve.
const maxPoints = 240

// Curves are counts of locations over time; all have the same points.
type Curves struct {
	Step      time.Duration          `json:"step"`      // between points
	At        []time.Duration        `json:"at"`        // end of each step, since the decision
	Totals    []uint64               `json:"totals"`    // of all locations in each step
	Locations []routing.LocationName `json:"locations"` // by name
	Counts    [][]uint64             `json:"counts"`    // of each location in each step
	How       string                 `json:"how"`
}

// Share returns a location's share in a step; ok is false where nothing was
// counted.
func (c Curves) Share(location, step int) (share float64, ok bool) {
	if c.Totals[step] == 0 {
		return 0, false
	}
	return float64(c.Counts[location][step]) / float64(c.Totals[step]), true
}

// counter says what of a log is counted, by location.
type counter func(l NodeLog, s Sample) map[routing.LocationName]uint64

func answered(_ NodeLog, s Sample) map[routing.LocationName]uint64 { return s.Answers }

func arrived(l NodeLog, s Sample) map[routing.LocationName]uint64 {
	return map[routing.LocationName]uint64{l.Location: s.Arrivals}
}

// curves counts in steps from the first sample to the last; the decision lies
// on the end of a step.
func (t *Timeline) curves(decided Moment, of counter, how string) Curves {
	if !decided.Known {
		return Curves{How: "no node marked the drill"}
	}
	zero := decided.At
	from, to := t.extent(zero)
	c := Curves{How: how, Step: stepOf(to.Since(from))}
	step := Stamp(c.Step.Milliseconds())
	edge := zero - (max(0, zero-from)+step-1)/step*step
	counts := map[routing.LocationName][]uint64{}
	for n := 0; edge < to; n++ {
		for name, v := range t.within(edge, edge+step, of) {
			counts[name] = padded(counts[name], n, v)
		}
		edge += step
		c.At = append(c.At, edge.Since(zero))
	}
	c.fill(counts)
	return c
}

// fill makes the rows of a chart of its counts.
func (c *Curves) fill(counts map[routing.LocationName][]uint64) {
	c.Totals = make([]uint64, len(c.At))
	for name, row := range counts {
		if total(row) > 0 {
			c.Locations = append(c.Locations, name)
		}
	}
	slices.Sort(c.Locations)
	for _, name := range c.Locations {
		row := make([]uint64, len(c.At))
		copy(row, counts[name])
		c.Counts = append(c.Counts, row)
		for i, v := range row {
			c.Totals[i] += v
		}
	}
}

// padded returns row with v at position n.
func padded(row []uint64, n int, v uint64) []uint64 {
	for len(row) < n {
		row = append(row, 0)
	}
	return append(row, v)
}

// within sums over the nodes what was counted after from, to to.
func (t *Timeline) within(from, to Stamp, of counter) map[routing.LocationName]uint64 {
	out := map[routing.LocationName]uint64{}
	for _, l := range t.Nodes {
		before := of(l, l.at(from))
		for name, n := range of(l, l.at(to)) {
			out[name] += n - before[name]
		}
	}
	return out
}

// extent is from the first sample of all nodes, or zero if that is earlier, to
// the last.
func (t *Timeline) extent(zero Stamp) (from, to Stamp) {
	from, to = zero, zero
	for _, l := range t.Nodes {
		if n := len(l.Samples); n > 0 {
			from, to = min(from, l.Samples[0].At), max(to, l.Samples[n-1].At)
		}
	}
	return from, to
}

// stepOf is a round step that gives at most maxPoints points.
func stepOf(d time.Duration) time.Duration {
	for _, s := range []int{1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600} {
		if step := time.Duration(s) * time.Second; d/step < maxPoints-1 {
			return step
		}
	}
	// Longer than any drill: clocks were set.
	return (d/maxPoints + time.Hour).Truncate(time.Hour)
}

func sum(m map[routing.LocationName]uint64) uint64 {
	var n uint64
	for _, v := range m {
		n += v
	}
	return n
}
