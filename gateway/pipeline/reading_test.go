package pipeline

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestOneReading: a path that a backend may take for one of another API does not
// reach it by an API with other policies; what is one value stays one.
func TestOneReading(t *testing.T) {
	s := newStage(t)
	s.backend("root", says(200, "root"), nil)
	s.backend("admin", says(200, "admin"), nil)
	get := func(name, template string) Operation {
		return Operation{Name: name, Method: "GET", URLTemplate: template}
	}
	projects := []Operation{get("project", "/{id}"), get("issues", "/{id}/issues")}
	s.config.APIs = []API{
		{Name: "root", Path: "/", Backend: "root"},
		{Name: "admin", Path: "/admin", Backend: "admin"},
		{Name: "projects", Path: "/projects", Backend: "root", Operations: projects},
		{Name: "gitlab", Path: "/gitlab", Backend: "root", Operations: projects, AsWritten: true},
		{Name: "split", Path: "/split", Backend: "root", Operations: []Operation{get("all", "/*"), get("secret", "/secret/*")}},
	}
	s.apply()
	for target, want := range map[string]string{
		"/admin;a=b/x":              "", // a servlet container's parameter
		"/admin%3Ba=b/x":            "",
		"/admin%2fx":                "",
		"/%2fadmin/x":               "",
		"/%252fadmin/x":             "", // for who decodes twice
		"/%25252561dmin":            "",
		"/%2525252525252561dmin":    "", // nobody knows how often
		"/%61dmin%5Cx":              "",
		`/admin\x`:                  "",
		"/%c0%afadmin":              "",
		"/;/admin":                  "",
		"/admin%00":                 "",
		"/x%0d%0aadmin":             "",
		"/x%7f":                     "",
		"/%252e%252e/x":             "",
		"/%61dmin/x":                "/base/x", // that is /admin
		"//admin//x":                "/base//x",
		"/shop;v=1/x%2Fy":           "/base/shop;v=1/x%2Fy",
		"/shop/100%25":              "/base/shop/100%25",
		"/projects/a%2Fb":           "/base/a%2Fb",
		"/projects/a%2Fb/issues":    "/base/a%2Fb/issues",
		"/projects/a%2Fissues":      "", // the operation of another
		"/gitlab/a%2Fissues":        "/base/a%2Fissues",
		"/gitlab%2Fa":               "",
		"/gitlab/..%2Fadmin":        "",
		"/split/x%2Fsecret":         "/base/x%2Fsecret",
		"/split/%2Fsecret/x":        "",
		"/split/secret%2Fx":         "",
		"/split/secret;jsession=1/": "",
	} {
		got, calls := s.ask("GET", "http://x.test"+target, ""), s.asked()
		switch {
		case want == "" && (got.status != http.StatusBadRequest || got.record.Reason != ReasonBadPath || len(calls) > 0):
			t.Errorf("%s: got %d %s and calls %q, want 400 %s and none", target, got.status, got.record.Reason, calls, ReasonBadPath)
		case want != "" && (len(calls) != 1 || !strings.Contains(calls[0], " GET "+want+" ")):
			t.Errorf("%s: got %d and calls %q, want one of %s", target, got.status, calls, want)
		}
		r, err := http.NewRequest(http.MethodGet, "http://x.test"+target, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		if e := s.Explain(t.Context(), r, Arrival{}); (e.Reason == ReasonBadPath) != (want == "") {
			t.Errorf("%s: explained as %q, served as %d", target, e.Reason, got.status)
		}
	}
}

// TestUnclaimedReadings: what no API claims goes to the default backend only
// where no API would claim another reading of it.
func TestUnclaimedReadings(t *testing.T) {
	s := newStage(t)
	s.backend("rest", says(200, "rest"), nil)
	s.config.Default = "rest"
	s.config.APIs = []API{{Name: "admin", Path: "/admin", Backend: "rest", Operations: []Operation{{Name: "get", Method: "GET", URLTemplate: "/x"}}}}
	s.apply()
	for target, want := range map[string]int{
		"/admin%2Fy": http.StatusBadRequest, "/a%2Fb": http.StatusOK, "/admin/y": http.StatusNotFound, "/admin/y%2Fz": http.StatusNotFound,
	} {
		if got := s.ask("GET", "http://x.test"+target, ""); got.status != want {
			t.Errorf("%s: got %d, want %d", target, got.status, want)
		}
	}
}

// TestReadingsEnd: what is encoded in itself ever again is given up.
func TestReadingsEnd(t *testing.T) {
	text := "/%" + strings.Repeat("25", 20_000) + "61"
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if got := pathOf(u).loosest(); got != "" {
		t.Errorf("got %d bytes, want none", len(got))
	}
}
