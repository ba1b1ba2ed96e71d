package admin_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"meridian/admin"
	"meridian/admin/api"
)

// fakeTokens knows the tokens "viewer-token", "operator-token" and
// "admin-token" while any is true.
type fakeTokens struct {
	any   atomic.Bool
	asked atomic.Int64
	err   error
}

func (f *fakeTokens) AnyToken() bool { return f.any.Load() }

func (f *fakeTokens) Authenticate(_ context.Context, bearer string) (admin.Principal, error) {
	f.asked.Add(1)
	if f.err != nil {
		return admin.Principal{}, f.err
	}
	role, ok := strings.CutSuffix(bearer, "-token")
	if _, err := api.ParseRole(role); err != nil || !ok || !f.any.Load() {
		return admin.Principal{}, api.Errorf(api.Unauthorized, "unknown token")
	}
	return admin.Principal{Name: "a-" + role, Role: api.Role(role)}, nil
}

func withTokens() *fakeTokens {
	f := &fakeTokens{}
	f.any.Store(true)
	return f
}

// ask sends a request with a bearer token; none for "".
func (f *fixture) ask(t *testing.T, method, path, token string) (*http.Response, []byte) {
	t.Helper()
	r := f.request(t, method, path)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return f.do(t, r)
}

// TestWhenAuthenticationIsInForce over loopback: as soon as a token exists, or
// where it is required.
func TestWhenAuthenticationIsInForce(t *testing.T) {
	tokens := &fakeTokens{}
	f := start(t, func(o *admin.Options) { o.Authenticator = tokens })
	if resp, body := f.get(t, "/v1/status"); resp.StatusCode != 200 {
		t.Errorf("before the first token: got %d %s, want 200", resp.StatusCode, body)
	}
	if resp, body := f.ask(t, "POST", "/v1/zone/check", "whatever"); resp.StatusCode != 200 {
		t.Errorf("before the first token, with one: got %d %s, want 200", resp.StatusCode, body)
	}
	tokens.any.Store(true)
	resp, body := f.get(t, "/v1/status")
	if got := fault(t, resp, body); resp.StatusCode != 401 || got.Code != api.Unauthorized || !strings.HasPrefix(resp.Header.Get("WWW-Authenticate"), "Bearer ") {
		t.Errorf("without a token: got %d %+v %q, want 401 with a challenge", resp.StatusCode, got, resp.Header.Get("WWW-Authenticate"))
	}
	if resp, body := f.ask(t, "GET", "/v1/status", "viewer-token"); resp.StatusCode != 200 {
		t.Errorf("with a token: got %d %s, want 200", resp.StatusCode, body)
	}
	for _, path := range []string{"/healthz", "/readyz", "/metrics"} {
		if resp, _ := f.get(t, path); resp.StatusCode != 200 {
			t.Errorf("%s without a token: got %d, want 200", path, resp.StatusCode)
		}
	}
	for _, path := range []string{"/healthz", "/readyz"} {
		if resp, _ := f.ask(t, "GET", path, "stale"); resp.StatusCode != 200 {
			t.Errorf("%s with a wrong token: got %d, want 200", path, resp.StatusCode)
		}
	}
	if resp, body := f.getUnix(t, "/v1/status"); resp.StatusCode != 200 {
		t.Errorf("over the socket: got %d %s, want 200", resp.StatusCode, body)
	}
	strict := start(t, func(o *admin.Options) { o.Authenticator, o.RequireAuth = &fakeTokens{}, true })
	if resp, _ := strict.get(t, "/v1/status"); resp.StatusCode != 401 {
		t.Errorf("required, before the first token: got %d, want 401", resp.StatusCode)
	}
	if resp, _ := strict.getUnix(t, "/v1/status"); resp.StatusCode != 200 {
		t.Errorf("required, over the socket: got %d, want 200", resp.StatusCode)
	}
}

// TestSocketOutlivesTheTokens: where whoever knows the tokens cannot answer,
// TCP says so and the socket works.
func TestSocketOutlivesTheTokens(t *testing.T) {
	tokens := withTokens()
	tokens.err = api.Errorf(api.Unavailable, "the secret store is not open")
	f := start(t, func(o *admin.Options) { o.Authenticator = tokens })
	if resp, body := f.ask(t, "GET", "/v1/status", "admin-token"); resp.StatusCode != 503 {
		t.Errorf("over TCP: got %d %s, want 503", resp.StatusCode, body)
	}
	if resp, body := f.getUnix(t, "/v1/status"); resp.StatusCode != 200 {
		t.Errorf("over the socket: got %d %s, want 200", resp.StatusCode, body)
	}
}

// wantRoles are the roles that matter most; TestRoles tries the rest as the
// document has it.
func wantRoles() map[string]api.Role {
	return map[string]api.Role{
		"getStatus": api.Viewer, "resolve": api.Viewer, "listEvents": api.Viewer, "getMetrics": api.Viewer, "listAudit": api.Operator,
		"probeTarget": api.Operator, "patchLocation": api.Operator, "patchEndpoint": api.Operator, "freeze": api.Operator,
		"startDrill": api.Operator, "abortDrill": api.Operator, "putPlan": api.Admin, "rollBackPlan": api.Admin, "addLocation": api.Admin,
		"promoteNode": api.Admin, "forgetNode": api.Admin, "changeGossipKeys": api.Admin, "setSecret": api.Admin, "listSecrets": api.Admin,
		"addToken": api.Admin, "deleteToken": api.Admin,
	}
}

// TestRoles tries every operation of the document with every role.
func TestRoles(t *testing.T) {
	f := start(t, func(o *admin.Options) {
		o.Authenticator, o.Audit = withTokens(), auditLog(t)
		o.Limits.Changes, o.Limits.ChangeBurst, o.Limits.BadTokens = 100_000, 100_000, 100_000
	})
	resp, body := f.ask(t, "GET", "/openapi.json", "viewer-token")
	var doc struct {
		Paths map[string]map[string]struct {
			OperationID string   `json:"operationId"`
			Role        api.Role `json:"x-meridian-role"`
		} `json:"paths"`
	}
	if err := json.Unmarshal(body, &doc); err != nil || resp.StatusCode != 200 {
		t.Fatalf("got %d, %v", resp.StatusCode, err)
	}
	want, seen := wantRoles(), 0
	for path, operations := range doc.Paths {
		path = placeholders(path)
		for method, op := range operations {
			method = strings.ToUpper(method)
			if need, ok := want[op.OperationID]; ok {
				seen++
				if op.Role != need {
					t.Errorf("%s needs role %s, want %s", op.OperationID, op.Role, need)
				}
			}
			f.tryRoles(t, method, path, op.Role)
		}
	}
	if seen != len(want) {
		t.Errorf("got %d operations of the %d known ones", seen, len(want))
	}
}

// placeholders fills a path's parameters.
func placeholders(path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if strings.HasPrefix(part, "{") {
			parts[i] = "x"
		}
	}
	return strings.Join(parts, "/")
}

func (f *fixture) tryRoles(t *testing.T, method, path string, need api.Role) {
	t.Helper()
	for _, role := range []api.Role{"", api.Viewer, api.Operator, api.Admin} {
		token := ""
		if role != "" {
			token = string(role) + "-token"
		}
		resp, body := f.ask(t, method, path, token)
		want := 0 // anything but 401 and 403
		switch {
		case need == "none" || path == "/metrics":
		case role == "":
			want = 401
		case !role.Allows(need):
			want = 403
		}
		if want == 0 && (resp.StatusCode == 401 || resp.StatusCode == 403) || want != 0 && resp.StatusCode != want {
			t.Errorf("%s %s as %q: got %d %s, want %d (role %s)", method, path, role, resp.StatusCode, body, want, need)
		}
		if want == 403 && (!strings.Contains(string(body), string(need)) || !strings.Contains(string(body), `"not_permitted"`)) {
			t.Errorf("%s %s as %q: got %s, want the role that is needed", method, path, role, body)
		}
	}
}

// TestBadCredentials: what is no token of ours is refused, whatever the path.
func TestBadCredentials(t *testing.T) {
	f := start(t, func(o *admin.Options) { o.Authenticator = withTokens(); o.Limits.BadTokens = 1000 })
	for _, header := range []string{
		"Bearer nobody", "Bearer ", "Bearer", "Basic YTpi", "viewer-token", "Bearer " + strings.Repeat("x", 600), "Bearer viewer-token x",
	} {
		for _, path := range []string{"/v1/status", "/no/such/path", "/metrics"} {
			r := f.request(t, "GET", path)
			r.Header.Set("Authorization", header)
			resp, body := f.do(t, r)
			if got := fault(t, resp, body); resp.StatusCode != 401 || got.Code != api.Unauthorized {
				t.Errorf("%.30q at %s: got %d %+v, want 401", header, path, resp.StatusCode, got)
			}
		}
	}
	resp, body := f.get(t, "/no/such/path")
	if resp.StatusCode != 401 {
		t.Errorf("a path that is none, without a token: got %d %s, want 401", resp.StatusCode, body)
	}
	r := f.request(t, "GET", "/v1/status")
	r.Header.Set("Authorization", "bEaReR   viewer-token ")
	if resp, body := f.do(t, r); resp.StatusCode != 200 {
		t.Errorf("scheme in another case: got %d %s, want 200", resp.StatusCode, body)
	}
}

// perSecond is how many bad tokens may have been looked at by now: ten at once,
// and ten a second.
func perSecond(begun time.Time) int64 { return 11 + int64(10*time.Since(begun).Seconds()) }

// TestBadTokensAreLimited (faults.md C18): after ten a second nobody looks at
// them; others are not held up, and nothing has changed.
func TestBadTokensAreLimited(t *testing.T) {
	tokens := withTokens()
	f := start(t, func(o *admin.Options) { o.Authenticator = tokens })
	refused, begun := map[int]int{}, time.Now()
	for range 200 {
		resp, _ := f.ask(t, "PATCH", "/v1/locations/westus2", "guess")
		refused[resp.StatusCode]++
		if resp.StatusCode == 429 && resp.Header.Get("Retry-After") == "" {
			t.Error("429 without Retry-After")
		}
	}
	most := perSecond(begun)
	if asked := tokens.asked.Load(); refused[401]+refused[429] != 200 || asked > most || asked != int64(refused[401]) {
		t.Errorf("got %v, and %d tokens looked at, want 401 for those, %d at most, and 429 for the rest", refused, asked, most)
	}
	if resp, _ := f.get(t, "/healthz"); resp.StatusCode != 200 {
		t.Errorf("/healthz: got %d, want 200", resp.StatusCode)
	}
	if resp, _ := f.getUnix(t, "/v1/status"); resp.StatusCode != 200 {
		t.Errorf("over the socket: got %d, want 200", resp.StatusCode)
	}
}

// TestChangesAreLimited (faults.md B16, C18): by principal and by address;
// reading goes on.
func TestChangesAreLimited(t *testing.T) {
	f := start(t, func(o *admin.Options) {
		o.Authenticator = withTokens()
		o.Limits.Changes, o.Limits.ChangeBurst = 1, 5
	})
	passed, begun := 0, time.Now()
	for _, principal := range []string{"operator-token", "admin-token"} { // the other from the same address
		resp, body := f.ask(t, "POST", "/v1/zone/check", principal)
		for ; resp.StatusCode == 200 && passed < 1000; resp, body = f.ask(t, "POST", "/v1/zone/check", principal) {
			passed++
		}
		if got := fault(t, resp, body); got.Code != api.TooMany || resp.Header.Get("Retry-After") == "" {
			t.Errorf("%s: got %+v after %d that passed, want 429 with Retry-After", principal, got, passed)
		}
		if most := 6 + int(time.Since(begun).Seconds()); passed < 5 || passed > most {
			t.Errorf("%s: %d have passed, want five at once and one a second, %d", principal, passed, most)
		}
	}
	if resp, _ := f.ask(t, "GET", "/v1/status", "operator-token"); resp.StatusCode != 200 {
		t.Errorf("reading: got %d, want 200", resp.StatusCode)
	}
	if resp, err := f.unixClient().Post("http://node/v1/zone/check", "", nil); err != nil || resp.StatusCode != 200 {
		t.Errorf("another address, another principal: got %v, %v, want 200", resp, err)
	} else {
		_ = resp.Body.Close()
	}
}

// TestHostIsCheckedWhereNothingElseIs: with a token any Host will do, without
// one only loopback's, in force or not.
func TestHostIsCheckedWhereNothingElseIs(t *testing.T) {
	f := start(t, func(o *admin.Options) { o.Authenticator = withTokens() })
	for token, want := range map[string]int{"": 421, "viewer-token": 200} {
		r := f.request(t, "GET", "/metrics")
		r.Host = "gtm.example"
		if token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		if resp, body := f.do(t, r); resp.StatusCode != want {
			t.Errorf("metrics with token %q: got %d %.100s, want %d", token, resp.StatusCode, body, want)
		}
	}
}

// TestPrincipalReachesTheSources: who asks is known where the answer is made.
func TestPrincipalReachesTheSources(t *testing.T) {
	var got admin.Principal
	f := start(t, func(o *admin.Options) { o.Authenticator = withTokens() })
	f.node.status = func(ctx context.Context) { got = admin.PrincipalOf(ctx) }
	f.ask(t, "GET", "/v1/status", "operator-token")
	if want := (admin.Principal{Name: "token:a-operator", Role: api.Operator}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	resp, err := f.unixClient().Get("http://node/v1/status")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	if !strings.HasPrefix(got.Name, "socket:") || got.Role != api.Admin {
		t.Errorf("over the socket: got %+v, want an admin by user id", got)
	}
	if got := admin.PrincipalOf(context.Background()); got != (admin.Principal{}) {
		t.Errorf("outside of a request: got %+v, want nobody", got)
	}
}
