package configs_test

import (
	"log/slog"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"meridian/configs"
)

func TestNodeDefaults(t *testing.T) {
	got, err := configs.ParseNode("/etc/meridian/node.yaml", []byte("node: {name: West-1, location: West US 2}\nservice: service.yaml\n"), noEnv)
	if err != nil {
		t.Fatal(err)
	}
	want := &configs.Node{
		Name: "west-1", Location: "westus2", Display: "West US 2",
		Roles: configs.Roles{DNS: true, Probe: true, Admin: true}, DataDir: "/var/lib/meridian",
		DNS: configs.NodeDNS{
			Listen: []string{"0.0.0.0:53", "[::]:53"}, NSID: "west-1",
			TCP:       configs.TCPLimits{MaxConnections: 1000, MaxPerClient: 64, MaxQueries: 10000, IdleTimeout: 10 * time.Second},
			RateLimit: configs.RateLimit{Enabled: true, ResponsesPerSecond: 1000},
		},
		Admin:      configs.NodeAdmin{Listen: "127.0.0.1:8053"},
		Log:        configs.NodeLog{Level: slog.LevelInfo, Format: "text"},
		PlanSource: "file", Service: "/etc/meridian/service.yaml",
	}
	if diff := cmp.Diff(want, got, cmpAddr()); diff != "" {
		t.Errorf("node (-want +got):\n%s", diff)
	}
}

func TestEveryNodeField(t *testing.T) {
	env := func(name string) (string, bool) {
		value, ok := map[string]string{"NAME": "b", "PORT": "5300", "EMPTY": ""}[name]
		return value, ok
	}
	got, err := configs.ParseNode("conf/node.yaml", []byte(`
node: {name: "a-${NAME}", location: "${PLACE:-Tokyo DC}", roles: [dns, admin], dataDir: state}
dns:
  listen: ["127.0.1.1:${PORT}", ":53"]
  nsid: "${EMPTY:-x}"
  cookieSecretFile: keys/cookie
  tcp: {maxConnections: "7", maxConnectionsPerClient: 6, maxQueriesPerConnection: 5, idleTimeout: PT1M}
  rateLimit: {enabled: false, responsesPerSecond: 4}
probe: {references: ["192.0.2.53:5353", "[2001:db8::53]:53"]}
resolver: {servers: [192.0.2.1, "2001:db8::1", "192.0.2.2:5300"]}
admin: {listen: "[::1]:9000", socket: run/admin.sock}
geo: {databases: [/srv/a.mmdb, b.mmdb]}
log: {level: debug, format: json}
planSource: file
service: ../service.yaml
`), env)
	if err != nil {
		t.Fatal(err)
	}
	want := &configs.Node{
		Name: "a-b", Location: "tokyodc", Display: "Tokyo DC", Roles: configs.Roles{DNS: true, Admin: true}, DataDir: "conf/state",
		DNS: configs.NodeDNS{
			Listen: []string{"127.0.1.1:5300", ":53"}, NSID: "x", CookieSecretFile: "conf/keys/cookie",
			TCP:       configs.TCPLimits{MaxConnections: 7, MaxPerClient: 6, MaxQueries: 5, IdleTimeout: time.Minute},
			RateLimit: configs.RateLimit{ResponsesPerSecond: 4},
		},
		Probe: configs.NodeProbe{References: []netip.AddrPort{netip.MustParseAddrPort("192.0.2.53:5353"), netip.MustParseAddrPort("[2001:db8::53]:53")}},
		Resolver: configs.NodeResolver{Servers: []netip.AddrPort{
			netip.MustParseAddrPort("192.0.2.1:53"), netip.MustParseAddrPort("[2001:db8::1]:53"), netip.MustParseAddrPort("192.0.2.2:5300"),
		}},
		Admin: configs.NodeAdmin{Listen: "[::1]:9000", Socket: "conf/run/admin.sock"},
		Geo:   configs.NodeGeo{Databases: []string{"/srv/a.mmdb", "conf/b.mmdb"}},
		Log:   configs.NodeLog{Level: slog.LevelDebug, Format: "json"}, PlanSource: "file", Service: "service.yaml",
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b })); diff != "" {
		t.Errorf("node (-want +got):\n%s", diff)
	}
}
