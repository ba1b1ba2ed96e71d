package geo

import "meridian/routing"

// Place is a location that clients can be sent to.
type Place struct {
	Name        routing.LocationName
	Coordinates *Coordinates // nil: not known
}
