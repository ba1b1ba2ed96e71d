package configs_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"meridian/configs"
	"meridian/dnswire"
	"meridian/routing"
)

const head = `name: contoso
zone: gtm.example.com
nameServers: [{name: ns1.gtm.example.com, addresses: [203.0.113.10]}, {name: ns2.example.net}]
`

// compileText compiles a document that needs no files.
func compileText(t *testing.T, text string) (*configs.Service, error) {
	t.Helper()
	bundle, err := configs.NewBundle("service.yaml", []byte(text), noFiles)
	if err != nil {
		return nil, err
	}
	return bundle.Compile(configs.Options{Region: regions})
}

func noFiles(string) ([]byte, error) { return nil, errors.New("no such file") }

func mustCompile(t *testing.T, text string) *configs.Service {
	t.Helper()
	service, err := compileText(t, text)
	if err != nil {
		t.Fatalf("got problems:\n%v", err)
	}
	return service
}

// profileNamed returns a profile of the plan and its position.
func profileNamed(t *testing.T, s *configs.Service, name routing.ProfileName) (int, routing.Profile) {
	t.Helper()
	for i, p := range s.Plan.Profiles {
		if p.Name == name {
			return i, p
		}
	}
	t.Fatalf("profile %s: got none of that name", name)
	return 0, routing.Profile{}
}

// endpointID returns the position of endpoint j of profile i in the plan.
func endpointID(s *configs.Service, i, j int) routing.EndpointID {
	id := j
	for _, p := range s.Plan.Profiles[:i] {
		id += len(p.Endpoints)
	}
	return routing.EndpointID(id)
}

func TestEveryProfileField(t *testing.T) {
	s := mustCompile(t, head+`
profiles:
  - name: Shop
    trafficRoutingMethod: Geographic
    ttl: "0"
    maxReturn: 0
    geographic: strict
    noMatch: nodata
    reroll: 7
    flatten: true
    partialFamilies: true
    profileMonitorStatus: Online
    endpoints:
      - {name: a, target: A.example.NET, geoMapping: [DE, GEO-NA], weight: "80", priority: 3, endpointMonitorStatus: Degraded,
         endpointLocation: North Europe, subnets: [{first: 192.0.2.0, scope: 24}, {first: "2001:db8::1", last: "2001:db8::9"}]}
      - {name: b, profile: Child, geoMapping: [WORLD], minChildEndpoints: 2, minChildEndpointsIPv4: 1, minChildEndpointsIPv6: 3}
      - {name: c, target: "::ffff:192.0.2.1", geoMapping: [NO], alwaysServe: Enabled}
      - {name: d, target: "2001:db8::5", geoMapping: [FR], alwaysServe: false}
  - {name: child, trafficRoutingMethod: Weighted, endpoints: [{name: x, target: 192.0.2.7}, {name: y, target: 192.0.2.8}, {name: z, target: 192.0.2.9}]}
`)
	want := routing.Profile{
		Name: "shop", Method: routing.Geographic, TTL: 0, Reroll: 7,
		Strict: true, NoMatchNoData: true, PartialFamilies: true, Flatten: true,
		Endpoints: []routing.Endpoint{
			{
				Name: "a", Target: routing.Target{Kind: routing.TargetName, Name: "a.example.net."}, Weight: 80, Priority: 3,
				Location: "northeurope", Geo: []routing.GeoCode{"DE", "GEO-NA"},
				Subnets: []routing.AddrRange{
					{First: netip.MustParseAddr("192.0.2.0"), Last: netip.MustParseAddr("192.0.2.255")},
					{First: netip.MustParseAddr("2001:db8::1"), Last: netip.MustParseAddr("2001:db8::9")},
				},
			},
			{
				Name: "b", Target: routing.Target{Kind: routing.TargetProfile, Profile: "child"}, Geo: []routing.GeoCode{"WORLD"},
				MinChild: 2, MinChildIPv4: 1, MinChildIPv6: 3,
			},
			{
				Name: "c", Target: routing.Target{Kind: routing.TargetAddress, Addr: netip.MustParseAddr("192.0.2.1")},
				Geo: []routing.GeoCode{"NO"}, Serve: routing.ServeAlways,
			},
			{
				Name: "d", Target: routing.Target{Kind: routing.TargetAddress, Addr: netip.MustParseAddr("2001:db8::5")},
				Geo: []routing.GeoCode{"FR"},
			},
		},
	}
	if diff := cmp.Diff(want, s.Plan.Profiles[0], cmpAddr()); diff != "" {
		t.Errorf("profile (-want +got):\n%s", diff)
	}
	if got, want := s.Places, []configs.Place{{Name: "northeurope", Latitude: 53.3, Longitude: -6.3, Known: true}}; !cmp.Equal(got, want) {
		t.Errorf("places: got %+v; want %+v", got, want)
	}
}

func cmpAddr() cmp.Option { return cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{}) }

func TestDefaultsOfAProfile(t *testing.T) {
	s := mustCompile(t, head+`profiles: [{name: shop, endpoints: [{name: a, target: 192.0.2.1, endpointLocation: westeurope}]}]`)
	_, p := profileNamed(t, s, "shop")
	if p.Method != routing.Performance || p.TTL != 30 || p.MaxReturn != 0 || p.Strict {
		t.Errorf("profile: got %+v; want Performance, TTL 30, the rest zero", p)
	}
}

// TestNamesFromLocations holds DESIGN §4 "Names in the zone".
func TestNamesFromLocations(t *testing.T) {
	s := mustCompile(t, head+`
locations:
  - {name: West US 2, gateways: [{name: US-1, addresses: [192.0.2.1]}]}
  - {name: westeurope, minHealthyGateways: 1, gateways: [{name: eu-1, addresses: [192.0.2.2]}]}
`)
	nested := routing.Endpoint{Name: "gateways", Target: routing.Target{Kind: routing.TargetProfile, Profile: "contoso"}}
	at := func(id routing.LocationName, serve routing.Serve) routing.Endpoint {
		return routing.Endpoint{
			Name: routing.EndpointName(id), Location: id, Serve: serve,
			Target: routing.Target{Kind: routing.TargetLocation, Location: id},
		}
	}
	node := func(id routing.LocationName, name string) routing.Endpoint {
		return routing.Endpoint{
			Name: routing.EndpointName(name), Location: id,
			Target: routing.Target{Kind: routing.TargetGateway, Location: id, Node: name},
		}
	}
	want := []routing.Profile{
		{Name: "contoso", Method: routing.Performance, TTL: 30, Endpoints: []routing.Endpoint{at("westus2", routing.ServeProbed), at("westeurope", routing.ServeProbed)}},
		{Name: "contoso-westus2-01.regional", Method: routing.Priority, TTL: 30, PartialFamilies: true, Endpoints: []routing.Endpoint{at("westus2", routing.ServeAlways), nested}},
		{Name: "contoso-westus2-01.direct", Method: routing.Priority, TTL: 30, PartialFamilies: true, Endpoints: []routing.Endpoint{at("westus2", routing.ServePinned)}},
		{Name: "us-1.node", Method: routing.Priority, TTL: 30, PartialFamilies: true, Endpoints: []routing.Endpoint{node("westus2", "us-1"), nested}},
		{Name: "contoso-westeurope-01.regional", Method: routing.Priority, TTL: 30, PartialFamilies: true, Endpoints: []routing.Endpoint{at("westeurope", routing.ServeAlways), nested}},
		{Name: "contoso-westeurope-01.direct", Method: routing.Priority, TTL: 30, PartialFamilies: true, Endpoints: []routing.Endpoint{at("westeurope", routing.ServePinned)}},
		{Name: "eu-1.node", Method: routing.Priority, TTL: 30, PartialFamilies: true, Endpoints: []routing.Endpoint{node("westeurope", "eu-1"), nested}},
	}
	if diff := cmp.Diff(want, s.Plan.Profiles, cmpAddr()); diff != "" {
		t.Errorf("profiles (-want +got):\n%s", diff)
	}
	if got, want := s.Plan.Locations, []routing.Location{
		{Name: "westus2", Display: "West US 2", Families: routing.Answers{IPv4: true}}, {Name: "westeurope", Display: "westeurope", MinHealthyGateways: 1, Families: routing.Answers{IPv4: true}},
	}; !cmp.Equal(got, want) {
		t.Errorf("locations: got %+v; want %+v", got, want)
	}
	if got := s.Zones[0].Profiles["contoso-westus2-01.regional.gtm.example.com."]; got != 1 {
		t.Errorf("id of the regional name: got %d; want 1", got)
	}
	if got, want := len(s.Zones[0].Profiles), len(want); got != want {
		t.Errorf("names in the zone: got %d; want %d", got, want)
	}
}

// TestNoFallbackToNames: a tree answers names or addresses, so that regional
// names have no fallback where the gateway profile answers names.
func TestNoFallbackToNames(t *testing.T) {
	s := mustCompile(t, head+`
locations: [{name: West US 2, gateways: [{name: us-1, addresses: [192.0.2.1]}]}]
profiles: [{name: contoso, trafficRoutingMethod: Weighted, ttl: 5, endpoints: [{name: a, target: cdn.example.net}]}]
`)
	for _, name := range []routing.ProfileName{"contoso-westus2-01.regional", "us-1.node"} {
		if _, p := profileNamed(t, s, name); len(p.Endpoints) != 1 || p.TTL != 5 {
			t.Errorf("%s: got %d endpoints, TTL %d; want 1, 5", name, len(p.Endpoints), p.TTL)
		}
	}
}

func TestSwitches(t *testing.T) {
	s := mustCompile(t, head+`
locations:
  - {name: West US 2, gateways: [{name: us-1, addresses: [192.0.2.1]}]}
  - {name: West Europe, disableGateway: true, gateways: [{name: eu-1, addresses: [192.0.2.2]}]}
profiles:
  - {name: a, profileStatus: Disabled, trafficRoutingMethod: Weighted, endpoints: [{name: x, target: 192.0.2.3}, {name: y, target: 192.0.2.4, endpointStatus: Disabled}]}
  - {name: b, profileStatus: Enabled, trafficRoutingMethod: Weighted, endpoints: [{name: x, target: 192.0.2.3, endpointStatus: Enabled}]}
`)
	off := map[string]bool{}
	for i, p := range s.Plan.Profiles {
		if s.Switches.Profiles[i] == routing.Off {
			off[string(p.Name)] = true
		}
		for j, e := range p.Endpoints {
			if s.Switches.Endpoints[endpointID(s, i, j)] == routing.Off {
				off[string(p.Name)+"/"+string(e.Name)] = true
			}
		}
	}
	for i, l := range s.Plan.Locations {
		if s.Switches.Locations[i] == routing.Off {
			off["@"+string(l.Name)] = true
		}
	}
	if diff := cmp.Diff(map[string]bool{"a": true, "a/y": true, "@westeurope": true}, off); diff != "" {
		t.Errorf("off (-want +got):\n%s", diff)
	}
}

func TestZones(t *testing.T) {
	s := mustCompile(t, head+`
hostnames: [{name: www.contoso.com, dns: cname}, {name: API.contoso.com, dns: zone}]
records: |
  $TTL 300
  mail A 192.0.2.25
locations: [{name: West US 2, gateways: [{name: us-1, addresses: [192.0.2.1]}]}]
profiles: [{name: a.b, trafficRoutingMethod: Weighted, endpoints: [{name: x, target: 192.0.2.3}]}]
`)
	if got, want := s.Aliases, []dnswire.Name{"www.contoso.com."}; !cmp.Equal(got, want) {
		t.Errorf("aliases: got %v; want %v", got, want)
	}
	if len(s.Zones) != 2 {
		t.Fatalf("zones: got %d; want 2", len(s.Zones))
	}
	main, own := s.Zones[0], s.Zones[1]
	gateway, _ := profileNamed(t, s, "contoso")
	if got := own.Profiles["api.contoso.com."]; own.Origin != "api.contoso.com." || got != routing.ProfileID(gateway) {
		t.Errorf("zone of a host name: got %s with profile %d; want api.contoso.com. with %d", own.Origin, got, gateway)
	}
	servers := []configs.NameServer{
		{Name: "ns1.gtm.example.com.", Addrs: []netip.Addr{netip.MustParseAddr("203.0.113.10")}}, {Name: "ns2.example.net."},
	}
	for _, z := range s.Zones {
		if diff := cmp.Diff(servers, z.NameServers, cmpAddr()); diff != "" {
			t.Errorf("name servers of %s (-want +got):\n%s", z.Origin, diff)
		}
	}
	if len(main.Records) != 1 || main.Records[0].Name != "mail.gtm.example.com." || main.Records[0].TTL != 300 {
		t.Errorf("records: got %+v; want mail with TTL 300", main.Records)
	}
	if id, ok := main.Profiles["a.b.gtm.example.com."]; !ok || id != 0 {
		t.Errorf("profile a.b: got %d, %t; want 0, true", id, ok)
	}
}

func TestBindings(t *testing.T) {
	s := mustCompile(t, head+`
locations:
  - {name: West US 2, gateways: [{name: us-1, addresses: [192.0.2.1], tls: true}, {name: us-2, addresses: [192.0.2.2]}]}
  - {name: West Europe, gateways: [{name: eu-1, addresses: [192.0.2.3], tls: true, port: 8443}, {name: eu-2, addresses: [192.0.2.4], tls: true, port: 8443}]}
`)
	got := map[string]uint16{}
	for i, p := range s.Plan.Profiles {
		for j, e := range p.Endpoints {
			if b, ok := s.HTTPS[endpointID(s, i, j)]; ok {
				got[string(p.Name)+"/"+string(e.Name)] = b.Port
			}
		}
	}
	want := map[string]uint16{
		"contoso/westeurope": 8443, "contoso-westeurope-01.regional/westeurope": 8443, "contoso-westeurope-01.direct/westeurope": 8443,
		"us-1.node/us-1": 443, "eu-1.node/eu-1": 8443, "eu-2.node/eu-2": 8443,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("endpoints with TLS (-want +got):\n%s", diff)
	}
}

func TestOverrides(t *testing.T) {
	s := mustCompile(t, head+`
geo:
  overrides:
    - {cidr: 192.0.2.0/24, code: US-WA}
    - {cidr: "2001:db8::1", location: West Europe, code: DE}
    - {cidr: 198.51.100.0/24, latitude: -35.5, longitude: "149"}
    - {cidr: 203.0.113.0/24, location: tokyodc}
locations: [{name: Tokyo DC, latitude: 35.6, longitude: 139.7, gateways: [{name: g, addresses: [192.0.2.1]}]}]
`)
	want := []configs.GeoOverride{
		{Prefix: netip.MustParsePrefix("192.0.2.0/24"), Code: "US-WA"},
		{Prefix: netip.MustParsePrefix("2001:db8::1/128"), Code: "DE", Latitude: 52.4, Longitude: 4.9, Located: true},
		{Prefix: netip.MustParsePrefix("198.51.100.0/24"), Latitude: -35.5, Longitude: 149, Located: true},
		{Prefix: netip.MustParsePrefix("203.0.113.0/24"), Latitude: 35.6, Longitude: 139.7, Located: true},
	}
	if diff := cmp.Diff(want, s.Overrides, cmpAddr()); diff != "" {
		t.Errorf("overrides (-want +got):\n%s", diff)
	}
}

func TestSafety(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want int
	}{
		"without locations": {"", 0},
		"by default":        {"locations: [{name: West US 2, gateways: [{name: g, addresses: [192.0.2.1]}]}]", 1},
		"switched off":      {"locations: [{name: West US 2, disableGateway: true, gateways: [{name: g, addresses: [192.0.2.1]}]}]\nsafety: {minEnabledLocations: 0}", 0},
	} {
		if got := mustCompile(t, head+c.text).MinEnabledLocations; got != c.want {
			t.Errorf("%s: got %d; want %d", name, got, c.want)
		}
	}
}

func TestWarnings(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"one name server":  {strings.Replace(head, ", {name: ns2.example.net}", "", 1), "3:14: warning: nameServers: one name server"},
		"no gateways":      {head + "locations: [{name: West US 2}]", `warning: locations[0]: "West US 2" has no gateways`},
		"never healthy":    {head + "locations: [{name: West US 2, minHealthyGateways: 2, gateways: [{name: g, addresses: [192.0.2.1]}]}]", "warning: locations[0].minHealthyGateways: 2 of 1"},
		"monitor in vain":  {head + "profiles: [{name: a, trafficRoutingMethod: Weighted, monitorConfig: {}, endpoints: [{name: x, target: 192.0.2.1, alwaysServe: true}]}]", "warning: profiles[0].monitorConfig: no endpoint"},
		"a family is lost": {head + "profiles: [{name: a, trafficRoutingMethod: Priority, endpoints: [{name: x, profile: b}, {name: y, target: 192.0.2.2}]}, {name: b, trafficRoutingMethod: MultiValue, endpoints: [{name: x, target: 192.0.2.1}, {name: y, target: \"2001:db8::1\"}]}]", "warning: profiles[0].endpoints: AAAA is not answered"},
	} {
		s := mustCompile(t, c.text)
		if len(s.Warnings) == 0 || !strings.Contains(s.Warnings[0].String(), c.want) {
			t.Errorf("%s: got %v; want %q", name, s.Warnings, c.want)
		}
	}
}

func TestMonitors(t *testing.T) {
	s := mustCompile(t, head+`
locations: [{name: West US 2, gateways: [{name: us-1, addresses: [192.0.2.1, "2001:db8::1"], tls: true}]}]
profiles:
  - name: shop
    trafficRoutingMethod: Weighted
    flatten: true
    monitorConfig: {protocol: HTTPS, path: /up?x=1, intervalInSeconds: "10", toleratedNumberOfFailures: 0, rise: 2, failback: manual, initial: wait, holdDown: PT1M30S,
      expectedStatusCodeRanges: [{min: 200, max: 202}], customHeaders: [{name: Host, value: a.example.com}, {name: X-A, value: profile}, {name: X-B, value: profile}],
      tls: {validateCertificateName: false, serverName: b.example.com}}
    endpoints:
      - {name: a, target: a.example.net}
      - {name: b, target: 192.0.2.9, customHeaders: [{name: x-a, value: endpoint}]}
      - {name: never, target: 192.0.2.10, alwaysServe: Enabled}
      - {name: nested, profile: tcp}
  - {name: tcp, trafficRoutingMethod: Weighted, monitorConfig: {protocol: TCP, port: 5432}, endpoints: [{name: a, target: 192.0.2.11}]}
  - {name: plain, trafficRoutingMethod: Weighted, endpoints: [{name: a, target: 192.0.2.12}]}
`)
	https := configs.Check{
		Protocol: "HTTPS", Port: 443, Path: "/up?x=1", HostHeader: "a.example.com",
		Headers: []configs.Header{{Name: "X-A", Value: "profile"}, {Name: "X-B", Value: "profile"}},
		Ranges:  []configs.StatusRange{{Min: 200, Max: 202}}, Interval: 10 * time.Second, Timeout: 9 * time.Second,
		Rise: 2, Manual: true, Wait: true, HoldDown: 90 * time.Second, CheckChain: true, ServerName: "b.example.com",
	}
	second := https
	second.Headers = []configs.Header{{Name: "X-B", Value: "profile"}, {Name: "x-a", Value: "endpoint"}}
	azure := configs.Check{Protocol: "HTTP", Port: 80, Path: "/", Interval: 30 * time.Second, Timeout: 10 * time.Second, Tolerated: 3, Rise: 1, HoldDown: 10 * time.Minute}
	tcp := azure
	tcp.Protocol, tcp.Port, tcp.Path = "TCP", 5432, ""
	gateway := configs.Check{
		Protocol: "HTTPS", Port: 443, Path: "/status-0123456789abcdef", HostHeader: "contoso.gtm.example.com",
		Interval: 5 * time.Second, Timeout: 3 * time.Second, Tolerated: 2, Rise: 1, HoldDown: 10 * time.Minute, CheckChain: true, CheckName: true,
	}
	want := []configs.Monitor{
		{ID: "shop/a", Profile: "shop", Endpoint: "a", Position: 0, Host: "a.example.net", Check: https},
		{ID: "shop/b", Profile: "shop", Endpoint: "b", Position: 1, Addr: netip.MustParseAddr("192.0.2.9"), Check: second},
		{ID: "tcp/a", Profile: "tcp", Endpoint: "a", Position: 4, Addr: netip.MustParseAddr("192.0.2.11"), Check: tcp},
		{ID: "plain/a", Profile: "plain", Endpoint: "a", Position: 5, Addr: netip.MustParseAddr("192.0.2.12"), Check: azure},
		{ID: "@westus2/us-1/192.0.2.1", Location: "westus2", Gateway: "us-1", Addr: netip.MustParseAddr("192.0.2.1"), Check: gateway},
		{ID: "@westus2/us-1/2001:db8::1", Location: "westus2", Gateway: "us-1", Addr: netip.MustParseAddr("2001:db8::1"), Check: gateway},
	}
	if diff := cmp.Diff(want, s.Monitors, cmpAddr()); diff != "" {
		t.Errorf("monitors (-want +got):\n%s", diff)
	}
}

// TestTimeouts: azure.md §1.2 with intervals down to a second.
func TestTimeouts(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"{}":                       10 * time.Second,
		"{intervalInSeconds: 10}":  9 * time.Second,
		"{intervalInSeconds: 600}": 10 * time.Second,
		"{intervalInSeconds: 2}":   time.Second,
		"{intervalInSeconds: 1}":   time.Second,
		"{intervalInSeconds: 5,timeoutInSeconds: 5}": 5 * time.Second,
	} {
		s := mustCompile(t, head+"profiles: [{name: a, trafficRoutingMethod: Weighted, monitorConfig: "+text+", endpoints: [{name: x, target: 192.0.2.1}]}]")
		if got := s.Monitors[0].Check.Timeout; got != want {
			t.Errorf("%s: got %v; want %v", text, got, want)
		}
	}
}
