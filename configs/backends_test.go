package configs_test

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"meridian/configs"
	"meridian/gateway/policy"
)

// backendsDocument has every key of a backend and of a pool, numbers as strings
// among them (seed 002).
const backendsDocument = head + `
backends:
  - name: test1
    type: Single
    protocol: http
    url: http://10.0.0.5/api/test
    circuitBreaker:
      rules:
        - name: myBreakerRule
          failureCondition: {count: "3", errorReasons: [Server errors], interval: PT5M, statusCodeRanges: [{min: "500", max: "599"}]}
          tripDuration: PT10M
  - name: full
    url: https://backend.example.net:8443
    azureRegion: westus2
    resolve: dns
    emptyAnswer: drain
    httpVersion: "2"
    tls: {validateCertificateName: false, serverName: inner.example.net}
    proxy: {url: "http://10.0.0.8:3128", username: me, password: "{{word}}"}
    timeouts: {connect: 1s, response: PT2M, idle: 30s, age: 10m}
    credentials:
      authorization: {scheme: Bearer, secret: token}
      header: {x-key: [{secret: key}, "a {{stage}} b"]}
      query: {code: [{value: c}]}
    circuitBreaker:
      rules:
        - name: share
          failureCondition: {percentage: 50, minimumVolume: 20, interval: 10s, errorReasons: [timeout]}
          tripDuration: 30s
          acceptRetryAfter: true
          recovery: halfOpen
          halfOpen: {probes: 2, lease: 5s, ramp: 1m}
          failureResponse: {statusCode: 502}
  - name: Pool
    type: Pool
    pool:
      services: [{id: TEST1, priority: "1", weight: "80"}, {id: /subscriptions/s/providers/Microsoft.ApiManagement/service/a/backends/full, priority: 2, weight: 0, preferredCarbonEmission: Low}]
      prefer: region
      healthOf: location
      sessionAffinity: {sessionId: {source: cookie, name: SessionId}}
      failureResponse: {statusCode: 429}
namedValues: [{name: stage, value: test}, {name: word, secret: password}]
safety: {retryBudget: 10%}
`

func TestBackends(t *testing.T) {
	s := compileBare(t, backendsDocument, configs.Options{Region: regions, Secret: anySecret})
	want := []configs.Backend{
		{
			Name: "test1", URL: parseURL(t, "http://10.0.0.5/api/test"),
			Breaker: &configs.BreakerRule{
				Name: "myBreakerRule", Count: 3, Interval: 5 * time.Minute, TripDuration: 10 * time.Minute,
				Statuses: []configs.StatusRange{{Min: 500, Max: 599}}, Reasons: []string{"Server errors"},
			},
		},
		{
			Name: "full", URL: parseURL(t, "https://backend.example.net:8443"), Region: "westus2", Resolve: "dns", EmptyDrains: true, HTTPVersion: "2",
			Proxy: parseURL(t, "http://me:value%20of%20password@10.0.0.8:3128"),
			TLS:   configs.BackendTLS{SkipName: true, ServerName: "inner.example.net"},
			Timeouts: configs.BackendTimeouts{
				Connect: time.Second, Header: 2 * time.Minute, Idle: 30 * time.Second, Age: 10 * time.Minute,
			},
			Credentials: configs.BackendCredentials{
				Header: http.Header{"Authorization": {"Bearer value of token"}, "X-Key": {"value of key", "a test b"}},
				Query:  url.Values{"code": {"c"}},
			},
			Breaker: &configs.BreakerRule{
				Name: "share", Percentage: 50, MinimumVolume: 20, Interval: 10 * time.Second, TripDuration: 30 * time.Second,
				Reasons: []string{"timeout"}, AcceptRetryAfter: true, FailureStatus: 502,
				HalfOpen: &configs.HalfOpen{Probes: 2, Successes: 1, Lease: 5 * time.Second, Ramp: time.Minute},
			},
		},
	}
	if diff := cmp.Diff(want, s.Backends, cmp.AllowUnexported(url.Userinfo{})); diff != "" {
		t.Errorf("backends (-want +got):\n%s", diff)
	}
	pools := []configs.Pool{{
		Name: "Pool", PreferRegion: true, HealthOfLocation: true, FailureStatus: 429, SessionCookie: "SessionId",
		Members: []configs.PoolMember{{Backend: "test1", Priority: 1, Weight: 80}, {Backend: "full", Priority: 2, Weight: 0}},
	}}
	if diff := cmp.Diff(pools, s.Pools); diff != "" {
		t.Errorf("pools (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"key", "password", "token"}, s.Secrets); diff != "" || s.Retry.Budget != 10 {
		t.Errorf("retry budget %d, want 10; secrets (-want +got):\n%s", s.Retry.Budget, diff)
	}
}

func parseURL(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// compileBare compiles a document that names no files.
func compileBare(t *testing.T, text string, o configs.Options) *configs.Service {
	t.Helper()
	b, err := configs.NewBundle("service.yaml", []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	s, err := b.Compile(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestSecrets: a node without a secret refuses the plan; away from a node the
// secrets are taken to be there, with one warning. No problem shows a value.
func TestSecrets(t *testing.T) {
	b, err := configs.NewBundle("service.yaml", []byte(backendsDocument), nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.Compile(configs.Options{Region: regions, Secret: func(name string) (string, bool) { return "a\nb", name != "key" }})
	const want = `no secret has the name "key": want it there first (meridian secret set key)`
	if got := problemAt(t, err, "backends[1].credentials.header.x-key[0].secret"); got != want {
		t.Errorf("missing secret: got %q; want %q", got, want)
	}
	const unfit = "a value with line ends or control characters: want visible characters on one line"
	if got := problemAt(t, err, "backends[1].credentials.authorization"); got != unfit {
		t.Errorf("secret with a line end: got %q; want %q", got, unfit)
	}
	s := compileBare(t, backendsDocument, configs.Options{Region: regions})
	if len(s.Warnings) != 1 || s.Backends[1].Credentials.Header.Get("Authorization") != "Bearer placeholder" {
		t.Errorf("without secrets: got %q with warnings %v; want a placeholder and one warning", s.Backends[1].Credentials.Header.Get("Authorization"), s.Warnings)
	}
}

// problemAt returns the message of a problem by its path; empty where there is
// none.
func problemAt(t *testing.T, err error, path string) string {
	t.Helper()
	problems, ok := err.(configs.Problems) //nolint:errorlint // Compile returns Problems as they are
	if !ok {
		t.Fatalf("got %v; want Problems", err)
	}
	for _, p := range problems {
		if p.Path == path {
			return p.Message
		}
	}
	return ""
}

// TestAPIs: paths, hosts and defaults; operations without policies of their own
// share the program of their API.
func TestAPIs(t *testing.T) {
	s := compileBare(t, head+`
backends: [{name: Orders, url: "http://10.0.0.5"}]
apis:
  - {name: orders, path: orders/v1/, hosts: [API.Example.com., "*.example.net"], backend: ORDERS, revision: "2", version: v1,
     operations: [{name: get, method: get, urlTemplate: "/{id}"}, {name: all, displayName: All, method: "*", urlTemplate: "/*"}]}
  - {name: root, displayName: Everything else, serviceUrl: "https://10.0.0.6/x"}
`, configs.Options{Region: regions})
	for i := range s.APIs {
		if s.APIs[i].Program == nil || !s.APIs[i].Program.Plain() {
			t.Errorf("program of %s: got %v; want a plain one", s.APIs[i].Name, s.APIs[i].Program)
		}
		for j := range s.APIs[i].Operations {
			if s.APIs[i].Operations[j].Program != s.APIs[i].Program {
				t.Errorf("program of %s: got another one than its API's", s.APIs[i].Operations[j].Name)
			}
		}
	}
	want := []configs.API{
		{
			Name: "orders", DisplayName: "orders", Path: "/orders/v1", Hosts: []string{"api.example.com", "*.example.net"}, Backend: "Orders", Revision: "2", Version: "v1",
			Operations: []configs.Operation{{Name: "get", DisplayName: "get", Method: "GET", URLTemplate: "/{id}"}, {Name: "all", DisplayName: "All", Method: "*", URLTemplate: "/*"}},
		},
		{Name: "root", DisplayName: "Everything else", Path: "/", Revision: "1", URL: parseURL(t, "https://10.0.0.6/x")},
	}
	if diff := cmp.Diff(want, s.APIs, cmp.Comparer(func(_, _ *policy.Program) bool { return true })); diff != "" {
		t.Errorf("APIs (-want +got):\n%s", diff)
	}
}

// samePrograms compares programs by what can be seen of them.
func samePrograms() cmp.Option {
	return cmp.Comparer(func(a, b *policy.Program) bool {
		return (a == nil) == (b == nil) && (a == nil || a.Plain() == b.Plain())
	})
}

// TestPoliciesHaveTheirOwnLines: what is wrong in a policy is told with its file,
// line and column, after what is wrong in the document, once for each fragment.
func TestPoliciesHaveTheirOwnLines(t *testing.T) {
	files := map[string]string{
		"p/a.xml": "<policies>\n  <inbound>\n    <include-fragment fragment-id=\"f\" />\n    <set-backend-service backend-id=\"two\" />\n  </inbound>\n</policies>",
		"p/b.xml": "<policies>\n  <inbound>\n    <include-fragment fragment-id=\"f\" />\n    <set-header name=\"a\"><value>{{missing}}</value></set-header>\n  </inbound>\n</policies>",
		"p/f.xml": "<fragment>\n  <no-such-thing />\n</fragment>",
	}
	b, err := configs.NewBundle("some/service.yaml", []byte(head+`
backends: [{name: one, url: "http://10.0.0.5"}]
fragments: [{name: f, file: p/f.xml}]
apis:
  - {name: a, path: /a, backend: none, policies: {file: p/a.xml}}
  - {name: b, path: /b, policies: {file: p/b.xml}}
`), func(name string) ([]byte, error) { return []byte(files[name]), nil })
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.Compile(configs.Options{Region: regions})
	problems, _ := err.(configs.Problems) //nolint:errorlint // Compile returns Problems as they are
	var got []string
	for _, p := range problems {
		got = append(got, fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column))
	}
	want := []string{"some/service.yaml:8:34", "some/p/a.xml:4:38", "some/p/b.xml:4:33", "some/p/f.xml:2:3"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("places of %v (-want +got):\n%s", err, diff)
	}
	if len(problems) == 4 && problems[3].Source != "  <no-such-thing />" {
		t.Errorf("line of the fragment: got %q", problems[3].Source)
	}
}

func TestDeploymentRegion(t *testing.T) {
	for name, want := range map[string]string{
		"westus": "West US", "West US": "West US", "WEST US 2": "West US 2", "usgovvirginia": "USGov Virginia", "Tokyo DC": "Tokyo DC", "centralindia": "Central India",
	} {
		if got := configs.DeploymentRegion(name); got != want {
			t.Errorf("%q: got %q; want %q", name, got, want)
		}
	}
}
