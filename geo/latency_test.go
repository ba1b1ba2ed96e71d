package geo

import (
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"meridian/routing"
)

func mustParseLatency(t testing.TB, data string) *LatencyTable {
	t.Helper()
	table, err := ParseLatency("latency.csv", []byte(data))
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestParseLatency(t *testing.T) {
	got := mustParseLatency(t, `client,location,ms
# measured in November
DE, West Europe ,12.5
US-WA,westus2,8   # near
198.51.100.0/24,West US 2,30

2001:db8::/32,westeurope,60000
`)
	want := &LatencyTable{
		codes:    map[routing.GeoCode]times{"DE": {"westeurope": 12.5}, "US-WA": {"westus2": 8}},
		networks: map[netip.Prefix]times{prefix("198.51.100.0/24"): {"westus2": 30}, prefix("2001:db8::/32"): {"westeurope": 60000}},
	}
	if diff := cmp.Diff(want.codes, got.codes); diff != "" {
		t.Errorf("codes (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want.networks, got.networks, cmpopts.EquateComparable(netip.Prefix{})); diff != "" {
		t.Errorf("networks (-want +got):\n%s", diff)
	}
	locations := got.Locations()
	slices.Sort(locations)
	if diff := cmp.Diff([]routing.LocationName{"westeurope", "westus2"}, locations); diff != "" {
		t.Errorf("locations (-want +got):\n%s", diff)
	}
}

func TestParseLatencyFaults(t *testing.T) {
	tests := []struct{ name, data, want string }{
		{"two columns", "DE,westeurope", "f:1:1: 2 columns: want 3"},
		{"four columns", "DE,westeurope,1,2", "f:1:1: 4 columns: want 3"},
		{"no location", "DE, - ,1", `f:1:5: location "-": want a name`},
		{"time is text", "\nDE,westeurope,fast", `f:2:15: round-trip time "fast": want ms, above 0 and at most 60000`},
		{"time is zero", "DE,westeurope,0", `"0": want ms, above 0`},
		{"time is negative", "DE,westeurope,-1", `"-1": want ms, above 0`},
		{"time is too long", "DE,westeurope,60001", `at most 60000`},
		{"time is not a number", "DE,westeurope,NaN", `"NaN": want ms`},
		{"time is infinite", "DE,westeurope,Inf", `"Inf": want ms`},
		{"code in lower case", "de,westeurope,1", `want upper case, "DE"`},
		{"code of the United Kingdom", "  UK,westeurope,1", "f:1:3: client: want a network (198.51.100.0/24) or a code"},
		{"address without length", "198.51.100.1,westeurope,1", "want a network (198.51.100.0/24) or a code"},
		{"prefix is not masked", "198.51.100.1/24,westeurope,1", "want its first address, 198.51.100.0/24"},
		{"prefix is too long", "198.51.100.0/33,westeurope,1", `client "198.51.100.0/33"`},
		{"prefix is IPv4-mapped", "::ffff:198.51.100.0/120,westeurope,1", "want an IPv4 prefix"},
		{"twice", "DE,westeurope,1\nDE,West Europe,2", `f:2:1: client "DE" has a time to westeurope already`},
		{"network twice", "10.0.0.0/8,westeurope,1\n10.0.0.0/8,westeurope,1", "f:2:1: client"},
		{"column names further down", "DE,westeurope,1\nclient,location,ms", "f:2:"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ParseLatency("f", []byte(tt.data))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an error with %q", err, tt.want)
			}
		})
	}
	_, err := ParseLatency("f", []byte("de,x,1\nDE,x,0\n"))
	if err == nil || !strings.Contains(err.Error(), "f:1:") || !strings.Contains(err.Error(), "f:2:") {
		t.Errorf("got %v, want both faults at once", err)
	}
	_, err = ParseLatency("f", []byte(strings.Repeat("?\n", 1000)))
	if got := strings.Count(err.Error(), "\n") + 1; got != maxLatencyErrors+1 {
		t.Errorf("got %d lines of errors, want %d", got, maxLatencyErrors+1)
	}
}

func TestParseLatencyLimits(t *testing.T) {
	if _, err := ParseLatency("f", make([]byte, maxLatencyBytes+1)); err == nil || !strings.Contains(err.Error(), "want at most") {
		t.Errorf("size: got %v", err)
	}
}

// worldPlaces are four places far from each other; the last is nowhere.
func worldPlaces() []Place {
	var places []Place
	for _, name := range []string{"West US 2", "West Europe", "Japan East"} {
		at, _ := RegionOf(name)
		places = append(places, Place{routing.ParseLocationName(name), &at})
	}
	return append(places, Place{Name: "nowhere"})
}

func TestRankOfCountries(t *testing.T) {
	overrides, err := overrideLayer([]Override{
		{Prefix: prefix("10.0.0.0/16"), Geo: "DE"},
		{Prefix: prefix("10.1.0.0/16"), Geo: "US-CA"},
		{Prefix: prefix("10.2.0.0/16"), Geo: "KR"},
		{Prefix: prefix("10.3.0.0/16"), Geo: "GEO-EU"},
	}, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	f := fold([]string{""}, nil, overrides)
	const us, eu, jp, nowhere = 0, 1, 2, 3
	tests := []struct {
		name, latency, address string
		want                   []routing.LocationID
	}{
		{"by distance, Germany", "", "10.0.0.1", []routing.LocationID{eu, us, jp}},
		{"by distance, California", "", "10.1.0.1", []routing.LocationID{us, jp, eu}},
		{"by distance, Korea", "", "10.2.0.1", []routing.LocationID{jp, us, eu}},
		{"a grouping has no point", "", "10.3.0.1", nil},
		{"private address", "", "192.168.0.1", nil},
		{"a measured time beats the distance", "DE,japaneast,5\nDE,westeurope,20", "10.0.0.1", []routing.LocationID{jp, eu, us}},
		{"a time for a network beats that of its country", "DE,westeurope,20\nDE,japaneast,5\n10.0.0.0/16,japaneast,300", "10.0.0.1", []routing.LocationID{eu, us, jp}},
		{"the longest network wins", "10.0.0.0/16,japaneast,1\n10.0.0.0/24,japaneast,900\n10.0.0.0/24,westeurope,1", "10.0.0.1", []routing.LocationID{eu, us, jp}},
		{"a shorter network fills in", "10.0.0.0/16,japaneast,1\n10.0.0.0/24,westeurope,2", "10.0.0.1", []routing.LocationID{jp, eu, us}},
		{"a state's time beats its country's", "US,japaneast,1\nUS-CA,japaneast,500\nUS-CA,westus2,40", "10.1.0.1", []routing.LocationID{us, eu, jp}},
		{"times of a grouping reach its countries", "GEO-AS,westeurope,1\nGEO-AS,japaneast,50", "10.2.0.1", []routing.LocationID{eu, jp, us}},
		{"a place without coordinates counts once measured", "DE,nowhere,1\nDE,westeurope,12", "10.0.0.1", []routing.LocationID{nowhere, eu, us, jp}},
		{"a grouping with times only ranks what was measured", "GEO-EU,westeurope,9\nGEO-EU,nowhere,8", "10.3.0.1", []routing.LocationID{nowhere, eu}},
		{"times to the world rank unknown clients", "WORLD,japaneast,9", "192.168.0.1", []routing.LocationID{jp}},
		{"times for a private network", "192.168.0.0/16,japaneast,9", "192.168.0.1", []routing.LocationID{jp}},
		{"one time alone says how slow the client is, not how far Europe", "DE,westeurope,250", "10.0.0.1", []routing.LocationID{eu, us, jp}},
		{"two times tell", "DE,westeurope,250\nDE,japaneast,150", "10.0.0.1", []routing.LocationID{jp, eu, us}},
		{"unknown locations are left out", "DE,elsewhere,1", "10.0.0.1", []routing.LocationID{eu, us, jp}},
		{"6to4 of a measured network", "10.0.0.0/16,japaneast,1\n10.0.0.0/16,westeurope,9", "2002:a00:1::1", []routing.LocationID{jp, eu, us}},
		{"a network inside of 6to4", "10.0.0.0/16,japaneast,1\n2002:a00:1::/48,japaneast,999\n2002:a00:1::/48,westeurope,9", "2002:a00:1::1", []routing.LocationID{eu, us, jp}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			latency := measure(mustParseLatency(t, tt.latency), worldPlaces())
			blocks, group, err := f.table(worldPlaces(), latency, limits{maxPoints, routing.MaxClasses})
			if err != nil {
				t.Fatal(err)
			}
			got := group.info[blockClass(blocks, addr(tt.address))].Rank
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// TestDistanceModel holds the model to its two figures.
func TestDistanceModel(t *testing.T) {
	a, b := Coordinates{0, 0}, Coordinates{0, 0.5659} // 62.93 km apart
	r := newRanker([]Place{{"near", &b}, {"measured", nil}})
	for ms, want := range map[float64]routing.LocationID{9.4: 1, 9.6: 0} {
		if got := r.rank(a, true, []measurement{{1, ms}})[0]; got != want {
			t.Errorf("near has 9.5 ms, the other %v: got %d first, want %d (km %.2f)", ms, got, want, a.distanceKm(b))
		}
	}
	if km := a.distanceKm(b); math.Abs(km-modelKmPerMs) > 0.1 {
		t.Errorf("got %v km", km)
	}
}

func TestRankBreaksTiesByID(t *testing.T) {
	at := Coordinates{10, 10}
	got := newRanker([]Place{{"a", &at}, {"b", &at}, {"c", &at}}).rank(Coordinates{}, true, nil)
	if !slices.Equal(got, []routing.LocationID{0, 1, 2}) {
		t.Errorf("got %v", got)
	}
}

// FuzzParseLatency: no file ends the process, every refusal names its line, and
// what is accepted makes a table.
func FuzzParseLatency(f *testing.F) {
	f.Add("client,location,ms\nDE,westeurope,12\n10.0.0.0/8,westus2,3\n2001:db8::/32,japaneast,9 # x\n")
	f.Add("0.0.0.0/0,westeurope,1\n::/0,westeurope,1\n2002::/16,westeurope,2\nWORLD,westeurope,4")
	f.Add("DE,westeurope,1e999\n,,\n\x00,\xff,9")
	places := worldPlaces()
	f.Fuzz(func(t *testing.T, data string) {
		table, err := ParseLatency("f", []byte(data))
		if err != nil {
			for line := range strings.SplitSeq(err.Error(), "\n") {
				if !strings.HasPrefix(line, "f:") {
					t.Fatalf("got %q, want f:line", line)
				}
			}
			return
		}
		empty := &folded{facts: []fact{{}}}
		blocks, group, err := empty.table(places, measure(table, places), limits{maxPoints, routing.MaxClasses})
		if err != nil {
			t.Fatal(err)
		}
		checkBlocks(t, blocks)
		if _, err := routing.NewClientTable(blocks, group.info); err != nil {
			t.Fatal(err)
		}
	})
}

func ExampleParseLatency() {
	_, err := ParseLatency("latency.csv", []byte("DE,West Europe,12\nde,West Europe,0\n"))
	fmt.Println(err)
	// Output:
	// latency.csv:2:16: round-trip time "0": want ms, above 0 and at most 60000
	// latency.csv:2:1: client: want a network (198.51.100.0/24) or a code: geographic code "de": want upper case, "DE"
}
