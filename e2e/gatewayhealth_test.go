//go:build linux

package e2e

import (
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// TestBackendsOfALocation has the backends of a location die, which each location
// knows by the same name at an address of its own: the location's deep status
// fails, DNS sends its clients to the other one a probe or two later, and back
// when the backends are.
func TestBackendsOfALocation(t *testing.T) {
	t.Parallel()
	const port = "18491"
	c := newCluster(t, clusterOptions{regions: 2, ttl: 1, extra: `
backends:
  - name: app
    url: http://app.example.net:` + port + `
    circuitBreaker: {rules: [{name: r, failureCondition: {count: 3, interval: PT1M, statusCodeRanges: [{min: 500, max: 599}]}, tripDuration: PT14S}]}
  - {name: pool, type: Pool, pool: {services: [{id: app}], healthOf: location}}
apis: [{name: app, path: /app, backend: pool}]
`})
	mortals := make([]*mortal, len(c.regions))
	for i, r := range c.regions {
		address := fmt.Sprintf("127.0.9.%d", 91+i)
		mortals[i] = newMortalAt(t, r.name, address+":"+port)
		names := newNames(t, func(name string) []string {
			if name != "app.example.net." {
				return nil
			}
			return []string{address}
		})
		file := strings.Replace(read(t, r.path("node.yaml")), "gateway: {", "gateway: {backends: {allow: [127.0.0.0/8]}, ", 1)
		write(t, r.dir, "node.yaml", strings.Replace(file, `"127.0.0.1:1"`, fmt.Sprintf("%q", names), 1))
		r.start(t)
	}
	for _, r := range c.regions {
		r.ready(t)
	}
	c.settled(t, c.regions...)

	ill, well := c.regions[0], c.regions[1]
	leads := func(within time.Duration, to *region) time.Duration {
		t.Helper()
		return eventually(t, within, "clients near "+ill.id+" being led to "+to.id, func() (bool, string) {
			_, _ = ill.asks("/app/x") // somebody has to notice, here and there
			seen, all := "", true
			for _, r := range c.regions {
				got, err := r.asked("A contoso.gtm.test +subnet=8.8.8.0/24") // near ill
				all = all && err == nil && got == to.address
				seen += fmt.Sprintf("%s: %v %v; ", r.name, got, err)
			}
			return all, seen
		})
	}
	leads(startTime, ill)
	if status, body := well.asks("/app/x"); status != http.StatusOK || !strings.HasPrefix(body, well.name) {
		t.Fatalf("%s: got %d %q, want its own backend", well.name, status, body)
	}
	mortals[0].die(t, "5xx")
	eventually(t, 2*startTime, "the deep status failing", func() (bool, string) {
		_, _ = ill.asks("/app/x")
		status, body := ill.asks("/status-0123456789abcdef?deep=1")
		return status == http.StatusServiceUnavailable, fmt.Sprint(status, body)
	})
	t.Logf("steered away %v after the deep status failed", leads(startTime, well))
	if status, _ := ill.asks("/status-0123456789abcdef"); status != http.StatusOK {
		t.Errorf("the status of the gateway itself: got %d, want 200", status)
	}
	if status, _ := well.asks("/status-0123456789abcdef?deep=1"); status != http.StatusOK {
		t.Errorf("the deep status of %s: got %d, want 200", well.name, status)
	}
	mortals[0].dying.Store(nil)
	t.Logf("back %v after the backends", leads(45*time.Second, ill))
	if status, body := ill.asks("/app/x"); status != http.StatusOK || !strings.HasPrefix(body, ill.name) {
		t.Errorf("%s: got %d %q, want its own backend", ill.name, status, body)
	}
}

// asks is what the region's gateway answers; 0: nothing.
func (r *region) asks(path string) (status int, body string) {
	client := &http.Client{Timeout: 5 * time.Second}
	defer client.CloseIdleConnections()
	res, err := client.Get("http://" + netip.AddrPortFrom(r.address, httpPort).String() + path)
	if err != nil {
		return 0, err.Error()
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, err.Error()
	}
	return res.StatusCode, string(text)
}
