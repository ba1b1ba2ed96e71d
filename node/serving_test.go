package node

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"meridian/admin/api"
	"meridian/configs"
	"meridian/healthprobe"
	"meridian/internal/dnstest"
)

// gatewayNode is a node with a gateway and backends on loopback.
type gatewayNode struct {
	*Node
	*world
	client *http.Client
}

// startServed starts a node that serves a document; lines are more of its node
// file's gateway.
func startServed(t *testing.T, w *world, lines string, edit func(*Options)) *gatewayNode {
	t.Helper()
	text := `
node: {name: a-1, location: West US 2, roles: [dns, gateway, probe, admin], dataDir: data, secretsKeyFile: secrets.key}
dns: {listen: ["127.0.0.1:0"]}
gateway: {listen: [{address: "127.0.0.1:0"}]` + lines + `}
resolver: {servers: ["127.0.0.1:9"]}
admin: {listen: "127.0.0.1:0"}
service: service.yaml
`
	w.write(t, "secrets.key", strings.Repeat("1e", 32)+"\n")
	n := w.start(t, func(o *Options) {
		o.Config = must[*configs.Node](t)(configs.ParseNode(w.path("node.yaml"), []byte(text), func(string) (string, bool) { return "", false }))
		if edit != nil {
			edit(o)
		}
	})
	s := &gatewayNode{Node: n, world: w, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}}}
	t.Cleanup(s.client.CloseIdleConnections)
	return s
}

// allowLoopback lets backends be on this machine.
const allowLoopback = `, backends: {allow: [127.0.0.0/8]}`

// get asks the gateway for a path.
func (s *gatewayNode) get(path string) (status int, body string, header http.Header, err error) {
	r, err := http.NewRequest(http.MethodGet, "http://"+s.GatewayAddrs()[0].String()+path, nil)
	if err != nil {
		return 0, "", nil, err
	}
	resp, err := s.client.Do(r)
	if err != nil {
		return 0, "", nil, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(data), resp.Header, err
}

// want asks for a path and compares.
func (s *gatewayNode) want(t *testing.T, path string, status int, body string) {
	t.Helper()
	got, text, header, err := s.get(path)
	if err != nil || got != status || !strings.Contains(text, body) {
		t.Errorf("%s: got %d %q %v %v, want %d %q", path, got, text, header, err, status, body)
	}
}

// at serves a word at an address of this machine.
func at(t *testing.T, addr, word string, status int) *httptest.Server {
	t.Helper()
	l, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, "%s %s", word, r.URL.Path)
	}))
	_ = s.Listener.Close()
	s.Listener = l
	s.Start()
	t.Cleanup(s.Close)
	return s
}

func portOf(s *httptest.Server) string {
	_, port, _ := net.SplitHostPort(s.Listener.Addr().String())
	return port
}

// seedBackend is a backend as seed 002 writes it: numbers as strings. Its trip
// is long enough for all that a test looks at meanwhile.
func seedBackend(name, url string) string {
	return `
  - {name: ` + name + `, url: "` + url + `/api/test", circuitBreaker: {rules: [{name: r, tripDuration: PT8S, acceptRetryAfter: true,
      failureCondition: {count: "3", interval: PT5M, errorReasons: [Server errors], statusCodeRanges: [{min: "500", max: "599"}]}}]}}`
}

func seedPlan(good, bad *httptest.Server) string {
	return head + `
locations: [{name: West US 2, primary: true}]
backends:` + seedBackend("test1", good.URL) + seedBackend("test2", bad.URL) + `
  - {name: test-pool, type: Pool, pool: {services: [{id: /backends/test1, priority: 1, weight: 50}, {id: test2, priority: 1, weight: 50}]}}
apis:
  - {name: test, path: /suffix, backend: test-pool}
`
}

// TestServing: seed 002's table comes out through a whole node, the admin API
// shows why, operators overrule it.
func TestServing(t *testing.T) {
	t.Parallel()
	good, bad := at(t, "127.0.0.1:0", "good", 200), at(t, "127.0.0.1:0", "bad", 503)
	s := startServed(t, newWorld(t, seedPlan(good, bad)), allowLoopback, nil)
	var table []string
	for range 10 {
		status, _, _, err := s.get("/suffix/foo")
		if err != nil {
			t.Fatal(err)
		}
		table = append(table, fmt.Sprint(status))
	}
	if got := strings.Join(table, " "); got != "200 503 200 503 200 503 200 200 200 200" {
		t.Errorf("got %s", got)
	}
	s.want(t, "/suffix/foo", 200, "good /api/test/foo")
	s.want(t, "/elsewhere", 404, `{"statusCode":404,"message":"Resource not found"}`)
	s.want(t, "/status-0123456789abcdef", 200, "")
	b := must[api.Backend](t)(backendsAPI{s.Node}.Backend(t.Context(), "TEST2"))
	if len(b.Nodes) != 1 || b.Nodes[0].Breaker.State != "open" || b.Nodes[0].Breaker.LastError == nil || b.Rule == "" || len(b.Pools) != 1 {
		t.Errorf("the open breaker is shown as %+v", b)
	}
	if !told(s.Node, "breaker_open", "test2") {
		t.Error("no event tells of the trip")
	}
	e := must[api.RequestResult](t)(requestsAPI{s.Node}.Request(t.Context(), api.RequestQuery{URL: "http://contoso.gtm.test/suffix/foo", Explain: true}))
	if len(e.Forwards) != 1 || e.Forwards[0].Chosen != "test1" || e.API != "test" || e.Forwards[0].URL != good.URL+"/api/test/foo" || len(e.Forwards[0].Members) != 2 {
		t.Errorf("explained as %+v", e)
	}
	wait(t, "the breaker to close", func() bool {
		_, text, _, _ := s.get("/suffix/foo")
		return strings.HasPrefix(text, "bad")
	})
	s.overruled(t)
}

// overruled: what operators say of a backend and its breaker.
func (s *gatewayNode) overruled(t *testing.T) {
	t.Helper()
	say := func(w api.Switch) {
		t.Helper()
		must[api.Change](t)(switching{s.Node}.Switch(t.Context(), []api.Switch{w}, asked()))
	}
	say(api.Switch{Object: "backend/test1", Property: "backendStatus", Text: "Disabled"})
	s.lastMember(t)
	say(api.Switch{Object: "backend/test2", Property: "breaker", Text: "open", For: time.Minute})
	if got := problem(status(t, s.Node), "backends_out"); !strings.Contains(got, "pool test-pool lets no request pass at") || !strings.Contains(got, "test1 is disabled, test2 is forcedOpen") {
		t.Errorf("status says %q of a pool without members", got)
	}
	status, _, header, err := s.get("/suffix/foo")
	if err != nil || status != 503 || header.Get("Meridian-Reason") != "breaker_open" || header.Get("Retry-After") == "" {
		t.Errorf("all off: got %d %v %v", status, header, err)
	}
	say(api.Switch{Object: "backend/test1", Property: "backendStatus", Reset: true})
	for range 3 {
		s.want(t, "/suffix/foo", 200, "good")
	}
	say(api.Switch{Object: "backend/test2", Property: "breaker", Reset: true})
	if _, err := (switching{s.Node}).Switch(t.Context(), []api.Switch{{Object: "backend/none", Property: "breaker", Text: "open", For: time.Minute}}, asked()); err == nil {
		t.Error("a backend that the plan does not have was tripped")
	}
}

// lastMember: the last enabled member of a pool is not taken out of service
// unless that is meant; a dry run says so too, and nothing else is refused.
func (s *gatewayNode) lastMember(t *testing.T) {
	t.Helper()
	last := []api.Switch{{Object: "backend/test2", Property: "backendStatus", Text: "Disabled"}}
	dry, meant := asked(), asked()
	dry.DryRun, meant.Bypass = true, []string{ruleEmptyPool}
	for _, terms := range []api.Terms{asked(), dry} {
		_, err := (switching{s.Node}).Switch(t.Context(), last, terms)
		refused(t, "disabling the last member", err, api.Conflict, "pool test-pool would have no enabled member, of 2")
	}
	must[api.Change](t)(switching{s.Node}.Switch(t.Context(), last, meant))
	again := must[api.Change](t)(switching{s.Node}.Switch(t.Context(), []api.Switch{{Object: "backend/test1", Property: "backendStatus", Text: "Disabled"}}, asked()))
	if !again.Noop {
		t.Errorf("a member that is off already: got %+v, want no change", again)
	}
	must[api.Change](t)(switching{s.Node}.Switch(t.Context(), []api.Switch{{Object: "backend/test2", Property: "backendStatus", Reset: true}}, asked()))
}

// TestGuard: backends on this machine are refused unless the node file allows
// them; its own gateway.backend is let through at its port alone.
func TestGuard(t *testing.T) {
	t.Parallel()
	good, other := at(t, "127.0.0.1:0", "good", 200), at(t, "127.0.0.1:0", "other", 200)
	plan := head + `
backends: [{name: other, url: "` + other.URL + `"}, {name: metadata, url: "http://169.254.169.254"}, {name: same, url: "` + good.URL + `"}]
apis: [{name: other, path: /other, backend: other}, {name: metadata, path: /metadata, backend: metadata}, {name: same, path: /same, backend: same}]
`
	s := startServed(t, newWorld(t, plan), `, backend: "`+good.URL+`"`, nil)
	s.want(t, "/page", 200, "good /page")
	s.want(t, "/same/x", 200, "good /x")
	for _, path := range []string{"/other/x", "/metadata/latest"} {
		status, _, header, err := s.get(path)
		if err != nil || status != 502 || header.Get("Meridian-Reason") != "backend_connect" {
			t.Errorf("%s: got %d %v %v, want 502 backend_connect", path, status, header, err)
		}
	}
	for text, want := range map[string]string{
		"127.0.0.1": "loopback", "::1": "loopback", "::ffff:127.0.0.1": "loopback", "169.254.169.254": "link-local", "fe80::1%eth0": "link-local",
		"fd00:ec2::254": "metadata", "100.100.100.200": "metadata", "0.0.0.0": "no address", "ff02::1": "no address", "64:ff9b::a9fe:a9fe": "link-local",
		"2002:7f00:1::": "loopback", "203.0.113.10": "itself", "10.0.0.5": "", "2001:db8::1": "", "10.9.9.9": "",
	} {
		g := &guard{own: []netip.Addr{netip.MustParseAddr("203.0.113.10")}, allowed: []netip.Prefix{netip.MustParsePrefix("10.9.0.0/16")}}
		if err := g.allows(netip.MustParseAddr(text)); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
}

// TestOwnNames: a backend whose host is a name of our zone fails over behind the
// gateway with the snapshot.
func TestOwnNames(t *testing.T) {
	t.Parallel()
	first := at(t, "127.0.3.1:0", "first", 200)
	second := at(t, "127.0.3.2:"+portOf(first), "second", 200)
	_ = second
	plan := head + `
locations: [{name: West US 2, primary: true}]
profiles:
  - name: shop
    trafficRoutingMethod: Priority
    ttl: 300
    monitorConfig: {protocol: TCP, port: ` + portOf(first) + `, intervalInSeconds: 1, timeoutInSeconds: 1}
    endpoints: [{name: a, target: 127.0.3.1}, {name: b, target: 127.0.3.2}]
backends: [{name: shop, url: "http://shop.gtm.test:` + portOf(first) + `"}]
apis: [{name: shop, path: /, backend: shop}]
`
	s := startServed(t, newWorld(t, plan), allowLoopback, nil) // its resolver is dead
	s.want(t, "/x", 200, "first")
	turn := func(verdict, want string) time.Duration {
		t.Helper()
		start := time.Now()
		must[api.Change](t)(switching{s.Node}.Switch(t.Context(), []api.Switch{{Object: "target/shop/a", Property: "verdict", Text: verdict}}, asked()))
		wait(t, "the "+want, func() bool {
			status, text, _, err := s.get("/x")
			if err != nil || status != 200 {
				t.Fatalf("meanwhile: got %d %q %v", status, text, err)
			}
			return strings.HasPrefix(text, want)
		})
		return time.Since(start)
	}
	promptly(t, "the second", func() time.Duration { return turn("down", "second") }, func() { turn("up", "first") })
	turn("up", "first")
	promptly(t, "the second, after the publish", func() time.Duration { return s.idle(t) }, func() { turn("up", "first") })
}

// promptly is what must take less than a second. A machine that stands still for
// a while makes one try late, and not three: what takes longer by itself fails
// them all.
func promptly(t *testing.T, what string, try func() time.Duration, again func()) {
	t.Helper()
	for n := 1; ; n++ {
		took := try()
		t.Logf("%s after %v", what, took)
		if took < time.Second {
			return
		}
		if n == 3 {
			t.Errorf("%s: took %v, and as long before, want under a second", what, took)
			return
		}
		again()
	}
}

// idle: without any request the backend's address changes with the publish that
// changes the name's, and at no other time. It returns how long after.
func (s *gatewayNode) idle(t *testing.T) time.Duration {
	t.Helper()
	must[api.Change](t)(switching{s.Node}.Switch(t.Context(), []api.Switch{{Object: "target/shop/a", Property: "verdict", Text: "down"}}, asked()))
	var since time.Time
	wait(t, "the second address, without a request", func() bool {
		a := s.apis.Backends(time.Now())[0].Addresses
		if len(a) != 1 || a[0].Addr.Addr().String() != "127.0.3.2" {
			return false
		}
		since = a[0].Since
		return true
	})
	return since.Sub(s.pub.current.Load().at)
}

// TestBackendNames: a backend's address changes and is followed in the
// background, early when the old one refuses; no request fails. A node that
// starts without DNS and without its document serves by what it kept.
func TestBackendNames(t *testing.T) {
	t.Parallel()
	old := at(t, "127.0.4.1:0", "old", 200)
	next := at(t, "127.0.4.2:"+portOf(old), "next", 200)
	var answer atomic.Value
	answer.Store("127.0.4.1")
	fake := newFakeDNS(t, "127.0.0.1:0", true, func(name, rrtype string) dnstest.Answer {
		if rrtype != "A" || !strings.HasPrefix(name, "api.example.net") {
			return dnstest.Answer{}
		}
		return dnstest.Answer{Answer: []string{"api.example.net. 3600 IN A " + answer.Load().(string)}}
	})
	plan := head + `
backends: [{name: api, url: "http://api.example.net:` + portOf(old) + `"}]
apis: [{name: api, path: /, backend: api}]
`
	w := newWorld(t, plan)
	s := startServed(t, w, allowLoopback, func(o *Options) {
		o.Config.Resolver.Servers, o.Config.Gateway.BackendRefresh = []netip.AddrPort{fake.Addr()}, time.Second
	})
	follow := func(word string) {
		t.Helper()
		wait(t, "the address of "+word, func() bool {
			start := time.Now()
			status, text, _, err := s.get("/x")
			if err != nil || status != 200 {
				t.Fatalf("meanwhile: got %d %q %v", status, text, err)
			}
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("a request took %v: it waited for DNS", took)
			}
			return strings.HasPrefix(text, word)
		})
	}
	follow("old")
	answer.Store("127.0.4.2")
	follow("next")
	if got := s.apis.hosts.describe("http://api.example.net"); got.source != "dns" || got.stale {
		t.Errorf("the host is shown as %+v", got)
	}
	stop(t, s.Node)
	fake.Close()
	if err := os.Remove(w.path("service.yaml")); err != nil {
		t.Fatal(err)
	}
	s = startServed(t, w, allowLoopback, nil)
	s.want(t, "/x", 200, "next")
	if got := s.apis.hosts.describe("http://api.example.net"); got.source != "kept" {
		t.Errorf("after a cold start the host is shown as %+v", got)
	}
	_ = next
}

// TestServingChanges: 50 changes of the plan that do not touch an API cost its
// requests and its WebSockets nothing.
func TestServingChanges(t *testing.T) {
	t.Parallel()
	back := httptest.NewServer(http.HandlerFunc(echo))
	t.Cleanup(back.Close)
	plan := func(i int) string {
		return head + fmt.Sprintf(`
profiles: [{name: shop, trafficRoutingMethod: Priority, ttl: %d, endpoints: [{name: a, target: 192.0.2.1, alwaysServe: Enabled}]}]
backends: [{name: echo, url: "%s"}, {name: b%d, url: "http://192.0.2.2"}]
apis: [{name: echo, path: /echo, backend: echo}, {name: other%d, path: /other%d, backend: b%d}]
`, 30+i, back.URL, i, i, i, i)
	}
	w := newWorld(t, plan(0))
	s := startServed(t, w, allowLoopback, nil)
	var tunnels []*tunnel
	for range 5 {
		tunnels = append(tunnels, s.dial(t))
	}
	ctx, cancel := context.WithCancel(t.Context())
	var load sync.WaitGroup
	var requests, failed atomic.Int64
	for range 4 {
		load.Go(func() {
			for ctx.Err() == nil {
				status, text, _, err := s.get("/echo/x")
				requests.Add(1)
				if err != nil || status != 200 || text != "/x" {
					failed.Add(1)
					t.Errorf("got %d %q %v", status, text, err)
				}
			}
		})
	}
	before := s.pub.current.Load().serial
	for i := 1; i <= 50; i++ {
		w.write(t, "service.yaml", plan(i))
		if _, err := s.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	wait(t, "the last plan", func() bool { status, _, _, err := s.get("/other49"); return err == nil && status == 404 })
	for i, x := range tunnels {
		if got := x.say(t, fmt.Sprintf("line %d", i)); got != fmt.Sprintf("line %d", i) {
			t.Errorf("tunnel %d: got %q", i, got)
		}
	}
	cancel()
	load.Wait()
	if after := s.pub.current.Load().serial; requests.Load() < 50 || failed.Load() > 0 || after-before < 40 {
		t.Errorf("got %d requests, %d failed, plans %d to %d", requests.Load(), failed.Load(), before, after)
	}
	t.Logf("%d requests", requests.Load())
}

// echo answers with the path, and lines of a tunnel with the line.
func echo(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Upgrade") == "" {
		_, _ = io.WriteString(w, r.URL.Path)
		return
	}
	c, brw, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer c.Close()
	_, _ = io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
	_, _ = io.Copy(c, brw)
}

// tunnel is a connection that has become one.
type tunnel struct {
	net.Conn
	r *bufio.Reader
}

// dial opens a tunnel through the gateway.
func (s *gatewayNode) dial(t *testing.T) *tunnel {
	t.Helper()
	c, err := net.Dial("tcp", s.GatewayAddrs()[0].String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if err := c.SetDeadline(time.Now().Add(2 * patience)); err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(c, "GET /echo/ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
	out := &tunnel{c, bufio.NewReader(c)}
	resp, err := http.ReadResponse(out.r, nil)
	if err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("upgrade: got %v %v", resp, err)
	}
	return out
}

// say sends a line and returns what comes back.
func (x *tunnel) say(t *testing.T, line string) string {
	t.Helper()
	if _, err := io.WriteString(x, line+"\n"); err != nil {
		t.Fatal(err)
	}
	got, err := x.r.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(got)
}

// TestBackendSecrets: a plan that names a secret which is not there is refused; a
// secret that changes is used from then on.
func TestBackendSecrets(t *testing.T) {
	t.Parallel()
	var key atomic.Value
	back := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { key.Store(r.Header.Get("X-Key")) }))
	t.Cleanup(back.Close)
	plan := func(credentials string) string {
		return head + `
backends: [{name: b, url: "` + back.URL + `"` + credentials + `}]
apis: [{name: b, path: /, backend: b}]
`
	}
	w := newWorld(t, plan(""))
	s := startServed(t, w, allowLoopback, nil)
	secretPlan := plan(`, credentials: {header: {x-key: [{secret: partner}]}}`)
	w.write(t, "service.yaml", secretPlan)
	if _, err := s.Reload(t.Context()); err == nil || !strings.Contains(err.Error(), "partner") {
		t.Errorf("a missing secret: got %v, want the plan refused", err)
	}
	s.want(t, "/x", 200, "")
	for _, value := range []string{"one", "two"} {
		must[api.Change](t)(secretsAPI{s.Node}.SetSecret(t.Context(), "partner", []byte(value), asked()))
		if _, err := s.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
		wait(t, "secret "+value, func() bool {
			s.want(t, "/x", 200, "")
			return key.Load() == value
		})
	}
}

// TestDeepStatus: where the health of a location hangs on a pool, probes ask for
// it, and the status says so after a while without backends.
func TestDeepStatus(t *testing.T) {
	t.Parallel()
	good := at(t, "127.0.0.1:0", "good", 200)
	plan := head + `
locations: [{name: West US 2, primary: true}]
backends:
  - {name: a, url: "` + good.URL + `"}
  - {name: pool, type: Pool, pool: {services: [{id: a}], healthOf: location}}
apis: [{name: a, path: /, backend: pool}]
`
	s := startServed(t, newWorld(t, plan), allowLoopback, nil)
	wait(t, "the gateway's own target", func() bool { return len(s.pub.current.Load().service.Monitors) > 0 })
	targets := must[[]healthprobe.Target](t)(s.pub.current.Load().targets())
	if len(targets) != 1 || targets[0].Check.Path != "/status-0123456789abcdef?deep=1" {
		t.Errorf("probes ask for %+v", targets)
	}
	const deep = "/status-0123456789abcdef?deep=1"
	s.want(t, deep, 200, "")
	meant := asked()
	meant.Bypass = []string{ruleEmptyPool}
	must[api.Change](t)(switching{s.Node}.Switch(t.Context(), []api.Switch{{Object: "backend/a", Property: "backendStatus", Text: "Disabled"}}, meant))
	now := time.Now()
	for i := range 12 { // as time passes
		s.apis.Observe(now.Add(time.Duration(i) * time.Second))
	}
	s.want(t, deep, 503, "too few backends")
	s.want(t, "/status-0123456789abcdef", 200, "")
}
