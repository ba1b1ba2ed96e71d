package demo

import (
	"bytes"
	"os"
	"testing"

	"meridian/node"
)

// TestDocuments: what the demo writes passes the steps of `meridian check`
// without a warning.
func TestDocuments(t *testing.T) {
	d, err := writeDocuments(t.TempDir(), Options{DNSPort: 5300, GatewayPort: 8080, AdminPort: 8053})
	if err != nil {
		t.Fatal(err)
	}
	if len(d.nodes) != len(places()) {
		t.Errorf("got %d node files, want %d", len(d.nodes), len(places()))
	}
	for _, file := range append(d.nodes, d.service) {
		r, err := node.Check(file)
		if err != nil || len(r.Warnings) > 0 {
			t.Errorf("%s: got %v, warnings %v", file, err, r.Warnings)
		}
	}
	text, err := os.ReadFile(d.service)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range profileNames() {
		if !bytes.Contains(text, []byte("- name: "+string(p)+" ")) {
			t.Errorf("profile %s is asked for by the tour and not in the document", p)
		}
	}
}

func TestFindPlace(t *testing.T) {
	for name, want := range map[string]int{"West US 2": 0, "westus2": 0, "west europe": 1, "JapanEast": 2} {
		if got, err := findPlace(name); err != nil || got != want {
			t.Errorf("%s: got %d, %v, want %d", name, got, err, want)
		}
	}
	_, err := findPlace("atlantis")
	if want := `location "atlantis": want one of westus2 (West US 2), westeurope (West Europe), japaneast (Japan East)`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
