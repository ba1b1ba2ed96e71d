package configs_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"meridian/configs"
	"meridian/routing"
)

// changes makes a bundle of a document with a latency file.
func changeable(t *testing.T) *configs.Bundle {
	t.Helper()
	b, err := configs.NewBundle("service.yaml", []byte(head+`
geo: {latency: far.csv}
locations:
  - {name: West US 2, primary: true, sku: {capacity: 2}, disableGateway: false}
  - {name: Tokyo DC, latitude: 35.6, longitude: 139.7, sku: {capacity: 1}}
`), func(string) ([]byte, error) { return []byte("x"), nil })
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// recompiled compiles a bundle that was changed.
func recompiled(t *testing.T, b *configs.Bundle, err error) *configs.Service {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	s, err := b.Compile(configs.Options{Region: regions})
	if err != nil {
		t.Fatalf("compiling: %v", err)
	}
	return s
}

func TestAddLocation(t *testing.T) {
	first := changeable(t)
	hash := first.Hash
	b, err := first.AddLocation(configs.NewLocation{Name: "West Europe", Capacity: 3, UnitRPS: 500, Zones: []string{"1"}})
	s := recompiled(t, b, err)
	want := configs.Region{Name: "westeurope", Display: "West Europe", Capacity: 3, UnitRPS: 500, Zones: []string{"1"}}
	if diff := cmp.Diff(want, s.Regions[2], cmpAddr()); diff != "" {
		t.Errorf("region (-want +got):\n%s", diff)
	}
	if s.Switches.Locations[2] != routing.Off {
		t.Error("got a location that takes clients at once; want it off")
	}
	if first.Hash != hash || b.Hash == hash || len(b.Files) != 1 || string(b.Files[0].Data) != "x" {
		t.Errorf("got the first bundle with hash %s (was %s) and files %v of the second; want the first as it was, and its files", first.Hash, hash, b.Files)
	}
	back, err := b.RemoveLocation("westeurope")
	if err != nil || back.Hash != hash {
		t.Errorf("removed again: got %v, %v; want the bundle before", back, err)
	}
	latitude := 1.5
	b, err = first.AddLocation(configs.NewLocation{Name: "Here", Latitude: &latitude, Longitude: &latitude, Enabled: true})
	if s = recompiled(t, b, err); s.Switches.Locations[2] != routing.On || s.Places[2].Latitude != 1.5 {
		t.Errorf("got %+v switched %v; want it on, at 1.5 degrees", s.Places[2], s.Switches.Locations[2])
	}
}

func TestScaleLocation(t *testing.T) {
	b, err := changeable(t).ScaleLocation("westus2", 7)
	if s := recompiled(t, b, err); s.Regions[0].Capacity != 7 || s.Regions[1].Capacity != 1 {
		t.Errorf("got capacities of %+v; want 7 and 1", s.Regions)
	}
}

func TestRefusedChanges(t *testing.T) {
	b := changeable(t)
	broken, err := configs.NewBundle("service.yaml", []byte("name: 1"), noFiles)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		change func() (*configs.Bundle, error)
		want   string
	}{
		{"twice", func() (*configs.Bundle, error) { return b.AddLocation(configs.NewLocation{Name: "WestUS2"}) }, `"WestUS2" is there already as "West US 2"`},
		{"no name", func() (*configs.Bundle, error) { return b.AddLocation(configs.NewLocation{}) }, "locations[2].name: is blank"},
		{"too large", func() (*configs.Bundle, error) {
			return b.AddLocation(configs.NewLocation{Name: "x", Capacity: 513})
		}, `locations[2].sku.capacity: "513": want a whole number, 1 .. 512`},
		{"primary", func() (*configs.Bundle, error) { return b.RemoveLocation("westus2") }, `"West US 2" is the primary location`},
		{"unknown", func() (*configs.Bundle, error) { return b.RemoveLocation("nowhere") }, `"nowhere" is no location of this service: want one of "West US 2", "Tokyo DC"`},
		{"empty", func() (*configs.Bundle, error) { return b.ScaleLocation("", 1) }, `"" is no location`},
		{"to nothing", func() (*configs.Bundle, error) { return b.ScaleLocation("tokyodc", 0) }, "a capacity of 0: want 1 .. 512"},
		{"to too much", func() (*configs.Bundle, error) { return b.ScaleLocation("tokyodc", 513) }, `"513": want a whole number, 1 .. 512`},
		{"of a broken one", func() (*configs.Bundle, error) { return broken.ScaleLocation("a", 1) }, "its document has errors"},
	} {
		got, err := tt.change()
		if err == nil || !strings.Contains(err.Error(), tt.want) || got != nil {
			t.Errorf("%s: got %v, %v; want no bundle and %q", tt.name, got, err, tt.want)
		}
	}
	var problems configs.Problems
	if _, err := b.AddLocation(configs.NewLocation{Name: "x", Capacity: 513}); !errors.As(err, &problems) {
		t.Errorf("a location of wrong shape: got %v; want Problems", err)
	}
}

// TestRemovedLocationsAreMissed: what still names a location that is gone is
// refused where it does.
func TestRemovedLocationsAreMissed(t *testing.T) {
	b, err := configs.NewBundle("service.yaml", []byte(head+`
locations: [{name: West US 2, sku: {capacity: 1}}, {name: West Europe, sku: {capacity: 1}}]
profiles: [{name: a, trafficRoutingMethod: Priority, endpoints: [{name: x, location: West Europe}]}]
drills: [{name: b, location: West Europe, for: 1m, window: {days: [Monday], start: "00:00", duration: 24h}}]
`), noFiles)
	if err != nil {
		t.Fatal(err)
	}
	if b, err = b.RemoveLocation("westeurope"); err != nil {
		t.Fatal(err)
	}
	_, err = b.Compile(configs.Options{Region: regions})
	for _, want := range []string{"profiles[0].endpoints[0].location:", "drills[0].location:"} {
		if err == nil || !strings.Contains(err.Error(), want+` "West Europe" is no location of this service`) {
			t.Errorf("got %v; want it to name %s", err, want)
		}
	}
}

// TestChangesKeepTheRest: after any row of changes the document differs in its
// locations only, and those are as a list kept beside it.
func TestChangesKeepTheRest(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		b := changeable(t)
		type place struct {
			Capacity int
			Off      bool
		}
		model := map[routing.LocationName]place{"westus2": {2, false}, "tokyodc": {1, false}}
		for range rapid.IntRange(0, 8).Draw(r, "changes") {
			id := rapid.SampledFrom([]routing.LocationName{"tokyodc", "westeurope", "northeurope"}).Draw(r, "location")
			capacity := rapid.IntRange(1, 512).Draw(r, "capacity")
			was, known := model[id]
			var next *configs.Bundle
			var err error
			switch rapid.IntRange(0, 2).Draw(r, "verb") {
			case 0:
				if next, err = b.AddLocation(configs.NewLocation{Name: string(id), Capacity: capacity}); !known {
					model[id] = place{capacity, true}
				}
				known = !known
			case 1:
				next, err = b.RemoveLocation(id)
				delete(model, id)
			default:
				if next, err = b.ScaleLocation(id, capacity); known {
					model[id] = place{capacity, was.Off}
				}
			}
			if (err == nil) != known {
				r.Fatalf("%s: got error %v; want one only where the location is not as the verb needs it", id, err)
			}
			if err == nil {
				b = next
			}
		}
		shape, err := b.Compile(configs.Options{Region: func(string) (float64, float64, bool) { return 1, 2, true }})
		if err != nil {
			r.Fatal(err)
		}
		got := map[routing.LocationName]place{}
		for i, region := range shape.Regions {
			got[region.Name] = place{region.Capacity, shape.Switches.Locations[i] == routing.Off}
		}
		if diff := cmp.Diff(model, got); diff != "" {
			r.Errorf("locations (-want +got):\n%s", diff)
		}
		if shape.Latency == nil || shape.Primary != "westus2" || len(shape.Zones[0].NameServers) != 2 {
			r.Errorf("got latency %v, primary %q, name servers %v; want them kept", shape.Latency, shape.Primary, shape.Zones[0].NameServers)
		}
	})
}
