package configs_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"meridian/configs"
	"meridian/routing"
)

// regionsText has a location whose gateway is documented and one that waits.
const regionsText = head + `
locations:
  - {name: West US 2, minHealthyGateways: 2, sku: {capacity: 2}, gateways: [{name: us-1, addresses: [192.0.2.1, 192.0.2.2]}, {name: us-2, addresses: [192.0.2.3]}]}
  - {name: West Europe, sku: {capacity: 2}}
`

// compileWith compiles a document with registered gateways.
func compileWith(t interface{ Fatalf(string, ...any) }, text string, gateways []configs.RegisteredGateway) *configs.Service {
	bundle, err := configs.NewBundle("service.yaml", []byte(text), noFiles)
	if err != nil {
		t.Fatalf("reading: %v", err)
	}
	s, err := bundle.Compile(configs.Options{Region: regions, Gateways: gateways})
	if err != nil {
		t.Fatalf("with %+v: got %v; want a service, whatever nodes register", gateways, err)
	}
	return s
}

func registered(location routing.LocationName, name string, addrs ...string) configs.RegisteredGateway {
	g := configs.RegisteredGateway{Location: location, Name: name, Port: 443, TLS: true}
	for _, a := range addrs {
		g.Addrs = append(g.Addrs, netip.MustParseAddr(a))
	}
	return g
}

// gatewayLines writes gateways as "location/name address …".
func gatewayLines(s *configs.Service) []string {
	var out []string
	for _, g := range s.Gateways {
		line := string(g.Location) + "/" + g.Name
		for _, a := range g.Addrs {
			line += " " + a.String()
		}
		out = append(out, line)
	}
	return out
}

// TestRegisteredGateways: what nodes register counts as if the document listed
// it: names, probes and HTTPS bindings.
func TestRegisteredGateways(t *testing.T) {
	deep := registered("westeurope", "eu-2", "192.0.2.12")
	deep.Status, deep.Port, deep.TLS = "/alive", 8080, false
	s := compileWith(t, regionsText, []configs.RegisteredGateway{deep, registered("westeurope", "eu-1", "192.0.2.11", "::ffff:192.0.2.11", "2001:db8::11")})
	want := []string{"westus2/us-1 192.0.2.1 192.0.2.2", "westus2/us-2 192.0.2.3", "westeurope/eu-1 192.0.2.11 2001:db8::11", "westeurope/eu-2 192.0.2.12"}
	if diff := cmp.Diff(want, gatewayLines(s)); diff != "" {
		t.Errorf("gateways (-want +got):\n%s", diff)
	}
	if len(s.Warnings) != 0 || len(s.Unassigned) != 0 {
		t.Errorf("got warnings %v and unassigned %+v; want none", s.Warnings, s.Unassigned)
	}
	id, profile := profileNamed(t, s, "eu-1.node")
	if got, ok := s.Zones[0].Profiles["eu-1.node.gtm.example.com."]; !ok || int(got) != id {
		t.Errorf("name of eu-1: got profile %d, %t; want %d", got, ok, id)
	}
	if b := s.HTTPS[endpointID(s, id, 0)]; b.Port != 443 || profile.Endpoints[0].Target.Node != "eu-1" {
		t.Errorf("eu-1: got binding %+v of %+v; want port 443 of that node", b, profile.Endpoints[0].Target)
	}
	paths := map[string]string{}
	for _, m := range s.Monitors {
		paths[m.ID] = m.Check.Protocol + " " + m.Check.Path
	}
	for id, want := range map[string]string{
		"@westeurope/eu-1/2001:db8::11": "HTTPS /status-0123456789abcdef", "@westeurope/eu-2/192.0.2.12": "HTTP /alive",
	} {
		if paths[id] != want {
			t.Errorf("monitor %s: got %q; want %q", id, paths[id], want)
		}
	}
}

// TestRegisteredGatewaysWin: where a node and the document say different things
// of one name or one address, the node knows better, and the operator is told.
func TestRegisteredGatewaysWin(t *testing.T) {
	s := compileWith(t, regionsText, []configs.RegisteredGateway{registered("westeurope", "us-2", "192.0.2.2"), registered("westus2", "us-9", "192.0.2.9")})
	want := []string{"westus2/us-1 192.0.2.1", "westeurope/us-2 192.0.2.2", "westus2/us-9 192.0.2.9"}
	if diff := cmp.Diff(want, gatewayLines(s)); diff != "" {
		t.Errorf("gateways (-want +got):\n%s", diff)
	}
	if len(s.Warnings) != 2 || !strings.Contains(s.Warnings[0].String(), `gateways[0].addresses: 192.0.2.2 of gateway "us-1" is registered by node "us-2"`) ||
		!strings.Contains(s.Warnings[1].String(), "gateways[1].name: node \"us-2\" has registered itself") {
		t.Errorf("warnings: got %v; want one about the address and one about the name", s.Warnings)
	}
}

func TestUnassigned(t *testing.T) {
	bad := registered("westeurope", "eu-5", "192.0.2.15")
	bad.Port = 0
	path := registered("westeurope", "eu-6", "192.0.2.16")
	path.Status = "alive"
	s := compileWith(t, regionsText, []configs.RegisteredGateway{
		registered("tokyodc", "tokyo-1", "192.0.2.40"),
		registered("westeurope", "eu-1", "192.0.2.11"),
		registered("westeurope", "eu-1", "192.0.2.12"),
		registered("westeurope", "eu-2", "192.0.2.11"),
		registered("westeurope", "eu 3", "192.0.2.13"),
		registered("westeurope", "eu-4", "0.0.0.0", "224.0.0.1"),
		bad, path,
	})
	got := map[string]string{}
	for _, u := range s.Unassigned {
		got[u.Name+" "+u.Addrs[0].String()] = u.Why
	}
	for name, want := range map[string]string{
		"tokyo-1 192.0.2.40": `location "tokyodc" is not in the plan: want one of "West US 2", "West Europe"`,
		"eu-1 192.0.2.12":    `another node has registered the name "eu-1"`,
		"eu-2 192.0.2.11":    "0 addresses that are its own: want 1 .. 8",
		"eu 3 192.0.2.13":    `"eu 3" is no DNS label`,
		"eu-4 0.0.0.0":       "0 addresses that are its own: want 1 .. 8",
		"eu-5 192.0.2.15":    "port 0: want 1 .. 65535",
		"eu-6 192.0.2.16":    `status path "alive"`,
	} {
		if !strings.Contains(got[name], want) {
			t.Errorf("%s: got %q; want %q", name, got[name], want)
		}
		delete(got, name)
	}
	if len(got) != 0 {
		t.Errorf("unassigned besides: got %v; want none", got)
	}
}

// TestRegisteredNamesGiveWay: what the document has at a node's own name stays.
func TestRegisteredNamesGiveWay(t *testing.T) {
	s := compileWith(t, contested, []configs.RegisteredGateway{
		registered("westus2", "a", "192.0.2.1"), registered("westus2", "b", "192.0.2.2"), registered("westus2", "c", "192.0.2.3"),
		registered("westus2", "d", "192.0.2.4"), registered("westus2", "e", "192.0.2.5"),
	})
	var own []string
	for name, id := range s.Zones[0].Profiles {
		if strings.HasSuffix(string(name), ".node.gtm.example.com.") {
			own = append(own, string(name)+" "+string(s.Plan.Profiles[id].Endpoints[0].Name))
		}
	}
	// a is a name server, b a profile, c a record and d a target.
	if diff := cmp.Diff(map[string]bool{"b.node.gtm.example.com. x": true, "e.node.gtm.example.com. e": true}, setOf(own)); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	if len(s.Warnings) != 4 || len(s.Gateways) != 5 {
		t.Errorf("got %d gateways and warnings %v; want all 5 to serve and 4 warnings", len(s.Gateways), s.Warnings)
	}
	given := compileWith(t, head+"records: node NS ns.example.net.\nlocations: [{name: West US 2, sku: {capacity: 1}}]\n", []configs.RegisteredGateway{registered("westus2", "e", "192.0.2.5")})
	if _, ok := given.Zones[0].Profiles["e.node.gtm.example.com."]; ok {
		t.Errorf("node e below a delegation: got a name of its own; want none")
	}
}

func setOf(names []string) map[string]bool {
	out := map[string]bool{}
	for _, name := range names {
		out[name] = true
	}
	return out
}

// contested has something at the names nodes a to d would have.
var contested = strings.Replace(head, "{name: ns2.example.net}", "{name: a.node.gtm.example.com, addresses: [203.0.113.11]}", 1) + `
records: |
  c.node TXT "text"
  c.node A 192.0.2.99
locations: [{name: West US 2, sku: {capacity: 5}}]
profiles:
  - {name: b.node, trafficRoutingMethod: Priority, endpoints: [{name: x, target: 192.0.2.98}]}
  - {name: names, trafficRoutingMethod: Priority, endpoints: [{name: x, target: d.node.gtm.example.com}]}
`

// TestNothingRegisteredBreaksADocument: whatever nodes register, in whatever
// order it is told, the document compiles, everywhere to the same.
func TestNothingRegisteredBreaksADocument(t *testing.T) {
	mixed := head + `
locations:
  - {name: West US 2, gateways: [{name: a, addresses: [192.0.2.1]}, {name: b, addresses: ["2001:db8::1"]}]}
  - {name: West Europe, minHealthyGateways: 1, gateways: [{name: c, addresses: ["2001:db8::2"]}]}
  - {name: Southeast Asia, virtualNetworkType: Internal, internalNetworks: [10.0.0.0/8], sku: {capacity: 1}}
profiles: [{name: d.node, trafficRoutingMethod: Weighted, endpoints: [{name: x, location: West US 2}, {name: y, location: West Europe}]}]
`
	documents := []string{regionsText, contested, mixed}
	gateway := rapid.Custom(func(t *rapid.T) configs.RegisteredGateway {
		g := registered(
			routing.LocationName(rapid.SampledFrom([]string{"westus2", "westeurope", "southeastasia", "nowhere", ""}).Draw(t, "location")),
			rapid.SampledFrom([]string{"a", "b", "c", "d", "e", "us-1", "us-2", "", "x y", strings.Repeat("n", 63), "ns1"}).Draw(t, "name"),
			rapid.SliceOfN(rapid.SampledFrom([]string{"192.0.2.1", "192.0.2.2", "::ffff:192.0.2.3", "2001:db8::1", "2001:db8::2", "0.0.0.0", "fe80::1%eth0"}), 0, 9).Draw(t, "addrs")...)
		g.Port = uint16(rapid.IntRange(0, 2).Draw(t, "port"))
		g.TLS = rapid.Bool().Draw(t, "tls")
		g.Status = rapid.SampledFrom([]string{"", "/ok", "bad", "//x"}).Draw(t, "status")
		return g
	})
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SampledFrom(documents).Draw(t, "document")
		all := rapid.SliceOfN(gateway, 0, 12).Draw(t, "gateways")
		s := compileWith(t, text, all)
		if issues := routing.Check(s.Plan); len(issues.Errors()) > 0 {
			t.Errorf("routing refuses the plan: %v", issues)
		}
		if diff := cmp.Diff(s, compileWith(t, text, rapid.Permutation(all).Draw(t, "order")), cmpAddr()); diff != "" {
			t.Errorf("told in another order (-first +second):\n%s", diff)
		}
	})
}
