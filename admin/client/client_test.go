package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"meridian/admin/api"
	"meridian/admin/client"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func dial(t *testing.T, servers ...string) *client.Client {
	t.Helper()
	c, err := client.New(client.Options{Servers: servers})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func serve(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

// closedPort is where nobody listens. A port that was free a moment ago may be
// another test's by now; this one nobody is given.
const closedPort = "127.0.0.1:9"

func TestServers(t *testing.T) {
	for _, bad := range []string{"", "unix://relative", "unix:relative", "ftp://x", "http://", "https://", "http://user@x", "http://x?y=1", "http://x y"} {
		if _, err := client.New(client.Options{Servers: []string{bad}}); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%q", bad)) {
			t.Errorf("server %q: got %v, want an error that quotes it", bad, err)
		}
	}
	for _, o := range []client.Options{{}, {Servers: make([]string, 65)}, {Servers: []string{"x:1"}, Connect: -1}, {Servers: []string{"x:1"}, Timeout: -1}} {
		if _, err := client.New(o); err == nil {
			t.Errorf("%+v: got no error", o)
		}
	}
}

// TestRequests: each call makes the request the API documents.
func TestRequests(t *testing.T) {
	var got string
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got = r.Method + " " + r.URL.RequestURI()
		_, _ = io.WriteString(w, `{}`)
	})
	c := dial(t, s.Listener.Addr().String())
	first := func(_ any, err error) error { return err }
	tests := []struct {
		call func(context.Context) error
		want string
	}{
		{func(ctx context.Context) error { return first(c.Status(ctx)) }, "GET /v1/status"},
		{func(ctx context.Context) error { return first(c.Ready(ctx)) }, "GET /readyz"},
		{func(ctx context.Context) error { return first(c.Resolve(ctx, api.ResolveRequest{Name: "contoso"})) }, "GET /v1/resolve?name=contoso"},
		{func(ctx context.Context) error {
			return first(c.Resolve(ctx, api.ResolveRequest{Name: "*.a&b", Type: "AAAA", Explain: true, Client: netip.MustParsePrefix("2001:db8::7/56"), Resolver: netip.MustParseAddr("192.0.2.1")}))
		}, "GET /v1/resolve?client=2001%3Adb8%3A%3A7%2F56&explain=true&name=%2A.a%26b&resolver=192.0.2.1&type=AAAA"},
		{func(ctx context.Context) error { return first(c.Health(ctx, client.HealthFilter{})) }, "GET /v1/health"},
		{func(ctx context.Context) error {
			return first(c.Health(ctx, client.HealthFilter{Profile: "shop", Location: "westus2", Verdict: "down", Limit: 5}))
		}, "GET /v1/health?limit=5&location=westus2&profile=shop&verdict=down"},
		{func(ctx context.Context) error { return first(c.Backends(ctx)) }, "GET /v1/backends"},
		{func(ctx context.Context) error { return first(c.Backend(ctx, "test1")) }, "GET /v1/backends/test1"},
		{func(ctx context.Context) error { return first(c.Breakers(ctx)) }, "GET /v1/breakers"},
		{func(ctx context.Context) error { return first(c.Request(ctx, api.RequestQuery{URL: "http://h/"})) }, "POST /v1/request"},
		{func(ctx context.Context) error { return first(c.Probe(ctx, "shop/us")) }, "POST /v1/health/shop%2Fus/probe"},
		{func(ctx context.Context) error { return first(c.Release(ctx, "shop/us")) }, "POST /v1/health/shop%2Fus/release"},
		{func(ctx context.Context) error { return first(c.Profiles(ctx, 3)) }, "GET /v1/profiles?limit=3"},
		{func(ctx context.Context) error { return first(c.Profile(ctx, "../x")) }, "GET /v1/profiles/..%2Fx"},
		{func(ctx context.Context) error { return first(c.Locations(ctx)) }, "GET /v1/locations"},
		{func(ctx context.Context) error { return first(c.Geo(ctx, netip.MustParseAddr("::1"))) }, "GET /v1/geo?address=%3A%3A1"},
		{func(ctx context.Context) error { return first(c.Zone(ctx)) }, "GET /v1/zone"},
		{func(ctx context.Context) error { return first(c.Events(ctx, "r1-7", 9)) }, "GET /v1/events?after=r1-7&limit=9"},
		{func(ctx context.Context) error { return first(c.Metrics(ctx)) }, "GET /metrics"},
		{func(ctx context.Context) error { return first(c.Location(ctx, "West US 2")) }, "GET /v1/locations/West%20US%202"},
		{func(ctx context.Context) error { return first(c.ReadFreeze(ctx)) }, "GET /v1/freeze"},
		{func(ctx context.Context) error { return first(c.Changes(ctx, 5)) }, "GET /v1/changes?limit=5"},
		{func(ctx context.Context) error {
			return first(c.Change(ctx, "c1", api.Terms{Wait: "all", Timeout: 3 * time.Second}))
		}, "GET /v1/changes/c1?timeout=3s&wait=all"},
		{func(ctx context.Context) error { return first(c.Matrix(ctx, "target_down", 2)) }, "GET /v1/health/matrix?conclusion=target_down&limit=2"},
		{func(ctx context.Context) error { return first(c.Plan(ctx)) }, "GET /v1/plan"},
		{func(ctx context.Context) error { return first(c.PlanDocument(ctx, "41")) }, "GET /v1/plan/document?version=41"},
		{func(ctx context.Context) error { return first(c.PlanHistory(ctx, 0)) }, "GET /v1/plan/history"},
		{func(ctx context.Context) error { return first(c.PlanDiff(ctx, "40", "")) }, "GET /v1/plan/diff?from=40"},
		{func(ctx context.Context) error { return first(c.Nodes(ctx)) }, "GET /v1/nodes"},
		{func(ctx context.Context) error { return first(c.Cluster(ctx)) }, "GET /v1/cluster"},
		{func(ctx context.Context) error { return first(c.Secrets(ctx)) }, "GET /v1/secrets"},
		{func(ctx context.Context) error { return first(c.Tokens(ctx)) }, "GET /v1/tokens"},
		{func(ctx context.Context) error { return first(c.Drills(ctx, 1)) }, "GET /v1/drills?limit=1"},
		{func(ctx context.Context) error { return first(c.Drill(ctx, "d1")) }, "GET /v1/drills/d1"},
		{func(ctx context.Context) error { return first(c.DrillReport(ctx, "d1", "html")) }, "GET /v1/drills/d1/report?format=html"},
	}
	for _, tt := range tests {
		if err := tt.call(t.Context()); err != nil || got != tt.want {
			t.Errorf("got %q, %v, want %q", got, err, tt.want)
		}
	}
}

// TestMovesOn: servers that cannot be connected to are passed over, and the one
// that could is asked first from then on.
func TestMovesOn(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"node":"b"}`) })
	gone := "unix://" + filepath.Join(t.TempDir(), "gone.sock")
	c := dial(t, gone, closedPort, s.URL)
	for range 2 {
		if got, err := c.Status(t.Context()); err != nil || got.Node != "b" {
			t.Errorf("got %q, %v, want node b", got.Node, err)
		}
	}
	s.Close()
	_, err := c.Status(t.Context())
	var none *client.ConnectError
	if !errors.As(err, &none) || len(none.Servers) != 3 || none.Servers[0] != s.URL || !strings.Contains(err.Error(), gone) {
		t.Errorf("got %v, want a *ConnectError that names all three, the last good one first", err)
	}
}

// TestConnectTimeout: a connection that does not stand in time counts as none.
func TestConnectTimeout(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"node":"b"}`) })
	c, err := client.New(client.Options{Servers: []string{s.URL}, Connect: time.Nanosecond})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, err = c.Status(t.Context())
	var none *client.ConnectError
	var late net.Error
	if !errors.As(err, &none) || !errors.As(none.Errs[0], &late) || !late.Timeout() {
		t.Errorf("got %v, want a *ConnectError with timeouts", err)
	}
}

// TestNoSecondRequest: once something was sent, nobody else is asked.
func TestNoSecondRequest(t *testing.T) {
	var asked atomic.Int32
	breaks := serve(t, func(http.ResponseWriter, *http.Request) { asked.Add(1); panic(http.ErrAbortHandler) })
	other := serve(t, func(w http.ResponseWriter, _ *http.Request) { asked.Add(1); _, _ = io.WriteString(w, `{}`) })
	_, err := dial(t, breaks.URL, other.URL).Probe(t.Context(), "shop/us")
	if err == nil || asked.Load() != 1 {
		t.Errorf("got %v after %d requests, want an error after 1", err, asked.Load())
	}
}

func TestFaults(t *testing.T) {
	tests := []struct {
		name, contentType, body string
		status                  int
		kind                    api.Kind
		text                    string
	}{
		{"problem", "application/problem+json", `{"status":404,"code":"not_found","detail":"profile \"x\": there are shop, web"}`, 404, api.NotFound, `profile "x": there are shop, web`},
		{"findings", "application/problem+json", `{"status":422,"code":"invalid","detail":"validation failed","errors":[{"location":"query.limit","message":"want at least 1","value":0},{"message":"two"}]}`, 422, api.Invalid, `validation failed: query.limit: want at least 1 (got "0"); two`},
		{"broken problem", "application/problem+json", `{`, 500, api.Unknown, "broken problem document"},
		{"proxy page", "text/html", `<h1>Bad gateway</h1>`, 502, api.Unknown, "text/html"},
		{"redirect", "", "", 302, api.Unknown, "302 Found"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", tt.contentType)
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(tt.status)
				_, _ = io.WriteString(w, tt.body)
			})
			_, err := dial(t, s.URL).Profile(t.Context(), "x")
			var f *api.Fault
			if !errors.As(err, &f) || f.Status != tt.status || client.KindOf(err) != tt.kind || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("got %v of kind %q, want status %d, kind %q, text %q", err, client.KindOf(err), tt.status, tt.kind, tt.text)
			}
		})
	}
	if got := client.KindOf(io.EOF); got != "" {
		t.Errorf("kind of another error: got %q, want none", got)
	}
}

func TestNotReadyIsNoError(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, `{"ready":false,"reasons":["no plan"]}`)
	})
	got, err := dial(t, s.URL).Ready(t.Context())
	if diff := cmp.Diff(api.Ready{Reasons: []string{"no plan"}}, got); diff != "" || err != nil {
		t.Errorf("got error %v and (-want +got):\n%s", err, diff)
	}
}

func TestTimeout(t *testing.T) {
	s := serve(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	c, err := client.New(client.Options{Servers: []string{s.URL}, Timeout: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Status(t.Context()); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want a deadline", err)
	}
}

func TestStream(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintf(w, "retry: 2000\n\n: alive\n\nid: r1-1\nevent: a\ndata: {\"id\":\"r1-1\",\"kind\":\"a\",\"text\":%q}\n\ndata: {\"kind\":\"b\"}\n\n", r.Header.Get("Last-Event-ID")+r.Header.Get("Accept"))
	})
	var got []string
	err := dial(t, s.URL).Stream(t.Context(), "r1-0", func(e api.Event) error {
		got = append(got, e.Kind+e.Text)
		return nil
	})
	if diff := cmp.Diff([]string{"ar1-0text/event-stream", "b"}, got); diff != "" || !errors.Is(err, io.EOF) {
		t.Errorf("got error %v and (-want +got):\n%s", err, diff)
	}
	stop := errors.New("enough")
	if err := dial(t, s.URL).Stream(t.Context(), "", func(api.Event) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("got %v, want the handler's error", err)
	}
}
