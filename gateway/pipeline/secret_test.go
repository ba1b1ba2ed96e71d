package pipeline

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"meridian/gateway/policy"
)

// TestExplainKeepsSecrets: what would be sent is told without the secrets that
// policies put into it, in whatever spelling.
func TestExplainKeepsSecrets(t *testing.T) {
	s := newStage(t)
	s.backend("one", says(200, "one"), nil)
	const secret = "hunter/2=&x"
	text := `<policies><inbound>
  <set-header name="Host" exists-action="override"><value>@("{{key}}".Substring(0, 6) + ".test")</value></set-header>
  <rewrite-uri template="@("/made?k=" + System.Net.WebUtility.UrlEncode("{{key}}"))"/>
</inbound></policies>`
	tree, problems := policy.Read(policy.Document{Name: "api.xml", Text: []byte(text)}, policy.ScopeAPI, policy.Options{
		NamedValues: map[string]string{"key": secret}, Secret: func(string) bool { return true },
	})
	if tree == nil {
		t.Fatal(problems)
	}
	s.config.APIs = []API{{Name: "api", Path: "/api", Backend: "one", Program: policy.Link(tree)}}
	s.apply()
	got := fmt.Sprintf("%+v", s.Explain(t.Context(), httptest.NewRequest(http.MethodGet, "/api/x", http.NoBody), Arrival{}))
	for _, shown := range []string{"hunter", "2%3D"} {
		if strings.Contains(got, shown) {
			t.Errorf("%q is shown: %s", shown, got)
		}
	}
	if !strings.Contains(got, "Path:/made Query:k=***") || !strings.Contains(got, "Chosen:one") {
		t.Errorf("got %s, want a forward to one with a query that is veiled", got)
	}
}
