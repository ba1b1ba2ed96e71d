package geo

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"meridian/routing"
)

// randomPlaces returns n places on random land: at states and countries.
func randomPlaces(n int) []Place {
	rng := rand.New(rand.NewPCG(1, 2))
	places := make([]Place, n)
	for i := range places {
		at := Coordinates{rng.Float64()*120 - 50, rng.Float64()*360 - 180}
		places[i] = Place{routing.LocationName(fmt.Sprintf("place%d", i)), &at}
	}
	return places
}

func BenchmarkDecode(b *testing.B) {
	for b.Loop() {
		if _, err := readCountries([]byte(countryTable), 0); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Open(Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTable(b *testing.B) {
	s, err := Open(Options{})
	if err != nil {
		b.Fatal(err)
	}
	for _, n := range []int{3, 60, 300} {
		b.Run(fmt.Sprintf("places=%d", n), func(b *testing.B) {
			places := randomPlaces(n)
			b.ReportAllocs()
			var table *routing.ClientTable
			for b.Loop() {
				if table, err = s.Table(places, nil); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(table.Len()), "blocks")
		})
	}
}

func BenchmarkDescribe(b *testing.B) {
	s, err := Open(Options{})
	if err != nil {
		b.Fatal(err)
	}
	a := addr("8.8.8.8")
	b.ReportAllocs()
	for b.Loop() {
		s.Describe(a)
	}
}
