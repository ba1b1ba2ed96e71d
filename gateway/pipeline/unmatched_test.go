package pipeline

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"meridian/gateway/policy"
)

// scoped compiles a document and puts it behind those of outer scopes.
func scoped(t *testing.T, texts ...string) *policy.Program {
	t.Helper()
	var trees []*policy.Tree
	for i, text := range texts {
		scope := []policy.Scope{policy.ScopeGlobal, policy.ScopeAPI}[i]
		tree, problems := policy.Read(policy.Document{Name: scope.String() + ".xml", Text: []byte(text)}, scope, policy.Options{})
		if tree == nil {
			t.Fatal(problems)
		}
		trees = append(trees, tree)
	}
	return policy.Link(trees...)
}

// unmatchedStage is a pipeline whose service and one of whose APIs have on-error.
func unmatchedStage(t *testing.T) *stage {
	t.Helper()
	service := `<policies><inbound><return-response/></inbound><on-error>
		<set-header name="X-Service"><value>@(context.LastError.Reason + " " + context.Response.StatusCode + " " + context.Request.Url.Path)</value></set-header>
		<choose>
			<when condition="@(context.Request.Method == "PUT")"><set-status code="405" reason="No"/><set-body>no</set-body></when>
			<when condition="@(context.Request.Method == "POST")"><set-status code="405" reason="No"/><set-header name="X-Api"><value>@(context.Api.Id)</value></set-header></when>
		</choose></on-error></policies>`
	api := `<policies><inbound/><on-error><set-header name="X-Api"><value>@(context.Api.Id + " " + (context.Operation == null))</value></set-header>%s</on-error></policies>`
	s := newStage(t)
	s.backend("one", says(200, "one"), nil)
	get := func(p *policy.Program) []Operation {
		return []Operation{{Name: "get", Method: "GET", URLTemplate: "/{id}", Program: p}}
	}
	own, both, inherited := scoped(t, service, strings.Replace(api, "%s", "", 1)), scoped(t, service, strings.Replace(api, "%s", "<base/>", 1)), scoped(t, service)
	s.config.Program = scoped(t, service)
	s.config.APIs = []API{
		{Name: "own", Path: "/own", Backend: "one", Program: own, Operations: get(own)},
		{Name: "both", Path: "/both", Backend: "one", Program: both, Operations: get(both)},
		{Name: "inherits", Path: "/inherits", Backend: "one", Program: inherited, Operations: get(inherited)},
		{Name: "silent", Path: "/silent", Backend: "one", Operations: get(nil)},
	}
	s.apply()
	return s
}

// TestUnmatched: on-error of the service runs for what no API claims, that of an
// API for what none of its operations does; where it fails the 404 stands. What
// was noted of the request is no_api, whatever the answer became.
func TestUnmatched(t *testing.T) {
	s := unmatchedStage(t)
	const built = `{"statusCode":404,"message":"Resource not found"}`
	for i, test := range []struct {
		method, path  string
		status        int
		body          string
		service, api  string
		reason, about string
	}{
		{"GET", "/else/where", 404, built, "OperationNotFound 404 /else/where", "", ReasonNotFound, "the service's, which adds a field"},
		{"PUT", "/else/where", 405, "no", "OperationNotFound 404 /else/where", "", "", "the service's, which replaces the answer"},
		{"POST", "/else/where", 404, built, "", "", ReasonNotFound, "the service's, which fails for want of an API"},
		{"DELETE", "/own/7", 404, built, "", "own True", ReasonNotFound, "the API's, without base"},
		{"DELETE", "/both/7", 404, built, "OperationNotFound 404 /7", "both True", ReasonNotFound, "the API's and the service's"},
		{"PUT", "/inherits/7", 405, "no", "OperationNotFound 404 /7", "", "", "an API that has none of its own"},
		{"POST", "/inherits/7", 405, built, "OperationNotFound 404 /7", "inherits", "", "an API, which on-error may read"},
		{"DELETE", "/silent/7", 404, built, "", "", ReasonNotFound, "an API without policies"},
	} {
		got := s.ask(test.method, "http://x.test"+test.path, "")
		if got.status != test.status || got.body != test.body || got.header.Get("X-Service") != test.service || got.header.Get("X-Api") != test.api {
			t.Errorf("%s: got %d %q %v, want %+v", test.about, got.status, got.body, got.header, test)
		}
		if got.header.Get(headerReason) != test.reason || got.record.Reason != ReasonNotFound {
			t.Errorf("%s: got %q and %q noted, want %q and %q", test.about, got.header.Get(headerReason), got.record.Reason, test.reason, ReasonNotFound)
		}
		if counted := testutil.ToFloat64(s.metrics.refusals.WithLabelValues(ReasonNotFound)); counted != float64(i+1) {
			t.Errorf("%s: got %v counted, want %d", test.about, counted, i+1)
		}
	}
	if calls := s.asked(); len(calls) > 0 {
		t.Errorf("got %q, want no backend asked", calls)
	}
}

// TestUnmatchedDefault: what the default backend takes is no error; a path of an
// API without an operation for it stays one.
func TestUnmatchedDefault(t *testing.T) {
	s := unmatchedStage(t)
	s.config.Default = "one"
	s.apply()
	if got := s.ask("PUT", "http://x.test/else/where", ""); got.status != 200 || got.body != "one" || got.header.Get("X-Service") != "" {
		t.Errorf("got %+v, want the default backend's answer", got)
	}
	if got := s.ask("PUT", "http://x.test/inherits/7", ""); got.status != 405 {
		t.Errorf("got %+v, want on-error's 405", got)
	}
}

// TestUnmatchedExplained: an explanation has the steps of on-error and the status
// that comes of it.
func TestUnmatchedExplained(t *testing.T) {
	s := unmatchedStage(t)
	for _, test := range []struct {
		method, path, api, element string
		status, steps              int
	}{
		{"PUT", "/else/where", "", "set-header", 405, 4},
		{"DELETE", "/own/7", "own", "set-header", 404, 1},
		{"DELETE", "/silent/7", "silent", "", 404, 0},
	} {
		got := s.Explain(t.Context(), httptest.NewRequest(test.method, "http://x.test"+test.path, http.NoBody), Arrival{})
		if got.Status != test.status || got.Reason != ReasonNotFound || got.API != test.api || len(got.Policies) != test.steps || len(got.Forwards) != 0 {
			t.Errorf("%s: got %+v, want %+v", test.path, got, test)
			continue
		}
		if test.steps > 0 && (got.Policies[0].Section != "on-error" || got.Policies[0].Element != test.element) {
			t.Errorf("%s: got %+v, want %s of on-error", test.path, got.Policies[0], test.element)
		}
	}
}
