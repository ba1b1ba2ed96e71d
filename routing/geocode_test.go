package routing

import (
	"slices"
	"strings"
	"testing"
)

// TestGeoSurprises is azure.md §1.11: where codes belong that one would look
// for elsewhere.
func TestGeoSurprises(t *testing.T) {
	tests := []struct{ row, code, parent string }{
		{"§1.11 surprise: TR in GEO-ME", "TR", "GEO-ME"},
		{"§1.11 surprise: IL in GEO-ME", "IL", "GEO-ME"},
		{"§1.11 surprise: CY in GEO-EU", "CY", "GEO-EU"},
		{"§1.11 surprise: RU in GEO-EU", "RU", "GEO-EU"},
		{"§1.11 surprise: AM in GEO-AS", "AM", "GEO-AS"},
		{"§1.11 surprise: AZ in GEO-AS", "AZ", "GEO-AS"},
		{"§1.11 surprise: GE in GEO-AS", "GE", "GEO-AS"},
		{"§1.11 surprise: KZ in GEO-AS", "KZ", "GEO-AS"},
		{"§1.11 surprise: EG in GEO-AF", "EG", "GEO-AF"},
		{"§1.11 surprise: MX in GEO-NA", "MX", "GEO-NA"},
		{"§1.11 surprise: GL in GEO-NA", "GL", "GEO-NA"},
		{"§1.11 surprise: PR in GEO-NA", "PR", "GEO-NA"},
		{"§1.11 surprise: CX in GEO-AS", "CX", "GEO-AS"},
		{"§1.11 surprise: CC in GEO-AS", "CC", "GEO-AS"},
		{"§1.11 surprise: IO in GEO-AS", "IO", "GEO-AS"},
		{"§1.11 special: XJ, Jan Mayen", "XJ", "GEO-EU"},
		{"§1.11 special: XK, Kosovo", "XK", "GEO-EU"},
		{"§1.11 special: XE, Sint Eustatius", "XE", "GEO-NA"},
		{"§1.11 special: XS, Saba", "XS", "GEO-NA"},
		{"§1.11 grouping under WORLD", "GEO-AN", "WORLD"},
		{"§1.11 state under country", "AU-NSW", "AU"},
		{"§1.11 state under country: CA-QC", "CA-QC", "CA"},
		{"§1.11 state under country: US-DC", "US-DC", "US"},
		{"§1.11 Australia in GEO-AP", "AU", "GEO-AP"},
		{"§1.11 the root has no parent", "WORLD", ""},
	}
	for _, tt := range tests {
		t.Run(tt.row, func(t *testing.T) {
			code, err := ParseGeoCode(tt.code)
			if err != nil {
				t.Fatalf("parsing %q: %v", tt.code, err)
			}
			if got := code.Parent(); got != GeoCode(tt.parent) {
				t.Errorf("parent of %s: got %q, want %q", code, got, tt.parent)
			}
		})
	}
}

// TestGeoHierarchy: the tree of azure.md §1.11 as a whole.
func TestGeoHierarchy(t *testing.T) {
	groups := GeoChildren(World)
	if len(groups) != 8 {
		t.Errorf("§1.11: got %d groupings, want 8", len(groups))
	}
	for code, want := range map[GeoCode]int{"AU": 8, "CA": 13, "US": 51, "DE": 0, "GEO-XX": 0} {
		if got := len(GeoChildren(code)); got != want {
			t.Errorf("§1.11: got %d codes below %s, want %d", got, code, want)
		}
	}
	seen := map[GeoCode]GeoCode{}
	var walk func(c GeoCode)
	walk = func(c GeoCode) {
		for _, child := range GeoChildren(c) {
			if first, twice := seen[child]; twice {
				t.Errorf("§1.11: %s is below %s and below %s", child, first, c)
			}
			seen[child] = c
			if got := child.Parent(); got != c {
				t.Errorf("§1.11: parent of %s: got %q, want %q", child, got, c)
			}
			walk(child)
		}
	}
	walk(World)
	countries := 0
	for c, parent := range seen {
		if strings.HasPrefix(string(parent), "GEO-") {
			countries++
			if len(c) != 2 {
				t.Errorf("§1.11: country %q is not of two letters", c)
			}
		}
	}
	if want := 249 + 4; countries != want {
		t.Errorf("§1.11: got %d countries, want the %d of ISO 3166-1 with XE, XJ, XK and XS", countries, want)
	}
}

// TestGeoCodeRefusals: what is no code says what one is.
func TestGeoCodeRefusals(t *testing.T) {
	tests := []struct{ row, code, want string }{
		{"§1.4 row 10: UK is not a code", "UK", `geographic code "UK": the code of the United Kingdom is GB`},
		{"lower case", "de", `geographic code "de": want upper case, "DE"`},
		{"unknown country", "QQ", `geographic code "QQ": want WORLD, a grouping (GEO-EU), a country (DE) or a state of AU, CA or US (US-WA)`},
		{"unknown grouping", "GEO-QQ", `geographic code "GEO-QQ": want WORLD, a grouping (GEO-EU), a country (DE) or a state of AU, CA or US (US-WA)`},
		{"state of a country without states", "DE-BE", `geographic code "DE-BE": want WORLD, a grouping (GEO-EU), a country (DE) or a state of AU, CA or US (US-WA)`},
		{"state of another country", "US-QC", `geographic code "US-QC": want WORLD, a grouping (GEO-EU), a country (DE) or a state of AU, CA or US (US-WA)`},
		{"empty", "", `geographic code "": want WORLD, a grouping (GEO-EU), a country (DE) or a state of AU, CA or US (US-WA)`},
		{"no state", "US-", `geographic code "US-": want WORLD, a grouping (GEO-EU), a country (DE) or a state of AU, CA or US (US-WA)`},
		{"two codes", "DE FR", `geographic code "DE FR": want WORLD, a grouping (GEO-EU), a country (DE) or a state of AU, CA or US (US-WA)`},
	}
	for _, tt := range tests {
		if _, err := ParseGeoCode(tt.code); err == nil || err.Error() != tt.want {
			t.Errorf("%s: got %v, want %s", tt.row, err, tt.want)
		}
	}
	if !slices.IsSorted(strings.Fields(europe)) {
		t.Errorf("the countries of GEO-EU are not in order")
	}
}
