package geo

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"meridian/routing"
)

// oracle is the slow twin of Source and Table: it looks at every network of
// every layer for each address.
type oracle struct {
	databases [][]oracleNetwork
	overrides []Override
	latency   []oracleTime
	places    []Place
}

type oracleNetwork struct {
	prefix netip.Prefix
	fact   fact
}

type oracleTime struct {
	prefix netip.Prefix // or
	code   routing.GeoCode
	place  int
	ms     float64
}

func (o *oracle) fact(a netip.Addr) fact {
	var known fact
	for _, networks := range o.databases {
		var over fact
		for _, n := range networks { // disjoint
			if n.prefix.Contains(a) {
				over = n.fact
			}
		}
		if over.geo != "" || over.located {
			known = refine(known, over)
		}
	}
	if _, special := specialRange(a); special {
		known = fact{}
	}
	around := slices.Clone(o.overrides)
	slices.SortFunc(around, func(x, y Override) int { return x.Prefix.Bits() - y.Prefix.Bits() })
	for _, override := range around {
		if !override.Prefix.Contains(a) {
			continue
		}
		if override.Geo != "" {
			known = fact{geo: override.Geo}
		}
		if override.Coordinates != nil {
			known.at, known.located = pointOf(*override.Coordinates), true
		}
	}
	return known
}

// measured returns the time for one place: the longest prefix, then the most
// specific code.
func (o *oracle) measured(a netip.Addr, code routing.GeoCode, place int) (float64, bool) {
	best, ms := -1, 0.0
	for _, row := range o.latency {
		rank := -1
		if row.prefix.IsValid() && row.prefix.Contains(a) {
			rank = 100 + row.prefix.Bits()
		}
		for c, depth := code, 9; c != ""; c, depth = c.Parent(), depth-1 {
			if c == row.code {
				rank = depth
			}
		}
		if row.place == place && rank > best {
			best, ms = rank, row.ms
		}
	}
	return ms, best >= 0
}

func (o *oracle) info(a netip.Addr) routing.ClassInfo {
	known := o.fact(a)
	info := routing.ClassInfo{Geo: known.geo}
	if info.Geo == "" {
		info.Geo = routing.World
	}
	at, located := known.at.coordinates(), known.located
	if !located {
		at, located = Country(info.Geo)
	}
	var excess []float64
	ms := make(map[int]float64)
	model := func(i int) (float64, bool) {
		if !located || o.places[i].Coordinates == nil {
			return 0, false
		}
		return 8.5 + at.distanceKm(*o.places[i].Coordinates)/63, true
	}
	for i := range o.places {
		if v, ok := o.measured(a, info.Geo, i); ok {
			ms[i] = v
			if m, ok := model(i); ok {
				excess = append(excess, v-m)
			}
		}
	}
	bias := 0.0
	if len(excess) > 0 {
		slices.Sort(excess)
		bias = (excess[(len(excess)-1)/2] + excess[len(excess)/2]) / 2
	}
	for i := range o.places {
		if _, ok := ms[i]; ok {
			continue
		}
		if m, ok := model(i); ok {
			ms[i] = max(m+bias, (m-8.5)*63/100)
		}
	}
	for i := range o.places {
		if _, ok := ms[i]; ok {
			info.Rank = append(info.Rank, routing.LocationID(i))
		}
	}
	slices.SortStableFunc(info.Rank, func(x, y routing.LocationID) int {
		switch mx, my := ms[int(x)], ms[int(y)]; {
		case mx < my:
			return -1
		case mx > my:
			return 1
		}
		return 0
	})
	return info
}

// drawNetwork returns a prefix in the part of the space where the property test
// has all of its networks.
func drawNetwork(t *rapid.T, ipv4 bool) netip.Prefix {
	b := func(name string, most int) byte { return byte(rapid.IntRange(0, most).Draw(t, name)) }
	if ipv4 {
		a := netip.AddrFrom4([4]byte{rapid.SampledFrom([]byte{8, 9, 10}).Draw(t, "a"), b("b", 2), b("c", 3), 0})
		return netip.PrefixFrom(a, rapid.IntRange(6, 26).Draw(t, "bits")).Masked()
	}
	a := netip.AddrFrom16([16]byte{0x2a, 0, b("b", 1), b("c", 3), b("d", 3)})
	return netip.PrefixFrom(a, rapid.IntRange(14, 42).Draw(t, "bits")).Masked()
}

func drawFact(t *rapid.T) fact {
	f := fact{geo: rapid.SampledFrom([]routing.GeoCode{"", "DE", "US", "US-WA", "JP"}).Draw(t, "geo")}
	if rapid.Bool().Draw(t, "located") {
		f.at = point{int16(rapid.IntRange(-9000, 9000).Draw(t, "lat")), int16(rapid.IntRange(-18000, 18000).Draw(t, "lon"))}
		f.located = true
	}
	return f
}

// drawOracle draws a whole configuration.
func drawOracle(t *rapid.T) *oracle {
	o := &oracle{places: worldPlaces()}
	for range rapid.IntRange(0, 3).Draw(t, "databases") {
		var networks []oracleNetwork
		for range rapid.IntRange(0, 5).Draw(t, "networks") {
			p := drawNetwork(t, rapid.Bool().Draw(t, "ipv4"))
			if !slices.ContainsFunc(networks, func(n oracleNetwork) bool { return n.prefix.Overlaps(p) }) {
				networks = append(networks, oracleNetwork{p, drawFact(t)})
			}
		}
		o.databases = append(o.databases, networks)
	}
	for range rapid.IntRange(0, 4).Draw(t, "overrides") {
		p, f := drawNetwork(t, rapid.Bool().Draw(t, "ipv4")), drawFact(t)
		if f.geo == "" && !f.located || slices.ContainsFunc(o.overrides, func(o Override) bool { return o.Prefix == p }) {
			continue
		}
		override := Override{Prefix: p, Geo: f.geo}
		if f.located {
			at := f.at.coordinates()
			override.Coordinates = &at
		}
		o.overrides = append(o.overrides, override)
	}
	for range rapid.IntRange(0, 6).Draw(t, "times") {
		row := oracleTime{place: rapid.IntRange(0, len(o.places)-1).Draw(t, "place"), ms: float64(rapid.IntRange(1, 300).Draw(t, "ms"))}
		if rapid.Bool().Draw(t, "by network") {
			row.prefix = drawNetwork(t, rapid.Bool().Draw(t, "ipv4"))
		} else {
			row.code = rapid.SampledFrom([]routing.GeoCode{"WORLD", "GEO-EU", "DE", "US", "US-WA"}).Draw(t, "code")
		}
		twice := func(r oracleTime) bool { return r.prefix == row.prefix && r.code == row.code && r.place == row.place }
		if !slices.ContainsFunc(o.latency, twice) {
			o.latency = append(o.latency, row)
		}
	}
	return o
}

// fold builds the real thing of the same configuration.
func (o *oracle) fold(t *rapid.T) (*folded, *LatencyTable) {
	var layers []*layer
	for _, networks := range o.databases {
		facts := newFactList()
		var ipv4, ipv6 []area
		for _, n := range networks {
			first, last := keysOf(n.prefix)
			a := area{first, last, facts.id(n.fact)}
			if n.prefix.Addr().Is4() {
				ipv4 = append(ipv4, a)
			} else {
				ipv6 = append(ipv6, a)
			}
		}
		inner := func(_, inner uint32) uint32 { return inner }
		layers = append(layers, &layer{paint(ipv4, inner), paint(ipv6, inner), facts.list})
	}
	overrides, err := overrideLayer(o.overrides, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var csv strings.Builder
	for _, row := range o.latency {
		client := string(row.code)
		if row.prefix.IsValid() {
			client = row.prefix.String()
		}
		fmt.Fprintf(&csv, "%s,%s,%v\n", client, o.places[row.place].Name, row.ms)
	}
	latency, err := ParseLatency("f", []byte(csv.String()))
	if err != nil {
		t.Fatal(err)
	}
	return fold([]string{""}, layers, overrides), latency
}

// TestTableIsTheOracle: whatever the layers, every address has the info that
// the slow twin finds, and blocks are aligned, sorted, disjoint and the fewest.
func TestTableIsTheOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := drawOracle(t)
		f, latency := o.fold(t)
		blocks, group, err := f.table(o.places, measure(latency, o.places), limits{maxPoints, routing.MaxClasses})
		if err != nil {
			t.Fatal(err)
		}
		checkBlocks(t, blocks)
		table, err := routing.NewClientTable(blocks, group.info)
		if err != nil {
			t.Fatal(err)
		}
		for range 20 {
			p := drawNetwork(t, rapid.Bool().Draw(t, "ipv4"))
			first, last := keysOf(p)
			for _, k := range []key{first, last} {
				a := k.prefix(0, p.Addr().Is4()).Addr()
				if diff := cmp.Diff(o.info(a), infoOf(table, a)); diff != "" {
					t.Fatalf("%s (-oracle +table):\n%s", a, diff)
				}
			}
		}
		checkClasses(t, group.info)
	})
}

// checkClasses fails where two classes are equal, or class 0 is of known clients.
func checkClasses(t *rapid.T, classes []routing.ClassInfo) {
	seen := make(map[string]bool)
	for _, c := range classes {
		if s := fmt.Sprint(c); seen[s] {
			t.Fatalf("two classes are %s", s)
		} else {
			seen[s] = true
		}
	}
	if classes[0].Geo != routing.World {
		t.Fatalf("class 0 is %v", classes[0])
	}
}

// TestEmbeddedTableIsTheSource looks random addresses up in the table and in
// the layer it is made from.
func TestEmbeddedTableIsTheSource(t *testing.T) {
	s := mustOpen(t, Options{})
	l, err := readCountries([]byte(countryTable), 0)
	if err != nil {
		t.Fatal(err)
	}
	blocks, _, err := s.current.Load().table(nil, measure(nil, nil), limits{maxPoints, routing.MaxClasses})
	if err != nil {
		t.Fatal(err)
	}
	checkBlocks(t, blocks)
	table := mustTable(t, s, nil, nil)
	rng := rand.New(rand.NewPCG(3, 4))
	for range 5000 {
		ipv4 := rng.IntN(2) == 0
		family := l.ipv6
		if ipv4 {
			family = l.ipv4
		}
		i := rng.IntN(len(family))
		for _, k := range []key{family[i].start, family.last(i)} {
			a := k.prefix(0, ipv4).Addr()
			want := l.facts[family[i].value].geo
			if _, special := specialRange(a); special || want == "" {
				want = routing.World
			}
			if got := infoOf(table, a).Geo; got != want && k.hi>>48 != sixToFour {
				t.Fatalf("%s: got %s, want %s", a, got, want)
			}
		}
	}
}

func TestCoarseningKeepsTheLimits(t *testing.T) {
	var networks []network
	rng := rand.New(rand.NewPCG(5, 6))
	for i := range 400 {
		at := Coordinates{rng.Float64()*20 + 40, rng.Float64() * 20}
		networks = append(networks, network{fmt.Sprintf("11.%d.%d.0/24", i/256, i%256), dbIP("FR", "", &at)})
	}
	file := mmdb(t, "city", time.Now(), networks...)
	l, _, err := readDatabase(file, 0)
	if err != nil {
		t.Fatal(err)
	}
	f := fold([]string{""}, []*layer{l}, &layer{})
	places := randomPlaces(60)
	tests := []struct {
		most    limits
		degrees float64
	}{
		{limits{1000, 1000}, 0},
		{limits{399, 1000}, 0.25},
		{limits{100, 1000}, 2},
		{limits{1000, 60}, 4},
		{limits{5, 1000}, -1},
		{limits{1000, 2}, -1},
	}
	for _, tt := range tests {
		blocks, group, err := f.table(places, measure(nil, places), tt.most)
		if err != nil {
			t.Fatal(err)
		}
		if group.degrees != tt.degrees || len(group.info) > tt.most.classes {
			t.Errorf("%+v: got a grid of %v degrees and %d classes, want %v", tt.most, group.degrees, len(group.info), tt.degrees)
		}
		if got := group.info[blockClass(blocks, addr("11.1.1.1"))].Geo; got != "FR" {
			t.Errorf("%+v: got %s", tt.most, got)
		}
	}
	if _, _, err := f.table(places, measure(nil, places), limits{1000, 1}); err == nil {
		t.Error("got no error for too many classes at the coarsest")
	}
}

func TestSnap(t *testing.T) {
	tests := []struct {
		in      Coordinates
		degrees float64
		want    Coordinates
	}{
		{Coordinates{1.3, -1.3}, 0, Coordinates{1.3, -1.3}},
		{Coordinates{1.3, -1.3}, 1, Coordinates{1.5, -1.5}},
		{Coordinates{90, 180}, 8, Coordinates{90, 180}},
		{Coordinates{-90, -180}, 8, Coordinates{-90, -180}},
	}
	for _, tt := range tests {
		if got := snap(tt.in, tt.degrees); got != tt.want {
			t.Errorf("%v in %v: got %v, want %v", tt.in, tt.degrees, got, tt.want)
		}
	}
	for _, d := range grids() {
		for _, c := range []Coordinates{{-90, -180}, {90, 180}, {0, 0}} {
			if err := snap(c, d).Validate(); err != nil {
				t.Errorf("%v in %v: %v", c, d, err)
			}
		}
	}
}

func TestTableRefusesWrongPlaces(t *testing.T) {
	s := mustOpen(t, Options{})
	if _, err := s.Table([]Place{{"x", &Coordinates{91, 0}}, {"y", &Coordinates{0, 999}}}, nil); err == nil || !strings.Contains(err.Error(), `"x": latitude 91`) || !strings.Contains(err.Error(), `"y": longitude 999`) {
		t.Errorf("got %v, want both faults", err)
	}
	if _, err := s.Table(make([]Place, maxPlaces+1), nil); err == nil {
		t.Error("got no error for too many places")
	}
}
