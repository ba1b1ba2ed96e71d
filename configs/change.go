package configs

import (
	"fmt"
	"slices"

	"meridian/routing"
)

// NewLocation is a location to add to a service document.
type NewLocation struct {
	Name                string   // as people spell it: "West US 2"
	Latitude, Longitude *float64 // degrees; nil for well-known cloud regions
	Capacity            int      // nodes it is meant to have, 1 .. 512; 0: not stated
	UnitRPS             int      // requests a second one node can take; 0: unknown
	Zones               []string
	Enabled             bool // false: it takes no clients until it is enabled
}

// AddLocation returns the bundle with a location more, the last one. Like every
// plan the result has to be compiled before it is used; the error is about what
// the location itself says.
func (b *Bundle) AddLocation(l NewLocation) (*Bundle, error) {
	return b.changed("adding location", func(doc *ServiceDocument) error {
		if i := locationAt(doc, routing.ParseLocationName(l.Name)); i >= 0 {
			return fmt.Errorf("%s is there already as %s: want a name of its own", quote(l.Name), quote(doc.Locations[i].Name))
		}
		doc.Locations = append(doc.Locations, LocationDocument{
			Name: l.Name, Latitude: l.Latitude, Longitude: l.Longitude, DisableGateway: !l.Enabled, Zones: l.Zones,
			SKU: SKUDocument{l.Capacity}, UnitCapacity: UnitCapacityDocument{l.UnitRPS},
		})
		return nil
	})
}

// RemoveLocation returns the bundle without a location. The primary location
// stays, and Compile refuses what still names the one that is gone.
func (b *Bundle) RemoveLocation(id routing.LocationName) (*Bundle, error) {
	return b.changed("removing location", func(doc *ServiceDocument) error {
		i, err := findLocation(doc, id)
		if err != nil {
			return err
		}
		if doc.Locations[i].Primary {
			return fmt.Errorf("%s is the primary location: want another one primary first", quote(doc.Locations[i].Name))
		}
		doc.Locations = slices.Delete(doc.Locations, i, i+1)
		return nil
	})
}

// ScaleLocation returns the bundle with another capacity of a location, 1 .. 512
// nodes.
func (b *Bundle) ScaleLocation(id routing.LocationName, capacity int) (*Bundle, error) {
	return b.changed("scaling location", func(doc *ServiceDocument) error {
		i, err := findLocation(doc, id)
		if err != nil {
			return err
		}
		if capacity < 1 {
			return fmt.Errorf("a capacity of %d: want 1 .. 512 nodes; a location without any is removed or disabled", capacity)
		}
		doc.Locations[i].SKU.Capacity = capacity
		return nil
	})
}

// changed returns the bundle with an edited document and the same files. doing
// begins the error.
func (b *Bundle) changed(doing string, edit func(*ServiceDocument) error) (*Bundle, error) {
	if b.Document == nil {
		return nil, fmt.Errorf("%s: %w", doing, errBroken)
	}
	doc := b.doc
	doc.Locations = slices.Clone(doc.Locations)
	if err := edit(&doc); err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	data, err := canonical(&doc)
	if err != nil {
		return nil, fmt.Errorf("%s: writing service document: %w", doing, err)
	}
	out, err := NewBundle(bundleName, indented(data), b.read)
	if err == nil && out.Document == nil {
		err = out.r.sorted()
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	return out, nil
}

// locationAt returns the position of a location; -1 where the document has none
// of that id.
func locationAt(doc *ServiceDocument, id routing.LocationName) int {
	return slices.IndexFunc(doc.Locations, func(l LocationDocument) bool { return id != "" && routing.ParseLocationName(l.Name) == id })
}

func findLocation(doc *ServiceDocument, id routing.LocationName) (int, error) {
	i := locationAt(doc, id)
	if i >= 0 {
		return i, nil
	}
	var names []string
	for _, l := range doc.Locations {
		names = append(names, quote(l.Name))
	}
	if len(names) == 0 {
		names = []string{"none, the service has no locations"}
	}
	return -1, fmt.Errorf("%s is no location of this service: want one of %s", quote(string(id)), listed(names))
}
