package configs_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"meridian/configs"
)

func parsedNode(t *testing.T, text string) *configs.Node {
	t.Helper()
	n, err := configs.ParseNode("conf/node.yaml", []byte("node: {name: a, location: West US 2}\n"+text), noEnv)
	if err != nil {
		t.Fatalf("got problems:\n%v", err)
	}
	return n
}

func prefixes(texts ...string) []netip.Prefix {
	var out []netip.Prefix
	for _, text := range texts {
		out = append(out, netip.MustParsePrefix(text))
	}
	return out
}

func TestEveryGatewayField(t *testing.T) {
	n := parsedNode(t, `
service: s.yaml
gateway:
  listen: [{address: ":80"}, {address: "192.0.2.9:443", tls: true, certificate: tls/a.pem, key: /etc/a.key}]
  advertise: [203.0.113.10, "::ffff:203.0.113.11", "2001:db8::10"]
  backend: https://backend.example.com:8443/api
  direct: {allow: [192.0.2.0/24, "2001:db8::1"]}
  limits: {maxConnections: 7, maxHeaderBytes: 4096, headerTimeout: 3s, idleTimeout: PT1M, stallTimeout: 8s, maxRelays: 9}
  backends: {allow: [127.0.0.0/8, "::1"], refresh: 30s}
  trustedProxies: [198.51.100.0/24]
  accessLog: {file: log/access.json}
`)
	g := n.Gateway
	if g == nil || !n.Roles.Gateway {
		t.Fatalf("got gateway %v and roles %+v; want a gateway by default", g, n.Roles)
	}
	listeners := []configs.GatewayListener{{Address: ":80"}, {Address: "192.0.2.9:443", TLS: &configs.KeyPair{Certificate: "conf/tls/a.pem", Key: "/etc/a.key"}}}
	if diff := cmp.Diff(listeners, g.Listen); diff != "" {
		t.Errorf("listeners (-want +got):\n%s", diff)
	}
	if got := g.Public(); got.Address != "192.0.2.9:443" {
		t.Errorf("public listener: got %s; want the one with TLS", got.Address)
	}
	addrs := []netip.Addr{netip.MustParseAddr("203.0.113.10"), netip.MustParseAddr("203.0.113.11"), netip.MustParseAddr("2001:db8::10")}
	if diff := cmp.Diff(addrs, g.Advertise, cmpAddr()); diff != "" {
		t.Errorf("advertised (-want +got):\n%s", diff)
	}
	if g.Backend.String() != "https://backend.example.com:8443/api" {
		t.Errorf("backend: got %s", g.Backend)
	}
	if g.BackendRefresh != 30*time.Second {
		t.Errorf("backend refresh: got %v", g.BackendRefresh)
	}
	for what, lists := range map[string][2][]netip.Prefix{
		"allowed backends": {g.AllowedBackends, prefixes("127.0.0.0/8", "::1/128")}, "trusted proxies": {g.TrustedProxies, prefixes("198.51.100.0/24")},
	} {
		if diff := cmp.Diff(lists[1], lists[0], cmpAddr()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	if diff := cmp.Diff(&configs.AccessLog{File: "conf/log/access.json", Rate: 1000}, g.AccessLog); diff != "" {
		t.Errorf("access log (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(prefixes("192.0.2.0/24", "2001:db8::1/128"), g.Direct, cmpAddr()); diff != "" {
		t.Errorf("direct (-want +got):\n%s", diff)
	}
	want := configs.GatewayLimits{MaxConnections: 7, MaxHeaderBytes: 4096, HeaderTimeout: 3 * time.Second, IdleTimeout: time.Minute, StallTimeout: 8 * time.Second, MaxRelays: 9}
	if g.Limits != want {
		t.Errorf("limits: got %+v; want %+v", g.Limits, want)
	}
}

func TestDefaultsOfAGateway(t *testing.T) {
	g := parsedNode(t, `
service: s.yaml
gateway: {listen: [{address: "127.0.1.1:8080"}, {address: "127.0.1.1:8081"}, {address: "[::ffff:127.0.1.2]:80"}], backend: "http://127.0.0.1:9"}
`).Gateway
	if diff := cmp.Diff([]netip.Addr{netip.MustParseAddr("127.0.1.1"), netip.MustParseAddr("127.0.1.2")}, g.Advertise, cmpAddr()); diff != "" {
		t.Errorf("advertised (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(prefixes("127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"), g.Direct, cmpAddr()); diff != "" {
		t.Errorf("direct (-want +got):\n%s", diff)
	}
	want := configs.GatewayLimits{MaxConnections: 10_000, MaxHeaderBytes: 64 << 10, HeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, StallTimeout: time.Minute, MaxRelays: 4096}
	if g.Limits != want || g.Public().Address != "127.0.1.1:8080" {
		t.Errorf("got limits %+v, public %s; want %+v and the first listener", g.Limits, g.Public().Address, want)
	}
	nobody := parsedNode(t, "service: s.yaml\ngateway: {listen: [{address: \"127.0.1.1:80\"}], backend: \"http://127.0.0.1:9\", direct: {allow: []}}")
	if len(nobody.Gateway.Direct) != 0 {
		t.Errorf("direct of an empty list: got %v; want nobody", nobody.Gateway.Direct)
	}
}

func TestRoles(t *testing.T) {
	const gateway = "gateway: {listen: [{address: \"127.0.1.1:80\"}], backend: \"http://127.0.0.1:9\"}\n"
	all := configs.Roles{DNS: true, Gateway: true, Probe: true, Admin: true}
	for name, tt := range map[string]struct {
		roles, text string
		want        configs.Roles
	}{
		"by default":             {"", "", configs.Roles{DNS: true, Probe: true, Admin: true}},
		"with a gateway":         {"", gateway, all},
		"with streams alone":     {"", "gateway: {peer: \":7947\"}\ncluster: {bind: \"127.0.0.1:7946\", keyFile: k}\n", configs.Roles{DNS: true, Probe: true, Admin: true}},
		"the gateway left out":   {", roles: [dns]", gateway, configs.Roles{DNS: true}},
		"the gateway among them": {", roles: [gateway, probe]", gateway, configs.Roles{Gateway: true, Probe: true}},
	} {
		n, err := configs.ParseNode("node.yaml", []byte("node: {name: a, location: b"+tt.roles+"}\nservice: s\n"+tt.text), noEnv)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if n.Roles != tt.want || (n.Gateway != nil) != tt.want.Gateway {
			t.Errorf("%s: got roles %+v and gateway %v; want %+v", name, n.Roles, n.Gateway, tt.want)
		}
		if unused := name == "the gateway left out"; unused != (len(n.Warnings) == 1) {
			t.Errorf("%s: got warnings %v; want one: %t", name, n.Warnings, unused)
		}
	}
}

func TestClusterSection(t *testing.T) {
	const key = "keyFile: gossip.key"
	for name, tt := range map[string]struct {
		text string
		want configs.NodeCluster
	}{
		"everything": {
			`gateway: {peer: "0.0.0.0:1"}` + "\n" + `cluster: {label: x, bind: ":2", advertise: "[2001:db8::1]:3", peerAdvertise: "192.0.2.1:4", join: ["a.example.com:5", "192.0.2.2:6"], trust: pinned, ` + key + "}",
			configs.NodeCluster{Label: "x", Bind: ":2", Advertise: "[2001:db8::1]:3", Join: []string{"a.example.com:5", "192.0.2.2:6"}, Pinned: true, Streams: "0.0.0.0:1", StreamsAdvertise: "192.0.2.1:4"},
		},
		"streams at the announced address": {
			`cluster: {advertise: "203.0.113.10:7946", ` + key + "}",
			configs.NodeCluster{Label: "meridian", Bind: ":7946", Advertise: "203.0.113.10:7946", Streams: ":7947", StreamsAdvertise: "203.0.113.10:7947"},
		},
		"streams at the bound address": {
			`cluster: {bind: "127.0.0.1:7946", ` + key + "}",
			configs.NodeCluster{Label: "meridian", Bind: "127.0.0.1:7946", Streams: ":7947", StreamsAdvertise: "127.0.0.1:7947"},
		},
		"any port": {
			`gateway: {peer: "127.0.0.1:0"}` + "\n" + `cluster: {bind: "127.0.0.1:0", ` + key + "}",
			configs.NodeCluster{Label: "meridian", Bind: "127.0.0.1:0", Streams: "127.0.0.1:0"},
		},
	} {
		tt.want.KeyFile = "conf/gossip.key"
		if diff := cmp.Diff(&tt.want, parsedNode(t, "service: s\n"+tt.text).Cluster); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestWhoWaitsForAPlan: only a node that can have the plan of others does
// without a service document.
func TestWhoWaitsForAPlan(t *testing.T) {
	const cluster = `cluster: {bind: "127.0.0.1:7946", keyFile: k`
	for text, want := range map[string]string{
		cluster + "}\nplanSource: api":                "api",
		cluster + `, join: ["192.0.2.1:7946"]}`:       "file",
		cluster + "}\nplanSource: api\nservice: s":    "api",
		"node: {zone: x}":                             "no",
		cluster + "}":                                 "no",
		"planSource: api\nservice: s.yaml":            "no",
		cluster + "}\nservice: s\nplanSource: manual": "no",
	} {
		n, err := configs.ParseNode("node.yaml", []byte("node: {name: a, location: b}\n"+strings.TrimPrefix(text, "node: {zone: x}")), noEnv)
		if (err != nil) != (want == "no") || err == nil && n.PlanSource != want {
			t.Errorf("%s: got %+v, %v; want plans from %s", text, n, err, want)
		}
	}
}

func TestAdminBeyondLoopback(t *testing.T) {
	const secure = "tls: {certificate: a.pem, key: a.key}"
	for name, tt := range map[string]struct {
		text string
		want configs.NodeAdmin
	}{
		"loopback":           {"listen: \"127.0.0.1:1\"", configs.NodeAdmin{Listen: "127.0.0.1:1"}},
		"loopback, careful":  {"listen: \"127.0.0.1:1\", auth: required", configs.NodeAdmin{Listen: "127.0.0.1:1", AuthRequired: true}},
		"default, careful":   {"auth: required", configs.NodeAdmin{Listen: "127.0.0.1:8053", AuthRequired: true}},
		"beyond":             {"listen: \":1\", auth: auto, " + secure, configs.NodeAdmin{Listen: ":1", AuthRequired: true, TLS: &configs.KeyPair{Certificate: "conf/a.pem", Key: "conf/a.key"}}},
		"loopback with TLS":  {"listen: \"[::1]:1\", " + secure, configs.NodeAdmin{Listen: "[::1]:1", TLS: &configs.KeyPair{Certificate: "conf/a.pem", Key: "conf/a.key"}}},
		"client certificate": {"listen: \":1\", clientCAs: ca.pem, clientRoles: {a b: viewer, c: admin}, " + secure, configs.NodeAdmin{Listen: ":1", AuthRequired: true, TLS: &configs.KeyPair{Certificate: "conf/a.pem", Key: "conf/a.key"}, ClientCAs: "conf/ca.pem", ClientRoles: map[string]string{"a b": "viewer", "c": "admin"}}},
	} {
		if diff := cmp.Diff(tt.want, parsedNode(t, "service: s\nadmin: {"+tt.text+"}").Admin); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// certificateFiles writes a certificate and its key.
func certificateFiles(t *testing.T, dir string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: big.NewInt(1)}, &x509.Certificate{SerialNumber: big.NewInt(1)}, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{"a.pem": {Type: "CERTIFICATE", Bytes: der}, "a.key": {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestCheckFiles: every file of keys and certificates is read before a node
// starts, and all that cannot be used is told at once.
func TestCheckFiles(t *testing.T) {
	dir := t.TempDir()
	certificateFiles(t, dir)
	key := strings.Repeat("ab", 32)
	for name, text := range map[string]string{"gossip.key": key, "secrets.key": key, "cookies": key[:32]} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	n, err := configs.ParseNode(filepath.Join(dir, "node.yaml"), []byte(`
node: {name: a, location: b, secretsKeyFile: secrets.key}
dns: {cookieSecretFile: cookies}
gateway: {listen: [{address: "127.0.0.1:80"}, {address: "127.0.0.1:443", tls: true, certificate: a.pem, key: a.key}], backend: "http://127.0.0.1:9"}
admin: {listen: ":1", tls: {certificate: a.pem, key: a.key}, clientCAs: a.pem, clientRoles: {x: viewer}}
cluster: {bind: "127.0.0.1:7946", keyFile: gossip.key}
service: s
`), noEnv)
	if err != nil {
		t.Fatal(err)
	}
	if err := n.CheckFiles(); err != nil {
		t.Fatalf("got %v; want every file taken", err)
	}
	for name, text := range map[string]string{"gossip.key": "x", "secrets.key": key[:32], "a.key": "no key"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(filepath.Join(dir, "cookies"), 0o644); err != nil {
		t.Fatal(err)
	}
	n.Admin.ClientCAs = filepath.Join(dir, "gossip.key")
	err = n.CheckFiles()
	for _, want := range []string{
		"dns.cookieSecretFile: ", "has the mode 0644", "node.secretsKeyFile: reading key file", "cluster.keyFile: reading key file",
		"admin.tls: reading certificate", "admin.clientCAs: reading", "gateway.listen[1]: reading certificate",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v; want it to hold %q", err, want)
		}
	}
}

// TestGatewayWithoutBackend: a gateway serves APIs, so that it needs no server
// for the rest, no access log and nobody to trust.
func TestGatewayWithoutBackend(t *testing.T) {
	g := parsedNode(t, "service: s.yaml\ngateway: {listen: [{address: \"192.0.2.9:80\"}], accessLog: {file: \"-\", rate: 5}}").Gateway
	if g == nil || g.Backend != nil || len(g.AllowedBackends)+len(g.TrustedProxies) != 0 {
		t.Errorf("got %+v; want neither backend nor lists", g)
	}
	if g.BackendRefresh != 2*time.Minute {
		t.Errorf("backend refresh: got %v; want two minutes", g.BackendRefresh)
	}
	byTTL := parsedNode(t, "service: s.yaml\ngateway: {listen: [{address: \"192.0.2.9:80\"}], backends: {respectTtl: true}}").Gateway
	if byTTL == nil || byTTL.BackendRefresh != 0 {
		t.Errorf("got %+v; want names looked up by their TTL", byTTL)
	}
	if diff := cmp.Diff(&configs.AccessLog{File: "-", Rate: 5}, g.AccessLog); diff != "" {
		t.Errorf("access log (-want +got):\n%s", diff)
	}
}
