package pipeline

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"meridian/gateway/backend"
	"meridian/gateway/breaker"
)

// ByRegion is the policy of seed 001.
const byRegion = `<policies>
    <inbound>
        <base />
        <choose>
            <when condition="@("West US".Equals(context.Deployment.Region, StringComparison.OrdinalIgnoreCase))">
                <set-backend-service base-url="http://%s/" />
            </when>
            <when condition="@("East Asia".Equals(context.Deployment.Region, StringComparison.OrdinalIgnoreCase))">
                <set-backend-service base-url="http://contoso-backend-asia.com/" />
            </when>
            <otherwise>
                <set-backend-service base-url="http://contoso-backend-other.com/" />
            </otherwise>
        </choose>
    </inbound>
    <backend>
        <base />
    </backend>
    <outbound>
        <base />
    </outbound>
    <on-error>
        <base />
    </on-error>
</policies>`

func TestPolicies(t *testing.T) {
	s := newStage(t)
	s.backend("one", says(200, "one"), nil)
	s.backend("two", says(200, "two"), nil)
	host := s.config.Backends.Backends[1].URL.Host
	for name, text := range map[string]string{
		"region":  fmt.Sprintf(byRegion, host),
		"backend": `<policies><inbound><set-backend-service backend-id="two"/></inbound></policies>`,
		"rewrite": `<policies><inbound><rewrite-uri template="/new/{id}?v=1"/><set-header name="X-Region" exists-action="override"><value>@(context.Deployment.Region + "/" + context.Request.MatchedParameters["id"])</value></set-header></inbound></policies>`,
		"return":  `<policies><inbound><return-response><set-status code="418" reason="Teapot"/><set-header name="X-Id" exists-action="override"><value>@(context.RequestId + " " + context.Request.IpAddress)</value></set-header><set-body>short</set-body></return-response></inbound></policies>`,
		"limit":   `<policies><inbound><rate-limit-by-key calls="2" renewal-period="60" counter-key="@(context.Request.IpAddress)"/></inbound></policies>`,
		"answer":  `<policies><outbound><set-header name="X-By" exists-action="override"><value>@(context.Api.Id + "/" + context.Operation.Id + " " + context.Response.StatusCode)</value></set-header></outbound></policies>`,
		"host":    `<policies><inbound><set-header name="Host" exists-action="override"><value>kept.test</value></set-header></inbound></policies>`,
		"broken":  `<policies><inbound><set-variable name="a" value="@(1 / int.Parse("0"))"/></inbound></policies>`,
	} {
		s.config.APIs = append(s.config.APIs, API{Name: name, Path: "/" + name, Backend: "one", Operations: []Operation{
			{Name: "get", Method: "GET", URLTemplate: "/{id}", Program: program(t, text)},
		}})
	}
	s.apply()
	for _, test := range []struct {
		path, body, call string
		status           int
	}{
		{"/region/7?x", "two", "two GET /7?x Host=127.0.0.1", 200},
		{"/backend/7", "two", "two GET /base/7 Host=127.0.0.1", 200},
		{"/rewrite/7", "one", "one GET /base/new/7?v=1 Host=127.0.0.1", 200},
		{"/return/7", "short", "", 418},
		{"/answer/7", "one", "one GET /base/7 Host=127.0.0.1", 200},
		{"/host/7", "one", "one GET /base/7 Host=kept.test", 200},
		{"/broken/7", "", "", 500},
		{"/limit/7", "one", "one GET /base/7 Host=127.0.0.1", 200},
		{"/limit/7", "one", "one GET /base/7 Host=127.0.0.1", 200},
		{"/limit/7", "", "", 429},
	} {
		got := s.ask("GET", "http://x.test"+test.path, "")
		call := strings.Join(s.asked(), "; ")
		if got.status != test.status || test.body != "" && got.body != test.body || call != test.call {
			t.Errorf("%s: got %d %q, call %q, want %d %q %q", test.path, got.status, got.body, call, test.status, test.body, test.call)
		}
		switch test.path {
		case "/return/7":
			if id := got.header.Get("X-Id"); id != "r-1 203.0.113.7" {
				t.Errorf("%s: got %q", test.path, id)
			}
		case "/answer/7":
			if by := got.header.Get("X-By"); by != "answer/get 200" {
				t.Errorf("%s: got %q", test.path, by)
			}
		}
	}
}

// TestRetry: with a pool and retry no caller sees an error of the member that is
// always down, in whatever order they are asked; without retry the table of seed
// 002 comes out.
func TestRetry(t *testing.T) {
	s := newStage(t)
	rule := &breaker.Rule{
		Count: 3, Interval: 5 * time.Minute, TripDuration: 10 * time.Minute,
		Statuses: []breaker.Range{{Min: 500, Max: 599}}, Reasons: breaker.Reasons(breaker.ServerErrors), AcceptRetryAfter: true,
	}
	s.backend("test1", says(200, "good"), func(b *backend.Backend) { b.Breaker = rule })
	s.backend("test2", says(503, "bad"), func(b *backend.Backend) { b.Breaker = rule })
	s.backend("test3", says(503, "bad"), func(b *backend.Backend) { b.Breaker = rule })
	s.config.Backends.Pools = []backend.Pool{
		{Name: "seed", Members: []backend.Member{{Backend: "test1", Priority: 1, Weight: 50}, {Backend: "test2", Priority: 1, Weight: 50}}},
		{Name: "both", Members: []backend.Member{{Backend: "test1", Priority: 1, Weight: 1}, {Backend: "test3", Priority: 1, Weight: 1}}},
	}
	again := `<policies><backend><retry condition="@(context.Response.StatusCode >= 500)" count="2" interval="0"><forward-request buffer-request-body="true"/></retry></backend></policies>`
	s.config.APIs = []API{{Name: "seed", Path: "/seed", Backend: "seed"}, {Name: "again", Path: "/again", Backend: "both", Program: program(t, again)}}
	s.apply()
	var table []string
	for range 10 {
		table = append(table, fmt.Sprint(s.ask("POST", "/seed", "").status))
	}
	if got := strings.Join(table, " "); got != "200 503 200 503 200 503 200 200 200 200" {
		t.Errorf("seed 002: got %s", got)
	}
	for range 10 {
		if got := s.ask("POST", "/again", "body"); got.status != 200 || got.body != "good" {
			t.Errorf("with retry: got %d %q", got.status, got.body)
		}
	}
}

// TestRetryBudget: a retry of a policy is bound by a budget that is set, and by no
// other; who is denied has the answer of the last pass.
func TestRetryBudget(t *testing.T) {
	const n, count = 50, 2
	for _, tt := range []struct {
		percent, most int
	}{{0, n * (1 + count)}, {10, n + n/10 + 3}, {100, n + n + 3}} {
		s := newStage(t)
		s.backend("bad", says(503, "bad"), nil)
		s.config.Backends.Retry.Budget = tt.percent
		again := `<policies><backend><retry condition="@(context.Response.StatusCode >= 500)" count="2" interval="0"><forward-request/></retry></backend></policies>`
		s.config.APIs = []API{{Name: "again", Path: "/again", Backend: "bad", Program: program(t, again)}}
		s.apply()
		for range n {
			if got := s.ask("POST", "/again", ""); got.status != 503 || got.body != "bad" {
				t.Fatalf("budget %d %%: got %d %q, want the backend's answer", tt.percent, got.status, got.body)
			}
		}
		if got := len(s.asked()); got > tt.most || got < tt.most-2 {
			t.Errorf("budget %d %%: got %d calls for %d requests, want %d", tt.percent, got, n, tt.most)
		}
	}
}

// TestRetryElsewhere: a repetition goes to a member that the request has not
// asked, whosever turn it is by then.
func TestRetryElsewhere(t *testing.T) {
	s := newStage(t)
	s.backend("bad", func(w http.ResponseWriter, _ *http.Request) {
		if got := s.ask("GET", "/other", ""); got.body != "good" { // another client takes the next turn
			t.Errorf("the other client: got %d %q, want the good member", got.status, got.body)
		}
		w.WriteHeader(503)
	}, nil)
	s.backend("good", says(200, "good"), nil)
	s.config.Backends.Pools = []backend.Pool{{Name: "pool", Members: []backend.Member{{Backend: "bad", Priority: 1, Weight: 1}, {Backend: "good", Priority: 1, Weight: 1}}}}
	again := `<policies><backend><retry condition="@(context.Response.StatusCode >= 500)" count="1" interval="0"><forward-request/></retry></backend></policies>`
	s.config.APIs = []API{{Name: "other", Path: "/other", Backend: "pool"}, {Name: "again", Path: "/again", Backend: "pool", Program: program(t, again)}}
	s.apply()
	if got := s.ask("GET", "/again", ""); got.status != 200 || got.body != "good" {
		t.Errorf("got %d %q, want the answer of the good member", got.status, got.body)
	}
}

func TestRedirects(t *testing.T) {
	s := newStage(t)
	var mu sync.Mutex
	var seen []string
	to := func(status int, location string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			seen = append(seen, r.Method+" "+r.URL.Path+" "+r.Header.Get("Authorization"))
			switch r.URL.Path {
			case "/base/end":
				_, _ = w.Write([]byte("end"))
			default:
				w.Header().Set("Location", location)
				w.WriteHeader(status)
			}
		}
	}
	s.backend("found", to(302, "end"), nil)
	s.backend("kept", to(307, "/base/end"), nil)
	s.backend("other", to(301, ""), nil)
	s.backend("loop", to(302, "start"), nil)
	p := program(t, `<policies><backend><forward-request follow-redirects="true"/></backend></policies>`)
	for _, b := range s.config.Backends.Backends {
		s.config.APIs = append(s.config.APIs, API{Name: b.Name, Path: "/" + b.Name, Backend: b.Name, Program: p})
	}
	s.apply()
	for _, test := range []struct {
		method, path, body string
		status             int
		seen               string
	}{
		{"GET", "/found/start", "", 200, "GET /base/start , GET /base/end "},
		{"POST", "/found/start", "x", 200, "POST /base/start , GET /base/end "},
		{"GET", "/kept/start", "", 200, "GET /base/start , GET /base/end "},
		{"POST", "/kept/start", "x", 307, "POST /base/start "},
		{"GET", "/other/start", "", 301, "GET /base/start "},
	} {
		mu.Lock()
		seen = nil
		mu.Unlock()
		got := s.ask(test.method, "http://x.test"+test.path, test.body)
		mu.Lock()
		seen := seen
		mu.Unlock()
		if got.status != test.status || strings.Join(seen, ", ") != test.seen {
			t.Errorf("%s %s: got %d, %q, want %d %q", test.method, test.path, got.status, seen, test.status, test.seen)
		}
	}
	if got := s.ask("GET", "/loop/start", ""); got.status != 302 || len(s.asked()) == 0 {
		t.Errorf("a loop: got %d, want its last answer", got.status)
	}
}

// TestExplain: the same way, and nothing is sent, counted or taken.
func TestExplain(t *testing.T) {
	s := newStage(t)
	rule := &breaker.Rule{Count: 1, Interval: time.Minute, TripDuration: time.Hour, Statuses: []breaker.Range{{Min: 500, Max: 599}}}
	s.backend("good", says(200, "good"), func(b *backend.Backend) { b.Breaker = rule })
	s.backend("bad", says(503, "bad"), func(b *backend.Backend) { b.Breaker = rule })
	s.config.Backends.Pools = []backend.Pool{{Name: "pool", Members: []backend.Member{{Backend: "bad"}, {Backend: "good", Priority: 2}}}}
	limited := program(t, `<policies><inbound><rate-limit-by-key calls="1" renewal-period="60" counter-key="k"/><rewrite-uri template="/new"/></inbound></policies>`)
	s.config.APIs = []API{
		{Name: "plain", Path: "/plain", Backend: "pool", Operations: []Operation{{Name: "get", Method: "GET", URLTemplate: "/{id}"}}},
		{Name: "limited", Path: "/limited", Backend: "pool", Program: limited},
	}
	s.apply()
	explain := func(method, target string) Explanation {
		return s.Explain(t.Context(), httptest.NewRequest(method, target, http.NoBody), Arrival{Client: netip.MustParseAddr("198.51.100.9"), Scheme: "http"})
	}
	if e := explain("GET", "/plain/7"); e.API != "plain" || e.Operation != "get" || e.Params["id"] != "7" || !e.Plain || len(e.Forwards) != 1 ||
		e.Forwards[0].Chosen != "bad" || e.Forwards[0].Path != "/7" || e.Forwards[0].Method != "GET" || !e.Forwards[0].Addr.IsValid() || e.Status != 0 {
		t.Errorf("plain: got %+v", e)
	}
	s.ask("GET", "/plain/7", "")
	s.asked()
	e := explain("GET", "/plain/7")
	if len(e.Forwards) != 1 || e.Forwards[0].Chosen != "good" || e.Forwards[0].Members[0].Why != "open" || e.Forwards[0].Members[1].Why != "chosen" {
		t.Errorf("after the trip: got %+v", e)
	}
	for range 3 {
		if e := explain("GET", "/limited"); e.Plain || len(e.Policies) == 0 || len(e.Forwards) != 1 || e.Forwards[0].Path != "/new" || e.Status != 0 {
			t.Errorf("limited: got %+v", e)
		}
	}
	s.ask("GET", "/limited", "")
	s.asked()
	if e := explain("GET", "/limited"); e.Status != 429 || len(e.Forwards) != 0 {
		t.Errorf("over the limit: got %+v", e)
	}
	if e := explain("GET", "/nowhere"); e.API != "" || e.Status != 404 || e.Reason != ReasonNotFound {
		t.Errorf("unclaimed: got %+v", e)
	}
	if e := explain("PUT", "/plain/7"); e.API != "plain" || e.Operation != "" || e.Status != 404 {
		t.Errorf("no operation: got %+v", e)
	}
	if calls := s.asked(); len(calls) != 0 {
		t.Errorf("explaining sent %q", calls)
	}
}

// TestHealthy: down after ten seconds under half of the share, up after ten with
// three quarters; what lasts less counts for nothing.
func TestHealthy(t *testing.T) {
	var w watch
	now := time.Unix(1_700_000_000, 0)
	for i, step := range []struct {
		healthy, all int
		seconds      int
		down         bool
	}{
		{4, 4, 30, false},
		{1, 4, 9, false},
		{2, 4, 5, false}, // half is not under half
		{1, 4, 9, false},
		{1, 4, 3, true},
		{2, 4, 30, true}, // not enough to be up
		{3, 4, 9, true},
		{2, 4, 1, true},
		{3, 4, 11, false},
		{0, 0, 30, false},
		{0, 1, 11, true},
		{1, 1, 11, false},
	} {
		down := false
		for range step.seconds {
			now = now.Add(time.Second)
			down = w.observe(step.healthy, step.all, now)
		}
		if down != step.down || w.down.Load() != down {
			t.Errorf("step %d: got down %t, want %t", i, down, step.down)
		}
	}
}
