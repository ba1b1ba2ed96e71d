package drill

// Phase is how long requests took in a part of the drill.
type Phase struct {
	Name     string   `json:"name"` // before, during, after
	Requests uint64   `json:"requests"`
	P50      Quantile `json:"p50"` // seconds
	P99      Quantile `json:"p99"`
	How      string   `json:"how"`
}

func (t *Timeline) phases(spans []span) []Phase {
	var out []Phase
	for n, name := range []string{"before", "during", "after"} {
		var took piles
		for i, l := range t.Nodes {
			if spans[i].known {
				took = took.add(l.LatencyBounds, l.phase(n, spans[i]).Latency)
			}
		}
		p := Phase{Name: name, Requests: took.total(), P50: took.quantile(.5), P99: took.quantile(.99)}
		p.How = "measured by all gateways from a request's arrival to the end of its answer, in buckets"
		if p.Requests == 0 {
			p.How = "no request was measured"
		}
		out = append(out, p)
	}
	return out
}
