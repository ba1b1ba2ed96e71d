package drill

import (
	"sort"

	"meridian/routing"
)

// at is what the log had counted at an instant: the last sample that is not
// later.
func (l NodeLog) at(t Stamp) Sample {
	i := sort.Search(len(l.Samples), func(i int) bool { return l.Samples[i].At > t })
	if i == 0 {
		return Sample{}
	}
	return l.Samples[i-1]
}

// between is what the log counted after from, to to.
func (l NodeLog) between(from, to Stamp) Sample {
	return l.at(to).minus(l.at(from))
}

func (s Sample) minus(o Sample) Sample {
	out := Sample{
		At: s.At, Arrivals: s.Arrivals - o.Arrivals, Served: s.Served - o.Served, Relayed: s.Relayed - o.Relayed,
		Refused: s.Refused - o.Refused, Errors: s.Errors - o.Errors,
		Late: minus(s.Late, o.Late), Latency: minus(s.Latency, o.Latency),
	}
	out.Answers = make(map[routing.LocationName]uint64, len(s.Answers))
	for name, n := range s.Answers {
		out.Answers[name] = n - o.Answers[name]
	}
	return out
}

func (l NodeLog) start() Stamp {
	if len(l.Samples) == 0 {
		return l.end()
	}
	return l.Samples[0].At
}

// first returns the first mark of a kind, last the last.
func (l NodeLog) first(k Kind) (Mark, bool) {
	for _, m := range l.Marks {
		if m.Kind == k {
			return m, true
		}
	}
	return Mark{}, false
}

func (l NodeLog) last(k Kind) (Mark, bool) {
	for i := range l.Marks {
		if m := l.Marks[len(l.Marks)-1-i]; m.Kind == k {
			return m, true
		}
	}
	return Mark{}, false
}
