package pipeline

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"sync/atomic"
	"testing"

	"meridian/gateway/backend"
)

// TestRedirectsKeepSecrets: what was meant for one server goes to no other that
// it names, nor do the credentials that are configured for the other.
func TestRedirectsKeepSecrets(t *testing.T) {
	s := newStage(t)
	var got atomic.Pointer[http.Request] // the last one that was served
	lend := func(b *backend.Backend) {
		b.URL.Path = ""
		b.Credentials.Header = http.Header{"X-Key": {"of-" + b.Name}}
	}
	s.backend("there", func(_ http.ResponseWriter, r *http.Request) { got.Store(r.Clone(t.Context())) }, lend)
	there := s.config.Backends.Backends[0].URL.String()
	s.backend("from", func(w http.ResponseWriter, r *http.Request) {
		to := map[string]string{"/away": there + "/x?own=1", "/here": "/end"}[r.URL.Path]
		if to == "" {
			got.Store(r.Clone(t.Context()))
			return
		}
		http.Redirect(w, r, to, http.StatusTemporaryRedirect)
	}, lend)
	s.config.APIs = []API{{Name: "a", Path: "/a", Backend: "from", Program: program(t, `<policies>
  <inbound><set-header name="X-Partner"><value>s3cret</value></set-header></inbound>
  <backend><forward-request follow-redirects="true"/></backend></policies>`)}}
	s.apply()
	ask := func(path string) (last *http.Request, names []string) {
		t.Helper()
		r := httptest.NewRequest(http.MethodGet, "http://x.test/a"+path+"?mine=1", http.NoBody)
		for _, name := range []string{"Authorization", "Cookie", "X-Functions-Key", "Api-Key", "X-Forwarded-For", "Accept", "Traceparent"} {
			r.Header.Set(name, "v")
		}
		resp, err := s.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		last = got.Load()
		for name := range last.Header {
			names = append(names, name)
		}
		slices.Sort(names)
		return last, names
	}
	if last, names := ask("/away"); !slices.Equal(names, []string{"Accept", "Accept-Encoding", "Traceparent", "User-Agent"}) && !slices.Equal(names, []string{"Accept", "Traceparent"}) || last.URL.RawQuery != "own=1" {
		t.Errorf("another server got %q and query %q, want what anybody may know", names, last.URL.RawQuery)
	}
	if last, _ := ask("/here"); last.Header.Get("X-Key") != "of-from" || last.Header.Get("Authorization") != "v" || last.Header.Get("X-Partner") != "s3cret" {
		t.Errorf("the same server got %v, want what it was sent at first", last.Header)
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
