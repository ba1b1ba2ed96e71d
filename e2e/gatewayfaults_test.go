//go:build linux

package e2e

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"meridian/internal/dnstest"
)

// mortal is a backend that answers until it is told how to die.
type mortal struct {
	*origin
	dying atomic.Pointer[http.HandlerFunc]
}

func newMortal(t *testing.T, name string) *mortal {
	t.Helper()
	return newMortalAt(t, name, "127.0.0.1:0")
}

func newMortalAt(t *testing.T, name, address string) *mortal {
	t.Helper()
	m := &mortal{origin: newOrigin(t, name, address)}
	well := m.server.Config.Handler
	m.server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h := m.dying.Load(); h != nil {
			(*h)(w, r)
			return
		}
		well.ServeHTTP(w, r)
	})
	return m
}

// die makes the backend fail in one of the ways of faults.md E1.
func (m *mortal) die(t *testing.T, how string) {
	t.Helper()
	ways := map[string]http.HandlerFunc{
		"reset": func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				_ = conn.(*net.TCPConn).SetLinger(0) // a reset, not an end
				_ = conn.Close()
			}
		},
		"hang": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"5xx":  func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
		"slow": func(w http.ResponseWriter, r *http.Request) {
			select {
			case <-time.After(5 * time.Second):
				w.WriteHeader(http.StatusOK)
			case <-r.Context().Done():
			}
		},
	}
	if h, ok := ways[how]; ok {
		m.dying.Store(&h)
		return
	}
	if how != "refuse" {
		t.Fatalf("die %q: want refuse, reset, hang, 5xx or slow", how)
	}
	m.server.CloseClientConnections()
	m.server.Close()
}

// shortTimeouts are those of breakerOf.
const shortTimeouts = "timeouts: {connect: 500ms, response: 200ms}"

// breakerOf is a backend in a document whose breaker trips at 3 failures.
func breakerOf(name, url string) string {
	return fmt.Sprintf(`
  - name: %s
    url: %s
    %s
    circuitBreaker: {rules: [{name: r, failureCondition: {count: 3, interval: PT1M, statusCodeRanges: [{min: 500, max: 599}]}, tripDuration: PT5M}]}`, name, url, shortTimeouts)
}

// TestBackendDies has one backend of three die in five ways (faults.md E1):
// client errors are at most 1 % of the requests that are its share, and none
// come after its breaker has tripped.
func TestBackendDies(t *testing.T) {
	t.Parallel()
	ways := []string{"refuse", "reset", "hang", "5xx", "slow"}
	mortals := map[string]*mortal{}
	document := "backends:"
	apis := "\napis:"
	for _, way := range ways {
		m := newMortal(t, way)
		mortals[way] = m
		document += breakerOf(way, m.url)
	}
	for i := range 2 {
		name := fmt.Sprintf("well%d", i)
		document += strings.Replace(breakerOf(name, newOrigin(t, name, "127.0.0.1:0").url), shortTimeouts, "timeouts: {connect: 10s, response: 10s}", 1)
	}
	for _, way := range ways {
		document += fmt.Sprintf("\n  - {name: %[1]s-pool, type: Pool, pool: {services: [{id: %[1]s}, {id: well0}, {id: well1}]}}", way)
		apis += fmt.Sprintf("\n  - {name: %[1]s, path: /%[1]s, backend: %[1]s-pool}", way)
	}
	n, url := serveGateway(t, gatewayNode("West US", "127.0.0.1:0", nobody), apiService("West US", strings.ReplaceAll(document, shortTimeouts, "timeouts: {connect: 2s, response: 2s}")+apis+"\n"))
	for _, way := range ways {
		t.Run(way, func(t *testing.T) {
			const before, after, settled = 30, 1200, 90
			m := mortals[way]
			if failed := countFailed(t, url+"/"+way+"/x", before); failed > 0 {
				t.Fatalf("%d of %d requests failed while all are well", failed, before)
			}
			m.die(t, way)
			failed, share := countFailed(t, url+"/"+way+"/x", after), after/3
			t.Logf("%d of %d requests failed", failed, after)
			if failed > share/100 {
				t.Errorf("%d requests failed, want at most 1 %% of the share of one backend, %d", failed, share/100)
			}
			exitsWith(t, 0, "open (3 failures in 1m0s)", n.server(), "backend", "show", way)
			if failed := countFailed(t, url+"/"+way+"/x", settled); failed > 0 {
				t.Errorf("%d requests failed after the breaker has tripped, want none", failed)
			}
		})
	}
}

// countFailed sends requests, one after the other, and returns how many were
// not answered with 200.
func countFailed(t *testing.T, url string, requests int) (failed int) {
	t.Helper()
	for range requests {
		if status, body := get(t, http.DefaultClient, url); status != http.StatusOK {
			t.Logf("failed: %d %s", status, body)
			failed++
		}
	}
	return failed
}

// TestAllBackendsDead has every backend of a pool dead (faults.md E2): 503 with
// Retry-After and a reason for machines, at once, and service again within the
// trip after they are back.
func TestAllBackendsDead(t *testing.T) {
	t.Parallel()
	document := "backends:"
	mortals := []*mortal{newMortal(t, "a"), newMortal(t, "b"), newMortal(t, "c")}
	for i, m := range mortals {
		document += strings.Replace(breakerOf(string(rune('a'+i)), m.url), "PT5M", "PT5S", 1)
		m.die(t, "hang")
	}
	n, url := serveGateway(t, gatewayNode("West US", "127.0.0.1:0", nobody), apiService("West US", document+`
  - {name: pool, type: Pool, pool: {services: [{id: a}, {id: b}, {id: c}]}}
apis: [{name: all, path: /all, backend: pool}]
`))
	client := &http.Client{Timeout: commandTime}
	var slowest time.Duration
	var refused *http.Response
	eventually(t, 2*startTime, "all breakers being open, and said to be", func() (bool, string) {
		var burst sync.WaitGroup
		var took [9]time.Duration
		for i := range took { // at once, so that the first breaker is still open when the last one trips
			burst.Go(func() {
				begin := time.Now()
				if res, err := client.Get(url + "/all/x"); err == nil {
					_ = res.Body.Close() // that it ends is enough
				}
				took[i] = time.Since(begin)
			})
		}
		burst.Wait()
		slowest = max(slowest, slices.Max(took[:]))
		res, err := client.Get(url + "/all/x")
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close() // its header says all
		if refused = res; res.StatusCode != http.StatusServiceUnavailable {
			return false, res.Status
		}
		said, _ := cli(t, n.server(), "request", "http://x.test/all/x", "--explain") // a busy machine may need the whole trip for it
		return strings.Contains(said, "no backend lets it pass; retry after"), said
	})
	if slowest > 8*time.Second {
		t.Errorf("a request took %v, want no more than the attempts' timeouts of 200 ms each, and some patience", slowest)
	}
	if wait, err := strconv.Atoi(refused.Header.Get("Retry-After")); err != nil || wait < 1 || wait > 6 {
		t.Errorf("Retry-After: got %q, want 1 to 6 s: what is left of the first trip", refused.Header.Get("Retry-After"))
	}
	if got := refused.Header.Get("Meridian-Reason"); got != "breaker_open" {
		t.Errorf("Meridian-Reason: got %q, want breaker_open", got)
	}
	for _, m := range mortals {
		m.dying.Store(nil)
	}
	eventually(t, startTime, "service after the trip", func() (bool, string) {
		status, _ := get(t, client, url+"/all/x")
		return status == http.StatusOK, fmt.Sprint(status)
	})
}

// TestOwnZoneBackend has a backend whose host is a profile of our own zone fail
// over behind the gateway: nothing is looked up, so it follows the verdict.
func TestOwnZoneBackend(t *testing.T) {
	t.Parallel()
	const port = "18481"
	var ill atomic.Bool
	for i, address := range []string{"127.0.9.81", "127.0.9.82"} {
		o := newOrigin(t, fmt.Sprint("at", i), address+":"+port)
		well := o.server.Config.Handler
		o.server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/health" && i == 0 && ill.Load() {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			well.ServeHTTP(w, r)
		})
	}
	file := strings.Replace(gatewayNode("West US", "127.0.0.1:0", nobody), "references: ["+strconv.Quote(nobody)+"]", `references: ["127.0.9.82:`+port+`"]`, 1)
	n, url := serveGateway(t, file, apiService("West US", `
backends: [{name: orders, url: "http://orders.gtm.test:`+port+`"}]
apis: [{name: orders, path: /orders, backend: orders}]
profiles:
  - name: orders
    trafficRoutingMethod: Priority
    monitorConfig: {protocol: HTTP, port: `+port+`, path: /health, intervalInSeconds: 1, timeoutInSeconds: 1, toleratedNumberOfFailures: 1}
    endpoints: [{name: first, target: 127.0.9.81}, {name: second, target: 127.0.9.82}]
`))
	verdict := func(want string) (bool, string) {
		v := n.verdicts(t)["orders/first"]
		return v.Verdict == want, fmt.Sprintf("%s %s", v.Verdict, v.Detail)
	}
	eventually(t, startTime, "first being up", func() (bool, string) { return verdict("up") })
	if status, body := get(t, http.DefaultClient, url+"/orders/x"); status != http.StatusOK || body != "at0 /x" {
		t.Fatalf("got %d %q, want the first address", status, body)
	}
	ill.Store(true)
	var moved time.Time
	eventually(t, startTime, "the second address", func() (bool, string) {
		status, body := get(t, http.DefaultClient, url+"/orders/x")
		if status != http.StatusOK {
			t.Fatalf("got %d %q, want no failure on the way", status, body)
		}
		moved = time.Now()
		return body == "at1 /x", body
	})
	down := n.verdicts(t)["orders/first"]
	if down.Verdict != "down" {
		t.Fatalf("it moved, and the verdict is %s", down.Verdict)
	}
	took := moved.Sub(down.Since)
	t.Logf("the gateway followed %v after the verdict", took)
	if took > 5*time.Second {
		t.Errorf("the gateway followed %v after the verdict, want 1 s and some patience", took)
	}
	exitsWith(t, 0, "zone", n.server(), "backend", "show", "orders")
}

// TestDeadResolver takes the name server away from a gateway that looks its
// backend up every second: it goes on with stale addresses, no request waits,
// and an operator can see it.
func TestDeadResolver(t *testing.T) {
	t.Parallel()
	const address = "127.0.9.83:18483"
	newOrigin(t, "b", address)
	var asked, dead atomic.Int64
	quit := make(chan struct{})
	s, err := dnstest.NewServer("127.0.0.1:0", false, func(name, rrtype string) dnstest.Answer {
		asked.Add(1)
		if dead.Load() > 0 {
			<-quit
		}
		if rrtype == "A" {
			return dnstest.Answer{Answer: []string{name + " 1 IN A 127.0.9.83"}}
		}
		return dnstest.Answer{}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		close(quit)
		s.Close()
	})
	file := strings.Replace(gatewayNode("West US", "127.0.0.1:0", s.Addr().String()), "allow: [127.0.0.0/8]", "allow: [127.0.0.0/8], refresh: 1s", 1)
	n, url := serveGateway(t, file, apiService("West US", `
backends: [{name: b, url: "http://backend.example.net:18483"}]
apis: [{name: b, path: /, backend: b}]
`))
	before := longest(t, url+"/x", 500*time.Millisecond)
	dead.Store(1)
	at := asked.Load()
	eventually(t, startTime, "a look-up that is not answered", func() (bool, string) { return asked.Load() > at, "" })
	after := longest(t, url+"/x", 3500*time.Millisecond)
	t.Logf("the slowest request took %v with a resolver, %v without", before, after)
	if after > before+1500*time.Millisecond { // a question that is not answered takes 2 s
		t.Errorf("the slowest request took %v with a resolver, %v without: want none to wait for it", before, after)
	}
	eventually(t, startTime, "being shown as stale", func() (bool, string) {
		out := run(t, "meridian", "--server", n.server(), "backend", "show", "b")
		return strings.Contains(out, "stale") && strings.Contains(out, "lookup: "), out
	})
}

// longest sends requests for a while, all of which have to be answered with 200,
// and returns how long they took at most.
func longest(t *testing.T, url string, during time.Duration) (most time.Duration) {
	t.Helper()
	for end := time.Now().Add(during); time.Now().Before(end); {
		begin := time.Now()
		if status, body := get(t, http.DefaultClient, url); status != http.StatusOK {
			t.Fatalf("got %d %q, want 200", status, body)
		}
		most = max(most, time.Since(begin))
	}
	return most
}

// TestBackendSecret has a backend whose credential is a secret: a plan that
// names one that is not there is held and says so; set, it is used, and rotated
// without a restart.
func TestBackendSecret(t *testing.T) {
	t.Parallel()
	o := newOrigin(t, "b", "127.0.0.1:0")
	o.server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.Header.Get("Authorization")) // the client may have gone
	})
	plan := func(credentials string) string {
		return apiService("West US", fmt.Sprintf(`
backends: [{name: b, url: %q%s}]
apis: [{name: b, path: /, backend: b}]
`, o.url, credentials))
	}
	n, url := serveGateway(t, gatewayNode("West US", "127.0.0.1:0", nobody), plan(""))
	write(t, n.dir, "service.yaml", plan(", credentials: {authorization: {scheme: Bearer, secret: orders-token}}"))
	eventually(t, startTime, "the plan being held for a secret", func() (bool, string) {
		out, _ := cli(t, n.server(), "status")
		return strings.Contains(out, "orders-token") && strings.Contains(out, "meridian secret set"), out
	})
	bearer := func(want string) {
		t.Helper()
		eventually(t, startTime, "the backend seeing "+want, func() (bool, string) {
			_, body := get(t, http.DefaultClient, url+"/x")
			return body == want, body
		})
	}
	bearer("")
	values := []string{randomHex(), randomHex()}
	for _, value := range values {
		write(t, n.dir, "value", value+"\n")
		exitsWith(t, 0, "orders-token", n.server(), "secret", "set", "orders-token", "--file", n.path("value"), "--reason", "test")
		bearer("Bearer " + value)
	}
	out := exitsWith(t, 0, "backends[0].credentials.authorization.secret", n.server(), "secret", "list")
	for _, text := range []string{out, n.log.String()} {
		if strings.Contains(text, values[0]) || strings.Contains(text, values[1]) {
			t.Errorf("the value of a secret is shown:\n%s", text)
		}
	}
}

// TestPolicyOffline tries documents as an operator does before anybody is
// served by them.
func TestPolicyOffline(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	const broken = `<policies>
  <inbound>
    <base />
    <set-header name="X-A">
      <value>@(context.Request.Nothing)</value>
    </set-header>
    <validate-jwt header-name="Authorization" />
  </inbound>
</policies>
`
	write(t, dir, "shop.xml", shopPolicy, "broken.xml", broken, "good.yaml", apiService("West US", `
backends: [{name: us, url: "http://192.0.2.1"}, {name: eu, url: "http://192.0.2.2"}]
apis: [{name: shop, path: /shop, backend: us, policies: {file: shop.xml}}]
`), "broken.yaml", apiService("West US", `
backends: [{name: us, url: "http://192.0.2.1"}]
apis:
  - {name: shop, path: /shop, backend: us, policies: {file: shop.xml}}
  - {name: broken, path: /broken, backend: us, policies: {file: broken.xml}}
`))
	out := run(t, "meridian", "policy", "test", dir+"/shop.xml", "--request", "POST", "https://api.contoso.com/items", "--body", "{}", "--backend-response", "503")
	for _, want := range []string{"shop.xml:6:9", "backend: eu", "POST ", "503"} {
		if !strings.Contains(out, want) {
			t.Errorf("got\n%s\nwant %q", out, want)
		}
	}
	if out, err := attempt(t, "meridian", "policy", "test", dir+"/broken.xml"); err == nil || !strings.Contains(out, "broken.xml:5:") || !strings.Contains(out, "broken.xml:7:5") {
		t.Errorf("got %v\n%s\nwant lines 5 and 7 to be refused", err, out)
	}
	run(t, "meridian", "check", dir+"/good.yaml")
	out, err := attempt(t, "meridian", "check", dir+"/broken.yaml")
	if err == nil {
		t.Errorf("check takes a document whose policy is broken:\n%s", out)
	}
	for _, want := range []string{"broken.xml:5:", "Nothing", "broken.xml:7:5", "validate-jwt", `shop.xml:6:`, `eu`} {
		if !strings.Contains(out, want) {
			t.Errorf("got\n%s\nwant %q", out, want)
		}
	}
	if _, err := os.Stat(dir + "/state"); err == nil {
		t.Error("check has made a data directory")
	}
}
