package drill

import (
	"cmp"
	"maps"
	"slices"
)

// Failures are the errors that clients saw.
type Failures struct {
	Known     bool       `json:"known"` // a gateway gave a log
	Requests  uint64     `json:"requests"`
	Errors    uint64     `json:"errors"`  // 5xx, or no answer
	Refused   uint64     `json:"refused"` // 503 because the location was off
	Observers []Observed `json:"observers,omitempty"`
	How       string     `json:"how"`
}

// Observed is what an observer outside of us counted.
type Observed struct {
	Observer string `json:"observer"`
	Requests uint64 `json:"requests"`
	Failures uint64 `json:"failures"`
}

// Failed is how many requests failed by the gateways' count.
func (f Failures) Failed() uint64 { return f.Errors + f.Refused }

// failures sums over all gateways.
func (t *Timeline) failures(spans []span) Failures {
	out := Failures{How: "no gateway gave a log"}
	for i, l := range t.Nodes {
		if !spans[i].known {
			continue
		}
		d := l.between(spans[i].settled())
		out.Known = true
		out.How = "counted by all gateways, as their clients saw it, from applying the drill to " + duration(Settle) + " after its end"
		out.Requests += d.Arrivals
		out.Errors += d.Errors
		out.Refused += d.Refused
	}
	out.Observers = t.observed(spans)
	return out
}

// observed is what each observer counted from the first node's applying the
// drill to Settle after the last one's end.
func (t *Timeline) observed(spans []span) []Observed {
	if len(spans) == 0 || !spans[0].known {
		return nil
	}
	from, to := maxStamp, Stamp(0)
	for _, s := range spans {
		a, b := s.settled()
		from, to = min(from, a), max(to, b)
	}
	byName := map[string][]Observation{}
	for _, l := range t.Nodes {
		for _, o := range l.Observations {
			byName[o.Observer] = append(byName[o.Observer], o)
		}
	}
	var out []Observed
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		list := byName[name]
		slices.SortStableFunc(list, func(a, b Observation) int { return cmp.Compare(a.At, b.At) })
		out = append(out, tallied(name, list, from, to))
	}
	return out
}

// tallied adds up what an observer's counters grew by after from, to to; one
// that is less than before began anew at zero.
func tallied(name string, list []Observation, from, to Stamp) Observed {
	out := Observed{Observer: name}
	var last Observation
	for _, o := range list {
		if o.At > from && o.At <= to {
			out.Requests += grown(last.Requests, o.Requests)
			out.Failures += grown(last.Failures, o.Failures)
		}
		last = o
	}
	return out
}
