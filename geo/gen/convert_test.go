package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"meridian/geo/internal/compact"
)

func TestMergerLeavesGapsAndJoinsNeighbours(t *testing.T) {
	var m merger
	m.add(1<<40, 24, 1)  // 0.0.1.0/24
	m.add(2<<40, 24, 1)  // next to it, the same country
	m.add(5<<40, 24, 2)  // after a gap
	m.add(6<<40, 24, 0)  // of no country
	m.add(255<<56, 8, 3) // the end of the space
	want := []compact.Range{{Start: 1 << 40, Country: 1}, {Start: 3 << 40}, {Start: 5 << 40, Country: 2}, {Start: 6 << 40}, {Start: 255 << 56, Country: 3}}
	if diff := cmp.Diff(want, m.close()); diff != "" {
		t.Errorf("ranges (-want +got):\n%s", diff)
	}
}

// ranges makes ranges of pairs of a start and a country.
func ranges(pairs ...uint64) []compact.Range {
	var out []compact.Range
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, compact.Range{Start: pairs[i], Country: uint8(pairs[i+1])})
	}
	return out
}

// In these tables a block is 256 wide, the "inside" of 56 bits, and gaps
// between equal neighbours are filled up to 1024, the "between" of 54 bits.
func TestFillGaps(t *testing.T) {
	tests := []struct {
		name     string
		in, want []compact.Range
	}{
		{"equal neighbours", ranges(0, 1, 100, 0, 1100, 1, 1200, 0), ranges(0, 1, 1200, 0)},
		{"equal neighbours too far apart", ranges(0, 1, 100, 0, 1300, 1, 1400, 0), ranges(0, 1, 256, 0, 1280, 1, 1400, 0)},
		{"other neighbour in the same block", ranges(0, 1, 100, 0, 200, 2, 256, 0), ranges(0, 1, 200, 2, 256, 0)},
		{"other neighbour in the next block", ranges(0, 1, 100, 0, 300, 2, 400, 0), ranges(0, 1, 256, 2, 400, 0)},
		{"other neighbour far off", ranges(0, 1, 100, 0, 600, 2, 700, 0), ranges(0, 1, 256, 0, 512, 2, 700, 0)},
		{"gap of whole blocks", ranges(0, 1, 256, 0, 512, 2, 600, 0), ranges(0, 1, 256, 0, 512, 2, 600, 0)},
		{"nothing before and after", ranges(100, 1, 200, 0), ranges(100, 1, 200, 0)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, fillGaps(tt.in, 54, 56)); diff != "" {
				t.Errorf("ranges (-want +got):\n%s", diff)
			}
		})
	}
}

func TestConvertRefusesWhatIsNoDatabase(t *testing.T) {
	if _, err := convert([]byte("nonsense")); err == nil {
		t.Error("got no error")
	}
}
