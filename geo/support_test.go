package geo

import (
	"bytes"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"

	"meridian/routing"
)

func addr(s string) netip.Addr     { return netip.MustParseAddr(s) }
func prefix(s string) netip.Prefix { return netip.MustParsePrefix(s) }

// mustOpen opens a Source that is expected to be right.
func mustOpen(t testing.TB, o Options) *Source {
	t.Helper()
	s, err := Open(o)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	return s
}

// mustTable makes a table that is expected to be right.
func mustTable(t testing.TB, s *Source, places []Place, latency *LatencyTable) *routing.ClientTable {
	t.Helper()
	table, err := s.Table(places, latency)
	if err != nil {
		t.Fatalf("Table: %v", err)
	}
	return table
}

// infoOf returns the class info a table has for an address.
func infoOf(table *routing.ClientTable, a netip.Addr) routing.ClassInfo {
	return table.Info(table.Class(table.Find(a)))
}

// network is one network of a fixture.
type network struct {
	prefix string
	record mmdbtype.Map
}

// mmdb writes a database file.
func mmdb(t testing.TB, kind string, built time.Time, networks ...network) []byte {
	t.Helper()
	tree, err := mmdbwriter.New(mmdbwriter.Options{
		DatabaseType: kind, BuildEpoch: built.Unix(), RecordSize: 24, IncludeReservedNetworks: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range networks {
		p := prefix(n.prefix)
		ip := net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}
		if err := tree.Insert(&ip, n.record); err != nil {
			t.Fatalf("inserting %s: %v", n.prefix, err)
		}
	}
	var file bytes.Buffer
	if _, err := tree.WriteTo(&file); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// write puts a file into a directory by renaming, as a careful updater does.
func write(t testing.TB, dir, name string, file []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path+".new", file, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
	return path
}

// maxMind, dbIP and ipInfo are records in the three layouts. An empty state and
// a nil point are left out.
func maxMind(country, state string, at *Coordinates) mmdbtype.Map {
	r := mmdbtype.Map{"country": mmdbtype.Map{"iso_code": mmdbtype.String(country)}}
	if state != "" {
		r["subdivisions"] = mmdbtype.Slice{mmdbtype.Map{"iso_code": mmdbtype.String(state)}}
	}
	if at != nil {
		r["location"] = mmdbtype.Map{
			"latitude": mmdbtype.Float64(at.Latitude), "longitude": mmdbtype.Float64(at.Longitude),
		}
	}
	return r
}

func dbIP(country, state string, at *Coordinates) mmdbtype.Map {
	r := mmdbtype.Map{"country_code": mmdbtype.String(country)}
	if state != "" {
		r["state1"] = mmdbtype.String(state)
	}
	if at != nil {
		r["latitude"], r["longitude"] = mmdbtype.Float32(at.Latitude), mmdbtype.Float32(at.Longitude)
	}
	return r
}

func ipInfo(country, state string, lat, lng string) mmdbtype.Map {
	r := mmdbtype.Map{"country": mmdbtype.String(country)}
	if state != "" {
		r["region"] = mmdbtype.String(state)
	}
	if lat != "" {
		r["lat"], r["lng"] = mmdbtype.String(lat), mmdbtype.String(lng)
	}
	return r
}

// distanceKm returns the great-circle distance to d in km.
func (c Coordinates) distanceKm(d Coordinates) float64 { return c.vector().distanceKm(d.vector()) }
