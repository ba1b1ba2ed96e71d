package pipeline

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"meridian/gateway/backend"
)

// TestRedirectsKeepSecrets: what was meant for one server goes to no other that
// it names, nor do the credentials that are configured for the other.
func TestRedirectsKeepSecrets(t *testing.T) {
	s := newStage(t)
	var got http.Header
	var query string
	lend := func(b *backend.Backend) {
		b.URL.Path = ""
		b.Credentials.Header = http.Header{"X-Key": {"of-" + b.Name}}
	}
	s.backend("there", func(_ http.ResponseWriter, r *http.Request) { got, query = r.Header.Clone(), r.URL.RawQuery }, lend)
	there := s.config.Backends.Backends[0].URL.String()
	s.backend("from", func(w http.ResponseWriter, r *http.Request) {
		to := map[string]string{"/away": there + "/x?own=1", "/here": "/end"}[r.URL.Path]
		if to == "" {
			got, query = r.Header.Clone(), r.URL.RawQuery
			return
		}
		http.Redirect(w, r, to, http.StatusTemporaryRedirect)
	}, lend)
	s.config.APIs = []API{{Name: "a", Path: "/a", Backend: "from", Program: program(t, `<policies>
  <inbound><set-header name="X-Partner"><value>s3cret</value></set-header></inbound>
  <backend><forward-request follow-redirects="true"/></backend></policies>`)}}
	s.apply()
	ask := func(path string) (names []string) {
		t.Helper()
		got, query = nil, ""
		r := httptest.NewRequest(http.MethodGet, "http://x.test/a"+path+"?mine=1", http.NoBody)
		for _, name := range []string{"Authorization", "Cookie", "X-Functions-Key", "Api-Key", "X-Forwarded-For", "Accept", "Traceparent"} {
			r.Header.Set(name, "v")
		}
		resp, err := s.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		for name := range got {
			names = append(names, name)
		}
		slices.Sort(names)
		return names
	}
	if names := ask("/away"); !slices.Equal(names, []string{"Accept", "Accept-Encoding", "Traceparent", "User-Agent"}) && !slices.Equal(names, []string{"Accept", "Traceparent"}) || query != "own=1" {
		t.Errorf("another server got %q and query %q, want what anybody may know", names, query)
	}
	if ask("/here"); got.Get("X-Key") != "of-from" || got.Get("Authorization") != "v" || got.Get("X-Partner") != "s3cret" {
		t.Errorf("the same server got %v, want what it was sent at first", got)
	}
}

// TestSameOrigin: a server in the clear is another one.
func TestSameOrigin(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "https://one.test/a", http.NoBody)
	r.Header.Set("Authorization", "v")
	for location, want := range map[string]bool{"/b": true, "https://ONE.test/b": true, "http://one.test/b": false, "https://one.test:444/b": false, "//two.test/b": false} {
		next := redirection(r.URL, r, &http.Response{StatusCode: http.StatusFound, Header: http.Header{"Location": {location}}})
		if got := next.Header.Get("Authorization") != ""; got != want {
			t.Errorf("%s: got the credentials: %t, want %t", location, got, want)
		}
	}
}
