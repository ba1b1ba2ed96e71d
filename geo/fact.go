package geo

import (
	"math"

	"meridian/routing"
)

// fact is what is known of the addresses of a step, and who says so.
type fact struct {
	geo     routing.GeoCode // "" unknown
	at      point
	located bool // at is known
	geoFrom source
	atFrom  source
}

// source is the position of a layer's name in folded.sources.
type source uint16

// point is a place in hundredths of degrees.
type point struct{ lat, lon int16 }

func pointOf(c Coordinates) point {
	return point{int16(math.Round(c.Latitude * 100)), int16(math.Round(c.Longitude * 100))}
}

func (p point) coordinates() Coordinates {
	return Coordinates{float64(p.lat) / 100, float64(p.lon) / 100}
}

// refine returns what is known after a database says over where under was known.
// The later word wins, but a less specific code that agrees with a more
// specific one takes nothing away, and coordinates last as long as the code they
// came with.
func refine(under, over fact) fact {
	out := over
	if over.geo == "" || over.geo == under.geo.Parent() {
		out.geo, out.geoFrom = under.geo, under.geoFrom
	}
	if !over.located && out.geo == under.geo {
		out.at, out.located, out.atFrom = under.at, under.located, under.atFrom
	}
	return out
}

// override returns what is known after an operator says over where under was
// known: a code replaces everything, mere coordinates leave the code.
func override(under, over fact) fact {
	if over.geo == "" {
		over.geo, over.geoFrom = under.geo, under.geoFrom
	}
	return over
}

// factList numbers facts. Number 0 is all facts that say nothing.
type factList struct{ *interned[fact] }

func newFactList() factList { return factList{newInterned[fact]()} }

func (l factList) id(f fact) uint32 {
	if f.geo == "" && !f.located {
		return 0
	}
	return l.interned.id(f)
}

// merger returns a function that merges the fact l[under] with others[over] by
// a rule and returns the result's id in l. It computes each pair once.
func (l factList) merger(others []fact, rule func(under, over fact) fact) func(under, over uint32) uint32 {
	done := make(map[uint64]uint32)
	return func(under, over uint32) uint32 {
		if over == 0 {
			return under
		}
		pair := uint64(under)<<32 | uint64(over)
		id, ok := done[pair]
		if !ok {
			id = l.id(rule(l.list[under], others[over]))
			done[pair] = id
		}
		return id
	}
}
