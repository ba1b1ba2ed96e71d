package admin_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"meridian/admin"
	"meridian/admin/api"
)

// pageNode is the sources of the page that fakeNode is not.
type pageNode struct{ *fakeNode }

const hostile = `<script>alert(1)</script>"onload='x`

func (p pageNode) Location(_ context.Context, id string) (api.Location, error) {
	if id != "westus2" {
		return api.Location{}, api.Errorf(api.NotFound, "location %q", id)
	}
	return api.Location{
		ID: id, Name: hostile, Status: "Online", Why: hostile,
		Gateways: []api.Gateway{{Node: "westus2-1", Address: "203.0.113.10", Verdict: "up"}},
		Settings: []api.Setting{{Property: "disableGateway", Effective: "false", Intent: &api.Intent{Value: "false", By: "token:alice", Reason: hostile}}},
		Arrivals: &api.Arrivals{Served: 4711, T95: ptr(3.5), Text: hostile},
	}, nil
}

func (p pageNode) Nodes(context.Context) ([]api.Node, error) {
	return []api.Node{{ID: "00", Name: "westus2-1", Location: "westus2", State: "active", Member: "alive", Plan: "1.42.0123456789ab", Here: true}}, nil
}

func (p pageNode) ForgetNode(context.Context, string, api.Terms) (api.Change, error) {
	return api.Change{}, nil
}

func (p pageNode) Promote(context.Context, string, api.Terms) (api.Change, error) {
	return api.Change{}, nil
}

func (p pageNode) Change(context.Context, string, api.Terms) (api.Change, error) {
	return api.Change{}, nil
}

func (p pageNode) Changes(context.Context, int) ([]api.Change, error) {
	return []api.Change{{
		ID: "c1", Object: "location/westus2", Property: "disableGateway", Value: "true", By: "token:alice", At: at("2026-01-02T03:04:05Z"),
		Applied: []api.Applied{{Name: "westus2-1", Ms: 12}}, Missing: []api.Missing{{Name: "westeurope-1", Reason: "not reachable"}},
	}}, nil
}

func (p pageNode) Plan(context.Context) (api.PlanState, error) {
	return api.PlanState{}, api.Errorf(api.Unavailable, "the archive is shut")
}

func (p pageNode) CheckPlan(context.Context, api.Bundle) (api.PlanCheck, error) {
	return api.PlanCheck{}, nil
}

func (p pageNode) Drills(context.Context, int) (api.Drills, error) {
	d, err := p.Drill(context.Background(), "d1")
	return api.Drills{Drills: []api.Drill{d}}, err
}

func (p pageNode) Drill(context.Context, string) (api.Drill, error) {
	var points []api.DrillPoint
	for i := range 2000 {
		points = append(points, api.DrillPoint{Second: float64(i - 100), Answers: 1 - float64(i)/2000, Arrivals: 0.5, Errors: uint64(i % 1000 / 999)})
	}
	return api.Drill{ID: "d1", Location: "westus2", Mode: "drain", State: "running", By: "token:alice", Why: hostile, Curve: points}, nil
}

func (p pageNode) DrillReport(context.Context, string, string) (api.DrillReport, error) {
	return api.DrillReport{}, nil
}

func (p pageNode) Switch(_ context.Context, s []api.Switch, t api.Terms) (api.Change, error) {
	return api.Change{ID: "c2", Object: "location/westus2", By: t.By, Reached: true}, nil
}
func (p pageNode) ReadFreeze(context.Context) (api.Freeze, error) { return api.Freeze{}, nil }

func withPage(o *admin.Options) {
	node, _ := o.Sources.Status.(*fakeNode)
	p := pageNode{node}
	o.Sources.Location, o.Sources.Nodes, o.Sources.Changes, o.Sources.Plan, o.Sources.Reports, o.Sources.Switches = p, p, p, p, p, p
}

// TestPage: everything is on it, nothing of it is taken for markup, and nothing
// is inline.
func TestPage(t *testing.T) {
	f := start(t, withPage)
	resp, body := f.get(t, "/")
	text := string(body)
	if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Fatalf("got %d %q %s", resp.StatusCode, resp.Header.Get("Content-Type"), text)
	}
	for _, want := range []string{
		"All is well", "loopback (admin)", "westus2-1", "203.0.113.10", "4711 served", "95 % of the late within 3.5 s", "token:alice",
		`data-location="westus2" data-disable="true"`, "shop/eu", "12 ms", "westeurope-1: not reachable", "<polyline", "2 requests failed",
		"could not ask for plan: the archive is shut",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "<script>") || strings.Contains(text, "onload='") {
		t.Errorf("a text was taken for markup:\n%s", text)
	}
	if inline := regexp.MustCompile(`(?i)<style|\sstyle=|\son[a-z]+=["a-z]|javascript:|<script(?:>|[^>]*>[^<])`).FindString(strings.ReplaceAll(text, "&#34;onload=&#39;x", "")); inline != "" {
		t.Errorf("inline script or style: %q", inline)
	}
	policy := resp.Header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") || !strings.Contains(policy, "frame-ancestors 'none'") {
		t.Errorf("policy: got %q", policy)
	}
	if _, part := f.get(t, "/?part=main"); strings.Contains(string(part), "<html") || !strings.Contains(string(part), "4711 served") {
		t.Errorf("the main part: got %s, want it alone", part)
	}
}

// TestPageAssets: what the page names is served, and nothing else.
func TestPageAssets(t *testing.T) {
	f := start(t, nil)
	_, body := f.get(t, "/")
	for _, link := range regexp.MustCompile(`(?:src|href)="(/[^"]*)"`).FindAllStringSubmatch(string(body), -1) {
		resp, _ := f.get(t, link[1])
		kind := resp.Header.Get("Content-Type")
		if resp.StatusCode != 200 || !strings.HasPrefix(kind, "text/") {
			t.Errorf("%s: got %d %q, want script or style", link[1], resp.StatusCode, kind)
		}
	}
	for _, path := range []string{"/assets/", "/assets/page.html", "/assets/login.html", "/assets/..%2fpage.go", "/assets/x"} {
		if resp, _ := f.get(t, path); resp.StatusCode != 404 {
			t.Errorf("%s: got %d, want 404", path, resp.StatusCode)
		}
	}
}

// browser keeps the session's cookie.
type browser struct {
	f      *fixture
	cookie *http.Cookie
}

func (b *browser) do(t *testing.T, method, path, body string, header map[string]string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, b.f.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range header {
		r.Header.Set(name, value)
	}
	if b.cookie != nil {
		r.AddCookie(b.cookie)
	}
	resp, got := b.f.do(t, r)
	for _, c := range resp.Cookies() {
		b.cookie = c
	}
	return resp, string(got)
}

func (b *browser) login(t *testing.T, token string) *http.Response {
	t.Helper()
	resp, _ := b.do(t, "POST", "/login", url.Values{"token": {token}}.Encode(), map[string]string{"Content-Type": "application/x-www-form-urlencoded"})
	return resp
}

func csrfOf(page string) string {
	found := regexp.MustCompile(`<meta name="csrf" content="([^"]+)">`).FindStringSubmatch(page)
	if found == nil {
		return ""
	}
	return found[1]
}

// TestSession: a token is pasted once; the cookie reads, and switches with the
// page's second secret only; it ends with the log out, and with the token.
func TestSession(t *testing.T) {
	tokens := withTokens()
	l := auditLog(t)
	f := start(t, func(o *admin.Options) { withPage(o); o.Authenticator, o.Audit = tokens, l })
	b := &browser{f: f}
	if resp, page := b.do(t, "GET", "/", "", nil); resp.StatusCode != 200 || !strings.Contains(page, `name="token"`) || strings.Contains(page, "westus2") {
		t.Fatalf("unknown: got %d %s, want the form alone", resp.StatusCode, page)
	}
	if resp := b.login(t, "guess"); resp.StatusCode != 401 || b.cookie != nil {
		t.Errorf("with a wrong token: got %d %v, want 401", resp.StatusCode, b.cookie)
	}
	if resp := b.login(t, "operator-token"); resp.StatusCode != 303 || b.cookie == nil {
		t.Fatalf("got %d, want to be sent to the page with a cookie", resp.StatusCode)
	}
	if c := b.cookie; !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.MaxAge <= 0 || c.Path != "/" || strings.Contains(c.Value, "token") {
		t.Errorf("cookie: got %+v", c)
	}
	_, page := b.do(t, "GET", "/", "", nil)
	csrf := csrfOf(page)
	if csrf == "" || csrf == b.cookie.Value || !strings.Contains(page, "token:a-operator") {
		t.Fatalf("logged in: got %s", page)
	}
	body, kind := `{"disableGateway":true,"reason":"test"}`, map[string]string{"Content-Type": "application/json"}
	if resp, text := b.do(t, "PATCH", "/v1/locations/westus2", body, kind); resp.StatusCode != 403 {
		t.Errorf("without the page's secret: got %d %s, want 403", resp.StatusCode, text)
	}
	kind["Meridian-Csrf"] = csrf
	if resp, text := b.do(t, "PATCH", "/v1/locations/westus2", body, kind); resp.StatusCode != 200 || !strings.Contains(text, "token:a-operator") {
		t.Errorf("with it: got %d %s, want 200", resp.StatusCode, text)
	}
	kind["Origin"] = "https://evil.example"
	if resp, _ := b.do(t, "PATCH", "/v1/locations/westus2", body, kind); resp.StatusCode != 403 {
		t.Errorf("from another site: got %d, want 403", resp.StatusCode)
	}
	delete(kind, "Origin")
	if resp, _ := b.do(t, "GET", "/v1/tokens", "", nil); resp.StatusCode != 403 {
		t.Errorf("above its role: got %d, want 403", resp.StatusCode)
	}
	old := *b.cookie
	if resp, _ := b.do(t, "POST", "/logout", "", nil); resp.StatusCode != 303 || b.cookie.MaxAge >= 0 {
		t.Errorf("logging out: got %d %+v", resp.StatusCode, b.cookie)
	}
	b.cookie = &old
	if resp, _ := b.do(t, "GET", "/v1/status", "", nil); resp.StatusCode != 401 {
		t.Errorf("logged out: got %d, want 401", resp.StatusCode)
	}
	b.login(t, "operator-token")
	if resp, _ := b.do(t, "GET", "/v1/status", "", nil); resp.StatusCode != 200 {
		t.Errorf("again: got %d, want 200", resp.StatusCode)
	}
	tokens.err = api.Errorf(api.Unauthorized, "deleted")
	for range 2 { // not by the cookie any more, even when the token is back
		if resp, _ := b.do(t, "GET", "/v1/status", "", nil); resp.StatusCode != 401 {
			t.Errorf("token deleted: got %d, want 401", resp.StatusCode)
		}
		tokens.err = nil
	}
	checkSessionAudit(t, l)
}

func checkSessionAudit(t *testing.T, l *admin.AuditLog) {
	t.Helper()
	all, err := l.List(0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, e := range all.Entries {
		got[fmt.Sprintf("%s %s %d", e.Operation, e.Principal, e.Status)]++
	}
	for want, n := range map[string]int{
		"login  401": 1, "login token:a-operator 303": 2, "logout token:a-operator 303": 1, "patchLocation token:a-operator 200": 1,
	} {
		if got[want] != n {
			t.Errorf("audit log: got %d of %q in %v, want %d", got[want], want, got, n)
		}
	}
}

// TestLoginIsLimited: guessing at the form is as slow as elsewhere.
func TestLoginIsLimited(t *testing.T) {
	tokens := withTokens()
	f := start(t, func(o *admin.Options) { o.Authenticator = tokens })
	b := &browser{f: f}
	limited, begun := 0, time.Now()
	for range 60 {
		if resp := b.login(t, "guess"); resp.StatusCode == 429 && resp.Header.Get("Retry-After") != "" {
			limited++
		}
	}
	most := perSecond(begun)
	if asked := tokens.asked.Load(); asked > most || int64(limited) != 60-asked {
		t.Errorf("got %d refusals and %d tokens looked at, want %d looked at at most, and the rest refused unseen", limited, asked, most)
	}
	r := f.request(t, "POST", "/login")
	r.Body = io.NopCloser(strings.NewReader("token=" + strings.Repeat("x", 100_000)))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if resp, _ := f.do(t, r); resp.StatusCode < 400 {
		t.Errorf("a large form: got %d, want a refusal", resp.StatusCode)
	}
}
