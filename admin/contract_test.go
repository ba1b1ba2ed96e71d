package admin_test

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
	"github.com/google/go-cmp/cmp"

	"meridian/admin"
	"meridian/admin/api"
)

const golden = "../docs/openapi.json"

// TestOpenAPIIsCurrent compares the document with docs/openapi.json;
// UPDATE_GOLDEN=1 writes it.
func TestOpenAPIIsCurrent(t *testing.T) {
	got, err := admin.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(filepath.FromSlash(golden), got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(filepath.FromSlash(golden))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s is not current; UPDATE_GOLDEN=1 go test ./admin writes it (-file +code):\n%s", golden, diff)
	}
}

// document reads the served document, checks it, and makes a router of it.
func document(t *testing.T, f *fixture) (*openapi3.T, routers.Router) {
	t.Helper()
	resp, body := f.get(t, "/openapi.json")
	if got := resp.Header.Get("Content-Type"); got != "application/openapi+json" {
		t.Errorf("content type: got %q, want application/openapi+json", got)
	}
	doc, err := openapi3.NewLoader().LoadFromData(body)
	if err != nil {
		t.Fatalf("loading the served document: %v", err)
	}
	if doc.OpenAPI != "3.1.0" {
		t.Errorf("openapi: got %q, want 3.1.0", doc.OpenAPI)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Fatalf("validating the served document: %v", err)
	}
	router, err := legacy.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	return doc, router
}

// TestContract sends requests and checks both directions against the document.
func TestContract(t *testing.T) {
	f := start(t, func(o *admin.Options) {
		o.Audit = auditLog(t)
		o.Sources = clusterSources(o.Sources, &fakeCluster{})
	})
	f.events.Append(api.Event{At: at("2026-01-02T03:04:05Z"), Kind: "target_down", Subject: "target/shop/eu", Text: "shop/eu is down", Fields: map[string]string{"reason": "refused"}})
	doc, router := document(t, f)
	c := contract{f: f, router: router, seen: map[string]bool{}}
	for _, tt := range orderRequests() {
		t.Run(tt.method+" "+tt.path+" "+tt.body, func(t *testing.T) { c.try(t, tt) })
	}
	tests := []struct {
		method, path string
		status       int
		badRequest   bool // the document refuses it too
	}{
		{"GET", "/healthz", 200, false},
		{"GET", "/readyz", 200, false},
		{"GET", "/metrics", 200, false},
		{"GET", "/openapi.json", 200, false},
		{"GET", "/v1/status", 200, false},
		{"GET", "/v1/resolve?name=contoso", 200, false},
		{"GET", "/v1/resolve?name=contoso&client=203.0.113.7&type=AAAA&explain=true&resolver=192.0.2.1", 200, false},
		{"GET", "/v1/resolve?client=203.0.113.7", 422, true},
		{"GET", "/v1/resolve?name=contoso&client=nowhere", 422, false},
		{"GET", "/v1/resolve?name=contoso&type=A%20A", 422, true},
		{"GET", "/v1/resolve?name=contoso&explain=perhaps", 422, true},
		{"GET", "/v1/health", 200, false},
		{"GET", "/v1/health?verdict=down&profile=shop&limit=1", 200, false},
		{"GET", "/v1/health?verdict=sick", 422, true},
		{"GET", "/v1/health?limit=0", 422, true},
		{"POST", "/v1/health/shop%2Fus/probe", 200, false},
		{"POST", "/v1/health/nobody/probe", 404, false},
		{"POST", "/v1/health/shop%2Fus/release", 200, false},
		{"POST", "/v1/health/nobody/release", 404, false},
		{"GET", "/v1/profiles", 200, false},
		{"GET", "/v1/profiles/shop", 200, false},
		{"GET", "/v1/profiles/contoso-westus2-01.regional", 404, false},
		{"GET", "/v1/profiles/a%20b", 422, true},
		{"GET", "/v1/locations", 200, false},
		{"GET", "/v1/geo?address=203.0.113.7", 200, false},
		{"GET", "/v1/geo?address=fe80::1%25eth0", 422, false},
		{"GET", "/v1/zone", 200, false},
		{"POST", "/v1/zone/check", 200, false},
		{"GET", "/v1/audit", 200, false},
		{"GET", "/v1/audit?limit=0", 422, true},
		{"GET", "/v1/events", 200, false},
		{"GET", "/v1/events?after=r1-0&limit=5", 200, false},
	}
	for _, tt := range tests {
		t.Run(tt.method+" "+tt.path, func(t *testing.T) {
			c.try(t, orderRequest{method: tt.method, path: tt.path, status: tt.status, badRequest: tt.badRequest})
		})
	}
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			if !c.seen[method+" "+path] {
				t.Errorf("%s %s is in the document and in no test", method, path)
			}
		}
	}
}

// contract is a server and its document.
type contract struct {
	f      *fixture
	router routers.Router
	seen   map[string]bool // operations tried
}

// try sends a request and checks it and the answer against the document.
func (c *contract) try(t *testing.T, tt orderRequest) {
	t.Helper()
	r := c.f.request(t, tt.method, tt.path)
	if tt.body != "" {
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(tt.body)), int64(len(tt.body))
		r.Header.Set("Content-Type", "application/json")
	}
	route, params, err := c.router.FindRoute(escaped(r))
	if err != nil {
		t.Fatalf("the document has no such path: %v", err)
	}
	c.seen[route.Method+" "+route.Path] = true
	in := &openapi3filter.RequestValidationInput{
		Request: r, PathParams: params, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc},
	}
	if err := openapi3filter.ValidateRequest(t.Context(), in); (err != nil) != tt.badRequest {
		t.Errorf("request by the document: got error %v, want error %t", err, tt.badRequest)
	}
	resp, body := c.f.do(t, r)
	if resp.StatusCode != tt.status {
		t.Fatalf("status: got %d, want %d (%s)", resp.StatusCode, tt.status, body)
	}
	if tt.status >= 400 {
		fault(t, resp, body)
	}
	checkAnswer(t, in, resp, body)
}

// escaped is r with its path percent-encoded, as the router wants it to keep
// "shop%2Fus" one element.
func escaped(r *http.Request) *http.Request {
	r = r.Clone(r.Context())
	r.URL.Path, r.URL.RawPath = r.URL.EscapedPath(), ""
	return r
}

func checkAnswer(t *testing.T, in *openapi3filter.RequestValidationInput, resp *http.Response, body []byte) {
	t.Helper()
	out := &openapi3filter.ResponseValidationInput{RequestValidationInput: in, Status: resp.StatusCode, Header: resp.Header, Body: io.NopCloser(bytes.NewReader(body))}
	out.Options = &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true}
	if !strings.Contains(resp.Header.Get("Content-Type"), "json") || resp.Header.Get("Content-Type") == "application/openapi+json" {
		out.Options.ExcludeResponseBody = true
	}
	if err := openapi3filter.ValidateResponse(t.Context(), out); err != nil {
		t.Errorf("answer by the document: %v\n%s", err, body)
	}
}

// TestNotReadyIsInTheContract: the 503 of /readyz is a Ready, not a problem.
func TestNotReadyIsInTheContract(t *testing.T) {
	f := start(t, nil)
	f.node.notReady = []string{"no plan: reading service.yaml: line 3: …"}
	_, router := document(t, f)
	r := f.request(t, "GET", "/readyz")
	route, params, err := router.FindRoute(r)
	if err != nil {
		t.Fatal(err)
	}
	resp, body := f.do(t, r)
	if resp.StatusCode != http.StatusServiceUnavailable || !bytes.Contains(body, []byte("no plan: reading")) {
		t.Errorf("got %d %s, want 503 with the reason", resp.StatusCode, body)
	}
	checkAnswer(t, &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route}, resp, body)
}

// TestContractTestCanFail: an answer that breaks the document is found.
func TestContractTestCanFail(t *testing.T) {
	f := start(t, nil)
	_, router := document(t, f)
	r := f.request(t, "GET", "/v1/profiles/shop")
	route, params, err := router.FindRoute(r)
	if err != nil {
		t.Fatal(err)
	}
	resp, body := f.do(t, r)
	for _, broken := range [][2]string{{`"endpoints":[{`, `"endpoints":null,"x":[{`}, {`"ttl":60`, `"ttl":"60"`}, {`"tier":"available"`, `"tier":"lovely"`}} {
		out := &openapi3filter.ResponseValidationInput{
			RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route},
			Status:                 200, Header: resp.Header,
			Body: io.NopCloser(bytes.NewReader(bytes.Replace(body, []byte(broken[0]), []byte(broken[1]), 1))),
		}
		if err := openapi3filter.ValidateResponse(t.Context(), out); err == nil {
			t.Errorf("%s in place of %s: got no error, want one", broken[1], broken[0])
		}
	}
}
