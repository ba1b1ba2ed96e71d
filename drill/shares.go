package drill

import (
	"maps"
	"slices"

	"meridian/routing"
)

// Shares are what part of all answers and arrivals a location had before,
// during and after the drill.
type Shares struct {
	Location routing.LocationName `json:"location"`
	Answers  [3]Part              `json:"answers"`
	Arrivals [3]Part              `json:"arrivals"`
}

// Part is N of Of.
type Part struct {
	N  uint64 `json:"n"`
	Of uint64 `json:"of"`
}

// Share returns N/Of; ok is false where Of is 0.
func (p Part) Share() (share float64, ok bool) {
	if p.Of == 0 {
		return 0, false
	}
	return float64(p.N) / float64(p.Of), true
}

// phase returns what a node's log counted before, during or after the drill.
func (l NodeLog) phase(n int, s span) Sample {
	edges := [4]Stamp{l.start(), s.from, s.to, max(s.to, l.end())}
	return l.between(edges[n], max(edges[n], edges[n+1]))
}

func (t *Timeline) shares(spans []span) []Shares {
	rows := map[routing.LocationName]*Shares{}
	row := func(name routing.LocationName) *Shares {
		if rows[name] == nil {
			rows[name] = &Shares{Location: name}
		}
		return rows[name]
	}
	var answers, arrivals [3]uint64
	for i, l := range t.Nodes {
		for n := range answers {
			if !spans[i].known {
				continue
			}
			d := l.phase(n, spans[i])
			row(l.Location).Arrivals[n].N += d.Arrivals
			arrivals[n] += d.Arrivals
			for name, v := range d.Answers {
				row(name).Answers[n].N += v
				answers[n] += v
			}
		}
	}
	var out []Shares
	for _, name := range slices.Sorted(maps.Keys(rows)) {
		for n := range answers {
			rows[name].Answers[n].Of, rows[name].Arrivals[n].Of = answers[n], arrivals[n]
		}
		out = append(out, *rows[name])
	}
	return out
}
