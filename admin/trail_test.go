package admin_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"meridian/admin"
	"meridian/admin/api"
)

func auditLog(t *testing.T) *admin.AuditLog {
	t.Helper()
	l, err := admin.OpenAudit(admin.AuditOptions{Dir: t.TempDir(), Node: "n1"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

func (f *fixture) audit(t *testing.T, query string) api.Audit {
	t.Helper()
	resp, body := f.ask(t, "GET", "/v1/audit"+query, "operator-token")
	var out api.Audit
	if err := json.Unmarshal(body, &out); err != nil || resp.StatusCode != 200 {
		t.Fatalf("got %d %s, %v", resp.StatusCode, body, err)
	}
	return out
}

// TestTrail: changes and refusals are in the audit log, reading is not, and the
// log's end is in the status.
func TestTrail(t *testing.T) {
	f := start(t, func(o *admin.Options) { o.Authenticator, o.Audit = withTokens(), auditLog(t) })
	f.ask(t, "GET", "/v1/status", "viewer-token")
	f.ask(t, "POST", "/v1/health/shop%2Fus/probe", "operator-token")
	f.ask(t, "POST", "/v1/health/shop%2Fus/probe", "viewer-token")
	f.ask(t, "POST", "/v1/health/shop%2Fus/probe", "guess")
	f.ask(t, "GET", "/v1/status", "")
	r := f.request(t, "POST", "/v1/zone/check")
	r.Header.Set("Authorization", "Bearer admin-token")
	r.Header.Set("Origin", "https://evil.example")
	f.do(t, r)
	f.ask(t, "POST", "/v1/no/such", "admin-token")
	type line struct {
		who, operation, outcome string
		status                  int
		code                    api.Kind
	}
	want := []line{
		{"token:a-operator", "probeTarget", "done", 200, ""},
		{"token:a-viewer", "probeTarget", "refused", 403, api.NotPermitted},
		{"", "none", "refused", 401, api.Unauthorized},
		{"", "none", "refused", 401, api.Unauthorized},
		{"token:a-admin", "none", "refused", 403, api.Forbidden},
		{"token:a-admin", "none", "refused", 404, ""},
	}
	got := f.audit(t, "")
	if len(got.Entries) != len(want) {
		t.Fatalf("got %d entries %+v, want %d", len(got.Entries), got.Entries, len(want))
	}
	for i, e := range got.Entries {
		if has := (line{e.Principal, e.Operation, e.Outcome, e.Status, e.Code}); has != want[i] {
			t.Errorf("entry %d: got %+v, want %+v", i+1, has, want[i])
		}
		if e.Remote != "127.0.0.1" || e.Path == "" || e.Seq != uint64(i+1) || e.Node != "n1" || e.At.IsZero() {
			t.Errorf("entry %d: got %+v, want it complete", i+1, e)
		}
	}
	_, body := f.ask(t, "GET", "/v1/status", "viewer-token")
	var status api.Status
	if err := json.Unmarshal(body, &status); err != nil || status.Audit == nil || *status.Audit != got.Head || got.Head.Seq != 6 {
		t.Errorf("status: got %+v, %v, want the log's head %+v", status.Audit, err, got.Head)
	}
	if page := f.audit(t, "?after=2&limit=2"); len(page.Entries) != 2 || page.Entries[0].Seq != 3 || page.Oldest != 1 {
		t.Errorf("a page: got %+v, want entries 3 and 4", page)
	}
	if page := f.audit(t, "?limit=1"); len(page.Entries) != 1 || page.Entries[0].Seq != 6 {
		t.Errorf("the newest: got %+v, want entry 6", page)
	}
	if page := f.audit(t, "?after=18446744073709551615"); len(page.Entries) != 0 {
		t.Errorf("behind the end: got %+v, want nothing", page)
	}
}

// TestTrailOfAFlood (faults.md C18): refusals of strangers are sampled, and take
// no room from those of callers who are known; how many are missing is written.
func TestTrailOfAFlood(t *testing.T) {
	l := auditLog(t)
	f := start(t, func(o *admin.Options) { o.Authenticator, o.Audit = withTokens(), l })
	for range 300 {
		f.ask(t, "GET", "/v1/status", "guess")
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://node/v1/zone/check", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Origin", "https://evil.example")
	resp, err := f.unixClient().Do(r)
	if err != nil || resp.StatusCode != 403 {
		t.Fatalf("got %v, %v, want 403", resp, err)
	}
	_ = resp.Body.Close()
	got, err := l.List(0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	last := got.Entries[len(got.Entries)-1]
	if n := uint64(len(got.Entries)); n < 50 || n > 110 || !strings.HasPrefix(last.Principal, "socket:") || last.Skipped+n != 301 {
		t.Errorf("got %d entries, the last %+v, want about 100 and the count of the others", n, last)
	}
}

// TestTrailDiskFull (faults.md C9): where the log cannot be written changes are
// made, and the status says so.
func TestTrailDiskFull(t *testing.T) {
	l := auditLog(t)
	f := start(t, func(o *admin.Options) { o.Audit = l })
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if resp, body := f.do(t, f.request(t, "POST", "/v1/zone/check")); resp.StatusCode != 200 {
		t.Errorf("got %d %s, want 200", resp.StatusCode, body)
	}
	_, body := f.get(t, "/v1/status")
	if !strings.Contains(string(body), `"audit_gap"`) || !strings.Contains(string(body), `"ok":false`) {
		t.Errorf("status: got %s, want the problem", body)
	}
	if _, body := f.get(t, "/metrics"); !strings.Contains(string(body), "meridian_admin_audit_failures_total 1\n") {
		t.Error("the failure was not counted")
	}
}

// TestTrailOfAPanic: a change that panics is in the log as failed.
func TestTrailOfAPanic(t *testing.T) {
	f := start(t, func(o *admin.Options) { o.Authenticator, o.Audit = withTokens(), auditLog(t) })
	f.node.probe = func(context.Context, string) (api.ProbeReport, error) { panic("boom") }
	f.ask(t, "POST", "/v1/health/x/probe", "operator-token")
	got := f.audit(t, "")
	if len(got.Entries) != 1 || got.Entries[0].Operation != "probeTarget" || got.Entries[0].Outcome != "failed" || got.Entries[0].Status != 500 {
		t.Errorf("got %+v, want one that failed", got.Entries)
	}
}
