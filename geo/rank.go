package geo

import (
	"cmp"
	"math"
	"slices"

	"meridian/routing"
)

// The distance model: RTT = modelStartMs + km / modelKmPerMs, fitted to public
// round-trip times between cloud regions. No time is taken to be below what
// light in fibre needs, km / lightKmPerMs.
const (
	modelStartMs = 8.5 // ms
	modelKmPerMs = 63
	lightKmPerMs = 100
)

// measurement is a measured round-trip time to a place.
type measurement struct {
	place routing.LocationID
	ms    float64
}

// ranker orders places by the round-trip time that a client can expect.
type ranker struct {
	places []rankPlace
	sites  []site // of the last call, to be used again
}

type rankPlace struct {
	at      vector
	located bool
}

// site is a place as one client sees it.
type site struct {
	id             routing.LocationID
	ms             float64
	known, modeled bool
	km             float64
}

// model is the round-trip time by distance, for a client whose times exceed the
// model by bias.
func (s *site) model(bias float64) float64 {
	return max(modelStartMs+s.km/modelKmPerMs+bias, s.km/lightKmPerMs)
}

func newRanker(places []Place) *ranker {
	r := &ranker{places: make([]rankPlace, len(places)), sites: make([]site, len(places))}
	for i, p := range places {
		if p.Coordinates != nil {
			r.places[i] = rankPlace{p.Coordinates.vector(), true}
		}
	}
	return r
}

// rank returns the places nearest first: by measured time where there is one,
// else by the model plus how much the measured times exceed it (their median):
// a client that is slow to reach where it was measured is slow to reach
// anything. Places with neither a time nor a distance are left out.
func (r *ranker) rank(client Coordinates, located bool, measured []measurement) []routing.LocationID {
	at := client.vector()
	for i, p := range r.places {
		s := site{id: routing.LocationID(i), modeled: located && p.located}
		if s.modeled {
			s.km = at.distanceKm(p.at)
		}
		r.sites[i] = s
	}
	bias := r.measure(measured)
	known := r.sites[:0:0]
	for _, s := range r.sites {
		if !s.known && s.modeled {
			s.ms, s.known = s.model(bias), true
		}
		if s.known {
			known = append(known, s)
		}
	}
	slices.SortFunc(known, func(a, b site) int {
		return cmp.Or(cmp.Compare(a.ms, b.ms), cmp.Compare(a.id, b.id))
	})
	var out []routing.LocationID
	for _, s := range known {
		out = append(out, s.id)
	}
	return out
}

// measure enters measured times and returns by how much they exceed the model.
func (r *ranker) measure(measured []measurement) float64 {
	var excess []float64
	for _, m := range measured {
		s := &r.sites[m.place]
		s.ms, s.known = m.ms, true
		if s.modeled {
			excess = append(excess, m.ms-s.model(0))
		}
	}
	if len(excess) == 0 {
		return 0
	}
	slices.Sort(excess)
	return (excess[(len(excess)-1)/2] + excess[len(excess)/2]) / 2
}

// snap returns the middle of the cell around c in a grid of so many degrees;
// c itself where degrees is 0.
func snap(c Coordinates, degrees float64) Coordinates {
	if degrees == 0 {
		return c
	}
	middle := func(v, most float64) float64 {
		return min(most, max(-most, (math.Floor(v/degrees)+0.5)*degrees))
	}
	return Coordinates{middle(c.Latitude, 90), middle(c.Longitude, 180)}
}
