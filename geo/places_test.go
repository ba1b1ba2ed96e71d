package geo

import (
	"math"
	"strings"
	"testing"

	"meridian/routing"
)

func TestDistances(t *testing.T) {
	tests := []struct {
		name         string
		from, to     Coordinates
		want, within float64
	}{
		{"the same point", Coordinates{52.5, 13.4}, Coordinates{52.5, 13.4}, 0, 0.2},
		{"London to New York", Coordinates{51.51, -0.13}, Coordinates{40.71, -74.01}, 5570, 15},
		{"over the date line", Coordinates{0, 179}, Coordinates{0, -179}, 222.4, 0.5},
		{"pole to pole", Coordinates{90, 0}, Coordinates{-90, 0}, math.Pi * earthRadius, 1e-6},
		{"Sydney to Santiago", Coordinates{-33.87, 151.21}, Coordinates{-33.45, -70.67}, 11340, 30},
	}
	for _, tt := range tests {
		if got := tt.from.distanceKm(tt.to); math.Abs(got-tt.want) > tt.within {
			t.Errorf("%s: got %.1f km, want %.1f", tt.name, got, tt.want)
		}
	}
}

func TestCoordinatesValidate(t *testing.T) {
	for _, c := range []Coordinates{{91, 0}, {-90.5, 0}, {0, 181}, {0, -180.1}, {math.NaN(), 0}, {0, math.Inf(1)}} {
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), "want -") {
			t.Errorf("%v: got %v, want an error with the range", c, err)
		}
	}
	if err := (Coordinates{-90, 180}).Validate(); err != nil {
		t.Errorf("a corner: %v", err)
	}
}

// TestEveryCodeHasAPoint: all countries and states of the hierarchy, nothing else.
func TestEveryCodeHasAPoint(t *testing.T) {
	countries, states := 0, 0
	for _, group := range routing.GeoChildren(routing.World) {
		if at, ok := Country(group); ok {
			t.Errorf("grouping %s is at %v", group, at)
		}
		for _, country := range routing.GeoChildren(group) {
			countries++
			if _, ok := Country(country); !ok {
				t.Errorf("country %s has no point", country)
			}
			for _, state := range routing.GeoChildren(country) {
				states++
				if _, ok := Country(state); !ok {
					t.Errorf("state %s has no point", state)
				}
			}
		}
	}
	if countries < 250 || states != 8+13+51 {
		t.Errorf("got %d countries and %d states", countries, states)
	}
	for _, code := range []routing.GeoCode{"", "WORLD", "ZZ", "UK", "US-XX", "DE-BY", "US-", "us"} {
		if at, ok := Country(code); ok {
			t.Errorf("code %q is at %v", code, at)
		}
	}
}

// TestPointsAreInTheirCountry compares a state with its country, and countries
// with well-known neighbours, to catch swapped signs and columns.
func TestPointsAreInTheirCountry(t *testing.T) {
	for line := range strings.Lines(statePoints) {
		code, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		if code == "" {
			continue
		}
		state, _ := Country(routing.GeoCode(code))
		country, _ := Country(routing.GeoCode(code).Parent())
		if km := state.distanceKm(country); km > 6500 {
			t.Errorf("%s is %.0f km from %s", code, km, code[:2])
		}
	}
	for _, tt := range []struct {
		a, b routing.GeoCode
		most float64 // km
	}{
		{"BV", "ZA", 3800},
		{"HM", "AU", 6400},
		{"NO", "SE", 600},
		{"XJ", "IS", 1000},
		{"XE", "XS", 60},
		{"XK", "RS", 400},
		{"NZ", "AU", 2500},
		{"FJ", "TO", 900},
		{"BR", "AR", 2000},
		{"CL", "AR", 1300},
		{"EC", "CO", 1000},
		{"IN", "PK", 1200},
	} {
		a, _ := Country(tt.a)
		b, _ := Country(tt.b)
		if km := a.distanceKm(b); km > tt.most {
			t.Errorf("%s and %s are %.0f km apart, want at most %.0f", tt.a, tt.b, km, tt.most)
		}
	}
}

func TestRegionsAreFoundByTheirNames(t *testing.T) {
	tests := []struct {
		name string
		want Coordinates
	}{
		{"West US 2", Coordinates{47.233, -119.852}},
		{"westus2", Coordinates{47.233, -119.852}},
		{"West Europe", Coordinates{52.367, 4.9}},
		{"azure westeurope", Coordinates{52.367, 4.9}},
		{"East US", Coordinates{37.372, -79.816}},
		{"us-east-1", Coordinates{38.95, -77.45}},
		{"aws us-east-1", Coordinates{38.95, -77.45}},
		{"us-east1", Coordinates{33.19, -80.01}},
		{"gcp-us-east1", Coordinates{33.19, -80.01}},
		{"ca-central-1", Coordinates{45.50, -73.57}},
		{"eu-west-1", Coordinates{53.35, -6.26}},
		{"europe-west4", Coordinates{53.43, 6.84}},
		{"europewest4", Coordinates{53.43, 6.84}},
	}
	for _, tt := range tests {
		if got, ok := RegionOf(tt.name); !ok || got != tt.want {
			t.Errorf("%q: got %v, %v, want %v", tt.name, got, ok, tt.want)
		}
	}
	for _, name := range []string{"", "Tokyo DC", "aws", "azure", "gcpwesteurope", "awsawsuseast1"} {
		if got, ok := RegionOf(name); ok {
			t.Errorf("%q: got %v, want nothing", name, got)
		}
	}
}

// TestRegionIDsThatClash lists every location id that stands for different
// places: Region knows none of them, RegionOf tells them apart.
func TestRegionIDsThatClash(t *testing.T) {
	spellings := make(map[routing.LocationName][]string)
	for _, c := range clouds() {
		fields := strings.Fields(c.regions)
		for i := 0; i < len(fields); i += 2 {
			id := routing.ParseLocationName(fields[i])
			spellings[id] = append(spellings[id], fields[i])
			if _, ok := RegionOf(fields[i]); !ok {
				t.Errorf("%s region %s is not found", c.name, fields[i])
			}
			if _, ok := Region(routing.LocationName(c.name) + id); !ok {
				t.Errorf("%s region %s is not found with the provider in front", c.name, fields[i])
			}
		}
	}
	clashing := map[routing.LocationName]bool{"useast1": true, "uswest1": true, "uswest2": true, "mecentral1": true}
	for id, names := range spellings {
		_, ok := Region(id)
		if len(names) > 1 != clashing[id] || ok == clashing[id] {
			t.Errorf("id %s is that of %v, found: %v", id, names, ok)
		}
	}
	if len(spellings) < 140 {
		t.Errorf("got %d regions", len(spellings))
	}
}

func TestStateCodes(t *testing.T) {
	tests := []struct{ country, state, want string }{
		{"US", "WA", "US-WA"},
		{"AU", "WA", "AU-WA"},
		{"US", "Washington", "US-WA"},
		{"CA", "quebec", "CA-QC"},
		{"US", "West Virginia", "US-WV"},
		{"US", "Bavaria", "US"},
		{"US", "", "US"},
		{"DE", "BY", "DE"},
		{"GB", "ENG", "GB"},
		{"ZZ", "", ""},
		{"UK", "", ""},
		{"GEO-EU", "", ""},
		{"WORLD", "", ""},
		{"us", "WA", ""},
	}
	for _, tt := range tests {
		if got := geoCode(tt.country, tt.state); string(got) != tt.want {
			t.Errorf("%s, %s: got %q, want %q", tt.country, tt.state, got, tt.want)
		}
	}
}
