package compact

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// drawRanges returns valid ranges of a family whose starts are multiples of 1<<fine.
func drawRanges(t *rapid.T, coarse, fine unit, countries int) []Range {
	var out []Range
	var at uint64
	for range rapid.IntRange(0, 40).Draw(t, "ranges") {
		by := rapid.SampledFrom([]unit{coarse, fine}).Draw(t, "unit")
		d := rapid.Uint64Range(1, 1<<20).Draw(t, "distance") << by
		if at+d < at {
			break
		}
		at += d
		country := uint8(rapid.IntRange(0, countries).Draw(t, "country"))
		if n := len(out); n > 0 && out[n-1].Country == country {
			country = (country + 1) % uint8(countries+1)
		}
		out = append(out, Range{at, country})
	}
	return out
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := &Table{
			Header: Header{Source: "test", Licence: "none", Built: time.Unix(1, 0).UTC(), Countries: []string{"AT", "DE", "CH"}},
			IPv4:   drawRanges(t, unitIPv4, fineIPv4, 3),
			IPv6:   drawRanges(t, unitIPv6, fineIPv6, 3),
		}
		file, err := Encode(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Decode(file)
		if err != nil {
			t.Fatal(err)
		}
		want.Header = got.Header // Encode fills in counts, size and checksum
		if len(got.IPv4) != got.Header.IPv4 || len(got.IPv6) != got.Header.IPv6 || got.Source != "test" {
			t.Fatalf("got header %+v for %d and %d ranges", got.Header, len(got.IPv4), len(got.IPv6))
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("table (-want +got):\n%s", diff)
		}
	})
}

// sample is a small valid file.
func sample(t testing.TB) []byte {
	t.Helper()
	file, err := Encode(&Table{
		Header: Header{Countries: []string{"AT", "DE"}},
		IPv4:   []Range{{1 << 40, 1}, {2 << 40, 2}, {3 << 40, 0}},
		IPv6:   []Range{{0x2001 << 48, 2}, {0x2002 << 48, 0}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestDecodeRefuses(t *testing.T) {
	good := sample(t)
	flipped := bytes.Clone(good)
	flipped[len(flipped)-12] ^= 1
	replace := func(old, by string) []byte {
		if !strings.Contains(string(good), old) {
			t.Fatalf("the sample does not hold %q", old)
		}
		return []byte(strings.Replace(string(good), old, by, 1))
	}
	tests := []struct {
		name string
		file []byte
		want string
	}{
		{"empty", nil, "does not begin with"},
		{"other magic", []byte("GIF89a"), "does not begin with"},
		{"no header line", []byte(magic + "{"), "no header line"},
		{"header is no JSON", []byte(magic + "nonsense\n"), "reading the header"},
		{"truncated", good[:len(good)-20], "unpacking"},
		{"bit flipped", flipped, ""},
		{"more ranges than bytes", replace(`"ipv4":3`, `"ipv4":999`), "want at least 2 each"},
		{"fewer ranges than bytes", replace(`"ipv4":3`, `"ipv4":2`), ""},
		{"ranges beyond the limit", replace(`"ipv4":3`, `"ipv4":99999999`), "want 0 .. 2097152"},
		{"negative count", replace(`"ipv6":2`, `"ipv6":-2`), "ipv6 -2"},
		{"size too small", replace(`"size":`, `"size":1`), "as the header says"},
		{"size too large", replace(`"size":`, `"size":999999999`), "want 0 .. 16777216"},
		{"checksum of another", replace(`"sha256":"`, `"sha256":"00`), "checksum"},
		{"country of three letters", replace(`"AT"`, `"AUT"`), `country "AUT"`},
		{"country that is not listed", replace(`["AT","DE"]`, `["AT"]`), "country 2: want 0 .. 1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Decode(tt.file)
			if err == nil {
				t.Fatalf("got %+v, want an error", got)
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got error %q, want one with %q", err, tt.want)
			}
		})
	}
}

func TestEncodeRefuses(t *testing.T) {
	if _, err := Encode(&Table{Header: Header{Countries: []string{"long"}}}); err == nil {
		t.Error("got no error for a country of four letters")
	}
}

// FuzzDecode: no file ends the process, and a file that is accepted keeps the
// promises of Table.
func FuzzDecode(f *testing.F) {
	good := sample(f)
	f.Add(good)
	f.Add(good[:len(good)/2])
	f.Add([]byte(magic + "{}\n"))
	if file, err := os.ReadFile("../../country.bin"); err == nil {
		f.Add(file[:4096])
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		table, err := Decode(file)
		if err != nil {
			return
		}
		for _, ranges := range [][]Range{table.IPv4, table.IPv6} {
			for i, r := range ranges {
				if int(r.Country) > len(table.Countries) {
					t.Fatalf("range %d has country %d of %d", i, r.Country, len(table.Countries))
				}
				if i > 0 && (ranges[i-1].Start >= r.Start || ranges[i-1].Country == r.Country) {
					t.Fatalf("ranges %d and %d: %v, %v", i-1, i, ranges[i-1], r)
				}
			}
		}
	})
}

func TestHeaderOfTheSample(t *testing.T) {
	h, rest, err := ParseHeader(sample(t))
	if err != nil {
		t.Fatal(err)
	}
	if len(rest) == 0 {
		t.Error("got no payload")
	}
	h.SHA256 = ""
	want := Header{IPv4: 3, IPv6: 2, Countries: []string{"AT", "DE"}, Size: 3 + 7 + 5 + 5}
	if diff := cmp.Diff(want, h); diff != "" {
		t.Errorf("header (-want +got):\n%s", diff)
	}
}
