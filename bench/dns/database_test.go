//go:build linux

package main

import (
	"bytes"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"
)

// TestWriteDatabase makes the city database that every geographic server of
// the benchmark reads, in the file that BENCH_DATABASE names: all of IPv4 in
// /18, 7 of 10 in the country of their /14, the rest anywhere. It is here
// because only tests may import the writer.
func TestWriteDatabase(t *testing.T) {
	path, step := os.Getenv("BENCH_DATABASE"), 1
	if path == "" {
		path, step = filepath.Join(t.TempDir(), "small.mmdb"), 97
	}
	tree, err := mmdbwriter.New(mmdbwriter.Options{DatabaseType: "GeoLite2-City", IncludeReservedNetworks: true, RecordSize: 28})
	if err != nil {
		t.Fatal(err)
	}
	rng, all := rand.New(rand.NewPCG(20, 26)), cityRecords()
	var home mmdbtype.Map
	for i := 1 << 10; i < 224<<10; i += step { // the number of a /18
		if home == nil || i%16 < step {
			home = all[rng.IntN(len(all))]
		}
		here := home
		if rng.IntN(10) >= 7 {
			here = all[rng.IntN(len(all))]
		}
		network := &net.IPNet{IP: net.IPv4(byte(i>>10), byte(i>>2), byte(i<<6), 0).To4(), Mask: net.CIDRMask(18, 32)}
		if err := tree.Insert(network, here); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if _, err := tree.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(out.Bytes(), []byte("\xab\xcd\xefMaxMind.com")) || !bytes.Contains(out.Bytes(), []byte("GeoLite2-City")) {
		t.Errorf("got %d bytes without the metadata of a city database", out.Len())
	}
	if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

func cityRecords() []mmdbtype.Map {
	var out []mmdbtype.Map
	for i, c := range countries() {
		out = append(out, mmdbtype.Map{
			"continent": mmdbtype.Map{"code": mmdbtype.String(c.continent), "geoname_id": mmdbtype.Uint32(6255140 + i)},
			"country":   mmdbtype.Map{"iso_code": mmdbtype.String(c.code), "geoname_id": mmdbtype.Uint32(1000 + i)},
			"location":  mmdbtype.Map{"latitude": mmdbtype.Float64(c.lat), "longitude": mmdbtype.Float64(c.lon)},
		})
	}
	return out
}
