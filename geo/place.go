package geo

import (
	"fmt"

	"meridian/routing"
)

// Place is a location that clients can be sent to.
type Place struct {
	Name        routing.LocationName
	Coordinates *Coordinates // nil: not known
}

func (p Place) validate() error {
	if p.Coordinates == nil {
		return nil
	}
	if err := p.Coordinates.Validate(); err != nil {
		return fmt.Errorf("geo: place %q: %w", p.Name, err)
	}
	return nil
}
