package geo

import (
	"strconv"

	"meridian/routing"
)

// layout is how the records of a database are laid out.
type layout uint8

const (
	layoutUnknown layout = iota
	layoutMaxMind        // country.iso_code, subdivisions.0.iso_code, location.latitude
	layoutDBIP           // country_code, state1, latitude: the flat form
	layoutIPinfo         // country or country_code, region, lat and lng as text
)

// String returns the name of the provider whose layout it is.
func (l layout) String() string {
	return [...]string{"unknown", "MaxMind", "DB-IP", "IPinfo"}[l]
}

// record is one record of a database, decoded.
type record map[string]any

// layout returns the layout that the record shows, if it shows one.
func (r record) layout() layout {
	for _, name := range []string{"country", "registered_country", "continent", "location", "subdivisions"} {
		switch r[name].(type) {
		case map[string]any, []any:
			return layoutMaxMind
		}
	}
	for _, name := range []string{"country", "continent_code", "lat", "loc"} {
		if _, ok := r[name]; ok {
			return layoutIPinfo
		}
	}
	for _, name := range []string{"country_code", "latitude"} {
		if _, ok := r[name]; ok {
			return layoutDBIP
		}
	}
	return layoutUnknown
}

// fact returns what a record of layout l says. What is absent, of another type
// or outside of its range is not known.
func (r record) fact(l layout, from source) fact {
	var f fact
	switch l {
	case layoutMaxMind:
		f.geo = geoCode(r.child("country").text("iso_code"), r.subdivision().text("iso_code"))
		f.setPoint(r.child("location"), "latitude", "longitude")
	case layoutDBIP:
		f.geo = geoCode(r.text("country_code"), r.text("state1"))
		f.setPoint(r, "latitude", "longitude")
	case layoutIPinfo:
		country := r.text("country_code")
		if country == "" {
			country = r.text("country")
		}
		f.geo = geoCode(country, r.text("region"))
		f.setPoint(r, "lat", "lng")
		if !f.located {
			f.setPoint(r, "latitude", "longitude")
		}
	}
	f.geoFrom, f.atFrom = from, from
	return f
}

// setPoint sets the coordinates from two fields.
func (f *fact) setPoint(r record, latitude, longitude string) {
	lat, ok := r.number(latitude)
	lon, ok2 := r.number(longitude)
	c := Coordinates{lat, lon}
	if ok && ok2 && c.Validate() == nil {
		f.at, f.located = pointOf(c), true
	}
}

func (r record) text(name string) string {
	s, _ := r[name].(string)
	return s
}

func (r record) child(name string) record {
	m, _ := r[name].(map[string]any)
	return m
}

// subdivision returns the largest subdivision of a MaxMind record.
func (r record) subdivision() record {
	if list, ok := r["subdivisions"].([]any); ok && len(list) > 0 {
		m, _ := list[0].(map[string]any)
		return m
	}
	return nil
}

// number reads a number, which IPinfo writes as text.
func (r record) number(name string) (float64, bool) {
	switch v := r[name].(type) {
	case float64:
		return v, true
	case float32:
		return float64(v), true
	case string:
		f, err := strconv.ParseFloat(v, 64)
		return f, err == nil
	}
	return 0, false
}

// geoCode returns the most specific code of the hierarchy for a country and a
// state, which may be a code or a name; "" for a country that is not in it.
func geoCode(country, state string) routing.GeoCode {
	if len(country) != 2 {
		return ""
	}
	code, err := routing.ParseGeoCode(country)
	if err != nil {
		return ""
	}
	switch code {
	case "AU", "CA", "US":
		if s, ok := stateCode(code, state); ok {
			return s
		}
	}
	return code
}
