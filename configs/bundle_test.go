package configs_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"meridian/configs"
)

func loadBundle(t *testing.T, name string) *configs.Bundle {
	t.Helper()
	b, err := configs.LoadBundle(name)
	if err != nil {
		t.Fatalf("loading %s: %v", name, err)
	}
	return b
}

func compileBundle(t *testing.T, b *configs.Bundle) *configs.Service {
	t.Helper()
	s, err := b.Compile(configs.Options{Region: regions, Secret: anySecret})
	if err != nil {
		t.Fatalf("compiling: %v", err)
	}
	return s
}

// TestBundlesComeBack: every example, written to a folder or stored, gives the
// same hash and compiles to the same service.
func TestBundlesComeBack(t *testing.T) {
	for _, name := range examples(t) {
		if isNodeFile(name) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			first := loadBundle(t, name)
			want := compileBundle(t, first)

			dir := filepath.Join(t.TempDir(), "deep", "er")
			if err := first.WriteTo(dir); err != nil {
				t.Fatal(err)
			}
			written := loadBundle(t, filepath.Join(dir, "service.json"))

			data, err := first.Encode()
			if err != nil {
				t.Fatal(err)
			}
			stored, err := configs.DecodeBundle("plan", data)
			if err != nil {
				t.Fatal(err)
			}
			for how, b := range map[string]*configs.Bundle{"again": first, "written": written, "stored": stored} {
				if b.Hash != first.Hash || !bytes.Equal(b.Document, first.Document) {
					t.Errorf("%s: got hash %s of\n%s\nwant %s of\n%s", how, b.Hash, b.Document, first.Hash, first.Document)
				}
				if diff := cmp.Diff(want, compileBundle(t, b), cmpAddr(), samePrograms()); diff != "" {
					t.Errorf("%s compiled (-want +got):\n%s", how, diff)
				}
			}
		})
	}
}

// TestHashIsOfTheMeaning: comments, order and spelling do not count, values and
// files do.
func TestHashIsOfTheMeaning(t *testing.T) {
	bundleOf := func(text, latency string) string {
		b, err := configs.NewBundle("service.yaml", []byte(text), func(string) ([]byte, error) { return []byte(latency), nil })
		if err != nil {
			t.Fatal(err)
		}
		compileBundle(t, b)
		return b.Hash
	}
	one := head + `
geo: {latency: l.csv}
profiles:
  - name: shop   # the shop
    trafficRoutingMethod: Weighted
    ttl: 60
    profileMonitorStatus: Online
    monitorConfig: {holdDown: PT2M}
    endpoints: [{name: a, target: 192.0.2.1, weight: 5, alwaysServe: true}]
`
	same := head + `
profiles:
- endpoints:
  - {weight: "5", alwaysServe: Enabled, target: "192.0.2.1", 'name': a}
  monitorConfig: {holdDown: 120s}
  ttl: "60"
  name: shop
  trafficRoutingMethod: Weighted
geo:
  latency: l.csv
`
	hash := bundleOf(one, "x")
	if got := bundleOf(same, "x"); got != hash {
		t.Errorf("the same said otherwise: got %s; want %s", got, hash)
	}
	if got := bundleOf(strings.Replace(one, "weight: 5", "weight: 6", 1), "x"); got == hash {
		t.Errorf("another weight: got the same hash")
	}
	if got := bundleOf(one, "y"); got == hash {
		t.Errorf("another file: got the same hash")
	}
}

func TestBundleLinksStayInside(t *testing.T) {
	dir := t.TempDir()
	outside, inside := filepath.Join(dir, "outside.csv"), filepath.Join(dir, "in")
	if err := os.WriteFile(outside, []byte("DE,westeurope,1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(inside, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(inside, "link.csv")); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{"link.csv": "escapes", ".": "regular file", "service.json": "other than service.json"} {
		name := filepath.Join(inside, "service.yaml")
		if err := os.WriteFile(name, []byte(head+"geo: {latency: "+file+"}\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := loadBundle(t, name).Compile(configs.Options{})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "geo.latency") {
			t.Errorf("latency %s: got %v; want an error with %q", file, err, want)
		}
	}
}

func TestDecodeBundleRefuses(t *testing.T) {
	good, err := loadBundle(t, "overrides.yaml").Encode()
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"cut short":       good[:len(good)/2],
		"another format":  bytes.Replace(good, []byte(`"format":1`), []byte(`"format":2`), 1),
		"another value":   bytes.Replace(good, []byte(`"US-WA"`), []byte(`"US-OR"`), 1),
		"a missing file":  bytes.Replace(good, []byte(`"latency.csv":"`), []byte(`"latency.txt":"`), 1),
		"another file":    bytes.Replace(good, []byte(`"latency.csv":"I`), []byte(`"latency.csv":"J`), 1),
		"no document":     []byte(`{"format":1,"hash":""}`),
		"a list":          []byte(`{"format":1,"document":[],"hash":""}`),
		"more than fits":  bytes.Repeat([]byte{' '}, 3*configs.MaxBundle+1),
		"not JSON at all": []byte("\x00"),
	} {
		if bytes.Equal(data, good) {
			t.Fatalf("%s: the bundle was not changed", name)
		}
		b, err := configs.DecodeBundle("plan", data)
		if err == nil {
			t.Errorf("%s: got %+v; want an error", name, b)
		}
	}
}

func TestBrokenBundleIsNotStored(t *testing.T) {
	b := loadBundle(t, "testdata/invalid-weight-zero.yaml")
	if b.Hash != "" || b.Document != nil {
		t.Errorf("got hash %q, document %s; want none", b.Hash, b.Document)
	}
	if _, err := b.Encode(); err == nil {
		t.Errorf("Encode: got no error; want one")
	}
	if err := b.WriteTo(t.TempDir()); err == nil {
		t.Errorf("WriteTo: got no error; want one")
	}
}

func TestMissingDocument(t *testing.T) {
	if _, err := configs.LoadBundle("testdata/none.yaml"); err == nil || !strings.Contains(err.Error(), "reading service document") {
		t.Errorf("got %v; want reading service document: …", err)
	}
	if _, err := configs.LoadNode("testdata/none.yaml", noEnv); err == nil || !strings.Contains(err.Error(), "reading node file") {
		t.Errorf("got %v; want reading node file: …", err)
	}
}

// TestCompileAgain: compiling leaves no trace in the bundle, be it sound or
// broken.
func TestCompileAgain(t *testing.T) {
	sound := loadBundle(t, "gateways.yaml")
	if diff := cmp.Diff(compileBundle(t, sound), compileBundle(t, sound), cmpAddr()); diff != "" {
		t.Errorf("compiled again (-first +second):\n%s", diff)
	}
	broken := loadBundle(t, "testdata/invalid-everything-at-once.yaml")
	_, first := broken.Compile(configs.Options{Region: regions})
	_, second := broken.Compile(configs.Options{Region: regions})
	if first == nil || second == nil || first.Error() != second.Error() {
		t.Errorf("got %v and then %v; want the same twice", first, second)
	}
}

// TestRegionsCount: the same bundle compiles only where its regions are known.
func TestRegionsCount(t *testing.T) {
	bundle := loadBundle(t, "performance.yaml")
	if _, err := bundle.Compile(configs.Options{}); err == nil || !strings.Contains(err.Error(), "latitude and longitude") {
		t.Errorf("without regions: got %v; want an error that asks for latitude and longitude", err)
	}
	compileBundle(t, bundle)
}
