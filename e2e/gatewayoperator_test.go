//go:build linux

package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"meridian/admin/api"
)

// regional is a cluster of three regions, each with a backend of its own that
// says its name.
type regional struct {
	*cluster
	origins map[string]*origin // by name: us, eu, jp
}

// shopPolicy sends what comes by POST to one backend.
const shopPolicy = `<policies>
  <inbound>
    <base />
    <choose>
      <when condition="@(context.Request.Method == "POST")">
        <set-backend-service backend-id="eu" />
      </when>
    </choose>
  </inbound>
  <backend><base /></backend>
  <outbound><base /></outbound>
  <on-error><base /></on-error>
</policies>
`

// startRegional is one line of configuration, prefer: region, and no policy
// for the API near; the API shop has one.
func startRegional(t *testing.T) *regional {
	t.Helper()
	out := &regional{origins: map[string]*origin{}}
	extra := "backends:\n"
	for i, name := range []string{"us", "eu", "jp"} {
		o := newOrigin(t, name, "127.0.0.1:0")
		out.origins[name] = o
		extra += fmt.Sprintf(`  - name: %s
    url: %s
    azureRegion: %s
    circuitBreaker: {rules: [{name: r, failureCondition: {count: 3, interval: PT1M, statusCodeRanges: [{min: 500, max: 599}]}, tripDuration: PT10M}]}
`, name, o.url, places()[i])
	}
	out.cluster = newCluster(t, clusterOptions{ttl: 1, extra: extra + `  - {name: nearest, type: Pool, pool: {services: [{id: us}, {id: eu}, {id: jp}], prefer: region}}
apis:
  - {name: near, path: /near, backend: nearest}
  - name: shop
    path: /shop
    backend: nearest
    policies: {file: shop.xml}
    operations: [{name: get, method: GET, urlTemplate: "/items/{id}"}, {name: add, method: POST, urlTemplate: /items}]
`})
	for _, r := range out.regions {
		file := strings.Replace(read(t, r.path("node.yaml")), "gateway: {", "gateway: {backends: {allow: [127.0.0.0/8]}, accessLog: {file: access.log}, ", 1)
		write(t, r.dir, "node.yaml", file, "shop.xml", shopPolicy)
		r.start(t)
	}
	for _, r := range out.regions {
		r.ready(t)
	}
	out.settled(t, out.regions...)
	return out
}

// gateway is the URL of a path at the region's gateway.
func (r *region) gateway(path string) string {
	return "http://" + netip.AddrPortFrom(r.address, httpPort).String() + path
}

// gets asks the region's gateway and returns who answered.
func (r *region) gets(t *testing.T, path string) string {
	t.Helper()
	status, body := get(t, http.DefaultClient, r.gateway(path))
	who, _, _ := strings.Cut(body, " ")
	if status != http.StatusOK {
		t.Fatalf("%s: GET %s: got %d %q, want 200", r.name, path, status, body)
	}
	return who
}

// askedFor is which backends a region asks in some requests, by name.
func (r *region) askedFor(t *testing.T, path string, requests int) string {
	t.Helper()
	seen := map[string]bool{}
	var out []string
	for range requests {
		if who := r.gets(t, path); !seen[who] {
			seen[who] = true
			out = append(out, who)
		}
	}
	return strings.Join(out, " ")
}

// TestGatewayOperator does to the backends of three gateways what operators do,
// each time at another node than the one it is meant for.
func TestGatewayOperator(t *testing.T) {
	t.Parallel()
	c := startRegional(t)
	t.Run("local", c.local)
	t.Run("names", c.wrongNames)
	t.Run("explain", c.explained)
	t.Run("disable", c.disabled)
	t.Run("trip", c.tripped)
	t.Run("location off", c.locationOff)
	t.Run("loss", c.loss)
	t.Run("access log", c.accessLog)
}

func (c *regional) local(t *testing.T) {
	for i, want := range []string{"us", "eu", "jp"} {
		if got := c.regions[i].askedFor(t, "/near/x", 5); got != want {
			t.Errorf("%s: got answers of %s, want its own backend %s", c.regions[i].name, got, want)
		}
	}
}

// wrongNames are refused, and the refusal names what was not found.
func (c *regional) wrongNames(t *testing.T) {
	at := c.regions[1].server()
	for _, verb := range []string{"show", "disable", "enable"} {
		exitsWith(t, 1, `backend "atlantis": no such backend in the plan`, at, "backend", verb, "atlantis")
	}
	exitsWith(t, 1, `backend "atlantis": no such backend in the plan`, at, "breaker", "trip", "atlantis", "--for", "1m", "--reason", "test")
	exitsWith(t, 1, `backend "atlantis": no such backend in the plan`, at, "breaker", "reset", "atlantis")
	exitsWith(t, 1, `"nearest" is a pool: its members are us, eu, jp`, at, "backend", "disable", "nearest", "--reason", "a pool")
	exitsWith(t, 1, `"nearest" is a pool: its members are us, eu, jp`, at, "backend", "show", "nearest")
	exitsWith(t, 1, "--reason", at, "breaker", "trip", "us", "--for", "1m")
	exitsWith(t, 1, `required flag(s) "for" not set`, at, "breaker", "trip", "us", "--reason", "test")
	exitsWith(t, 1, "soon", at, "breaker", "trip", "us", "--for", "soon", "--reason", "test")
	exitsWith(t, 1, "atlantis", at, "request", "http://contoso.gtm.test/near/x", "--location", "atlantis")
	exitsWith(t, 1, "nowhere", at, "request", "http://contoso.gtm.test/near/x", "--client", "nowhere")
	exitsWith(t, 4, "no server could be connected to", "127.0.0.1:1", "backend", "list")
}

// explained is what a command at one node says of another one's gateway, and
// what a real request there then does.
func (c *regional) explained(t *testing.T) {
	for _, q := range []struct {
		at, location int
		method, path string
		want         []string
	}{
		{0, 2, "GET", "/shop/items/7", []string{"api shop /shop, operation get", "id=7", "choose", "shop.xml:4:5", "taken to answer 200, nothing is sent", "chosen jp", "standby"}},
		{2, 1, "POST", "/shop/items", []string{"api shop /shop, operation add", "set-backend-service", "shop.xml:6:9", "backend eu", "chosen eu"}},
		{1, 0, "GET", "/near/x?y=1", []string{"api near /near", "policies: forward, nothing else", "pool nearest", "chosen us"}},
		{1, 0, "DELETE", "/shop/items", []string{"api shop", "404"}},
	} {
		to := c.regions[q.location]
		out := exitsWith(t, 0, "at "+to.id+", says "+to.name, c.regions[q.at].server(), "request", "http://contoso.gtm.test"+q.path,
			"--method", q.method, "--client", "203.0.113.7", "--location", to.id, "--explain")
		for _, want := range q.want {
			if !strings.Contains(out, want) {
				t.Errorf("%s %s at %s: got\n%s\nwant %q", q.method, q.path, to.name, out, want)
			}
		}
		c.asExplained(t, to, q.method, q.path)
	}
}

// asExplained compares a real request with what is said of it.
func (c *regional) asExplained(t *testing.T, to *region, method, path string) {
	t.Helper()
	said := api.RequestResult{}
	text := run(t, "meridian", "--server", c.regions[0].server(), "request", "http://contoso.gtm.test"+path, "--method", method, "--location", to.id, "-o", "json")
	if err := json.Unmarshal([]byte(text), &said); err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, to.gateway(path), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = "contoso.gtm.test"
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if said.Status != 0 {
		if res.StatusCode != said.Status || res.Header.Get("Meridian-Reason") != said.Reason {
			t.Errorf("%s %s: got %d %q %s, said %d %q", method, path, res.StatusCode, res.Header.Get("Meridian-Reason"), body, said.Status, said.Reason)
		}
		return
	}
	f := said.Forwards[len(said.Forwards)-1]
	who, url, _ := strings.Cut(string(body), " ")
	if who != f.Chosen || !strings.HasSuffix(f.URL, url) || "http://"+f.Address != c.origins[who].url {
		t.Errorf("%s %s: answered by %s for %s, said %s, %s, %s", method, path, who, url, f.Chosen, f.URL, f.Address)
	}
}

func (c *regional) disabled(t *testing.T) {
	exitsWith(t, 0, "accepted by n3", c.regions[2].server(), "backend", "disable", "us", "--for", "30m", "--reason", "disk swap", "--wait", "all")
	if got := c.regions[0].askedFor(t, "/near/x", 5); strings.Contains(got, "us") {
		t.Errorf("n1 asked %s, and us is disabled", got)
	}
	at := c.regions[1].server()
	exitsWith(t, 0, "Disabled", at, "backend", "list")
	exitsWith(t, 0, "disk swap", at, "backend", "show", "us")
	exitsWith(t, 0, "disabled", at, "request", "http://contoso.gtm.test/near/x", "--location", c.regions[0].id, "--explain")
	exitsWith(t, 0, "accepted by n2", at, "backend", "enable", "US", "--wait", "all")
	exitsWith(t, 0, "nothing had to change", at, "backend", "enable", "us")
	if got := c.regions[0].gets(t, "/near/x"); got != "us" {
		t.Errorf("got an answer of %s, want us: it is enabled again", got)
	}
}

func (c *regional) tripped(t *testing.T) {
	exitsWith(t, 0, "accepted by n3", c.regions[2].server(), "breaker", "trip", "us", "--for", "10m", "--reason", "corrupts orders", "--wait", "all")
	if got := c.regions[0].askedFor(t, "/near/x", 5); strings.Contains(got, "us") {
		t.Errorf("n1 asked %s, and the breaker of us is tripped", got)
	}
	eventually(t, 10*time.Second, "the breakers of all gateways, told to n2", func() (bool, string) {
		shown := exitsWith(t, 0, "corrupts orders", c.regions[1].server(), "breaker", "list")
		return strings.Count(shown, "forcedOpen") == 3, shown
	})
	eventually(t, 10*time.Second, "three gateways shown with state and cause", func() (bool, string) { // who does not answer within a second is shown as before
		shown := exitsWith(t, 0, "corrupts orders", c.regions[1].server(), "backend", "show", "us")
		return strings.Count(shown, "forcedOpen (corrupts orders)") == 3, shown
	})
	exitsWith(t, 0, "forcedOpen", c.regions[0].server(), "backend", "list")
	exitsWith(t, 0, "accepted by n2", c.regions[1].server(), "breaker", "reset", "us", "--for", "1s", "--reason", "fixed", "--wait", "all")
	if got := c.regions[0].gets(t, "/near/x"); got != "us" {
		t.Errorf("got an answer of %s, want us: its breaker is reset", got)
	}
	eventually(t, 10*time.Second, "the end of the order", func() (bool, string) {
		shown := run(t, "meridian", "--server", c.regions[2].server(), "backend", "show", "us")
		return !strings.Contains(shown, "forced"), shown
	})
}

// locationOff switches a location off and on under load: whoever still comes is
// carried to an API elsewhere.
func (c *regional) locationOff(t *testing.T) {
	quit, done := make(chan struct{}), make(chan string, 3)
	var served atomic.Int64
	for range cap(done) {
		go func() {
			done <- hammer(c.regions[0].gateway("/near/x"), quit, &served)
		}()
	}
	for range 3 {
		c.regions[2].mustFlip(t, c.regions[0].id, true)
		before := served.Load()
		eventually(t, 10*time.Second, "answers while it is off", func() (bool, string) { return served.Load() > before+50, fmt.Sprint(served.Load()) })
		eventually(t, 10*time.Second, "the location being said to relay", func() (bool, string) {
			said := run(t, "meridian", "--server", c.regions[1].server(), "request", "http://contoso.gtm.test/near/x", "--location", c.regions[0].id)
			return strings.Contains(said, "relay to "), said
		})
		c.regions[1].mustFlip(t, c.regions[0].id, false)
	}
	close(quit)
	for range cap(done) {
		if failed := <-done; failed != "" {
			t.Errorf("a request failed: %s", failed)
		}
	}
}

// hammer sends requests until it is told to quit or one fails, which it returns.
func hammer(url string, quit chan struct{}, served *atomic.Int64) string {
	client := &http.Client{Timeout: 10 * time.Second}
	defer client.CloseIdleConnections()
	for {
		select {
		case <-quit:
			return ""
		default:
		}
		req, err := http.NewRequest(http.MethodGet, url, nil)
		if err != nil {
			return err.Error()
		}
		req.Host = "contoso.gtm.test"
		res, err := client.Do(req)
		if err != nil {
			return err.Error()
		}
		body, err := io.ReadAll(res.Body)
		_ = res.Body.Close() // it has been read
		if err != nil || res.StatusCode != http.StatusOK {
			return fmt.Sprintf("%d %s %v", res.StatusCode, body, err)
		}
		served.Add(1)
	}
}

// loss kills the backend of a region: its gateway goes on with another one, and
// every node says why.
func (c *regional) loss(t *testing.T) {
	us := c.origins["us"]
	us.server.CloseClientConnections()
	us.server.Close()
	if got := c.regions[0].askedFor(t, "/near/x", 20); strings.Contains(got, "us") {
		t.Errorf("n1 got answers of %s, and us is dead", got)
	}
	for i, want := range []string{"eu", "jp"} {
		if got := c.regions[i+1].askedFor(t, "/near/x", 3); got != want {
			t.Errorf("%s asks %s, want %s as before", c.regions[i+1].name, got, want)
		}
	}
	wanted := []string{"at n1 in westus2: open (3 failures in 1m0s)", "BackendConnectionFailure", "connection refused", "at n2 in westeurope: closed"}
	eventually(t, 10*time.Second, "n3 telling of us: "+strings.Join(wanted, ", "), func() (bool, string) { // who does not answer within a second is shown as before
		shown := run(t, "meridian", "--server", c.regions[2].server(), "backend", "show", "us")
		return !slices.ContainsFunc(wanted, func(want string) bool { return !strings.Contains(shown, want) }), shown
	})
	out := exitsWith(t, 0, "open", c.regions[2].server(), "request", "http://contoso.gtm.test/near/x", "--location", c.regions[0].id, "--explain")
	if strings.Contains(out, "chosen us") {
		t.Errorf("us is chosen, and its breaker is open:\n%s", out)
	}
}

// accessLog is read for the fields that issue 4 names.
func (c *regional) accessLog(t *testing.T) {
	r := c.regions[0]
	var line map[string]any
	eventually(t, 10*time.Second, "line of a request", func() (bool, string) { // some are left out: there was load before
		r.gets(t, "/shop/items/9")
		lines := strings.Split(strings.TrimSpace(read(t, r.path("access.log"))), "\n")
		last := lines[len(lines)-1]
		line = nil
		return json.Unmarshal([]byte(last), &line) == nil && line["path"] == "/shop/items/9", last
	})
	for _, key := range []string{"request_id", "address", "backend_ms", "total_ms", "bytes_out", "time", "client"} {
		if line[key] == nil {
			t.Errorf("%s is missing in %v", key, line)
		}
	}
	for key, want := range map[string]any{"location": r.id, "api": "shop", "operation": "get", "attempts": 1.0, "status": 200.0, "outcome": "here"} {
		if line[key] != want {
			t.Errorf("%s: got %v, want %v in %v", key, line[key], want, line)
		}
	}
	if who, _ := line["backend"].(string); who != "eu" && who != "jp" {
		t.Errorf("backend: got %q, want eu or jp", who)
	}
	relayed := ""
	for _, other := range c.regions[1:] {
		relayed += read(t, other.path("access.log"))
	}
	if !strings.Contains(relayed, `"relayed_from":"`+r.name+`","relayed_via":"`+r.id+`"`) {
		t.Errorf("no line of the others says relayed_from %s", r.name)
	}
	if text := read(t, r.path("access.log")); !strings.Contains(text, `"relayed_to"`) || !strings.Contains(text, `"outcome":"relayed"`) {
		t.Errorf("no line of %s says what was relayed", r.name)
	}
}
