package demo

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestDocuments: what the demo writes passes the steps of `meridian check`
// without a warning.
func TestDocuments(t *testing.T) {
	dir := t.TempDir()
	d, err := writeDocuments(dir, Options{DNSPort: 5300, GatewayPort: 8080, AdminPort: 8053, gossipPort: 7946, peerPort: 7947}, []string{"127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"})
	if err != nil {
		t.Fatal(err)
	}
	if len(d.nodes) != len(places()) {
		t.Errorf("got %d node files, want %d", len(d.nodes), len(places()))
	}
	for _, file := range append(d.nodes, d.service) {
		out, err := exec.Command(os.Getenv(programEnv), "check", file).CombinedOutput()
		if err != nil || bytes.Contains(out, []byte("warning")) {
			t.Errorf("%s: got %v and\n%s", file, err, out)
		}
	}
	for _, file := range []string{"gossip.key", "secrets.key", "service.yaml"} {
		if info, err := os.Stat(filepath.Join(dir, file)); err != nil || info.Mode() != 0o600 {
			t.Errorf("%s: got %v, %v, want mode 0600", file, info, err)
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
