package node

import (
	"meridian/geo"
	"meridian/routing"
)

// nowhere is farther than any place.
const nowhere = 1 << 30

// near ranks the regions of backends by how far they are from this node's
// location: 0 is here.
func (n *Node) near(region string) int {
	here, there := n.options.Config.Location, routing.ParseLocationName(region)
	l := n.pub.current.Load()
	switch {
	case there == "" || l == nil:
		return nowhere
	case there == here:
		return 0
	}
	a, known := l.placeOf(here)
	b, alsoKnown := l.placeOf(there)
	if !known || !alsoKnown {
		return nowhere
	}
	return 1 + int(a.DistanceKm(b))
}

// placeOf returns where a location or a well-known region is.
func (g *generation) placeOf(name routing.LocationName) (geo.Coordinates, bool) {
	if id, ok := g.structure.LocationID(name); ok && g.service.Places[id].Known {
		p := &g.service.Places[id]
		return geo.Coordinates{Latitude: p.Latitude, Longitude: p.Longitude}, true
	}
	return geo.Region(name)
}
