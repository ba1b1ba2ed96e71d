package node

import (
	"context"
	"net/http"
	"testing"
	"time"
)

// TestLimitsOfALocation has two gateways of one location count together: a limit
// of 60 calls a minute passes 60 ± 10 % at both, not 60 at each.
func TestLimitsOfALocation(t *testing.T) {
	service := head + `
locations: [{name: West US 2, primary: true}]
apis: [{name: limited, path: /limited, serviceUrl: "http://127.0.0.1:9", policies: {file: limited.xml}}]
profiles: [{name: contoso, trafficRoutingMethod: Performance, ttl: 1}]
`
	list := withGateways([]*member{
		{name: "us-1", location: "westus2", display: "West US 2"},
		{name: "us-2", location: "westus2", display: "West US 2"},
	})
	list[0].edit = func(*Options) {
		list[0].world.write(t, "limited.xml", `<policies><inbound><base />
  <rate-limit-by-key calls="60" renewal-period="60" counter-key="everybody" />
  <return-response><set-status code="204" /></return-response>
</inbound></policies>`)
	}
	c := startRegions(t, service, list)
	var served, refused int
	last := time.Now()
	for turn := 0; time.Since(last) < 2*time.Second; turn++ {
		r := c.list[turn%2]
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+r.GatewayAddrs()[0].String()+"/limited", nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		switch resp.StatusCode {
		case http.StatusNoContent:
			served++
			last = time.Now()
		case http.StatusTooManyRequests:
			refused++
		default:
			t.Fatalf("%s: got %d, want 204 or 429", r.name, resp.StatusCode)
		}
		paced(t, 5*time.Millisecond)
	}
	if served < 54 || served > 66 || refused == 0 {
		t.Errorf("got %d served and %d refused, want 60 served, 10 %% more or less", served, refused)
	}
}

// paced lets a while pass between requests.
func paced(t *testing.T, d time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	<-ctx.Done()
}
