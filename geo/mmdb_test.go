package geo

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"
	"github.com/oschwald/maxminddb-golang/v2"

	"meridian/routing"
)

func seattle() *Coordinates { return &Coordinates{47.61, -122.33} }
func berlin() *Coordinates  { return &Coordinates{52.52, 13.41} }

// fixtures has one small city database in each of the three layouts; they say
// the same.
func fixtures(t testing.TB) map[string][]byte {
	now := time.Now()
	return map[string][]byte{
		"MaxMind": mmdb(t, "GeoLite2-City", now,
			network{"11.0.0.0/24", maxMind("US", "WA", seattle())},
			network{"11.0.1.0/24", maxMind("DE", "BE", berlin())},
			network{"11.0.2.0/24", maxMind("CA", "", nil)},
			network{"2a00:1::/32", maxMind("DE", "", berlin())},
		),
		"DB-IP": mmdb(t, "dbip-city ipvAll", now,
			network{"11.0.0.0/24", dbIP("US", "Washington", seattle())},
			network{"11.0.1.0/24", dbIP("DE", "Berlin", berlin())},
			network{"11.0.2.0/24", dbIP("CA", "", nil)},
			network{"2a00:1::/32", dbIP("DE", "", berlin())},
		),
		"IPinfo": mmdb(t, "ipinfo standard_location.mmdb", now,
			network{"11.0.0.0/24", ipInfo("US", "Washington", "47.61", "-122.33")},
			network{"11.0.1.0/24", ipInfo("DE", "Berlin", "52.52", "13.41")},
			network{"11.0.2.0/24", ipInfo("CA", "", "", "")},
			network{"2a00:1::/32", ipInfo("DE", "", "52.52", "13.41")},
		),
	}
}

func TestLayouts(t *testing.T) {
	for layout, file := range fixtures(t) { // none of which has a description, as DB-IP's have not
		t.Run(layout, func(t *testing.T) {
			s := mustOpen(t, Options{Databases: []string{write(t, t.TempDir(), "geo.mmdb", file)}})
			state := s.Databases()[0]
			if state.Error != "" || state.Layout != layout || state.Networks != 4 {
				t.Fatalf("got %+v", state)
			}
			type known struct {
				Geo       routing.GeoCode
				GeoSource string
				At        *Coordinates
				AtSource  string
			}
			canada, _ := Country("CA")
			want := map[string]known{
				"11.0.0.9":   {"US-WA", "geo.mmdb", seattle(), "geo.mmdb"},
				"11.0.1.9":   {"DE", "geo.mmdb", berlin(), "geo.mmdb"},
				"11.0.2.9":   {"CA", "geo.mmdb", &canada, "country"},
				"2a00:1::9":  {"DE", "geo.mmdb", berlin(), "geo.mmdb"},
				"133.11.0.1": {"JP", "embedded", s.Describe(addr("133.11.0.1")).Coordinates, "country"},
			}
			for a, want := range want {
				d := s.Describe(addr(a))
				got := known{d.Geo, d.GeoSource, d.Coordinates, d.CoordinatesSource}
				if diff := cmp.Diff(want, got, cmpopts.EquateApprox(0, 0.011)); diff != "" {
					t.Errorf("%s (-want +got):\n%s", a, diff)
				}
			}
		})
	}
}

func TestOtherLayouts(t *testing.T) {
	tests := []struct {
		name   string
		record mmdbtype.Map
		layout layout
		geo    string
	}{
		{"IPinfo Lite", mmdbtype.Map{"country": mmdbtype.String("Germany"), "country_code": mmdbtype.String("DE"), "continent_code": mmdbtype.String("EU"), "asn": mmdbtype.String("AS1")}, layoutIPinfo, "DE"},
		{"IPinfo country", mmdbtype.Map{"country": mmdbtype.String("DE"), "continent": mmdbtype.String("EU")}, layoutIPinfo, "DE"},
		{"flat country", mmdbtype.Map{"country_code": mmdbtype.String("DE")}, layoutDBIP, "DE"},
		{"MaxMind country", maxMind("DE", "", nil), layoutMaxMind, "DE"},
		{"MaxMind, a country outside of the hierarchy", maxMind("AP", "", nil), layoutMaxMind, ""},
		{"MaxMind, of another type", mmdbtype.Map{"country": mmdbtype.Map{"iso_code": mmdbtype.Uint16(7)}, "location": mmdbtype.Map{"latitude": mmdbtype.Float64(99), "longitude": mmdbtype.Float64(0)}}, layoutMaxMind, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l, about, err := readDatabase(mmdb(t, "test", time.Now(), network{"11.0.0.0/24", tt.record}), 1)
			if err != nil {
				t.Fatal(err)
			}
			id, _ := l.ipv4.find(keyOf(addr("11.0.0.1")))
			if got := l.facts[id]; about.layout != tt.layout || string(got.geo) != tt.geo || got.located {
				t.Errorf("got %s, %+v", about.layout, got)
			}
		})
	}
}

func TestSeveralDatabases(t *testing.T) {
	dir, now := t.TempDir(), time.Now()
	city := write(t, dir, "city.mmdb", mmdb(t, "City", now,
		network{"11.0.0.0/24", maxMind("US", "WA", seattle())},
		network{"11.0.1.0/24", maxMind("US", "WA", seattle())},
		network{"11.0.2.0/24", maxMind("DE", "", berlin())}))
	country := write(t, dir, "country.mmdb", mmdb(t, "Country", now,
		network{"11.0.0.0/24", dbIP("US", "", nil)},
		network{"11.0.1.0/24", dbIP("CA", "", nil)},
		network{"11.0.3.0/24", dbIP("FR", "", nil)}))
	canada, _ := Country("CA")
	france, _ := Country("FR")
	tests := []struct {
		name, address string
		geo           routing.GeoCode
		from          string
		at            *Coordinates
	}{
		{"a country that agrees takes no state away", "11.0.0.1", "US-WA", "city.mmdb", seattle()},
		{"a country that does not agree wins, without the old coordinates", "11.0.1.1", "CA", "country.mmdb", &canada},
		{"no data in the later file", "11.0.2.1", "DE", "city.mmdb", berlin()},
		{"no data in the earlier file", "11.0.3.1", "FR", "country.mmdb", &france},
	}
	s := mustOpen(t, Options{Databases: []string{city, country}})
	for _, tt := range tests {
		d := s.Describe(addr(tt.address))
		if d.Geo != tt.geo || d.GeoSource != tt.from || !cmp.Equal(d.Coordinates, tt.at) {
			t.Errorf("%s: got %s, want %s (%s) at %s", tt.name, d, tt.geo, tt.from, tt.at)
		}
	}
}

func TestRefine(t *testing.T) {
	p, q := point{1, 2}, point{3, 4}
	tests := []struct {
		name              string
		under, over, want fact
	}{
		{"nothing under", fact{}, fact{geo: "DE", at: p, located: true}, fact{geo: "DE", at: p, located: true}},
		{"only coordinates over", fact{geo: "DE"}, fact{at: p, located: true}, fact{geo: "DE", at: p, located: true}},
		{"the same code without coordinates", fact{geo: "DE", at: p, located: true}, fact{geo: "DE"}, fact{geo: "DE", at: p, located: true}},
		{"better coordinates of the country", fact{geo: "US-WA", at: p, located: true}, fact{geo: "US", at: q, located: true}, fact{geo: "US-WA", at: q, located: true}},
		{"a state over its country", fact{geo: "US", at: p, located: true}, fact{geo: "US-WA"}, fact{geo: "US-WA"}},
		{"another state", fact{geo: "US-WA", at: p, located: true}, fact{geo: "US-OR"}, fact{geo: "US-OR"}},
		{"another country", fact{geo: "US-WA", at: p, located: true}, fact{geo: "CA"}, fact{geo: "CA"}},
	}
	for _, tt := range tests {
		if got := refine(tt.under, tt.over); got != tt.want {
			t.Errorf("%s: got %+v, want %+v", tt.name, got, tt.want)
		}
	}
}

// broken returns files that must be refused, by their defect.
func broken(t testing.TB) map[string][]byte {
	good := fixtures(t)["MaxMind"]
	metadata := bytes.LastIndex(good, []byte("\xab\xcd\xefMaxMind.com"))
	change := func(at int, b ...byte) []byte {
		file := bytes.Clone(good)
		copy(file[at:], b)
		return file
	}
	nodes := bytes.Index(good[metadata:], []byte("node_count"))
	return map[string][]byte{
		"empty":                       {},
		"text":                        []byte("<html>404</html>"),
		"truncated in the tree":       good[:40],
		"truncated in the metadata":   good[:metadata+20],
		"without metadata":            good[:metadata],
		"tree cut out":                good[metadata:],
		"node points to itself":       change(0, 0, 0, 0, 0, 0, 0),
		"node points beyond the data": change(0, 0xff, 0xff, 0xfe),
		"node count of another tree":  change(metadata+nodes+11, 0xff),
		"separator overwritten":       bytes.Replace(good, make([]byte, 16), bytes.Repeat([]byte{1}, 16), 1),
		"no geographic records":       mmdb(t, "ASN", time.Now(), network{"11.0.0.0/24", mmdbtype.Map{"autonomous_system_number": mmdbtype.Uint32(1)}}),
	}
}

// TestBrokenDatabases: a broken file takes the place of a good one, and of none.
func TestBrokenDatabases(t *testing.T) {
	dir := t.TempDir()
	path := write(t, dir, "geo.mmdb", fixtures(t)["MaxMind"])
	s := mustOpen(t, Options{Databases: []string{path}})
	before := s.Databases()[0]
	for name, file := range broken(t) {
		t.Run(name, func(t *testing.T) {
			write(t, dir, "geo.mmdb", file)
			if err := s.Reload(); err == nil || !strings.Contains(err.Error(), path) {
				t.Errorf("got %v, want an error that names %s", err, path)
			}
			after := s.Databases()[0]
			if after.Error == "" || after.SHA256 != before.SHA256 || after.Networks != before.Networks {
				t.Errorf("got %+v", after)
			}
			if got := s.Describe(addr("11.0.0.1")); got.Geo != "US-WA" {
				t.Errorf("the old file is not kept: %s", got)
			}
			if l, _, err := readDatabase(file, 1); err == nil {
				t.Errorf("it is read as %+v", l)
			}
		})
	}
	write(t, dir, "geo.mmdb", fixtures(t)["IPinfo"])
	if err := s.Reload(); err != nil || s.Databases()[0].Error != "" || s.Databases()[0].Layout != "IPinfo" {
		t.Errorf("after a good file: %v, %+v", err, s.Databases()[0])
	}
}

// TestFlippedBits: whatever bit of a database is wrong, the file is refused or
// read, and nothing else happens.
func TestFlippedBits(t *testing.T) {
	good := fixtures(t)["DB-IP"]
	refused := 0
	for i := 0; i < len(good); i += 3 {
		file := bytes.Clone(good)
		file[i] ^= 1 << (i % 8)
		if _, _, err := readDatabase(file, 1); err != nil {
			refused++
		}
	}
	if refused == 0 {
		t.Error("none of the files was refused")
	}
}

func TestDatabaseThatCannotBeRead(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, Options{Databases: []string{filepath.Join(dir, "absent.mmdb"), dir}})
	for _, d := range s.Databases() {
		if d.Error == "" || !d.Built.IsZero() || d.Stale(time.Now()) {
			t.Errorf("got %+v", d)
		}
	}
	if got := s.Describe(addr("8.8.8.8")); got.Geo != "US" {
		t.Errorf("the embedded table does not serve: %s", got)
	}
}

// sharedNodes changes a database into one whose every node has both branches go
// to the next: a tree of 2^n leaves in n nodes.
func sharedNodes(t testing.TB, leaf byte) []byte {
	t.Helper()
	file := bytes.Clone(mmdb(t, "test", time.Now(), network{"11.1.2.3/32", dbIP("DE", "", nil)}))
	db, err := maxminddb.OpenBytes(file)
	if err != nil {
		t.Fatal(err)
	}
	nodes := int(db.Metadata.NodeCount)
	if db.Metadata.RecordSize != 24 || nodes < 100 || nodes > 250 {
		t.Fatalf("got %d nodes of two times %d bits", nodes, db.Metadata.RecordSize)
	}
	const depth = 100
	for i := range depth {
		left, right := byte(i+1), byte(i+1)
		if i == depth-1 {
			left, right = byte(nodes)+leaf, byte(nodes)+16 // Verify wants all data to be used
		}
		copy(file[6*i:], []byte{0, 0, left, 0, 0, right})
	}
	return file
}

// TestSharedNodes: a small file with 2^100 networks is refused at once.
func TestSharedNodes(t *testing.T) {
	for name, leaf := range map[string]byte{"half of the leaves empty": 0, "all leaves with data": 16} {
		_, _, err := readDatabase(sharedNodes(t, leaf), 1)
		if err == nil || !strings.Contains(err.Error(), "must not share nodes") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// TestRecordSizes reads trees of every record size, IPv4 aliases included.
func TestRecordSizes(t *testing.T) {
	for _, bits := range []int{24, 28, 32} {
		w, err := mmdbwriter.New(mmdbwriter.Options{DatabaseType: "test", RecordSize: bits})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 50 {
			_, n, _ := net.ParseCIDR(fmt.Sprintf("11.%d.0.0/16", i))
			if err := w.Insert(n, dbIP("DE", "", nil)); err != nil {
				t.Fatal(err)
			}
		}
		var file bytes.Buffer
		if _, err := w.WriteTo(&file); err != nil {
			t.Fatal(err)
		}
		db, err := maxminddb.OpenBytes(file.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		tr := tree{file.Bytes(), uint64(db.Metadata.NodeCount), uint(bits)}
		if err := tr.check(); err != nil || tr.ipv4() == 0 || tr.ipv4() >= tr.nodes {
			t.Errorf("%d bits: got %v, IPv4 at node %d of %d", bits, err, tr.ipv4(), tr.nodes)
		}
		l, _, err := readDatabase(file.Bytes(), 1)
		if err != nil {
			t.Fatalf("%d bits: %v", bits, err)
		}
		if got := l.facts[first(l.ipv4.find(keyOf(addr("11.49.1.1"))))].geo; got != "DE" {
			t.Errorf("%d bits: got %q", bits, got)
		}
	}
}

func TestReadFileHasALimit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, make([]byte, 11), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := readFile(path, 10); err == nil || !strings.Contains(err.Error(), "11 bytes: want at most 10") {
		t.Errorf("got %v", err)
	}
	if got, err := readFile(path, 11); err != nil || len(got) != 11 {
		t.Errorf("got %d bytes, %v", len(got), err)
	}
}

// TestReadFileWantsAFile: what is no file does not hold up who reads it.
func TestReadFileWantsAFile(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{pipe, "/dev/zero"} {
		if _, err := readFile(path, 10); err == nil || !strings.Contains(err.Error(), "want a regular file") {
			t.Errorf("%s: got %v, want that it is not a regular file", path, err)
		}
	}
}

// TestLeafAboveIPv4: in a tree whose leaf lies above ::/96, that leaf speaks
// for IPv4 too.
func TestLeafAboveIPv4(t *testing.T) {
	file := mmdb(t, "test", time.Now(), network{"::/8", dbIP("DE", "", nil)}, network{"2a00::/16", dbIP("FR", "", nil)})
	l, _, err := readDatabase(file, 1)
	if err != nil {
		t.Fatal(err)
	}
	for a, want := range map[string]string{"1.2.3.4": "DE", "2a00::1": "FR", "2b00::1": ""} {
		family := l.ipv6
		if addr(a).Is4() {
			family = l.ipv4
		}
		if got := l.facts[first(family.find(keyOf(addr(a))))].geo; string(got) != want {
			t.Errorf("%s: got %q, want %q", a, got, want)
		}
	}
}

func FuzzDatabase(f *testing.F) {
	for _, file := range fixtures(f) {
		f.Add(file)
	}
	for _, file := range broken(f) {
		f.Add(file)
	}
	f.Add(sharedNodes(f, 0))
	f.Add(sharedNodes(f, 16))
	f.Fuzz(func(t *testing.T, file []byte) {
		l, _, err := readDatabase(file, 1)
		if err != nil {
			return
		}
		for _, s := range []steps{l.ipv4, l.ipv6} {
			for i, step := range s {
				if int(step.value) >= len(l.facts) || i > 0 && !s[i-1].start.less(step.start) {
					t.Fatalf("step %d of %d facts: %v", i, len(l.facts), s)
				}
			}
		}
	})
}
