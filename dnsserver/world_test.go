package dnsserver

import (
	"context"
	"net/netip"
	"os"
	"testing"
	"time"

	"meridian/dnswire"
	"meridian/routing"
)

// world is a zone with a profile of every kind, at testZone.
type world struct {
	plan      routing.Plan
	structure *routing.Structure
	state     *routing.State
	snapshot  *routing.Snapshot
	content   Content
	view      *View
}

const testZone = dnswire.Name("gtm.test.")

func addressEndpoint(name, addr string) routing.Endpoint {
	return routing.Endpoint{
		Name:   routing.EndpointName(name),
		Target: routing.Target{Kind: routing.TargetAddress, Addr: netip.MustParseAddr(addr)},
	}
}

func nameEndpoint(name, target string) routing.Endpoint {
	return routing.Endpoint{
		Name: routing.EndpointName(name), Target: routing.Target{Kind: routing.TargetName, Name: target},
	}
}

func locationEndpoint(name routing.LocationName) routing.Endpoint {
	return routing.Endpoint{
		Name: routing.EndpointName(name), Target: routing.Target{Kind: routing.TargetLocation, Location: name},
	}
}

func geo(e routing.Endpoint, codes ...routing.GeoCode) routing.Endpoint {
	e.Geo = codes
	return e
}

func profile(name string, m routing.Method, ttl uint32, endpoints ...routing.Endpoint) routing.Profile {
	return routing.Profile{Name: routing.ProfileName(name), Method: m, TTL: ttl, Endpoints: endpoints}
}

func testPlan() routing.Plan {
	strict := profile("strict", routing.Geographic, 25,
		geo(addressEndpoint("de", "198.51.100.30"), "DE"), geo(addressEndpoint("us", "198.51.100.31"), "US"))
	strict.Strict, strict.NoMatchNoData = true, true
	multi := profile("multi", routing.MultiValue, 40,
		addressEndpoint("a", "198.51.100.41"), addressEndpoint("b", "198.51.100.42"), addressEndpoint("c", "198.51.100.43"))
	multi.MaxReturn = 2
	return routing.Plan{
		Locations: []routing.Location{{Name: "westus2", Display: "West US 2"}, {Name: "westeurope", Display: "West Europe"}},
		Profiles: []routing.Profile{
			profile("contoso", routing.Performance, 30, locationEndpoint("westus2"), locationEndpoint("westeurope")),
			profile("api", routing.Weighted, 20, addressEndpoint("a", "198.51.100.1"), addressEndpoint("b", "198.51.100.2")),
			profile("alias", routing.Priority, 60, nameEndpoint("a", "www.example.net."), nameEndpoint("b", "backup.example.org.")),
			profile("off", routing.Priority, 60, addressEndpoint("a", "198.51.100.70")),
			profile("offtxt", routing.Priority, 60, addressEndpoint("a", "198.51.100.71")),
			profile("offparent", routing.Priority, 60, addressEndpoint("a", "198.51.100.72")),
			strict, multi,
			profile("single", routing.Priority, 15, addressEndpoint("a", "198.51.100.80")),
			profile("v6", routing.Priority, 50, addressEndpoint("a", "2001:db8::80")),
			profile("apex", routing.Priority, 60, addressEndpoint("a", "198.51.100.60")),
			profile("down", routing.Priority, 60, addressEndpoint("a", "198.51.100.90"), addressEndpoint("b", "198.51.100.91")),
			profile("down6", routing.Priority, 60, nameEndpoint("a", "down.example.net.")),
		},
	}
}

// testClients knows Germans (81/8, 2a00::/16, nearest westeurope), Americans
// (8/8), one American /28 among the Germans, and everybody else.
func testClients(t testing.TB) *routing.ClientTable {
	t.Helper()
	table, err := routing.NewClientTable([]routing.Block{
		{Prefix: netip.MustParsePrefix("8.0.0.0/8"), Class: 2},
		{Prefix: netip.MustParsePrefix("81.0.0.0/16"), Class: 1},
		{Prefix: netip.MustParsePrefix("81.1.0.0/28"), Class: 2},
		{Prefix: netip.MustParsePrefix("81.128.0.0/9"), Class: 1},
		{Prefix: netip.MustParsePrefix("2a00::/16"), Class: 1},
	}, []routing.ClassInfo{
		{Geo: routing.World, Rank: []routing.LocationID{0, 1}},
		{Geo: "DE", Rank: []routing.LocationID{1, 0}},
		{Geo: "US", Rank: []routing.LocationID{0, 1}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{plan: testPlan()}
	var err error
	if w.structure, err = routing.Build(&w.plan, testClients(t)); err != nil {
		t.Fatalf("building the plan: %v", err)
	}
	w.state = w.structure.NewState()
	w.state.Locations[0].Gateways = []routing.Gateway{
		{Node: "w1", Addr: netip.MustParseAddr("192.0.2.10")}, {Node: "w1", Addr: netip.MustParseAddr("2001:db8:1::10")},
	}
	w.state.Locations[1].Gateways = []routing.Gateway{
		{Node: "e1", Addr: netip.MustParseAddr("192.0.2.20")}, {Node: "e1", Addr: netip.MustParseAddr("2001:db8:2::20")},
	}
	for _, name := range []routing.ProfileName{"off", "offtxt", "offparent"} {
		w.endpoint(t, name, "a").Switch = routing.Off
	}
	for _, name := range []routing.EndpointName{"a", "b"} {
		w.endpoint(t, "down", name).Health = routing.Down
	}
	w.endpoint(t, "down6", "a").Health = routing.Down
	w.snapshot = w.structure.Publish(w.state, nil).Exact()
	w.content = Content{
		Zones: []Zone{w.zone(t)}, Snapshot: w.snapshot,
		HTTPS:         map[routing.EndpointID]ServiceBinding{w.endpointID(t, "single", "a"): {ALPN: []string{"h2", "http/1.1"}, Port: 8443}},
		LocationHTTPS: map[routing.LocationID]ServiceBinding{0: {ALPN: []string{"h2"}}, 1: {ALPN: []string{"h2"}, Port: 443}},
	}
	if w.view, err = Build(w.content, nil); err != nil {
		t.Fatalf("building the view: %v", err)
	}
	return w
}

func (w *world) endpointID(t testing.TB, p routing.ProfileName, e routing.EndpointName) routing.EndpointID {
	t.Helper()
	id, ok := w.structure.EndpointID(p, e)
	if !ok {
		t.Fatalf("no endpoint %s of %s", e, p)
	}
	return id
}

func (w *world) endpoint(t testing.TB, p routing.ProfileName, e routing.EndpointName) *routing.EndpointState {
	t.Helper()
	return &w.state.Endpoints[w.endpointID(t, p, e)]
}

func (w *world) zone(t testing.TB) Zone {
	t.Helper()
	text, err := os.ReadFile("testdata/zone.txt")
	if err != nil {
		t.Fatal(err)
	}
	records, problems := dnswire.ParseRecords(string(text), testZone, 300)
	if len(problems) > 0 {
		t.Fatalf("zone text: %v", problems)
	}
	z := Zone{
		Origin: testZone, Records: records, Serial: 7,
		NameServers: []NameServer{
			{"ns1.gtm.test.", []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")}},
			{"ns2.gtm.test.", []netip.Addr{netip.MustParseAddr("192.0.2.2")}},
		},
		Profiles: map[dnswire.Name]routing.ProfileID{},
	}
	for i, p := range w.plan.Profiles {
		name := testZone
		if p.Name != "apex" {
			if name, err = testZone.Child(string(p.Name)); err != nil {
				t.Fatal(err)
			}
		}
		z.Profiles[name] = routing.ProfileID(i)
	}
	return z
}

// testSecret makes cookies predictable.
const testSecret = "\xe5\xe9\x73\xe5\xa6\xb2\xa4\x3f\x48\xe7\xdc\x84\x9e\x37\xbf\xcf"

func testOptions() Options {
	return Options{
		Listen: []string{"127.0.0.1:0"}, NSID: "node-1",
		Cookies: CookieSecrets{Current: CookieSecret([]byte(testSecret))},
	}
}

// startServer runs a server for the length of a test; view may be nil.
func startServer(t testing.TB, o Options, view *View) *Server {
	t.Helper()
	s, err := New(o)
	if err != nil {
		t.Fatalf("starting the server: %v", err)
	}
	if view != nil {
		s.Publish(view)
	}
	s.Start()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Errorf("shutting down: %v", err)
		}
	})
	return s
}

// newTestWorker returns a worker of a server that has no sockets.
func newTestWorker(t testing.TB, o Options, view *View) *worker {
	t.Helper()
	o = o.withDefaults()
	if err := o.validate(); err != nil {
		t.Fatal(err)
	}
	s := &Server{options: o, limiter: newLimiter(o.RateLimit, time.Unix(0, 0))}
	s.SetCookies(o.Cookies)
	s.view.Store(view)
	return s.newWorker(newCounters())
}

// unlimited returns test options without rate limiting.
func unlimited() Options {
	o := testOptions()
	o.RateLimit.Off = true
	return o
}

// someClient is a resolver none of the tables knows.
func someClient(transport Transport) Peer {
	return Peer{netip.MustParseAddr("203.0.113.53"), transport}
}
