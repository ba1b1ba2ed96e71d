package drill

import (
	"maps"
	"slices"

	"meridian/routing"
)

// maxAnswers is the most locations whose answers are counted.
const maxAnswers = 256

// tally makes counters that only grow of counters that begin anew with the
// process.
type tally struct {
	begun         bool      // last is set
	anew          bool      // the process's counters began at zero: what is read first counts
	last          Counts    // as read; its histograms are not used
	late, latency *[]uint64 // as read; nil: not yet
	sum           Sample    // since the first reading
}

// add takes the next reading, whose histograms have the log's bounds or none,
// and returns the sum.
func (t *tally) add(c Counts) Sample {
	if t.begun || t.anew {
		t.grow(c)
	}
	t.sum.Late = t.buckets(&t.late, t.sum.Late, c.Late)
	t.sum.Latency = t.buckets(&t.latency, t.sum.Latency, c.Latency)
	t.begun, t.last = true, c.clone()
	return t.sum
}

func (t *tally) grow(c Counts) {
	l := t.last
	t.sum.Arrivals += grown(l.Arrivals, c.Arrivals)
	t.sum.Served += grown(l.Served, c.Served)
	t.sum.Relayed += grown(l.Relayed, c.Relayed)
	t.sum.Refused += grown(l.Refused, c.Refused)
	t.sum.Errors += grown(l.Errors, c.Errors)
	answers := maps.Clone(t.sum.Answers)
	if answers == nil {
		answers = map[routing.LocationName]uint64{}
	}
	for name, n := range c.Answers {
		if _, known := answers[name]; known || len(answers) < maxAnswers {
			answers[name] += grown(l.Answers[name], n)
		}
	}
	t.sum.Answers = answers
}

// buckets returns sum with what grew since the last reading that had the
// histogram.
func (t *tally) buckets(last **[]uint64, sum []uint64, h Histogram) []uint64 {
	if !h.usable() {
		return sum
	}
	before, counts := *last, slices.Clone(h.Counts)
	*last = &counts
	switch {
	case before == nil && !t.anew:
		return sum
	case before == nil:
		before = &[]uint64{}
	}
	out := make([]uint64, len(counts))
	copy(out, sum)
	for i, n := range counts {
		var b uint64
		if i < len(*before) {
			b = (*before)[i]
		}
		out[i] += grown(b, n)
	}
	return trim(out)
}

// grown is how much a counter grew from a to b; a smaller one began at zero.
func grown(a, b uint64) uint64 {
	if b < a {
		return b
	}
	return b - a
}

func (c Counts) clone() Counts {
	c.Answers = maps.Clone(c.Answers)
	c.Late = Histogram{Bounds: c.Late.Bounds, Counts: slices.Clone(c.Late.Counts)}
	c.Latency = Histogram{Bounds: c.Latency.Bounds, Counts: slices.Clone(c.Latency.Counts)}
	return c
}
