package pipeline

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestDottedPaths: whatever a backend may take for "." or ".." is not sent to
// one.
func TestDottedPaths(t *testing.T) {
	for target, want := range map[string]bool{
		"/a/..":             true,
		"/./a":              true,
		"/a/.%2E/b":         true,
		"/a/..%2Fb":         true,
		"/a%2F..":           true,
		"/a/..;/b":          true,
		"/a/..%3Bx=1/b":     true,
		"/a/.;/b":           true,
		`/a\..\b`:           true,
		"/a/x%5c..":         true,
		"/a/x%5C..%5Cb":     true, // which net/url takes for nothing special
		"/a/...":            false,
		"/a/..b":            false,
		"/a/b..;x":          false,
		"/.well-known/x":    false,
		"/a;v=1/b":          false,
		"/a%5Cb":            false,
		"/a/%252e%252e%2fb": true, // for who decodes twice
		"/a/%c0%ae%c0%ae/b": true, // for who takes overlong forms
		"/a/100%25":         false,
	} {
		u, err := url.Parse(target)
		if err != nil {
			t.Fatal(err)
		}
		if got := pathOf(u).dotted(); got != want {
			t.Errorf("%s: got %t, want %t", target, got, want)
		}
	}
}

// TestPoliciesKeepBelow: a path that policies make of what the client says
// leads out of no backend's, and to no credentials of another path.
func TestPoliciesKeepBelow(t *testing.T) {
	s := newStage(t)
	s.backend("one", says(200, "one"), nil)
	at := s.config.Backends.Backends[0].URL
	for name, text := range map[string]string{
		"query":   `<policies><inbound><rewrite-uri template="/items/{id}"/></inbound></policies>`,
		"rewrite": `<policies><inbound><rewrite-uri template="@("/items/" + context.Request.OriginalUrl.Query["id"][0])"/></inbound></policies>`,
		"address": `<policies><inbound><set-backend-service base-url="@("` + at.String() + `/" + context.Request.OriginalUrl.Query["id"][0])"/></inbound></policies>`,
	} {
		s.config.APIs = append(s.config.APIs, API{Name: name, Path: "/" + name, Backend: "one", Operations: []Operation{
			{Name: "get", Method: "GET", URLTemplate: "/x?id={id}", Program: program(t, text)},
		}})
	}
	s.apply()
	for _, api := range []string{"query", "rewrite", "address"} {
		if got := s.ask("GET", "http://x.test/"+api+"/x?id=7", ""); got.status != http.StatusOK || len(s.asked()) != 1 {
			t.Errorf("%s: id=7: got %d, want 200 of one call", api, got.status)
		}
		for _, id := range []string{"..", "a/../../admin", "%2e%2e/admin", "..%3B/admin", `..\admin`, "x%5C..%5C..%5Cadmin"} {
			target := "http://x.test/" + api + "/x?id=" + id
			got, calls := s.ask("GET", target, ""), s.asked()
			if got.status != http.StatusBadRequest || len(calls) > 0 {
				t.Errorf("%s: id=%s: got %d and calls %q, want 400 and none", api, id, got.status, calls)
			}
			u, err := http.NewRequest(http.MethodGet, target, nil)
			if err != nil {
				t.Fatal(err)
			}
			if e := s.Explain(t.Context(), u, Arrival{}); e.Reason != ReasonBadPath || len(e.Forwards) > 0 {
				t.Errorf("%s: id=%s: explained as %q with %d forwards, want %s and none", api, id, e.Reason, len(e.Forwards), ReasonBadPath)
			}
		}
	}
}

// TestBackendsSpeakForThemselves: what only a gateway says is taken off a
// backend's answer.
func TestBackendsSpeakForThemselves(t *testing.T) {
	s := newStage(t)
	s.backend("one", func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Meridian-Reason"] = []string{ReasonOpen}
		w.Header()["meridian_Gateway"] = []string{"disabled"}
		w.Header().Set("Meridians", "three")
		w.WriteHeader(http.StatusServiceUnavailable)
	}, nil)
	s.config.APIs = []API{
		{Name: "plain", Path: "/plain", Backend: "one"},
		{Name: "run", Path: "/run", Backend: "one", Program: program(t, `<policies><outbound><set-header name="X-A" exists-action="override"><value>a</value></set-header></outbound></policies>`)},
	}
	s.apply()
	for _, target := range []string{"http://x.test/plain", "http://x.test/run"} {
		got := s.ask("GET", target, "")
		for name := range got.header {
			if strings.HasPrefix(strings.ToLower(name), "meridian") && name != "Meridians" {
				t.Errorf("%s: got field %s of the backend", target, name)
			}
		}
		if got.status != http.StatusServiceUnavailable || got.header.Get("Meridians") == "" {
			t.Errorf("%s: got %d %v, want the rest as it was", target, got.status, got.header)
		}
	}
}
