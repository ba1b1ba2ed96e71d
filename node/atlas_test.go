package node

import (
	"cmp"
	"context"
	"math"
	"net/netip"
	"slices"

	"meridian/geo"
	"meridian/routing"
)

// pocketAtlas is an atlas of a few networks: the tables of the whole world take
// seconds to make under the race detector.
type pocketAtlas struct{}

func newPocketAtlas(geo.Options) (atlas, error) { return pocketAtlas{}, nil }

// pocket lists the networks, by address; those that are not here are anywhere.
func pocket() []struct {
	prefix string
	code   routing.GeoCode
} {
	return []struct {
		prefix string
		code   routing.GeoCode
	}{
		{"8.8.8.0/24", "US"}, {"133.0.0.0/8", "JP"}, {"194.25.0.0/16", "DE"}, {"2003::/19", "DE"},
	}
}

func (pocketAtlas) Start() error                              { return nil }
func (pocketAtlas) Shutdown(context.Context) error            { return nil }
func (pocketAtlas) Databases() []geo.Database                 { return nil }
func (pocketAtlas) Describe(netip.Addr) (out geo.Description) { return out }

// Table ranks the places by how far they are from each country, over a flat
// earth.
func (pocketAtlas) Table(places []geo.Place, _ *geo.LatencyTable) (*routing.ClientTable, error) {
	classes := []routing.ClassInfo{{Geo: routing.World, Rank: ranked(places, geo.Coordinates{})}}
	var blocks []routing.Block
	for _, p := range pocket() {
		at, _ := geo.Country(p.code)
		blocks = append(blocks, routing.Block{Prefix: netip.MustParsePrefix(p.prefix), Class: routing.ClassID(len(classes))})
		classes = append(classes, routing.ClassInfo{Geo: p.code, Rank: ranked(places, at)})
	}
	return routing.NewClientTable(blocks, classes)
}

func ranked(places []geo.Place, from geo.Coordinates) []routing.LocationID {
	away := func(id routing.LocationID) float64 {
		c := places[id].Coordinates
		if c == nil {
			return math.Inf(1)
		}
		return math.Hypot(c.Latitude-from.Latitude, c.Longitude-from.Longitude)
	}
	var out []routing.LocationID
	for i := range places {
		out = append(out, routing.LocationID(i))
	}
	slices.SortStableFunc(out, func(a, b routing.LocationID) int { return cmp.Compare(away(a), away(b)) })
	return out
}
