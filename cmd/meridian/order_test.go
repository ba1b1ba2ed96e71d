package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"meridian/admin/api"
)

// settings are those of an object with one switch that an operator has set.
func settings(property, effective, plan string) []api.Setting {
	until := instant("2026-01-02T03:34:05Z")
	said := api.Intent{ID: "i1", Layer: "timed", Value: effective, By: "token:alice", Reason: "works", Node: "a-1", At: instant("2026-01-02T03:04:05Z"), Until: &until}
	return []api.Setting{{Property: property, Effective: effective, Plan: plan, Intent: &said, Layers: []api.Intent{said}}}
}

// changed is a change as a node tells it.
func changed() api.Change {
	since := instant("2026-01-02T03:04:05Z")
	return api.Change{
		ID: "c1", Object: "location/westus2", Property: "disableGateway", Value: "true", Node: "a-1", Durable: 2, Reached: true,
		Applied: []api.Applied{{Name: "a-1", Location: "westus2", Ms: 0.4}, {Name: "b-1", Location: "westeurope", Ms: 31.25}},
		Missing: []api.Missing{{Name: "c-1", Location: "japaneast", UnreachableSince: &since, Reason: "no contact"}},
	}
}

// clusterNode answers as a node of a cluster, and keeps what it was asked last.
type clusterNode struct {
	change api.Change
	asked  string
	token  string
}

func (n *clusterNode) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	query := r.URL.Query()
	query.Del("timeout")
	n.token = r.Header.Get("Authorization")
	n.asked = strings.TrimSpace(r.Method + " " + r.URL.EscapedPath() + "?" + query.Encode() + " " + string(body))
	answer, found := clusterAnswers()[r.Method+" "+r.URL.EscapedPath()]
	if r.Method != http.MethodGet {
		answer, found = any(n.change), true
		if r.URL.Path == "/v1/tokens" {
			answer = api.NewToken{Clear: "mrd_secret", Change: n.change}
		}
		if !n.change.Reached && !n.change.Noop && !n.change.DryRun {
			w.WriteHeader(http.StatusAccepted)
		}
	}
	if found {
		_ = json.NewEncoder(w).Encode(answer)
		return
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(http.StatusNotFound)
	_ = json.NewEncoder(w).Encode(api.Fault{Detail: r.URL.Path + ": no such thing", Code: api.NotFound})
}

func clusterAnswers() map[string]any {
	now := instant("2026-01-02T03:04:05Z")
	version := api.PlanVersion{Term: 1, Seq: 42, Hash: "ab", Text: "1.42.ab"}
	return map[string]any{
		"GET /v1/locations/westus2": api.Location{
			ID: "westus2", Name: "West US 2", Status: "Disabled", Why: "switched off", Capacity: 2, LiveNodes: 1, Nodes: []string{"a-1"}, Settings: settings("disableGateway", "true", "false"),
			Gateways: []api.Gateway{{Node: "a-1", Address: "192.0.2.1:80", Verdict: "up"}}, Arrivals: &api.Arrivals{Served: 5, Relayed: 2, LastLate: &now, Text: "not safe to stop: 2 late clients"},
		},
		"GET /v1/profiles/shop": api.Profile{Name: "shop", FQDN: "shop.gtm.test.", Endpoints: []api.Endpoint{{Name: "us", Target: "192.0.2.1", MonitorStatus: "Disabled", Why: "off", Settings: settings("endpointStatus", "Disabled", "Enabled")}}},
		"GET /v1/freeze":        api.Freeze{},
		"GET /v1/changes":       api.Changes{Changes: []api.Change{changed()}},
		"GET /v1/changes/c1":    changed(),
		"GET /v1/changes/c2":    api.Change{ID: "c2", Object: "service"},
		"GET /v1/health/matrix": api.Matrix{
			Observers: []api.Observer{{Location: "westus2", State: "voting", Conclusion: "ok"}, {Location: "westeurope", State: "silent", Conclusion: "observer_cut_off", Text: "it hears nobody"}},
			Targets:   []api.MatrixTarget{{ID: "shop/us", Verdict: "down", Conclusion: "target_down", Text: "all find it down", Cells: []api.Cell{{Observer: "westus2", Verdict: "down", Reason: "refused", AgeMs: new(1500.0), Fresh: true}}}},
		},
		"GET /v1/plan": api.PlanState{
			Version: version, Source: "api", Writer: api.PlanWriter{Name: "a-1", Why: "the first registered node of the primary location"}, Fork: true,
			Held:     &api.PlanHeld{Since: now, Why: "one node cannot compile it", Problems: []api.PlanRefusal{{Name: "b-1", Problems: []api.PlanProblem{{File: "s.yaml", Line: 3, Column: 1, Path: "ttl", Message: "unknown key"}}}}},
			Rejected: &api.PlanRejected{Node: "a-1", File: "/etc/s.yaml", Since: now, Why: "/etc/s.yaml:8:10: ttl: minus"},
			Nodes:    []api.PlanNode{{Name: "b-1", Location: "westeurope", Version: &version, Current: true, Reachable: true}},
		},
		"GET /v1/plan/document":    api.Bundle{Version: &version, Document: good},
		"GET /v1/plan/history":     api.PlanHistory{Plans: []api.PlanEntry{{Version: version, At: now, Writer: "a-1", By: "token:alice", Reason: "more ttl"}}},
		"GET /v1/plan/diff":        api.PlanDiff{From: version, To: version, Answers: api.AnswerChanges{Groups: 7, Profiles: []api.ProfileChange{{Name: "shop", Kind: "changed", Groups: 2, Examples: []api.AnswerChange{{Client: "203.0.113.0/24", Before: "a", After: "b"}}}}}, Document: "-ttl: 1\n+ttl: 2\n"},
		"GET /v1/nodes":            api.Nodes{Nodes: []api.Node{{ID: "00ff", Name: "a-1", Location: "westus2", State: "active", Member: "alive", Primary: true, Roles: []string{"dns", "admin"}, Plan: "1.42.ab", Version: "v1"}}},
		"GET /v1/cluster":          api.Cluster{Enabled: true, Name: "a-1", Label: "contoso", Isolated: true, Members: []api.Member{{Name: "b-1", Address: "192.0.2.2:7946", State: "alive", UDP: "one_way", RTTMs: 12.5}}, Keys: []api.KeyUse{{Fingerprint: "k1", Nodes: []string{"a-1"}, Using: []string{"a-1"}, Lacking: []string{"b-1"}}}},
		"GET /v1/secrets":          api.Secrets{Secrets: []api.Secret{{Name: "backend-key", Kind: "value", Version: 3, Fingerprint: "f1", By: "token:alice", Used: []string{"namedValues[0]"}}}},
		"GET /v1/tokens":           api.Tokens{Tokens: []api.Token{{Name: "ci", Role: "operator", By: "socket:0"}}},
		"GET /v1/drills":           api.Drills{Drills: []api.Drill{{ID: "d2", Location: "westus2", Mode: "drain", State: "running", By: "token:alice"}, {ID: "d1", Location: "westus2", Mode: "loss", State: "ended", End: "expired", Verdict: "met"}}},
		"GET /v1/drills/d2":        api.Drill{ID: "d2", Location: "westus2", Mode: "drain", State: "running", Curve: []api.DrillPoint{{Second: 30, Answers: 0, Arrivals: 0.25, Errors: 3}}, Signals: []api.SignalState{{Name: "ok", Kind: "abort", Good: true, Value: "200"}}},
		"GET /v1/drills/d2/report": map[string]string{"report": "of d2"},
	}
}

// TestOrderVerbs: each verb that changes something sends the order its words
// say.
func TestOrderVerbs(t *testing.T) {
	n := &clusterNode{change: changed()}
	s := httptest.NewServer(n)
	t.Cleanup(s.Close)
	secret := write(t, t.TempDir(), "secret", "s3cret\n")
	for args, want := range map[string]string{
		"location disable westus2 --for 30m --share 20% --reason works --bypass minEnabledLocations --wait all": `PATCH /v1/locations/westus2?wait=all {"disableGateway":true,"for":"30m","share":"20%","reason":"works","bypass":["minEnabledLocations"]}`,
		"location enable westus2": `PATCH /v1/locations/westus2?wait=reachable {"disableGateway":false}`,
		"location reset westus2":  `PATCH /v1/locations/westus2?wait=reachable {"disableGateway":null}`,
		"location add BrazilSouth --capacity 2 --zones 1,2 --latitude -23.5 --longitude -46": `POST /v1/locations?wait=reachable {"name":"BrazilSouth","capacity":2,"zones":["1","2"],"latitude":-23.5,"longitude":-46,"disableGateway":true}`,
		"location remove westus2 --now --dry-run":                                            `DELETE /v1/locations/westus2?dryRun=true&now=true&wait=reachable`,
		"location scale westus2 3":                                                           `PUT /v1/locations/westus2/sku?wait=reachable {"capacity":3}`,
		"profile disable shop --for 1h":                                                      `PATCH /v1/profiles/shop?wait=reachable {"profileStatus":"Disabled","for":"1h"}`,
		"profile enable shop":                                                                `PATCH /v1/profiles/shop?wait=reachable {"profileStatus":"Enabled"}`,
		"profile reset shop":                                                                 `PATCH /v1/profiles/shop?wait=reachable {"profileStatus":null}`,
		"endpoint disable shop/us --share 5%":                                                `PATCH /v1/profiles/shop/endpoints/us?wait=reachable {"endpointStatus":"Disabled","share":"5%"}`,
		"endpoint enable shop/us":                                                            `PATCH /v1/profiles/shop/endpoints/us?wait=reachable {"endpointStatus":"Enabled"}`,
		"endpoint reset shop/us":                                                             `PATCH /v1/profiles/shop/endpoints/us?wait=reachable {"endpointStatus":null}`,
		"health force shop/us down --for 10m --reason known":                                 `PATCH /v1/targets/shop%2Fus?wait=reachable {"verdict":"down","for":"10m","reason":"known"}`,
		"health force shop/us auto":                                                          `PATCH /v1/targets/shop%2Fus?wait=reachable {"verdict":null}`,
		"freeze --for 30m --reason works":                                                    `POST /v1/freeze?wait=reachable {"for":"30m","reason":"works"}`,
		"freeze --off":                                                                       `DELETE /v1/freeze?wait=reachable`,
		"plan rollback 41 --reason worse":                                                    `POST /v1/plan/rollback?wait=reachable {"to":"41","reason":"worse"}`,
		"management promote b-1 --reason lost":                                               `POST /v1/management/promote?wait=reachable {"node":"b-1","reason":"lost"}`,
		"nodes forget b-1":                                                                   `DELETE /v1/nodes/b-1?wait=reachable`,
		"cluster keys add":                                                                   `POST /v1/cluster/keys?wait=reachable {"do":"add"}`,
		"cluster keys use k1":                                                                `POST /v1/cluster/keys?wait=reachable {"do":"use","fingerprint":"k1"}`,
		"cluster keys remove k1":                                                             `POST /v1/cluster/keys?wait=reachable {"do":"remove","fingerprint":"k1"}`,
		"cluster keys rotate":                                                                `POST /v1/cluster/keys?wait=reachable {"do":"rotate"}`,
		"secret set backend-key --file " + secret:                                            `PUT /v1/secrets/backend-key?wait=reachable {"value":"czNjcmV0"}`,
		"secret rotate backend-key":                                                          `POST /v1/secrets/backend-key/rotate?wait=reachable {}`,
		"secret delete backend-key":                                                          `DELETE /v1/secrets/backend-key?wait=reachable`,
		"token create ci --role operator --for P90D":                                         `POST /v1/tokens?wait=reachable {"name":"ci","role":"operator","for":"P90D"}`,
		"token delete ci":                                                                    `DELETE /v1/tokens/ci?wait=reachable`,
		"drill start westus2 --for 10m":                                                      `POST /v1/drills?wait=reachable {"location":"westus2","mode":"drain","for":"10m"}`,
		"drill start westus2 --for 10m --mode loss --force --max-errors 0 --abort-unless http://h/ok": `POST /v1/drills?wait=reachable {"location":"westus2","mode":"loss","for":"10m","hypothesis":{"maxErrors":0},"abort":[{"name":"signal-1","url":"http://h/ok"}],"force":true}`,
		"drill abort":    `POST /v1/drills/d2/abort?wait=reachable {}`,
		"drill abort d7": `POST /v1/drills/d7/abort?wait=reachable {}`,
	} {
		code, _, errs := lineOf(append(strings.Fields(args), "--server", s.URL)...)
		if diff := cmp.Diff(want, n.asked); diff != "" || code != exitOK {
			t.Errorf("%s: got exit %d, %q and (-want +got):\n%s", args, code, errs, diff)
		}
	}
}

// TestExitCodes: how far an order came is told and is the exit code.
func TestExitCodes(t *testing.T) {
	n := &clusterNode{}
	s := httptest.NewServer(n)
	t.Cleanup(s.Close)
	answered := func(status int, kind api.Kind) string {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if kind == "" {
				panic(http.ErrAbortHandler)
			}
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(status)
			_ = json.NewEncoder(w).Encode(api.Fault{Status: status, Code: kind, Detail: "fewer than 1 location would be left"})
		}))
		t.Cleanup(s.Close)
		return s.URL
	}
	incomplete := changed()
	incomplete.Reached = false
	for _, tt := range []struct {
		name   string
		server string
		change api.Change
		code   int
		out    string
	}{
		{"reached", s.URL, changed(), exitOK, "location/westus2 disableGateway true: accepted by a-1 as c1, on disk at 2 nodes\nAPPLIED AT  LOCATION    MS\na-1         westus2     0.4\nb-1         westeurope  31.2\nmissing at c-1 in japaneast, unreachable since 2026-01-02 03:04:05Z: no contact\n"},
		{"incomplete", s.URL, incomplete, exitIncomplete, "meridian change wait c1"},
		{"not recorded", s.URL, api.Change{Object: "cluster/keys", Value: "rotate", Node: "a-1", Reached: true}, exitOK, "cluster/keys rotate: done by a-1\n"},
		{"taken away", s.URL, api.Change{ID: "c2", Object: "service", Property: "frozen", Node: "a-1", Durable: 2, Reached: true}, exitOK, "service frozen taken away: accepted by a-1 as c2, on disk at 2 nodes\n"},
		{"a share", s.URL, api.Change{ID: "c2", Object: "endpoint/shop/us", Property: "shed", Value: "819", Node: "a-1", Durable: 1, Reached: true}, exitOK, "endpoint/shop/us shed 20% sent elsewhere: accepted"},
		{"nothing to do", s.URL, api.Change{Object: "location/westus2", Noop: true}, exitOK, "location/westus2: nothing had to change\n"},
		{"dry run", s.URL, api.Change{Object: "location/westus2", DryRun: true, Answers: &api.AnswerChanges{Groups: 9, Text: "shop changed\n"}}, exitOK, "nothing has changed\nshop changed\n"},
		{"refused", answered(409, api.Conflict), api.Change{}, exitRefused, "fewer than 1 location would be left"},
		{"cannot be done now", answered(503, api.Unavailable), api.Change{}, exitRefused, "fewer than 1 location"},
		{"a defect", answered(500, api.Internal), api.Change{}, exitUnknown, "may have been carried out or not"},
		{"no answer", answered(0, ""), api.Change{}, exitUnknown, "may have been carried out or not"},
	} {
		n.change = tt.change
		code, out, errs := lineOf("location", "disable", "westus2", "--server", tt.server)
		if code != tt.code || !strings.Contains(out+errs, tt.out) {
			t.Errorf("%s: got exit %d, %q, %q; want %d, %q", tt.name, code, out, errs, tt.code, tt.out)
		}
	}
}

// TestClusterVerbs: what is read is shown.
func TestClusterVerbs(t *testing.T) {
	n := &clusterNode{change: changed()}
	s := httptest.NewServer(n)
	t.Cleanup(s.Close)
	for _, tt := range []struct {
		args string
		code int
		out  string
		errs string
	}{
		{"location show westus2", exitOK, "capacity 2, live nodes 1: a-1", ""},
		{"location show westus2", exitOK, "disabled by token:alice (timed) \"works\" until 2026-01-02 03:34:05Z, at a-1", ""},
		{"location show westus2", exitOK, "not safe to stop: 2 late clients", ""},
		{"location show westus2 --query arrivals.relayed", exitOK, "2\n", ""},
		{"location show nobody", exitRefused, "", "no such thing"},
		{"location scale westus2 none", exitRefused, "", `capacity "none": want a number`},
		{"location add X --latitude 3", exitRefused, "", "longitude"},
		{"endpoint list shop", exitOK, "shop/us   Disabled  Disabled   Enabled  Disabled by token:alice", ""},
		{"endpoint show shop/us", exitOK, "shop/us 192.0.2.1, Disabled: off", ""},
		{"endpoint show shop/eu", exitRefused, "", `endpoint "eu"`},
		{"endpoint show shop", exitRefused, "", "want PROFILE/ENDPOINT"},
		{"health --matrix", exitOK, "shop/us  down     down refused 1.5s  -           target_down", ""},
		{"health --matrix", exitOK, "observer westeurope is silent, observer_cut_off: it hears nobody", ""},
		{"health force shop/us sick", exitRefused, "", `verdict "sick": want up, down or auto`},
		{"freeze", exitOK, "verdicts move answers\n", ""},
		{"freeze --for 30m", exitRefused, "", "want --reason"},
		{"change list", exitOK, "2 of 3", ""},
		{"change show c2", exitOK, "meridian change wait c2", ""},
		{"change wait c1", exitOK, "31.2", ""},
		{"change wait c2", exitIncomplete, "meridian change wait c2", ""},
		{"plan show", exitOK, "plan 1.42.ab, committed - by -\nplanSource api\n", ""},
		{"plan show", exitOK, "b-1: s.yaml:3:1: ttl: unknown key", ""},
		{"plan show", exitOK, "FORK", ""},
		{"plan show", exitOK, ", the plan above serves: /etc/s.yaml of node a-1: /etc/s.yaml:8:10: ttl: minus\n", ""},
		{"plan history", exitOK, "more ttl", ""},
		{"plan diff 41", exitOK, "shop changed (2 of 7 groups of clients)\n  203.0.113.0/24 : a -> b\n-ttl: 1\n+ttl: 2\n", ""},
		{"plan rollback 41", exitRefused, "", "want --reason"},
		{"management promote b-1", exitRefused, "", "want --reason"},
		{"nodes", exitOK, "a-1 (primary)  westus2   active  alive", ""},
		{"cluster", exitOK, "ISOLATED", ""},
		{"cluster", exitOK, "one_way", ""},
		{"cluster keys", exitOK, "k1   a-1    a-1      b-1", ""},
		{"secret list", exitOK, "backend-key  value  3", ""},
		{"token list", exitOK, "ci     operator", ""},
		{"drill list", exitOK, "d1     westus2   loss   ended    expired", ""},
		{"drill status", exitOK, "after 30 s: 0.0 % of answers, 25.0 % of arrivals, 3 errors", ""},
		{"drill report", exitOK, "of d2", ""},
		{"drill start westus2", exitRefused, "", `required flag(s) "for"`},
		{"drill start westus2 --for 1m --abort-unless errors", exitRefused, "", `signal "errors": want a URL`},
	} {
		code, out, errs := lineOf(append(strings.Fields(tt.args), "--server", s.URL)...)
		if code != tt.code || !strings.Contains(out, tt.out) || !strings.Contains(errs, tt.errs) || (tt.errs == "") != (errs == "") {
			t.Errorf("%s: got exit %d, out %q, errors %q; want %d, %q, %q", tt.args, code, out, errs, tt.code, tt.out, tt.errs)
		}
	}
}

// TestTokenCreate: standard output has the token and nothing else.
func TestTokenCreate(t *testing.T) {
	s := httptest.NewServer(&clusterNode{change: changed()})
	t.Cleanup(s.Close)
	if code, out, errs := lineOf("token", "create", "ci", "--server", s.URL); code != exitOK || out != "mrd_secret\n" || !strings.Contains(errs, "accepted by a-1") {
		t.Errorf("got exit %d, %q, %q, want the token alone", code, out, errs)
	}
}

// TestTokenSent: a token of a flag comes before that of the environment, and a
// token before a file.
func TestTokenSent(t *testing.T) {
	n := &clusterNode{}
	s := httptest.NewServer(n)
	t.Cleanup(s.Close)
	file := write(t, t.TempDir(), "token", "mrd_file\n")
	ask := func(args ...string) string {
		n.token = ""
		if code, _, errs := lineOf(append([]string{"freeze", "--server", s.URL}, args...)...); code != exitOK {
			t.Errorf("%v: got exit %d, %q", args, code, errs)
		}
		return n.token
	}
	t.Setenv("MERIDIAN_TOKEN_FILE", file)
	if got := ask(); got != "Bearer mrd_file" {
		t.Errorf("file of the environment: got %q", got)
	}
	t.Setenv("MERIDIAN_TOKEN", "mrd_env")
	if got := ask(); got != "Bearer mrd_env" {
		t.Errorf("environment: got %q", got)
	}
	if got := ask("--token-file", file); got != "Bearer mrd_file" {
		t.Errorf("--token-file: got %q", got)
	}
	if got := ask("--token", "mrd_flag", "--token-file", file); got != "Bearer mrd_flag" {
		t.Errorf("--token: got %q", got)
	}
	if code, _, errs := lineOf("freeze", "--server", "node.example:8053", "--token", "mrd_x"); code != exitRefused || !strings.Contains(errs, "over https") {
		t.Errorf("token in the clear: got exit %d, %q", code, errs)
	}
}

// TestPlanFiles: what apply sends is the document and its files, made from the
// version in service; what show writes is read again.
func TestPlanFiles(t *testing.T) {
	n := &clusterNode{change: changed()}
	s := httptest.NewServer(n)
	t.Cleanup(s.Close)
	dir := t.TempDir()
	service := write(t, dir, "service.yaml", good)
	if code, _, errs := lineOf("plan", "apply", service, "--server", s.URL, "--reason", "more"); code != exitOK {
		t.Fatalf("apply: got exit %d, %q", code, errs)
	}
	head, body, _ := strings.Cut(n.asked, " {")
	var sent api.PlanOrder
	if err := json.Unmarshal([]byte("{"+body), &sent); err != nil || head != "PUT /v1/plan?wait=reachable" || sent.Reason != "more" || sent.Plan.Name != "service.yaml" || !strings.Contains(sent.Plan.Document, `"contoso"`) {
		t.Errorf("apply: got %s, %v", n.asked, err)
	}
	if code, out, errs := lineOf("plan", "show", "--out", filepath.Join(dir, "out"), "--server", s.URL); code != exitOK || !strings.Contains(out, "1.42.ab written to") {
		t.Errorf("show --out: got exit %d, %q, %q", code, out, errs)
	}
	if data, err := os.ReadFile(filepath.Join(dir, "out", "service.json")); err != nil || !strings.Contains(string(data), "gtm.test") {
		t.Errorf("show --out: got %q, %v", data, err)
	}
	bad := write(t, dir, "bad.yaml", good+"ttl: soon\n")
	n.asked = ""
	if code, _, errs := lineOf("plan", "apply", bad, "--server", s.URL); code != exitRefused || !strings.Contains(errs, bad+":8:1: ttl: unknown key") || strings.HasPrefix(n.asked, "PUT") {
		t.Errorf("a broken document: got exit %d, %q, sent %q", code, errs, n.asked)
	}
}

func TestReadSecret(t *testing.T) {
	for in, want := range map[string]string{"a\n": "a", "a\r\n": "a", "a\n\n": "a\n", "": "", "\n": "", strings.Repeat("a", maxSecret): strings.Repeat("a", maxSecret), strings.Repeat("a", maxSecret+1): ""} {
		got, err := readSecret(strings.NewReader(in), "")
		if string(got) != want || (err == nil) != (want != "") {
			t.Errorf("%.10q: got %.10q, %v, want %.10q", in, got, err, want)
		}
	}
}

func TestParseSignal(t *testing.T) {
	for text, want := range map[string]api.DrillSignal{
		"https://h/ok?x=1":   {URL: "https://h/ok?x=1"},
		"errors < 5":         {Metric: "errors", Op: "<", Limit: new(5.0)},
		`m{a="b c"} >= -1.5`: {Metric: `m{a="b c"}`, Op: ">=", Limit: new(-1.5)},
	} {
		got, err := parseSignal(text)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: got %v and (-want +got):\n%s", text, err, diff)
		}
	}
	for _, bad := range []string{"", "errors", "errors 5", "errors ~ 5", "errors < many", "< 5"} {
		if got, err := parseSignal(bad); err == nil {
			t.Errorf("%q: got %+v, want an error", bad, got)
		}
	}
}

func TestColumns(t *testing.T) {
	shed := settings("shed", "819", "")
	held := settings("disableGateway", "false", "false")
	held[0].Intent, held[0].Layers[0].Value, held[0].Layers[0].Held = nil, "true", "fewer than 1 location would be left"
	for _, tt := range []struct {
		name string
		all  []api.Setting
		want []any
	}{
		{"a node alone", nil, []any{"-", "-", "-"}},
		{"nothing said", []api.Setting{{Property: "disableGateway", Effective: "false", Plan: "false"}}, []any{"enabled", "enabled", "-"}},
		{"a share", append([]api.Setting{{Property: "disableGateway", Effective: "false", Plan: "false"}}, shed...), []any{"enabled, 20% sent elsewhere", "enabled", `20% sent elsewhere by token:alice (timed) "works" until 2026-01-02 03:34:05Z`}},
		{"held", held, []any{"enabled", "enabled", `HELD: disabled by token:alice (timed) "works" until 2026-01-02 03:34:05Z`}},
	} {
		if diff := cmp.Diff(tt.want, columns(tt.all, "disableGateway")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}
