package admin_test

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"meridian/admin"
	"meridian/admin/api"
)

// fakeNode is every source at once, with made-up but complete answers.
type fakeNode struct {
	notReady  []string
	resolve   func(api.ResolveRequest) (api.ResolveResult, error)
	probe     func(ctx context.Context, target string) (api.ProbeReport, error)
	statusErr error
	status    func(context.Context)
}

func at(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t
}

func ptr[T any](v T) *T { return &v }

func monitor() api.MonitorConfig {
	return api.MonitorConfig{Protocol: "HTTPS", Port: 443, Path: "/status", Interval: 30, Timeout: 10, Tolerated: 3, Rise: 1, Failback: "auto", Expected: []string{"200-202"}}
}

func (f *fakeNode) NotReady() []string { return f.notReady }

func (f *fakeNode) Status(ctx context.Context) (api.Status, error) {
	if f.status != nil {
		f.status(ctx)
	}
	return api.Status{
		OK: true, Node: "westus2-1", Version: "v0", Started: at("2026-01-02T03:04:05Z"), Zone: "gtm.test.", Serving: true,
		Plan: api.Plan{Source: "service.yaml", Hash: "00", Serial: 7, Durable: true}, Profiles: api.Count{Total: 2, Good: 2},
	}, f.statusErr
}

func (f *fakeNode) Resolve(_ context.Context, q api.ResolveRequest) (api.ResolveResult, error) {
	if f.resolve != nil {
		return f.resolve(q)
	}
	out := api.ResolveResult{
		Name: q.Name + ".gtm.test.", Type: q.Type, Client: q.Client.String(), Rcode: "NOERROR", TTL: 30, Scope: 24, Reason: "available",
		Answers:   []api.Record{{Name: q.Name + ".gtm.test.", Type: q.Type, TTL: 30, Data: "198.51.100.20"}},
		Endpoints: []string{"contoso/westus2"}, Generation: 3,
	}
	if q.Explain {
		out.Trace, out.TraceText = json.RawMessage(`{"steps":[1]}`), "step 1"
	}
	return out, nil
}

func (f *fakeNode) Health(context.Context) (api.Health, error) {
	target := func(id, profile, verdict string) api.TargetHealth {
		return api.TargetHealth{
			ID: id, Profile: profile, Check: "HTTPS :443/status", Verdict: verdict, Reason: "ok", Since: at("2026-01-02T03:04:05Z"), Monitor: monitor(),
			LastProbe:  &api.Probe{At: at("2026-01-02T03:05:05Z"), OK: true, Reason: "ok", Status: 200, TotalMs: 12.5},
			LastChange: &api.Incident{Target: id, From: "unchecked", To: verdict, Reason: "ok", Verdict: at("2026-01-02T03:04:05Z"), FirstProbe: ptr(at("2026-01-02T03:04:04Z"))},
		}
	}
	return api.Health{
		Node: "westus2-1", Prober: api.Prober{State: "probing"},
		Targets: []api.TargetHealth{target("shop/eu", "shop", "down"), target("shop/us", "shop", "up"), target("web/us", "web", "up")},
	}, nil
}

func (f *fakeNode) Probe(ctx context.Context, target string) (api.ProbeReport, error) {
	if f.probe != nil {
		return f.probe(ctx, target)
	}
	if target != "shop/us" {
		return api.ProbeReport{}, api.Errorf(api.NotFound, "target %q: there are shop/eu, shop/us, web/us", target)
	}
	return api.ProbeReport{Target: target, Node: "westus2-1", Result: api.Probe{At: at("2026-01-02T03:05:05Z"), OK: true, Reason: "ok", Status: 200}, TLS: &api.TLSInfo{Version: "TLS 1.3", Verified: true}}, nil
}

func (f *fakeNode) Release(_ context.Context, target string) (api.Released, error) {
	if target != "shop/us" {
		return api.Released{}, api.Errorf(api.NotFound, "target %q: there are shop/eu, shop/us, web/us", target)
	}
	return api.Released{Target: target, Node: "westus2-1", Outcome: "up", Text: "shop/us is up"}, nil
}

func (f *fakeNode) Profiles(context.Context) ([]api.Profile, error) {
	m := monitor()
	return []api.Profile{{
		Name: "shop", FQDN: "shop.gtm.test.", Status: "Enabled", Method: "Weighted", TTL: 60, MonitorStatus: "Online", Serving: "available", Why: "all is well", Monitor: &m,
		Endpoints: []api.Endpoint{{Name: "us", Target: "198.51.100.20", Status: "Enabled", MonitorStatus: "Online", Tier: "available", Candidate: true, Why: "up", Weight: 1}},
	}, {Name: "web", FQDN: "web.gtm.test.", Status: "Enabled", Method: "Priority", MonitorStatus: "Inactive", Serving: "off", Why: "no endpoint is on"}}, nil
}

func (f *fakeNode) Profile(ctx context.Context, name string) (api.Profile, error) {
	all, err := f.Profiles(ctx)
	for _, p := range all {
		if p.Name == name {
			return p, err
		}
	}
	return api.Profile{}, api.Errorf(api.NotFound, "profile %q: there are shop, web", name)
}

func (f *fakeNode) Locations(context.Context) ([]api.Location, error) {
	return []api.Location{{ID: "westus2", Name: "West US 2", Status: "Online", Why: "2 of 2 gateways are up", MinHealthy: 1}}, nil
}

func (f *fakeNode) Location(ctx context.Context, id string) (api.Location, error) {
	all, err := f.Locations(ctx)
	for _, l := range all {
		if l.ID == id {
			return l, err
		}
	}
	return api.Location{}, api.Errorf(api.NotFound, "location %q: there is westus2", id)
}

func (f *fakeNode) Geo(_ context.Context, a netip.Addr) (api.GeoResult, error) {
	return api.GeoResult{Address: a.String(), Block: "203.0.113.0/24", Code: "US-WA", Codes: []string{"US-WA", "US", "GEO-NA", "WORLD"}}, nil
}

func (f *fakeNode) Zone(context.Context) (api.Zone, error) {
	return api.Zone{Name: "gtm.test.", Serial: 7, NameServers: []api.NS{{Name: "ns1.gtm.test."}}, Check: &api.ZoneCheck{At: at("2026-01-02T03:04:05Z"), OK: true, Asked: []api.ZoneProbe{{Server: "192.0.2.1:53", Role: "parent", Transport: "udp", OK: true}}}}, nil
}

func (f *fakeNode) CheckZone(context.Context) (api.ZoneCheck, error) {
	return api.ZoneCheck{At: at("2026-01-02T03:04:05Z"), Text: []string{"parent delegates to nobody"}}, nil
}

// fixture is a running server on TCP and on a socket.
type fixture struct {
	node   *fakeNode
	events *admin.EventLog
	server *admin.Server
	url    string // over TCP
	socket string
}

func sources(node *fakeNode, events *admin.EventLog) admin.Sources {
	return admin.Sources{Readiness: node, Status: node, Resolver: node, Health: node, Profiles: node, Locations: node, Geo: node, Zone: node, Events: events}
}

func start(t *testing.T, change func(*admin.Options)) *fixture {
	t.Helper()
	events, err := admin.NewEventLog("r1", 8)
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{node: &fakeNode{}, events: events, socket: filepath.Join(t.TempDir(), "admin.sock")}
	registry := prometheus.NewRegistry()
	o := admin.Options{Listen: "127.0.0.1:0", Socket: f.socket, Sources: sources(f.node, events), Gatherer: registry, Registerer: registry}
	if change != nil {
		change(&o)
	}
	f.server, err = admin.New(o)
	if err != nil {
		t.Fatal(err)
	}
	f.server.Start()
	f.url = "http://" + f.server.Addr().String()
	t.Cleanup(func() {
		if err := f.server.Shutdown(context.Background()); err != nil {
			t.Errorf("shutting down: %v", err)
		}
	})
	return f
}

// do sends a request and returns the answer with its body read.
func (f *fixture) do(t *testing.T, r *http.Request) (*http.Response, []byte) {
	t.Helper()
	transport := &http.Transport{DisableKeepAlives: true}
	resp, err := (&http.Client{Transport: transport, Timeout: 20 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	rec := httptest.NewRecorder()
	if _, err := rec.Body.ReadFrom(resp.Body); err != nil {
		t.Fatal(err)
	}
	return resp, rec.Body.Bytes()
}

// unixClient dials the socket whatever the URL says. Its connections are not
// kept.
func (f *fixture) unixClient() *http.Client {
	return &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", f.socket)
		},
	}}
}

// getUnix is get over the socket, with a Host no TCP listener takes.
func (f *fixture) getUnix(t *testing.T, path string) (*http.Response, []byte) {
	t.Helper()
	resp, err := f.unixClient().Get("http://node.example" + path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, body
}

func (f *fixture) request(t *testing.T, method, path string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, f.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (f *fixture) get(t *testing.T, path string) (*http.Response, []byte) {
	t.Helper()
	return f.do(t, f.request(t, http.MethodGet, path))
}

// fault decodes a problem document and checks what every one must have.
func fault(t *testing.T, resp *http.Response, body []byte) api.Fault {
	t.Helper()
	if got := resp.Header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("content type: got %q, want application/problem+json (body %q)", got, body)
	}
	var f api.Fault
	if err := json.Unmarshal(body, &f); err != nil {
		t.Fatalf("decoding %q: %v", body, err)
	}
	if f.Status != resp.StatusCode {
		t.Errorf("status in document: got %d, want %d", f.Status, resp.StatusCode)
	}
	return f
}
