package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"meridian/admin/api"
)

// TestBackendOrders: each verb on backends and breakers sends the order its
// words say, and none without what it needs.
func TestBackendOrders(t *testing.T) {
	n := &clusterNode{change: changed()}
	s := httptest.NewServer(n)
	t.Cleanup(s.Close)
	for args, want := range map[string]string{
		"backend disable test1 --for 30m --reason works": `PATCH /v1/backends/test1?wait=reachable {"disabled":true,"for":"30m","reason":"works"}`,
		"backend enable test1 --wait all":                `PATCH /v1/backends/test1?wait=all {"disabled":false}`,
		"breaker trip test1 --for 10m --reason broken":   `POST /v1/breakers/test1/trip?wait=reachable {"for":"10m","reason":"broken"}`,
		"breaker reset test1":                            `POST /v1/breakers/test1/reset?wait=reachable {}`,
		"breaker reset test1 --for 5m --dry-run":         `POST /v1/breakers/test1/reset?dryRun=true&wait=reachable {"for":"5m"}`,
	} {
		code, _, errs := lineOf(append(strings.Fields(args), "--server", s.URL)...)
		if diff := cmp.Diff(want, n.asked); diff != "" || code != exitOK {
			t.Errorf("%s: got exit %d, %q and (-want +got):\n%s", args, code, errs, diff)
		}
	}
	n.asked = ""
	for args, want := range map[string]string{
		"breaker trip test1 --for 10m":    "want --reason",
		"breaker trip test1 --reason why": `required flag(s) "for"`,
		"breaker trip":                    "accepts 1 arg",
		"backend disable":                 "accepts 1 arg",
	} {
		if code, _, errs := lineOf(append(strings.Fields(args), "--server", s.URL)...); code != exitRefused || !strings.Contains(errs, want) || n.asked != "" {
			t.Errorf("%s: got exit %d, %q, asked %q, want %q", args, code, errs, n.asked, want)
		}
	}
}

func backendAnswers() map[string]any {
	now := instant("2026-01-02T03:04:05Z")
	until := instant("2026-01-02T03:14:05Z")
	b := api.Backend{
		Name: "test2", URL: "http://10.0.0.6/api/test", Region: "westus2", Disabled: true, Rule: "3 failures in 5m0s, open for 10m0s",
		Settings: settings("backendStatus", "Disabled", ""), Pools: []api.PoolMember{{Pool: "test-pool", Priority: 1, Weight: 50}},
		Nodes: []api.BackendState{{
			Node: "a-1", Location: "westus2", Lookup: "server failure",
			Breaker: api.Breaker{State: "open", Since: &now, Until: &until, Cause: "3 failures in 5m0s", Failures: 3, Attempts: 7, LastError: &api.BackendError{At: now, Status: 503, Text: "no capacity"}},
			Addresses: []api.BackendAddress{
				{Address: "10.0.0.6:80", Source: "dns", AgeSeconds: 12, EjectedUntil: &until, LastError: "refused"},
				{Address: "10.0.0.7:80", Source: "kept", AgeSeconds: 3600, Stale: true, InFlight: 2},
			},
		}, {Node: "b-1", Location: "westeurope", Breaker: api.Breaker{State: "closed", Share: 0.55, LastError: &api.BackendError{At: now, Reason: "Timeout"}}}},
	}
	plain := api.Backend{Name: "test1", URL: "http://10.0.0.5/"}
	return map[string]any{
		"GET /v1/breakers": api.Breakers{
			Breakers: []api.OpenBreaker{
				{Backend: "test2", Location: "westus2", Node: "a-1", AgeSeconds: 0.4, Breaker: b.Nodes[0].Breaker},
				{Backend: "test2", Location: "westeurope", Node: "b-1", AgeSeconds: 61, Disabled: true, Breaker: api.Breaker{State: "closed", Since: &now, Cause: "its time is over"}},
			},
			Nodes: []api.BreakerNews{
				{Node: "a-1", Location: "westus2", At: &now, Shown: 1},
				{Node: "b-1", Location: "westeurope", At: &now, AgeSeconds: 61, Shown: 1, Omitted: 3, Problem: "it cannot be heard"},
				{Node: "c-1", Location: "japaneast", Problem: "it has told nothing"},
			},
		},
		"GET /v1/backends": api.Backends{Backends: []api.Backend{plain, b}}, "GET /v1/backends/test2": b, "GET /v1/backends/test1": plain,
	}
}

// TestBackendVerbs: what is read is shown.
func TestBackendVerbs(t *testing.T) {
	node := fakeNode(t, backendAnswers())
	for _, tt := range []struct {
		args string
		code int
		out  string
		errs string
	}{
		{"backend list", exitOK, "test1    Enabled    -           -     -        -                     -         -\n", ""},
		{"backend list", exitOK, "test2    Disabled   westus2     a-1   open     2026-01-02 03:14:05Z  3 of 7    2026-01-02 03:04:05Z 503 no capacity\n", ""},
		{"backend list", exitOK, "test2    Disabled   westeurope  b-1   closed   -                     0 of 0    2026-01-02 03:04:05Z Timeout\n", ""},
		{"backend list --query backends[1].nodes[0].breaker.state", exitOK, "\"open\"\n", ""},
		{"breaker list", exitOK, "test2    open              westus2     a-1   2026-01-02 03:04:05Z  2026-01-02 03:14:05Z  3 failures in 5m0s  2026-01-02 03:04:05Z 503 no capacity  0s\n", ""},
		{"breaker list", exitOK, "test2    closed, disabled  westeurope  b-1   -                     -                     -                   -                                     61s\nb-1 in westeurope: 3 more are not shown\nb-1 in westeurope, 61s ago: it cannot be heard\nc-1 in japaneast: it has told nothing\n", ""},
		{"backend show test1", exitOK, "test1 http://10.0.0.5/\nbreaker rule: none; operators can trip it\n", ""},
		{"backend show test2", exitOK, "test2 http://10.0.0.6/api/test in westus2\nbreaker rule: 3 failures in 5m0s, open for 10m0s\nmember of test-pool, priority 1, weight 50\n", ""},
		{"backend show test2", exitOK, "Disabled by token:alice (timed) \"works\"", ""},
		{"backend show test2", exitOK, "at a-1 in westus2: open (3 failures in 5m0s) since 2026-01-02 03:04:05Z until 2026-01-02 03:14:05Z, failures 3 of 7 attempts\nlast error: 2026-01-02 03:04:05Z 503 no capacity\nlookup: server failure\n", ""},
		{"backend show test2", exitOK, "10.0.0.6:80  dns     12s    ejected until 2026-01-02 03:14:05Z  0          refused\n10.0.0.7:80  kept    3600s  stale                               2          -\n", ""},
		{"backend show test2", exitOK, "at b-1 in westeurope: closed, lets 55 % pass, failures 0 of 0 attempts\n", ""},
		{"backend show test9", exitRefused, "", "no such thing"},
	} {
		code, out, errs := lineOf(append(strings.Fields(tt.args), "--server", node)...)
		if code != tt.code || !strings.Contains(out, tt.out) || !strings.Contains(errs, tt.errs) || (tt.errs == "") != (errs == "") {
			t.Errorf("%s: got exit %d, out\n%s\nerrors %q; want %d,\n%s\n%q", tt.args, code, out, errs, tt.code, tt.out, tt.errs)
		}
	}
}

// TestRequestVerb: the flags are the question, and the answer is readable from
// the claim to the outcome.
func TestRequestVerb(t *testing.T) {
	var asked api.RequestQuery
	answer := api.RequestResult{
		Node: "a-1", Location: "westus2", Generation: 7, Method: "POST", URL: "https://contoso.gtm.test/suffix/1", Text: "test1 would be asked",
		Relay: &api.RequestRelay{To: "westeurope", Node: "b-1", Why: "westus2 is off"},
		API:   "test", APIPath: "/suffix", Operation: "get", Template: "/{id}", Params: []api.Header{{Name: "id", Value: "1"}},
		Policies: []api.PolicyStep{{Section: "inbound", Scope: "api", Element: "choose", File: "p.xml", Line: 3, Column: 2, Text: "when[1] holds"}, {Section: "inbound", Scope: "api", Element: "set-variable", Depth: 1, Text: "set", Values: []api.Header{{Name: "r", Value: "eu"}}}},
		Forwards: []api.Forward{
			{Method: "POST", URL: "http://10.0.0.5/api/test/1", Target: "test-pool", Pool: true, Chosen: "test1", Address: "10.0.0.5:80", Members: []api.RequestMember{
				{Backend: "test1", Priority: 1, Weight: 50, Why: "chosen", Breaker: api.Breaker{State: "closed", Share: 1}},
				{Backend: "test2", Priority: 1, Weight: 50, Why: "open", RetryAfter: 42, Breaker: api.Breaker{State: "open", Cause: "3 failures in 5m0s"}},
			}},
			{Method: "POST", Target: "test2", RetryAfter: 42},
		},
		Status: 503, Reason: "breaker_open",
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = api.RequestQuery{}
		if err := json.NewDecoder(r.Body).Decode(&asked); err != nil || r.Method != http.MethodPost || r.URL.Path != "/v1/request" {
			t.Errorf("asked %s %s, %v", r.Method, r.URL, err)
		}
		_ = json.NewEncoder(w).Encode(answer)
	}))
	t.Cleanup(s.Close)
	code, out, errs := lineOf("request", "https://contoso.gtm.test/suffix/1", "--client", "203.0.113.7", "--location", "West US 2", "--method", "POST", "--header", "X-A: b: c", "--header", "X-B:", "--explain", "--server", s.URL)
	want := api.RequestQuery{URL: "https://contoso.gtm.test/suffix/1", Client: "203.0.113.7", Location: "West US 2", Method: "POST", Explain: true, Headers: []api.Header{{Name: "X-A", Value: "b: c"}, {Name: "X-B"}}}
	if diff := cmp.Diff(want, asked); diff != "" || code != exitOK || errs != "" {
		t.Errorf("exit %d, %q, asked (-want +got):\n%s", code, errs, diff)
	}
	text := `POST https://contoso.gtm.test/suffix/1 at westus2, says a-1 (generation 7)
relay to westeurope b-1: westus2 is off
api test /suffix, operation get /{id}, id=1
SECTION  SCOPE  ELEMENT         AT         WHAT
inbound  api    choose          p.xml:3:2  when[1] holds
inbound  api      set-variable  -          set r=eu
forward POST http://10.0.0.5/api/test/1 to pool test-pool
MEMBER  PRIORITY  WEIGHT  WHY     WAIT  BREAKER
test1   1         50      chosen  -     closed, failures 0 of 0 attempts
test2   1         50      open    42s   open (3 failures in 5m0s), failures 0 of 0 attempts
chosen test1, address 10.0.0.5:80
forward POST - to backend test2
no backend lets it pass; retry after 42s
answer 503, made here (breaker_open)
test1 would be asked
`
	if diff := cmp.Diff(text, out); diff != "" {
		t.Errorf("shown (-want +got):\n%s", diff)
	}
	if code, _, errs := lineOf("request", "http://h/", "--header", "none", "--server", s.URL); code != exitRefused || !strings.Contains(errs, `header "none": want "Name: value"`) {
		t.Errorf("header: got exit %d, %q", code, errs)
	}
	answer = api.RequestResult{Node: "a-1", Method: "GET", URL: "http://h/", API: "test", Plain: true, Text: "fine"}
	if _, out, _ := lineOf("request", "http://h/", "--server", s.URL); out != "GET http://h/ at -, says a-1 (generation 0)\napi test -, operation -\npolicies: forward, nothing else\nfine\n" {
		t.Errorf("plain: got %q", out)
	}
}
