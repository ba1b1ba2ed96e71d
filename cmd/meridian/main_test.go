package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"meridian/admin/api"
	"meridian/internal/leaktest"
	"meridian/node"
)

// programEnv makes the test binary the program itself: the demo runs nodes with
// whatever program it is part of.
const programEnv = "MERIDIAN_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(programEnv) != "" {
		main()
	}
	signals := []goleak.Option{goleak.IgnoreTopFunction("os/signal.signal_recv"), goleak.IgnoreTopFunction("os/signal.loop")}
	goleak.VerifyTestMain(leaktest.Settled(m, signals...), signals...)
}

// lineOf runs one command line.
func lineOf(args ...string) (code int, out, errs string) {
	var o, e strings.Builder
	code = run(args, strings.NewReader(""), &o, &e)
	return code, o.String(), e.String()
}

// fakeNode answers every path with a fixed document.
func fakeNode(t *testing.T, answers map[string]any) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, ok := answers[r.Method+" "+r.URL.EscapedPath()]
		if !ok {
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusNotFound)
			a = api.Fault{Title: "Not Found", Status: 404, Detail: r.URL.Path + ": no such thing", Code: api.NotFound}
		}
		if ready, ok := a.(api.Ready); ok && !ready.Ready {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_ = json.NewEncoder(w).Encode(a)
	}))
	t.Cleanup(s.Close)
	return strings.TrimPrefix(s.URL, "http://")
}

func instant(s string) time.Time {
	t, _ := time.Parse(time.RFC3339, s)
	return t
}

func answers() map[string]any {
	at := instant("2026-01-02T03:04:05Z")
	later, expire := at.Add(40*time.Millisecond), at.Add(30*time.Second)
	return map[string]any{
		"GET /v1/status": api.Status{Node: "a-1", Zone: "gtm.test.", Plan: api.Plan{Serial: 7, Source: "s.yaml", Durable: true}, Problems: []api.Problem{{Severity: "warning", Code: "target_down", Text: "shop/us is down"}}},
		"GET /readyz":    api.Ready{Ready: true},
		"GET /v1/resolve": api.ResolveResult{
			Name: "shop.gtm.test.", Type: "A", Rcode: "NOERROR", Client: "203.0.113.0/24", Scope: 20, Profile: "shop", Reason: "available", TraceText: "step one",
			Answers: []api.Record{{Name: "shop.gtm.test.", Type: "A", TTL: 30, Data: "192.0.2.1"}},
		},
		"GET /v1/health": api.Health{Node: "a-1", Location: "westus2", Prober: api.Prober{State: "abstaining", Reason: "all is silent"}, Targets: []api.TargetHealth{{
			ID: "shop/us", Verdict: "down", Reason: "refused", Check: "TCP :80", LastProbe: &api.Probe{Reason: "refused", TotalMs: 1.25},
			LastChange: &api.Incident{Target: "shop/us", From: "up", To: "down", Reason: "refused", FirstProbe: &at, Verdict: later, FirstChangedAnswer: &later, CachesExpire: &expire},
		}}},
		"POST /v1/health/shop%2Fus/probe":   api.ProbeReport{Target: "shop/us", Text: "the whole story\n", Result: api.Probe{OK: true}},
		"POST /v1/health/shop%2Feu/probe":   api.ProbeReport{Target: "shop/eu", Text: "it failed\n"},
		"POST /v1/health/shop%2Fus/release": api.Released{Target: "shop/us", Outcome: "up", Text: "shop/us is up"},
		"GET /v1/profiles":                  api.Profiles{Profiles: []api.Profile{{Name: "shop", Method: "Priority", TTL: 30, MonitorStatus: "Online", Serving: "available", Why: "fine"}}, Total: 1},
		"GET /v1/profiles/shop":             api.Profile{Name: "shop", FQDN: "shop.gtm.test.", Endpoints: []api.Endpoint{{Name: "us", Target: "192.0.2.1", Tier: "available"}}},
		"GET /v1/locations":                 api.Locations{Locations: []api.Location{{ID: "westus2", Name: "West US 2", Status: "Disabled", DisableGateway: true, Settings: settings("disableGateway", "true", "false")}}},
		"GET /v1/zone":                      api.Zone{Name: "gtm.test.", Lines: []string{"gtm.test. 86400 IN NS ns1.gtm.test."}},
		"POST /v1/zone/check":               api.ZoneCheck{OK: false, Text: []string{"parent delegates to nobody"}, Asked: []api.ZoneProbe{{Server: "192.0.2.1:53", Role: "parent", Transport: "udp", OK: true}}},
		"GET /v1/events":                    api.Events{Events: []api.Event{{Kind: "plan_published", Text: "plan 7 is in service", At: at}}},
	}
}

// TestVerbs: each verb asks a node, shows what it says, and ends with the code
// that says how it went.
func TestVerbs(t *testing.T) {
	node := fakeNode(t, answers())
	for _, tt := range []struct {
		args string
		code int
		out  string
		errs string
	}{
		{"status", exitRefused, "warning: shop/us is down", ""},
		{"status -o json", exitRefused, `"serial": 7`, ""},
		{"status --ready", exitOK, "ready", ""},
		{"status --query plan.serial", exitRefused, "7\n", ""},
		{"resolve shop --client 203.0.113.7 --explain", exitOK, "step one\nshop.gtm.test. A: NOERROR for 203.0.113.0/24, scope /20, by profile shop (available)\nshop.gtm.test. 30 IN A 192.0.2.1\n", ""},
		{"resolve shop -o yaml --query answers[0].data", exitOK, "192.0.2.1\n", ""},
		{"resolve shop --query answers[].ttl", exitOK, "[\n  30\n]\n", ""},
		{"resolve shop --query a[", exitRefused, "", `query "a["`},
		{"resolve shop --client nowhere", exitRefused, "", `client "nowhere": want an IP address or a network`},
		{"resolve shop --resolver x", exitRefused, "", `resolver "x": want an IP address`},
		{"resolve", exitRefused, "", "accepts 1 arg"},
		{"health", exitOK, "observer a-1 in westus2 is abstaining: all is silent", ""},
		{"health", exitOK, "verdict 0.04 s later, first changed answer 0 ms after that, caches empty at 03:04:35.000Z", ""},
		{"health probe shop/us", exitOK, "the whole story\n", ""},
		{"health probe shop/eu", exitRefused, "it failed\n", ""},
		{"health probe nobody", exitRefused, "", "no such thing"},
		{"health release shop/us", exitOK, "shop/us is up\n", ""},
		{"health release shop/us -o json --query outcome", exitOK, "\"up\"\n", ""},
		{"health release nobody", exitRefused, "", "no such thing"},
		{"profile list", exitOK, "shop     Priority  30   Online  available  fine", ""},
		{"profile show shop", exitOK, "us        192.0.2.1", ""},
		{"profile show nobody", exitRefused, "", "no such thing"},
		{"location list", exitOK, "westus2   West US 2  Disabled  disabled   enabled  disabled by token:alice (timed) \"works\" until 2026-01-02 03:34:05Z", ""},
		{"zone delegation", exitOK, "gtm.test. 86400 IN NS ns1.gtm.test.\n", ""},
		{"zone check", exitRefused, "parent delegates to nobody", ""},
		{"events", exitOK, "2026-01-02 03:04:05.000Z  plan_published       plan 7 is in service\n", ""},
		{"status -o xml", exitRefused, "", `output format "xml": want table, json or yaml`},
		{"nonsense", exitRefused, "", `unknown command "nonsense"`},
	} {
		code, out, errs := lineOf(append(strings.Fields(tt.args), "--server", node)...)
		if code != tt.code || !strings.Contains(out, tt.out) || !strings.Contains(errs, tt.errs) || (tt.errs == "") != (errs == "") {
			t.Errorf("%s: got exit %d, out %q, errors %q; want %d, %q, %q", tt.args, code, out, errs, tt.code, tt.out, tt.errs)
		}
	}
}

// TestNobodyToAsk: where no server can be reached the exit code is 4, and the
// servers tried are named.
func TestNobodyToAsk(t *testing.T) {
	const dead = "127.0.0.1:9" // a port that nobody is given
	for _, verb := range []string{"status", "status --ready", "resolve shop", "health", "health release x", "zone check", "events"} {
		code, _, errs := lineOf(append(strings.Fields(verb), "--server", dead)...)
		if code != exitUnknown || !strings.Contains(errs, dead) {
			t.Errorf("%s: got exit %d, %q, want %d and the server", verb, code, errs, exitUnknown)
		}
	}
	t.Setenv("MERIDIAN_SERVERS", dead+","+fakeNode(t, answers()))
	if code, out, errs := lineOf("status", "--ready"); code != exitOK || out != "ready\n" {
		t.Errorf("second of MERIDIAN_SERVERS: got exit %d, %q, %q", code, out, errs)
	}
	notReady := fakeNode(t, map[string]any{"GET /readyz": api.Ready{Reasons: []string{"no plan"}}})
	if code, out, _ := lineOf("status", "--ready", "--server", notReady); code != exitRefused || out != "not ready: no plan\n" {
		t.Errorf("not ready: got exit %d, %q", code, out)
	}
}

func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	name = filepath.Join(dir, name)
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

const good = `name: contoso
zone: gtm.test
nameServers: [{name: ns1.gtm.test, addresses: [127.0.0.1]}, {name: ns.example.net}]
profiles:
  - name: shop
    trafficRoutingMethod: Priority
    endpoints: [{name: a, target: 192.0.2.1, alwaysServe: Enabled}]
`

const nodeFile = `node: {name: a-1, location: West US 2, roles: [dns, probe], dataDir: data}
dns: {listen: ["127.0.0.1:0"]}
resolver: {servers: ["127.0.0.1:9"]}
service: service.yaml
`

// TestCheck: what is wrong is shown with its line and a caret, for every file.
func TestCheck(t *testing.T) {
	dir := t.TempDir()
	service := write(t, dir, "service.yaml", good)
	bad := write(t, dir, "bad.yaml", strings.Replace(good, "method: Priority", "", 1)+"ttl: soon\n")
	node := write(t, dir, "node.yaml", nodeFile)
	anchored := write(t, dir, "anchored.yaml", nodeFile+"probe: {references: [\"127.0.0.1:53\"]}\n")
	broken := write(t, dir, "broken.yaml", strings.Replace(nodeFile, "127.0.0.1:0", "127.0.0.1:port", 1))
	for _, tt := range []struct {
		files []string
		code  int
		out   string
		errs  []string
		not   string
	}{
		{[]string{service}, exitOK, service + ": ok, service contoso: ", nil, "warning"},
		{[]string{node}, exitOK, node + ": ok, ", []string{node + ":1:1: warning: probe.references: none are given"}, ""},
		{[]string{anchored}, exitOK, anchored + ": ok, ", nil, "warning"},
		{[]string{bad, service}, exitRefused, service + ": ok", []string{bad + ":8:1: ttl: unknown key", "    ttl: soon\n    ^\n"}, ""},
		{[]string{broken}, exitRefused, "", []string{broken + ":2:16: dns.listen[0]", "^"}, ""},
		{[]string{filepath.Join(dir, "nowhere.yaml")}, exitRefused, "", []string{"nowhere.yaml: reading file"}, ""},
		{nil, exitRefused, "", []string{"requires at least 1 arg"}, ""},
	} {
		code, out, errs := lineOf(append([]string{"check"}, tt.files...)...)
		if code != tt.code || !strings.Contains(out, tt.out) || tt.not != "" && strings.Contains(errs, tt.not) {
			t.Errorf("check %v: got exit %d, %q, %q", tt.files, code, out, errs)
		}
		for _, want := range tt.errs {
			if !strings.Contains(errs, want) {
				t.Errorf("check %v: got %q, want %q", tt.files, errs, want)
			}
		}
	}
}

func TestVersion(t *testing.T) {
	code, out, _ := lineOf("version")
	if code != exitOK || !strings.HasPrefix(out, "meridian devel (go") || strings.Count(out, "\n") < 2 {
		t.Errorf("got exit %d, %q", code, out)
	}
	if code, out, _ := lineOf("completion", "bash"); code != exitOK || !strings.Contains(out, "meridian") {
		t.Errorf("completion: got exit %d, %d bytes", code, len(out))
	}
}

// supervisor is the other end of sd_notify(3).
type supervisor struct {
	c     *net.UnixConn
	heard chan string
}

func newSupervisor(t *testing.T) *supervisor {
	t.Helper()
	name := filepath.Join(t.TempDir(), "n")
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("NOTIFY_SOCKET", name)
	s := &supervisor{c: c, heard: make(chan string, 64)}
	var done sync.WaitGroup
	done.Go(func() {
		b := make([]byte, 4096)
		for {
			n, err := c.Read(b)
			if err != nil {
				return
			}
			s.heard <- string(b[:n])
		}
	})
	t.Cleanup(func() {
		_ = c.Close()
		done.Wait()
	})
	return s
}

// next returns the first line of what is heard next.
func (s *supervisor) next(t *testing.T) string {
	t.Helper()
	select {
	case m := <-s.heard:
		first, _, _ := strings.Cut(m, "\n")
		return first
	case <-time.After(20 * time.Second):
		t.Fatal("the supervisor heard nothing")
		return ""
	}
}

// lockedBuffer is written by a node and read by a test.
type lockedBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func signalSelf(t *testing.T, s syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(os.Getpid(), s); err != nil {
		t.Fatal(err)
	}
}

// TestServe: SIGHUP reloads and shows the difference, SIGTERM ends; the
// supervisor hears each once, in order.
func TestServe(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "service.yaml", good)
	node := write(t, dir, "node.yaml", nodeFile)
	s := newSupervisor(t)
	var log lockedBuffer
	ended := make(chan error, 1)
	go func() { ended <- serve(context.Background(), node, &log) }()
	var heard []string
	heard = append(heard, s.next(t))

	write(t, dir, "service.yaml", strings.Replace(good, "192.0.2.1", "192.0.2.2", 1))
	signalSelf(t, syscall.SIGHUP)
	heard = append(heard, s.next(t), s.next(t))
	if got := log.String(); !strings.Contains(got, "shop changed (") { // shown by whichever came first, signal or watch
		t.Errorf("difference not shown: %s", got)
	}
	write(t, dir, "service.yaml", good+"ttl: soon\n")
	signalSelf(t, syscall.SIGHUP)
	heard = append(heard, s.next(t), s.next(t))
	if got := log.String(); !strings.Contains(got, "service.yaml:8:1: ttl: unknown key") || !strings.Contains(got, "    ttl: soon\n    ^\n") {
		t.Errorf("problems not shown with a caret: %s", got)
	}
	signalSelf(t, syscall.SIGTERM)
	heard = append(heard, s.next(t))
	if err := <-ended; err != nil {
		t.Errorf("serve: got %v, want nil", err)
	}
	want := []string{"READY=1", "RELOADING=1", "READY=1", "RELOADING=1", "READY=1", "STOPPING=1"}
	if diff := cmp.Diff(want, heard); diff != "" || len(s.heard) > 0 {
		t.Errorf("supervisor (-want +got):\n%s and %d more", diff, len(s.heard))
	}
}

// TestServeLogsJSON: with a log for programs, every line is JSON, whatever a
// reload finds.
func TestServeLogsJSON(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "service.yaml", good)
	node := write(t, dir, "node.yaml", nodeFile+"log: {format: json}\n")
	s := newSupervisor(t)
	var log lockedBuffer
	ended := make(chan error, 1)
	go func() { ended <- serve(context.Background(), node, &log) }()
	s.next(t)
	for _, service := range []string{strings.Replace(good, "192.0.2.1", "192.0.2.2", 1), good + "ttl: soon\n"} {
		write(t, dir, "service.yaml", service)
		signalSelf(t, syscall.SIGHUP)
		s.next(t)
		s.next(t)
	}
	signalSelf(t, syscall.SIGTERM)
	if err := <-ended; err != nil {
		t.Errorf("serve: got %v, want nil", err)
	}
	for line := range strings.Lines(log.String()) {
		if !json.Valid([]byte(line)) {
			t.Errorf("not JSON: %s", line)
		}
	}
	if got := log.String(); !strings.Contains(got, "reload by signal done") || !strings.Contains(got, "reload by signal failed") {
		t.Errorf("reloads not told: %s", got)
	}
}

// hanging is a node whose reloads end when they are let go.
type hanging struct{ begun, letGo chan struct{} }

func (h *hanging) Reload(context.Context) (node.Difference, error) {
	h.begun <- struct{}{}
	<-h.letGo
	return node.Difference{}, nil
}

// TestSignalsDuringReload: while a reload hangs, others are one that follows it,
// and the signal to stop is acted on.
func TestSignalsDuringReload(t *testing.T) {
	newSupervisor(t)
	signals := make(chan os.Signal)
	h := &hanging{begun: make(chan struct{}), letGo: make(chan struct{})}
	shown := 0
	r := &reloads{node: h, show: func(node.Difference, error) { shown++ }}
	stopped := make(chan struct{})
	go func() {
		follow(t.Context(), r, signals, slog.New(slog.DiscardHandler))
		close(stopped)
	}()
	signals <- syscall.SIGHUP
	<-h.begun
	for range 3 {
		signals <- syscall.SIGHUP
	}
	h.letGo <- struct{}{}
	<-h.begun // the one that follows
	signals <- syscall.SIGTERM
	<-stopped
	close(h.letGo)
	r.wait()
	if shown != 2 {
		t.Errorf("reloads: got %d, want 2", shown)
	}
}

// TestServeFails: a node that cannot start says why and is never ready.
func TestServeFails(t *testing.T) {
	dir := t.TempDir()
	s := newSupervisor(t)
	for _, tt := range []struct{ service, node, want string }{
		{good, "", "nowhere.yaml"},
		{"nonsense: 1\n", nodeFile, "service.yaml:1:1: nonsense: unknown key"},
		{good, nodeFile + "more: 1\n", "node.yaml:5:1: more: unknown key"},
	} {
		write(t, dir, "service.yaml", tt.service)
		file := filepath.Join(dir, "nowhere.yaml")
		if tt.node != "" {
			file = write(t, dir, "node.yaml", tt.node)
		}
		code, _, errs := lineOf("serve", "-c", file)
		if code != exitRefused || !strings.Contains(errs, tt.want) {
			t.Errorf("got exit %d, %q, want %q", code, errs, tt.want)
		}
	}
	if len(s.heard) > 0 {
		t.Errorf("the supervisor heard %q", <-s.heard)
	}
}

// stubborn is a node that ends when it is cut short.
type stubborn struct{ begun chan struct{} }

func (s *stubborn) Shutdown(ctx context.Context) error {
	close(s.begun)
	<-ctx.Done()
	return context.Cause(ctx)
}

// TestSecondSignal: a second signal cuts the end short; one to reload does not.
func TestSecondSignal(t *testing.T) {
	signals := make(chan os.Signal, 2)
	n := &stubborn{begun: make(chan struct{})}
	ended := make(chan error, 1)
	start := time.Now()
	go func() { ended <- shutdown(n, signals) }()
	<-n.begun
	signals <- syscall.SIGHUP
	select {
	case err := <-ended:
		t.Fatalf("SIGHUP ended it: %v", err)
	case <-time.After(100 * time.Millisecond):
	}
	signals <- syscall.SIGTERM
	if err := <-ended; err == nil || time.Since(start) > shutdownTime/2 {
		t.Errorf("got %v after %v, want an error at once", err, time.Since(start))
	}
}
