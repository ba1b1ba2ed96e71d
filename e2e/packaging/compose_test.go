package packaging

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// service is the part of a compose service that these tests look at.
type service struct {
	ReadOnly    bool              `yaml:"read_only"`
	CapDrop     []string          `yaml:"cap_drop"`
	SecurityOpt []string          `yaml:"security_opt"`
	Sysctls     map[string]string `yaml:"sysctls"`
	Volumes     []string          `yaml:"volumes"`
	Networks    map[string]struct {
		Address string `yaml:"ipv4_address"`
	} `yaml:"networks"`
}

func load(t *testing.T, path string, into any) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(data, into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// TestComposeIsValid asks the compose client, where there is one.
func TestComposeIsValid(t *testing.T) {
	if err := exec.CommandContext(t.Context(), "docker", "compose", "version").Run(); err != nil {
		t.Skip("needs docker with its compose plugin, which is no Debian package")
	}
	run(t, "docker", "compose", "-f", root+"/compose.yaml", "config", "--quiet")
}

// TestComposeMatchesItsDocuments compares the addresses of the containers with
// those in the service document they serve.
func TestComposeMatchesItsDocuments(t *testing.T) {
	var compose struct{ Services map[string]service }
	load(t, "compose.yaml", &compose)
	var document struct {
		NameServers []struct{ Addresses []string } `yaml:"nameServers"`
		Locations   []struct {
			Name     string
			Gateways []struct{ Addresses []string }
		}
	}
	load(t, "packaging/compose/service.yaml", &document)
	if len(document.Locations) != 3 || len(document.NameServers) != 3 {
		t.Fatalf("got %d locations and %d name servers, want 3 of each", len(document.Locations), len(document.NameServers))
	}
	for i, l := range document.Locations {
		id := strings.ToLower(strings.ReplaceAll(l.Name, " ", ""))
		if got, want := compose.Services["gateway-"+id].Networks["locations"].Address, l.Gateways[0].Addresses[0]; got != want {
			t.Errorf("address of gateway-%s: got %q, want %q", id, got, want)
		}
		node := compose.Services[id]
		if got, want := node.Networks["locations"].Address, document.NameServers[i].Addresses[0]; got != want {
			t.Errorf("address of %s: got %q, want %q", id, got, want)
		}
		checkConfined(t, id, node)
	}
}

func checkConfined(t *testing.T, id string, s service) {
	t.Helper()
	if !s.ReadOnly || !slices.Contains(s.CapDrop, "ALL") || !slices.Contains(s.SecurityOpt, "no-new-privileges:true") || s.Sysctls["net.ipv4.ip_unprivileged_port_start"] != "53" {
		t.Errorf("%s: got %+v, want read_only, cap_drop ALL, no-new-privileges, and port 53 open to users", id, s)
	}
	for _, v := range s.Volumes {
		from, _, _ := strings.Cut(v, ":")
		if _, err := os.Stat(filepath.Join(root, from)); strings.HasPrefix(from, ".") && err != nil {
			t.Errorf("%s mounts %s: %v", id, from, err)
		}
	}
}

// TestComposeDocumentsCompile runs `meridian check` on what each node mounts.
func TestComposeDocumentsCompile(t *testing.T) {
	bin := build(t)
	for _, id := range []string{"westus2", "westeurope", "southeastasia"} {
		run(t, bin, "check", root+"/packaging/compose/"+id+".yaml")
	}
}
