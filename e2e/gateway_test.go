//go:build linux

package e2e

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/websocket"

	"meridian/internal/dnstest"
)

// origin is a backend: it says its name, and answers as it is told.
type origin struct {
	url    string
	status atomic.Int64
	asked  atomic.Int64
	server *httptest.Server
}

// newOrigin serves at an address, host:port.
func newOrigin(t *testing.T, name, address string) *origin {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	o := &origin{url: "http://" + l.Addr().String()}
	o.status.Store(http.StatusOK)
	mux := http.NewServeMux()
	mux.Handle("/echo", websocket.Handler(echo))
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		o.asked.Add(1)
		w.WriteHeader(int(o.status.Load()))
		fmt.Fprintf(w, "%s %s", name, r.URL)
	})
	o.server = httptest.NewUnstartedServer(mux)
	_ = o.server.Listener.Close()
	o.server.Listener = l
	o.server.Start()
	t.Cleanup(o.server.Close)
	return o
}

// gatewayNode is the node file of a node alone with a gateway at a port of its
// own choice, whose backends may stand on loopback.
func gatewayNode(location, listener, resolver string) string {
	return fmt.Sprintf(`
node: {name: lone, location: %s, dataDir: state, secretsKeyFile: secrets.key}
dns: {listen: ["127.0.0.1:0"]}
gateway: {listen: [{address: %q}], advertise: [127.0.0.1], backends: {allow: [127.0.0.0/8]}}
probe: {references: [%q]}
resolver: {servers: [%q]}
admin: {socket: admin.sock}
service: service.yaml
`, location, listener, nobody, resolver)
}

// apiService is a service document with one location and what is more.
func apiService(location, more string) string {
	return fmt.Sprintf(`
name: contoso
zone: gtm.test
nameServers: [{name: ns1.gtm.test, addresses: [127.0.0.1]}, {name: ns2.gtm.test, addresses: [127.0.0.2]}]
locations: [{name: %s, primary: true}]
`, location) + more
}

// serveGateway starts a node and returns the URL of its gateway.
func serveGateway(t *testing.T, nodeFile, service string, files ...string) (*node, string) {
	t.Helper()
	n := newNode(t, "", nodeFile, service)
	private(t, n.path("secrets.key"), randomHex())
	for i := 0; i < len(files); i += 2 {
		if err := os.MkdirAll(filepath.Dir(n.path(files[i])), 0o755); err != nil {
			t.Fatal(err)
		}
		write(t, n.dir, files[i], files[i+1])
	}
	n.start(t)
	n.ready(t)
	return n, "http://" + n.gatewayAt(t)
}

// gatewayAt returns the address of the node's first gateway listener.
func (n *node) gatewayAt(t *testing.T) string {
	t.Helper()
	for _, l := range n.status(t).Listeners {
		if words := strings.Fields(l); words[0] == "gateway" {
			return words[len(words)-1]
		}
	}
	t.Fatalf("the node lists no gateway listener: %q", n.status(t).Listeners)
	return ""
}

// get returns the status and the body of an answer.
func get(t *testing.T, client *http.Client, url string) (int, string) {
	t.Helper()
	res, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

// TestBreakerSeed has the document of seed 002, imported as it was printed (its
// durations apart), give the table of calls of seed 002; with <retry> around the
// pool nobody sees an error, at 1,000 requests a second.
func TestBreakerSeed(t *testing.T) {
	good, bad := newOrigin(t, "test1", "127.0.0.1:0"), newOrigin(t, "test2", "127.0.0.1:0")
	bad.status.Store(http.StatusServiceUnavailable)
	dir := folder(t)
	printed := read(t, "testdata/gateway/breaker.json")
	for name, o := range map[string]*origin{"test1": good, "test2": bad} {
		text := strings.NewReplacer("<URL1>", o.url, `"test1"`, `"`+name+`"`, "(test1)", "("+name+")", "PT10M", "PT5S").Replace(printed)
		write(t, dir, name+".json", text)
	}
	run(t, "meridian", "import", "azure", dir+"/test1.json", dir+"/test2.json", "--out", dir+"/imported", "--name", "contoso", "--zone", "gtm.test")
	imported := read(t, dir+"/imported/service.yaml")
	service := apiService("West US", imported[strings.Index(imported, "backends:"):]+`
  - {name: pool, type: Pool, pool: {services: [{id: test1}, {id: test2}]}}
apis:
  - {name: suffix, path: /suffix, backend: pool}
  - {name: retried, path: /retried, backend: pool, policies: {file: retry.xml}}
`)
	// A client that is a thousand requests behind may connect long before it asks.
	file := strings.Replace(gatewayNode("West US", "127.0.0.1:0", nobody), "gateway: {", "gateway: {limits: {headerTimeout: 1m}, ", 1)
	_, url := serveGateway(t, file, service, "retry.xml", `<policies><inbound><base /></inbound><backend>
  <retry condition="@(context.Response.StatusCode == 503)" count="1" interval="0" first-fast-retry="true"><forward-request buffer-request-body="true" /></retry>
</backend><outbound><base /></outbound><on-error><base /></on-error></policies>`)
	var got []string
	for range 12 {
		status, body := get(t, http.DefaultClient, url+"/suffix/foo")
		name, path, _ := strings.Cut(body, " ")
		if path != "/api/test/foo" {
			t.Fatalf("backend was asked for %q, want /api/test/foo", path)
		}
		got = append(got, fmt.Sprint(name, "=", status))
	}
	want := "test1=200 test2=503 test1=200 test2=503 test1=200 test2=503" + strings.Repeat(" test1=200", 6)
	if text := strings.Join(got, " "); text != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
	tripped := bad.asked.Load()
	eventually(t, startTime, "test2 being called after the trip", func() (bool, string) {
		status, _ := get(t, http.DefaultClient, url+"/suffix/foo")
		return bad.asked.Load() > tripped && status == http.StatusServiceUnavailable, fmt.Sprint(status)
	})
	h := startPatient(t, url+"/retried/foo", 1000, true, commandTime)
	<-time.After(3 * time.Second)
	h.served(t, "1,000 requests a second over the pool with <retry>", 1)
}

// TestRegionSeed has the policy of seed 001, byte for byte, route at gateways of
// three regions, whatever the spelling of the location in the plan.
func TestRegionSeed(t *testing.T) {
	needRoot(t) // the policy says port 80
	hosts := map[string]string{"contoso-backend-us.com.": "127.0.9.71", "contoso-backend-asia.com.": "127.0.9.72", "contoso-backend-other.com.": "127.0.9.73"}
	for host, address := range hosts {
		newOrigin(t, strings.TrimSuffix(host, ".com."), address+":80")
	}
	names := newNames(t, func(name string) []string { return []string{hosts[name]} })
	service := func(location string) string {
		return apiService(location, `
apis: [{name: test, path: /api, serviceUrl: "http://contoso-backend-other.com/", policies: {file: region.xml}}]
`)
	}
	for _, c := range []struct{ location, want string }{
		{"West US", "contoso-backend-us /x"},
		{"westus", "contoso-backend-us /x"},
		{"East Asia", "contoso-backend-asia /x"},
		{"Japan East", "contoso-backend-other /x"},
	} {
		t.Run(c.location, func(t *testing.T) {
			_, url := serveGateway(t, gatewayNode(c.location, "127.0.0.1:0", names), service(c.location), "region.xml", read(t, "testdata/gateway/region.xml"))
			if status, body := get(t, http.DefaultClient, url+"/api/x"); status != http.StatusOK || body != c.want {
				t.Errorf("got %d %q, want 200 %q", status, body, c.want)
			}
		})
	}
}

// newNames serves the IPv4 addresses of names and returns where.
func newNames(t *testing.T, addresses func(name string) []string) string {
	t.Helper()
	s, err := dnstest.NewServer("127.0.0.1:0", false, func(name, rrtype string) dnstest.Answer {
		var a dnstest.Answer
		for _, address := range addresses(name) {
			if rrtype == "A" && address != "" {
				a.Answer = append(a.Answer, name+" 5 IN A "+address)
			}
		}
		return a
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s.Addr().String()
}

// TestBackendMoves gives a backend a new address: with its next look-up (every
// second here, two minutes in a plan that says nothing) while the old one still
// answers, and early when the old one is gone. No request fails on the way.
func TestBackendMoves(t *testing.T) {
	t.Run("refreshed", func(t *testing.T) { backendMoves(t, "refresh: 1s, ", 15*time.Second, false) })
	t.Run("one of two refuses", func(t *testing.T) { backendMoves(t, "", 15*time.Second, true, "127.0.9.76") })
	t.Run("the only one refuses", func(t *testing.T) { backendMoves(t, "", 15*time.Second, true) })
}

func backendMoves(t *testing.T, refresh string, within time.Duration, gone bool, others ...string) {
	t.Helper()
	var current atomic.Pointer[string]
	old, next := "127.0.9.74", "127.0.9.75"
	current.Store(&old)
	port := "18474"
	first := newOrigin(t, "old", old+":"+port)
	newOrigin(t, "new", next+":"+port)
	for _, other := range others {
		newOrigin(t, "old", other+":"+port)
	}
	names := newNames(t, func(string) []string { return append([]string{*current.Load()}, others...) })
	node := strings.Replace(gatewayNode("West US", "127.0.0.1:0", names), "backends: {", "backends: {"+refresh, 1)
	_, url := serveGateway(t, node, apiService("West US", `
backends: [{name: b, url: "http://backend.example.net:`+port+`"}]
apis: [{name: b, path: /, backend: b}]
`))
	if status, body := get(t, http.DefaultClient, url+"/x"); status != http.StatusOK || body != "old /x" {
		t.Fatalf("got %d %q, want the old address", status, body)
	}
	current.Store(&next)
	if gone {
		first.server.CloseClientConnections()
		first.server.Close()
	}
	eventually(t, within, "the new address", func() (bool, string) {
		status, body := get(t, http.DefaultClient, url+"/x")
		if status != http.StatusOK {
			t.Errorf("a request on the way got %d %q", status, body)
		}
		return body == "new /x", fmt.Sprint(status, body)
	})
}

// TestBackendMovesQuietly moves a backend whose old address goes on answering
// (faults.md E5): after the window of confirmations nobody is sent there, and no
// request fails on the way. Names are looked up every second, not every two
// minutes.
func TestBackendMovesQuietly(t *testing.T) {
	t.Parallel()
	var current atomic.Pointer[string]
	old, next := "127.0.9.94", "127.0.9.95"
	current.Store(&old)
	const port = "18494"
	first := newOrigin(t, "old", old+":"+port)
	second := newOrigin(t, "new", next+":"+port)
	names := newNames(t, func(string) []string { return []string{*current.Load()} })
	file := strings.Replace(gatewayNode("West US", "127.0.0.1:0", names), "allow: [127.0.0.0/8]", "allow: [127.0.0.0/8], refresh: 1s", 1)
	_, url := serveGateway(t, file, apiService("West US", `
backends: [{name: b, url: "http://backend.example.net:`+port+`"}]
apis: [{name: b, path: /, backend: b}]
`))
	h := startHonest(t, url+"/x", 50, true)
	eventually(t, startTime, "requests at the old address", func() (bool, string) { return first.asked.Load() > 10, "" })
	current.Store(&next)
	quiet, since := first.asked.Load(), second.asked.Load()
	eventually(t, 2*startTime, "50 requests at the new address and none at the old one", func() (bool, string) {
		if n := first.asked.Load(); n != quiet {
			quiet, since = n, second.asked.Load()
		}
		return second.asked.Load() >= since+50, fmt.Sprint(quiet, since)
	})
	always(t, 2*time.Second, "the old address being left alone", func() (bool, string) { return first.asked.Load() == quiet, fmt.Sprint(first.asked.Load()) })
	h.served(t, "while the backend moves", 1)
}

// TestSocketsSurvivePlans keeps 500 WebSockets open while 50 plans come that
// change something else, and asks each of them again at the end.
func TestSocketsSurvivePlans(t *testing.T) {
	o := newOrigin(t, "o", "127.0.0.1:0")
	plan := func(i int) string {
		return apiService("West US", fmt.Sprintf(`
backends: [{name: b, url: %q}, {name: other, url: "http://127.0.0.1:%d"}]
apis: [{name: b, path: /, backend: b}, {name: other, path: /other, backend: other}]
`, o.url, 20000+i))
	}
	n, url := serveGateway(t, gatewayNode("West US", "127.0.0.1:0", nobody), plan(0))
	var sockets []*websocket.Conn
	for range 500 {
		ws, err := websocket.Dial("ws"+strings.TrimPrefix(url, "http")+"/echo", "", "http://o.test/")
		if err != nil {
			t.Fatal(err)
		}
		defer ws.Close()
		sockets = append(sockets, ws)
	}
	serial := n.status(t).Plan.Serial
	for i := 1; i <= 50; i++ {
		write(t, n.dir, "service.yaml", plan(i))
		eventually(t, startTime, "plan", func() (bool, string) {
			now := n.status(t).Plan.Serial
			return now >= serial+1, fmt.Sprint(now)
		})
		serial = n.status(t).Plan.Serial
	}
	lost := 0
	for _, ws := range sockets {
		_ = ws.SetDeadline(time.Now().Add(10 * time.Second)) // it is a TCP connection
		reply := make([]byte, 8)
		if _, err := ws.Write([]byte("still?")); err != nil {
			lost++
		} else if k, err := ws.Read(reply); err != nil || string(reply[:k]) != "still?" {
			lost++
		}
	}
	if lost > 0 {
		t.Errorf("%d of 500 WebSockets were lost over 50 plans that do not touch them", lost)
	}
}

// TestColdStart starts a node that has nothing but its data directory: it serves
// the plan and the backend addresses that it had.
func TestColdStart(t *testing.T) {
	newOrigin(t, "b", "127.0.9.76:18476")
	answers := newNames(t, func(string) []string { return []string{"127.0.9.76"} })
	nodeFile := gatewayNode("West US", "127.0.0.1:0", answers)
	n, url := serveGateway(t, nodeFile, apiService("West US", `
backends: [{name: b, url: "http://backend.example.net:18476"}]
apis: [{name: b, path: /, backend: b}]
`))
	if status, body := get(t, http.DefaultClient, url+"/x"); status != http.StatusOK {
		t.Fatalf("got %d %q", status, body)
	}
	if err := n.stop(t, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(n.path("service.yaml")); err != nil {
		t.Fatal(err)
	}
	write(t, n.dir, "node.yaml", strings.Replace(nodeFile, answers, nobody, 1))
	n.start(t)
	n.ready(t)
	if status, body := get(t, http.DefaultClient, "http://"+n.gatewayAt(t)+"/x"); status != http.StatusOK || body != "b /x" {
		t.Errorf("got %d %q, want the backend's answer", status, body)
	}
}

// TestHTTP2Load has a foreign HTTP/2 client, h2load, send 20,000 requests over
// cleartext HTTP/2.
func TestHTTP2Load(t *testing.T) {
	need(t, "h2load")
	o := newOrigin(t, "o", "127.0.0.1:0")
	_, url := serveGateway(t, gatewayNode("West US", "127.0.0.1:0", nobody), apiService("West US", fmt.Sprintf(`
backends: [{name: b, url: %q}]
apis: [{name: b, path: /, backend: b}]
`, o.url)))
	out := run(t, "h2load", "-n", "20000", "-c", "20", "-m", "32", url+"/x")
	if !strings.Contains(out, "20000 succeeded, 0 failed, 0 errored, 0 timeout") || !strings.Contains(out, "status codes: 20000 2xx") {
		t.Errorf("got\n%s\nwant 20000 answers with status 200", out)
	}
}
