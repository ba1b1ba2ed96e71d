package node

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"meridian/admin/api"
)

// everything is a document with each state that an endpoint can be in without
// probes, which never come: the interval is ten minutes, the targets nowhere.
const everything = `name: contoso
zone: gtm.test
nameServers: [{name: ns1.gtm.test, addresses: [127.0.0.1]}, {name: ns.example.net}]
hostnames: [{name: api.contoso.test, dns: zone}]
records: |
  @ TXT "hello"
  www A 192.0.2.80
locations:
  - {name: West US 2, primary: true, gateways: [{name: w1, addresses: [192.0.2.10, "2001:db8::10"], port: 443, tls: true}]}
  - {name: West Europe, disableGateway: true, gateways: [{name: e1, addresses: [192.0.2.20]}]}
  - {name: Tokyo DC, latitude: 35.6, longitude: 139.7}
profiles:
  - name: shop
    trafficRoutingMethod: Weighted
    ttl: 45
    endpoints:
      - {name: always, target: 192.0.2.1, weight: 80, alwaysServe: Enabled}
      - {name: off, target: 192.0.2.2, weight: 20, endpointStatus: Disabled, alwaysServe: Enabled}
  - name: gone
    trafficRoutingMethod: Priority
    profileStatus: Disabled
    endpoints: [{name: a, target: 192.0.2.3, alwaysServe: Enabled}]
  - name: outer
    trafficRoutingMethod: Priority
    endpoints:
      - {name: in, profile: shop, minChildEndpoints: 1, endpointLocation: West Europe}
      - {name: dead, profile: gone}
  - name: both
    trafficRoutingMethod: MultiValue
    maxReturn: 2
    endpoints:
      - {name: v4, target: 192.0.2.4, alwaysServe: Enabled}
      - {name: v6, target: "2001:db8::4", alwaysServe: Enabled}
    partialFamilies: true
  - name: europe
    trafficRoutingMethod: Geographic
    endpoints:
      - {name: de, target: 192.0.2.5, geoMapping: [DE], alwaysServe: Enabled}
      - {name: rest, target: 192.0.2.6, geoMapping: [WORLD], alwaysServe: Enabled}
`

// TestAPI asks one node, which probes nothing, for all it has to say.
func TestAPI(t *testing.T) {
	n := newWorld(t, everything).start(t, func(o *Options) { o.Config.Roles.Probe, o.atlas = false, openAtlas })
	for name, test := range map[string]func(*testing.T, *Node){
		"profiles": testProfileAPI, "locations": testLocationAPI, "resolve": testResolveAPI,
		"explain": testExplainIsTheAnswer, "geo": testGeoAPI, "status": testStatusAPI,
	} {
		t.Run(name, func(t *testing.T) { test(t, n) })
	}
}

// testProfileAPI: every field that a node fills in.
func testProfileAPI(t *testing.T, n *Node) {
	profile := func(name string) (p api.Profile) {
		t.Helper()
		if code := get(t, n, "GET", "/v1/profiles/"+name, &p); code != 200 {
			t.Errorf("profile %s: got status %d", name, code)
		}
		return p
	}
	want := api.Profile{
		Name: "shop", FQDN: "shop.gtm.test.", Status: "Enabled", Method: "Weighted", TTL: 45, MonitorStatus: "Online", Serving: "available",
		Why: "1 of 2 endpoints are available; off: disabled by an operator",
		Endpoints: []api.Endpoint{
			{Name: "always", Target: "192.0.2.1", Status: "Enabled", MonitorStatus: "Unmonitored", Tier: "available", Candidate: true, Why: "not probed: always served", Weight: 80, AlwaysServe: true, HealthTargets: []string{}},
			{Name: "off", Target: "192.0.2.2", Status: "Disabled", MonitorStatus: "Disabled", Tier: "off", Why: "disabled by an operator", Weight: 20, AlwaysServe: true, HealthTargets: []string{}},
		},
		Settings: []api.Setting{plainly("profileStatus", "Enabled")},
	}
	want.Endpoints[0].Settings = []api.Setting{plainly("endpointStatus", "Enabled"), plainly("shed", "0")}
	want.Endpoints[1].Settings = []api.Setting{plainly("endpointStatus", "Disabled"), plainly("shed", "0")}
	if diff := cmp.Diff(want, profile("SHOP")); diff != "" {
		t.Errorf("shop (-want +got):\n%s", diff)
	}
	if p := profile("gone"); p.Status != "Disabled" || p.MonitorStatus != "Disabled" || p.Serving != "off" || p.Endpoints[0].Why != "the profile is disabled" || p.Endpoints[0].MonitorStatus != "Inactive" {
		t.Errorf("gone: got %+v", p)
	}
	p := profile("outer")
	if e := p.Endpoints[0]; e.Profile != "shop" || e.MinChild != 1 || e.Place != "westeurope" || e.Tier != "available" || !e.Candidate || e.Why != "follows the nested profile shop" {
		t.Errorf("outer/in: got %+v", e)
	}
	if e := p.Endpoints[1]; e.Tier != "off" || e.Candidate || e.Why != "the nested profile has nothing to answer" || e.MonitorStatus != "Stopped" {
		t.Errorf("outer/dead: got %+v", e)
	}
	if e := profile("europe").Endpoints[0]; !cmp.Equal(e.GeoMapping, api.List[string]{"DE"}) {
		t.Errorf("europe/de: got %+v", e)
	}
	gateways := profile("contoso")
	var off api.Endpoint
	for _, e := range gateways.Endpoints {
		if e.Location == "westeurope" {
			off = e
		}
	}
	if off.Why != "its location is disabled" || off.Tier != "off" || off.MonitorStatus != "Disabled" || off.Status != "Enabled" {
		t.Errorf("contoso in westeurope: got %+v", off)
	}
	if code := get(t, n, "GET", "/v1/profiles/nobody", nil); code != 404 {
		t.Errorf("nobody: got %d, want 404", code)
	}
}

// testLocationAPI: every field of a location.
func testLocationAPI(t *testing.T, n *Node) {
	var all api.Locations
	get(t, n, "GET", "/v1/locations", &all)
	if len(all.Locations) != 3 {
		t.Fatalf("got %d locations, want 3", len(all.Locations))
	}
	us, eu, tokyo := all.Locations[0], all.Locations[1], all.Locations[2]
	if us.ID != "westus2" || us.Name != "West US 2" || !us.Primary || us.DisableGateway || us.MinHealthy != 1 || us.Latitude == nil || us.Status != "CheckingEndpoint" ||
		us.Regional != "contoso-westus2-01.regional.gtm.test." || us.Direct != "contoso-westus2-01.direct.gtm.test." {
		t.Errorf("West US 2: got %+v", us)
	}
	want := api.Gateway{Node: "w1", Address: "192.0.2.10", Verdict: "unchecked", HealthTarget: "@westus2/w1/192.0.2.10"}
	if len(us.Gateways) != 2 || us.Gateways[0] != want {
		t.Errorf("gateways: got %+v, want two, first %+v", us.Gateways, want)
	}
	if !eu.DisableGateway || eu.Status != "Disabled" || eu.Why != "disabled by the plan; 0 of 1 gateway addresses are up" || eu.Primary {
		t.Errorf("West Europe: got %+v", eu)
	}
	if tokyo.ID != "tokyodc" || *tokyo.Latitude != 35.6 || *tokyo.Longitude != 139.7 || len(tokyo.Gateways) != 0 {
		t.Errorf("Tokyo DC: got %+v", tokyo)
	}
}

// testResolveAPI: names as people write them, types, clients; and what the API
// says is what the DNS server answers.
func testResolveAPI(t *testing.T, n *Node) {
	tests := []struct {
		query               string
		code                int
		name, rcode, answer string
		profile             string
	}{
		{"name=outer", 200, "outer.gtm.test.", "NOERROR", "A 192.0.2.1", "outer"},
		{"name=OUTER.gtm.test", 200, "outer.gtm.test.", "NOERROR", "A 192.0.2.1", "outer"},
		{"name=outer.gtm.test.&type=AAAA", 200, "outer.gtm.test.", "NOERROR", "", ""},
		{"name=both&type=AAAA", 200, "both.gtm.test.", "NOERROR", "AAAA 2001:db8::4", "both"},
		{"name=both&type=TXT", 200, "both.gtm.test.", "NOERROR", "", ""},
		{"name=www", 200, "www.gtm.test.", "NOERROR", "A 192.0.2.80", ""},
		{"name=gtm.test&type=TXT", 200, "gtm.test.", "NOERROR", `TXT "hello"`, ""},
		{"name=gtm.test&type=NS", 200, "gtm.test.", "NOERROR", "NS ns1.gtm.test.", ""},
		{"name=nobody", 200, "nobody.gtm.test.", "NXDOMAIN", "", ""},
		{"name=www.example.com", 200, "www.example.com.", "REFUSED", "", ""},
		{"name=contoso.", 200, "contoso.", "REFUSED", "", ""},
		{"name=.", 200, ".", "REFUSED", "", ""},
		{"name=api.contoso.test", 200, "api.contoso.test.", "NOERROR", "A 192.0.2.10", "contoso"},
		{"name=contoso&type=AAAA&client=2001:db8:1::/48", 200, "contoso.gtm.test.", "NOERROR", "AAAA 2001:db8::10", "contoso"},
		{"name=contoso-westus2-01.regional&type=AAAA", 200, "contoso-westus2-01.regional.gtm.test.", "NOERROR", "AAAA 2001:db8::10", "contoso-westus2-01.regional"},
		{"name=contoso-westus2-01.direct&type=HTTPS", 200, "contoso-westus2-01.direct.gtm.test.", "NOERROR", "HTTPS 1 .", "contoso-westus2-01.direct"},
		{"name=shop&type=TYPE65280", 200, "shop.gtm.test.", "NOERROR", "", ""},
		{"name=shop&type=NONSENSE", 422, "", "", "", ""},
		{"name=a..b", 422, "", "", "", ""},
		{"name=", 422, "", "", "", ""},
		{"name=%5C", 422, "", "", "", ""},
		{"name=shop&client=nowhere", 422, "", "", "", ""},
	}
	for _, tt := range tests {
		var r api.ResolveResult
		if code := get(t, n, "GET", "/v1/resolve?"+tt.query, &r); code != tt.code {
			t.Errorf("%s: got status %d, want %d", tt.query, code, tt.code)
			continue
		}
		if tt.code != 200 {
			continue
		}
		got := ""
		if len(r.Answers) > 0 {
			got = r.Answers[0].Type + " " + r.Answers[0].Data
		}
		if r.Name != tt.name || r.Rcode != tt.rcode || !strings.HasPrefix(got, tt.answer) || (got == "") != (tt.answer == "") || r.Profile != tt.profile {
			t.Errorf("%s: got %s %s %q by %q, want %s %s %q by %q", tt.query, r.Name, r.Rcode, got, r.Profile, tt.name, tt.rcode, tt.answer, tt.profile)
		}
	}
}

// testExplainIsTheAnswer: the trace of a question ends with what is answered.
func testExplainIsTheAnswer(t *testing.T, n *Node) {
	for _, tt := range []struct{ client, answer, code string }{
		{"194.25.0.0/24", "192.0.2.5", "DE"}, // Deutsche Telekom
		{"2003::/32", "192.0.2.5", "DE"},
		{"8.8.8.0/24", "192.0.2.6", "US"},
		{"10.0.0.0/8", "192.0.2.6", "WORLD"},
	} {
		var r api.ResolveResult
		get(t, n, "GET", "/v1/resolve?name=europe&explain=true&client="+url.QueryEscape(tt.client), &r)
		if len(r.Answers) != 1 || r.Answers[0].Data != tt.answer || !strings.HasPrefix(r.Geo, tt.code) || r.Client != tt.client {
			t.Errorf("%s: got %+v, want %s by %s", tt.client, r, tt.answer, tt.code)
		}
		if !strings.Contains(r.TraceText, tt.answer) || !json.Valid(r.Trace) || !strings.Contains(string(r.Trace), tt.answer) {
			t.Errorf("%s: trace lacks %s: %s", tt.client, tt.answer, r.TraceText)
		}
		if len(r.Endpoints) != 1 || !strings.HasPrefix(r.Endpoints[0], "europe/") && r.Endpoints[0] == "" || r.Scope == 0 || r.Block == "" {
			t.Errorf("%s: got endpoints %v, scope %d, block %q", tt.client, r.Endpoints, r.Scope, r.Block)
		}
		if r.TTL != r.Answers[0].TTL || r.Generation == 0 || r.Resolver != "127.0.0.1" {
			t.Errorf("%s: got ttl %d and %d, generation %d, resolver %s", tt.client, r.TTL, r.Answers[0].TTL, r.Generation, r.Resolver)
		}
	}
}

// testGeoAPI: what is known of an address, and under which other one.
func testGeoAPI(t *testing.T, n *Node) {
	var g api.GeoResult
	get(t, n, "GET", "/v1/geo?address=194.25.0.1", &g)
	if g.Code != "DE" || g.Codes[len(g.Codes)-1] != "WORLD" || g.Source != "embedded" || g.Unwrapped != "" || len(g.Ranking) == 0 || g.Ranking[0] != "westeurope" {
		t.Errorf("got %+v", g)
	}
	get(t, n, "GET", "/v1/geo?address=2002:c219:1::1", &g)
	if g.Unwrapped != "194.25.0.1" {
		t.Errorf("6to4: got %+v, want 194.25.0.1 inside", g)
	}
	get(t, n, "GET", "/v1/geo?address=::ffff:194.25.0.1", &g)
	if g.Address != "194.25.0.1" || g.Code != "DE" {
		t.Errorf("v4-mapped: got %+v", g)
	}
}

// testStatusAPI: every field of the one screen.
func testStatusAPI(t *testing.T, n *Node) {
	ask(t, n, "shop.gtm.test.", 1)
	s := status(t, n)
	if s.Node != "a-1" || s.Location != "westus2" || s.Version != "test" || s.Zone != "gtm.test." || !s.Serving || s.Started.IsZero() || s.Queries != 1 || s.Generation == 0 {
		t.Errorf("got %+v", s)
	}
	if !strings.HasSuffix(s.Plan.Source, "service.yaml") || len(s.Plan.Hash) != 64 || s.Plan.Serial != 1 || s.Plan.Applied == nil || !s.Plan.Durable {
		t.Errorf("plan: got %+v", s.Plan)
	}
	if len(s.Listeners) != 3 || len(s.Roles) != 2 {
		t.Errorf("got listeners %v, roles %v", s.Listeners, s.Roles)
	}
	if s.Locations != (api.Count{Total: 3, Good: 1, Bad: 1, Off: 1}) || s.Targets.Total != 3 || s.Profiles.Off != 1 || s.Endpoints.Total == 0 {
		t.Errorf("counts: locations %+v, targets %+v, profiles %+v, endpoints %+v", s.Locations, s.Targets, s.Profiles, s.Endpoints)
	}
	if total := s.Profiles; total.Total != total.Good+total.Bad+total.Off {
		t.Errorf("profiles do not add up: %+v", total)
	}
	if got := problem(s, "serving_nothing"); !strings.Contains(got, "tokyodc") {
		t.Errorf("a location without gateways: got problems %v, want serving_nothing", s.Problems)
	}
}

// plainly is a switch of which no operator has said anything.
func plainly(property, plan string) api.Setting {
	return api.Setting{Property: property, Effective: plan, Plan: plan, Layers: []api.Intent{}}
}
