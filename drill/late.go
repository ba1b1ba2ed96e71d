package drill

import (
	"cmp"
	"slices"
)

// Late is what came to the drilled location although it was off.
type Late struct {
	Known   bool       `json:"known"` // a gateway of the location gave a log
	N       uint64     `json:"n"`
	T50     Quantile   `json:"t50"` // age in seconds since the location went off
	T95     Quantile   `json:"t95"`
	T99     Quantile   `json:"t99"`
	Ages    []AgeShare `json:"ages,omitempty"`
	Relayed uint64     `json:"relayed"`
	Refused uint64     `json:"refused"`

	Networks int    `json:"networks"` // from which relayed requests came
	Cut      int    `json:"cut"`      // from which refused requests came
	More     bool   `json:"more"`     // there were more networks than are kept
	How      string `json:"how"`
}

// AgeShare is how many of the late requests were no older than Seconds.
type AgeShare struct {
	Seconds float64 `json:"seconds"`
	N       uint64  `json:"n"`
}

// late sums over the gateways of the drilled location.
func (t *Timeline) late(spans []span) Late {
	out := Late{How: "no gateway of the location gave a log"}
	var ages piles
	relayed, refused := map[string]bool{}, map[string]bool{}
	for i, l := range t.Nodes {
		if l.Location != t.Spec.Location || !spans[i].known {
			continue
		}
		out.Known = true
		out.How = "counted by the gateways of the location, from applying the drill to " + duration(Settle) + " after its end; ages since the location went off"
		d := l.between(spans[i].settled())
		ages = ages.add(l.LateBounds, d.Late)
		out.Relayed += d.Relayed
		out.Refused += d.Refused
		out.More = out.More || l.NetworksFull
		l.networks(relayed, refused)
	}
	out.Networks, out.Cut, out.N = len(relayed), len(refused), ages.total()
	out.T50, out.T95, out.T99 = ages.quantile(.5), ages.quantile(.95), ages.quantile(.99)
	out.Ages = ages.cumulative()
	return out
}

func (l NodeLog) networks(relayed, refused map[string]bool) {
	for _, n := range l.Networks {
		if n.Relayed > 0 {
			relayed[n.Prefix] = true
		}
		if n.Refused > 0 {
			refused[n.Prefix] = true
		}
	}
}

// cumulative is how many values are certain to be no greater than each bound.
func (p piles) cumulative() []AgeShare {
	sorted := slices.SortedFunc(slices.Values(p), func(a, b pile) int { return cmp.Compare(a.high, b.high) })
	var out []AgeShare
	var n uint64
	for i, b := range sorted {
		n += b.n
		if last := i+1 == len(sorted) || sorted[i+1].high > b.high; last && b.high <= 1e9 {
			out = append(out, AgeShare{Seconds: b.high, N: n})
		}
	}
	return out
}
