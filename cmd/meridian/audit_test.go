package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"meridian/admin/api"
)

// auditCopy is a log of three entries, changed as told.
func auditCopy(t *testing.T, change func(string) string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"audit-00000000000000000001.jsonl", "audit.head"} {
		data, err := os.ReadFile(filepath.Join("testdata", "audit", name))
		if err != nil {
			t.Fatal(err)
		}
		text := string(data)
		if strings.HasSuffix(name, ".jsonl") {
			text = change(text)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestAuditVerify (faults.md C19): offline, exit 1 and the first bad entry.
func TestAuditVerify(t *testing.T) {
	mark, err := os.ReadFile(filepath.Join("testdata", "audit", "audit.head"))
	if err != nil {
		t.Fatal(err)
	}
	hash := strings.Fields(string(mark))[1]
	for name, tt := range map[string]struct {
		change func(string) string
		args   []string
		code   int
		want   string
	}{
		"sound":        {strings.Clone, nil, 0, "3 entries in 1 files hold, from 1 to head 3:" + hash},
		"noted head":   {strings.Clone, []string{"--head", "3:" + strings.ToUpper(hash)}, 0, "3 entries"},
		"another head": {strings.Clone, []string{"--head", "3:" + strings.Repeat("0", 64)}, 1, "written anew"},
		"head ahead":   {strings.Clone, []string{"--head", "4:" + hash}, 1, "entry 4 truncated"},
		"no head":      {strings.Clone, []string{"--head", "three"}, 1, `head "three": want SEQ:HASH`},
		"edited":       {func(s string) string { return strings.Replace(s, "more", "less", 1) }, nil, 1, ".jsonl:2: entry 2 edited"},
		"cut off":      {func(s string) string { return s[:strings.LastIndex(s[:len(s)-1], "\n")+1] }, nil, 1, "entry 3 truncated"},
		"as JSON":      {strings.Clone, []string{"-o", "json"}, 0, `"ok": true`},
	} {
		code, out, errs := lineOf(append([]string{"audit", "verify", "--dir", auditCopy(t, tt.change)}, tt.args...)...)
		if code != tt.code || !strings.Contains(out+errs, tt.want) {
			t.Errorf("%s: got %d %q %q, want %d and %q", name, code, out, errs, tt.code, tt.want)
		}
	}
	if code, _, errs := lineOf("audit", "verify", "--dir", filepath.Join(t.TempDir(), "absent")); code != 1 || errs == "" {
		t.Errorf("no such directory: got %d %q, want 1 and why", code, errs)
	}
}

// TestAuditList: with and without its own verb.
func TestAuditList(t *testing.T) {
	server := fakeNode(t, map[string]any{"GET /v1/audit": api.Audit{
		Head: api.AuditHead{Seq: 7, Hash: "ab", Missed: 2},
		Entries: []api.AuditEntry{
			{Seq: 6, At: instant("2026-01-02T03:04:05Z"), Principal: "token:alice", Remote: "192.0.2.1", Operation: "patchLocation", Target: "location/westus2", Status: 200, Outcome: "done", Reason: "planned work", DryRun: true},
			{Seq: 7, At: instant("2026-01-02T03:04:06Z"), Remote: "192.0.2.9", Path: "/v1/plan", Operation: "none", Status: 401, Outcome: "refused"},
		},
	}})
	for _, args := range [][]string{{"audit"}, {"audit", "list"}, {"audit", "--limit", "5"}} {
		code, out, errs := lineOf(append(args, "--server", server)...)
		if code != 0 {
			t.Errorf("%v: got %d %q", args, code, errs)
		}
		for _, want := range []string{"token:alice", "planned work", "done 200 (dry run)", "refused 401", "/v1/plan", "head 7:ab", "2 entries could not be written"} {
			if !strings.Contains(out, want) {
				t.Errorf("%v: got %q, want %q in it", args, out, want)
			}
		}
	}
}
