package geo

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Coordinates is a point on the earth in degrees (WGS 84): latitude -90 .. 90,
// longitude -180 .. 180. They are kept to a hundredth of a degree, about 1 km.
type Coordinates struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
}

// Validate reports which of the two lies outside its range.
func (c Coordinates) Validate() error {
	if !(c.Latitude >= -90 && c.Latitude <= 90) {
		return fmt.Errorf("latitude %v: want -90 .. 90", c.Latitude)
	}
	if !(c.Longitude >= -180 && c.Longitude <= 180) {
		return fmt.Errorf("longitude %v: want -180 .. 180", c.Longitude)
	}
	return nil
}

// String returns the point as "latitude,longitude" with two decimals.
func (c Coordinates) String() string {
	return fmt.Sprintf("%.2f,%.2f", c.Latitude, c.Longitude)
}

// earthRadius is the mean radius in km.
const earthRadius = 6371

// vector is a point as a unit vector: distances between many points then cost
// a product and an arc cosine each.
type vector struct{ x, y, z float64 }

func (c Coordinates) vector() vector {
	sinLat, cosLat := math.Sincos(c.Latitude * math.Pi / 180)
	sinLon, cosLon := math.Sincos(c.Longitude * math.Pi / 180)
	return vector{cosLat * cosLon, cosLat * sinLon, sinLat}
}

// DistanceKm is the distance to another point along the earth.
func (c Coordinates) DistanceKm(to Coordinates) float64 { return c.vector().distanceKm(to.vector()) }

func (v vector) distanceKm(w vector) float64 {
	cos := v.x*w.x + v.y*w.y + v.z*w.z
	return earthRadius * math.Acos(min(1, max(-1, cos)))
}

// parsePoint reads "latitude,longitude".
func parsePoint(s string) (Coordinates, error) {
	lat, lon, _ := strings.Cut(s, ",")
	var c Coordinates
	var err error
	if c.Latitude, err = strconv.ParseFloat(lat, 64); err != nil {
		return c, fmt.Errorf("latitude %q: want a number", lat)
	}
	if c.Longitude, err = strconv.ParseFloat(lon, 64); err != nil {
		return c, fmt.Errorf("longitude %q: want a number", lon)
	}
	return c, c.Validate()
}

// findPoint looks a name up in a table of "name latitude,longitude" pairs
// separated by white space.
func findPoint(table, name string) (Coordinates, bool) {
	fields := strings.Fields(table)
	for i := 0; i+1 < len(fields); i += 2 {
		if fields[i] == name {
			at, err := parsePoint(fields[i+1])
			return at, err == nil
		}
	}
	return Coordinates{}, false
}
