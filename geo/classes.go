package geo

import (
	"cmp"
	"encoding/binary"
	"fmt"

	"meridian/routing"
)

// maxPoints is the most different points for which places are ranked.
const maxPoints = 50_000

// grids returns the widths of cells, in degrees, to which the coordinates of
// clients are coarsened, the finest that stays within the limits; 0 takes them
// as they are. Cells wider than the last are those of whole countries.
func grids() []float64 { return []float64{0, 0.25, 0.5, 1, 2, 4, 8} }

// viewpoint is all that a client's rank depends on, and its code.
type viewpoint struct {
	geo     routing.GeoCode
	at      Coordinates
	located bool
	latency uint32 // the set of times measured for its network, 0 none
}

// where returns the viewpoint of clients of whom f is known: their coordinates
// in a grid, or else those of their code. Negative degrees ignore coordinates.
func (f *fact) where(latency uint32, degrees float64) viewpoint {
	v := viewpoint{geo: cmp.Or(f.geo, routing.World), latency: latency}
	if f.located && degrees >= 0 {
		v.at, v.located = snap(f.at.coordinates(), degrees), true
		return v
	}
	v.at, v.located = Country(v.geo)
	return v
}

// classList interns what clients share as classes.
type classList struct {
	ranker  *ranker
	latency *measured
	limit   int // classes
	info    []routing.ClassInfo
	ids     map[string]routing.ClassID
	seen    map[viewpoint]routing.ClassID
}

func newClassList(places []Place, latency *measured, limit int) *classList {
	c := &classList{
		ranker:  newRanker(places),
		latency: latency,
		limit:   limit,
		ids:     make(map[string]routing.ClassID),
		seen:    make(map[viewpoint]routing.ClassID),
	}
	c.add(viewpoint{geo: routing.World})
	return c
}

// add returns the class of a viewpoint; false when there are too many.
func (c *classList) add(v viewpoint) (routing.ClassID, bool) {
	if id, ok := c.seen[v]; ok {
		return id, true
	}
	info := routing.ClassInfo{Geo: v.geo, Rank: c.ranker.rank(v.at, v.located, c.latency.times(v.geo, v.latency))}
	name := append([]byte(info.Geo), 0)
	for _, place := range info.Rank {
		name = binary.BigEndian.AppendUint16(name, uint16(place))
	}
	id, ok := c.ids[string(name)]
	if !ok {
		if len(c.info) == c.limit {
			return 0, false
		}
		id = routing.ClassID(len(c.info))
		c.info = append(c.info, info)
		c.ids[string(name)] = id
	}
	c.seen[v] = id
	return id, true
}

// joint is a fact together with the times measured for a network.
type joint struct{ fact, latency uint32 }

// grouping is the outcome of classify.
type grouping struct {
	class   []routing.ClassID // by position in the joints
	info    []routing.ClassInfo
	degrees float64 // the grid's width; negative: countries and states only
}

// limits are those within which classify has to stay.
type limits struct{ points, classes int }

// classify gives every joint a class, in the finest grid that is within the
// limits.
func classify(facts []fact, joints []joint, places []Place, latency *measured, most limits) (*grouping, error) {
	for _, degrees := range append(grids(), -1) {
		if degrees >= 0 && !fewPoints(facts, joints, degrees, most.points) {
			continue
		}
		list := newClassList(places, latency, most.classes)
		if class, ok := list.addAll(facts, joints, degrees); ok {
			return &grouping{class, list.info, degrees}, nil
		}
	}
	return nil, fmt.Errorf("geo: the latency table tells more than %d groups of clients apart: want fewer networks in it", most.classes)
}

// addAll returns the classes of joints; false when there are too many.
func (c *classList) addAll(facts []fact, joints []joint, degrees float64) ([]routing.ClassID, bool) {
	out := make([]routing.ClassID, len(joints))
	for i, j := range joints {
		class, ok := c.add(facts[j.fact].where(j.latency, degrees))
		if !ok {
			return nil, false
		}
		out[i] = class
	}
	return out, true
}

// fewPoints reports whether clients are at no more than limit different points.
func fewPoints(facts []fact, joints []joint, degrees float64, limit int) bool {
	seen := make(map[viewpoint]bool)
	for _, j := range joints {
		seen[facts[j.fact].where(j.latency, degrees)] = true
		if len(seen) > limit {
			return false
		}
	}
	return true
}
