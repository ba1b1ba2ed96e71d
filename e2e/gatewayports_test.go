//go:build linux

package e2e

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestPortsRunOut gives a gateway 11 ports to connect from, and many more requests
// at once than that (faults.md E12): those that find none are refused at once and
// say why, no breaker and no address of the healthy backend pays for it, and all
// is well as soon as the load ends.
func TestPortsRunOut(t *testing.T) {
	t.Parallel()
	const backend, front, clients = "127.0.0.1:18490", "127.0.0.1:18080", 60
	ns := newNamespace(t)
	run(t, ns.command("sh", "-c", "echo 40000 40010 > /proc/sys/net/ipv4/ip_local_port_range")...)
	var l net.Listener
	ns.inside(t, func() { l, _ = net.Listen("tcp", backend) }) // nil: it fails below
	if l == nil {
		t.Fatalf("cannot listen on %s", backend)
	}
	serveOn(t, l, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/held" {
			<-time.After(200 * time.Millisecond)
		}
	}))
	n := newNode(t, ns, strings.Replace(gatewayNode("West US", front, nobody), "gateway: {", "gateway: {accessLog: {file: access.log}, ", 1), apiService("West US", fmt.Sprintf(`
backends: [{name: b, url: "http://%s", circuitBreaker: {rules: [{name: r, failureCondition: {count: 1, interval: PT1M, statusCodeRanges: [{min: 500, max: 599}]}, tripDuration: PT5M}]}}]
apis: [{name: b, path: /, backend: b}]
`, backend)))
	private(t, n.path("secrets.key"), randomHex())
	n.start(t)
	n.ready(t)

	client := insideClient(ns)
	defer client.CloseIdleConnections()
	well := func(what string) {
		t.Helper()
		for range 20 {
			if status, body := get(t, client, "http://"+front+"/quick"); status != http.StatusOK {
				t.Fatalf("%s: got %d %q, want 200", what, status, body)
			}
		}
		if out := exitsWith(t, 0, "closed", n.server(), "backend", "show", "b"); strings.Contains(out, "open (") || strings.Contains(out, "ejected") {
			t.Errorf("%s: the backend is blamed:\n%s", what, out)
		}
	}
	well("before")
	answers := map[string]int{}
	var mu sync.Mutex
	var all sync.WaitGroup
	for range clients {
		all.Go(func() {
			for begin := time.Now(); time.Since(begin) < 2*time.Second; {
				asked := time.Now()
				got := told(client, "http://"+front+"/held")
				if strings.HasPrefix(got, "503") && time.Since(asked) > 5*time.Second {
					got += " after a long time"
				}
				mu.Lock()
				answers[got]++
				mu.Unlock()
			}
		})
	}
	all.Wait()
	t.Logf("%v", answers)
	if answers["200  "] < 11 || answers["503 local_resources 1"] == 0 || len(answers) != 2 {
		t.Errorf("got %v, want 200, and 503 local_resources with Retry-After at once, and nothing else", answers)
	}
	well("after")
	eventually(t, startTime, "the reason in the access log", func() (bool, string) {
		out := read(t, n.path("access.log"))
		return strings.Contains(out, `"reason":"local_resources"`), tail(out)
	})
}

// told is the status of an answer, its reason, and when to come again.
func told(client *http.Client, url string) string {
	res, err := client.Get(url)
	if err != nil {
		return err.Error()
	}
	_ = res.Body.Close() // its header says all
	return fmt.Sprint(res.StatusCode, " ", res.Header.Get("Meridian-Reason"), " ", res.Header.Get("Retry-After"))
}

// insideClient sends all its requests over one HTTP/2 connection that is made in
// a namespace: it needs one port there.
func insideClient(ns namespace) *http.Client {
	tr := &http.Transport{Protocols: new(http.Protocols)}
	tr.Protocols.SetUnencryptedHTTP2(true)
	tr.DialContext = func(_ context.Context, network, address string) (conn net.Conn, err error) {
		visited := make(chan error, 1)
		go func() {
			visited <- ns.visit(func() { conn, err = net.Dial(network, address) })
		}()
		if failed := <-visited; failed != nil {
			return nil, failed
		}
		return conn, err
	}
	return &http.Client{Transport: tr, Timeout: 20 * time.Second}
}
