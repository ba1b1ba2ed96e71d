package geo

import (
	_ "embed"
	"fmt"

	"meridian/geo/internal/compact"
	"meridian/routing"
)

//go:generate go run ./gen country.bin

//go:embed country.bin
var countryTable string

// Origin says where the embedded country table is from.
type Origin = compact.Header

// Embedded returns the origin of the embedded country table: source, licence,
// build date and counts.
func Embedded() (Origin, error) {
	h, _, err := compact.ParseHeader([]byte(countryTable))
	return h, err
}

// layer is one source of facts. Its steps hold positions in facts, of which the
// first is the empty fact.
type layer struct {
	ipv4, ipv6 steps
	facts      []fact
}

// readCountries decodes a country table file into a layer.
func readCountries(file []byte, from source) (*layer, error) {
	t, err := compact.Decode(file)
	if err != nil {
		return nil, err
	}
	l := &layer{facts: make([]fact, 1, len(t.Countries)+1)}
	for _, country := range t.Countries {
		code, err := routing.ParseGeoCode(country)
		if err != nil {
			return nil, fmt.Errorf("country table: %w", err)
		}
		l.facts = append(l.facts, fact{geo: code, geoFrom: from})
	}
	l.ipv4, l.ipv6 = countrySteps(t.IPv4), countrySteps(t.IPv6)
	return l, nil
}

func countrySteps(ranges []compact.Range) steps {
	out := make(steps, 0, len(ranges))
	for _, r := range ranges {
		out = out.push(key{hi: r.Start}, uint32(r.Country))
	}
	return out
}
