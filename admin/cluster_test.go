package admin_test

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"meridian/admin"
	"meridian/admin/api"
)

// fakeCluster is every source that takes orders. It keeps what it was told, as
// a line for each, and answers with made-up but complete changes.
type fakeCluster struct {
	mu    sync.Mutex
	told  []string
	terms api.Terms                                            // of the last order
	order func(context.Context, api.Terms) (api.Change, error) // nil: accepted and reached
}

// clusterSources adds a cluster's sources.
func clusterSources(s admin.Sources, c *fakeCluster) admin.Sources {
	s.Location, s.Switches, s.Changes, s.Plan, s.PlanEdit, s.Past = &fakeNode{}, c, c, c, c, c
	s.Nodes, s.Cluster, s.Secrets, s.Tokens, s.Drills, s.Reports, s.Matrix = c, c, c, c, c, c, c
	s.Backends, s.Requests = c, c
	return s
}

// take keeps a line and answers an order.
func (c *fakeCluster) take(ctx context.Context, t api.Terms, format string, args ...any) (api.Change, error) {
	c.mu.Lock()
	c.told, c.terms = append(c.told, fmt.Sprintf(format, args...)), t
	order := c.order
	c.mu.Unlock()
	if order != nil {
		return order(ctx, t)
	}
	return change(t), nil
}

// lines returns what was told since the last call.
func (c *fakeCluster) lines() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := strings.Join(c.told, "\n")
	c.told = nil
	return out
}

func (c *fakeCluster) lastTerms() api.Terms {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.terms
}

// change is one that all nodes serve.
func change(t api.Terms) api.Change {
	return api.Change{
		ID: "c1", Kind: "intent", Object: "location/westus2", Property: "disableGateway", Value: "true", At: at("2026-01-02T03:04:05Z"),
		By: t.By, Reason: t.Reason, Node: "westus2-1", Durable: 2, Wait: t.Wait, Reached: true, DryRun: t.DryRun,
		Until: ptr(at("2026-01-02T03:34:05Z")), Findings: []api.Finding{{Rule: "capacity", Severity: "info", Text: "enough"}},
		Applied: []api.Applied{{Node: "00ff", Name: "westus2-1", Location: "westus2", Ms: 0.5}},
		Missing: []api.Missing{{Node: "01ff", Name: "eu-1", UnreachableSince: ptr(at("2026-01-02T03:00:00Z")), Reason: "no contact"}},
		Answers: &api.AnswerChanges{Groups: 3, Profiles: []api.ProfileChange{{Name: "shop", Kind: "changed", Groups: 1, Examples: []api.AnswerChange{{Client: "203.0.113.0/24", Before: "a", After: "b"}}}}},
	}
}

func (c *fakeCluster) Switch(ctx context.Context, s []api.Switch, t api.Terms) (api.Change, error) {
	return c.take(ctx, t, "switch %v", s)
}

func (c *fakeCluster) ReadFreeze(context.Context) (api.Freeze, error) {
	return api.Freeze{Frozen: true, Intent: &api.Intent{ID: "i1", Layer: "timed", Value: "true", By: "token:alice", Node: "westus2-1", At: at("2026-01-02T03:04:05Z")}}, nil
}

func (c *fakeCluster) Change(ctx context.Context, id string, t api.Terms) (api.Change, error) {
	if id != "c1" {
		return api.Change{}, api.Errorf(api.NotFound, "change %q: no such change", id)
	}
	return c.take(ctx, t, "change %s", id)
}

func (c *fakeCluster) Changes(_ context.Context, limit int) ([]api.Change, error) {
	return []api.Change{change(api.Terms{Wait: "none"})}[:min(limit, 1)], nil
}

func version() api.PlanVersion {
	return api.PlanVersion{Term: 1, Seq: 42, Hash: "0123456789abcdef", Text: "1.42.0123456789ab"}
}

func (c *fakeCluster) Plan(context.Context) (api.PlanState, error) {
	return api.PlanState{
		Version: version(), Source: "api", Writer: api.PlanWriter{Node: "00ff", Here: true, Reachable: true, Why: "it is the primary node"},
		Held:      &api.PlanHeld{Since: at("2026-01-02T03:04:05Z"), Why: "eu-1 cannot compile it", Problems: []api.PlanRefusal{{Node: "01ff", Problems: []api.PlanProblem{{File: "s.yaml", Line: 1, Column: 2, Message: "wrong"}}}}},
		Rejected:  &api.PlanRejected{Node: "westus2-1", File: "s.yaml", Since: at("2026-01-02T03:04:05Z"), Why: "s.yaml:1:2: wrong"},
		Nodes:     []api.PlanNode{{Node: "00ff", Name: "westus2-1", Version: ptr(version()), Current: true, Reachable: true}},
		Schedules: []api.DrillSchedule{{Name: "weekly", Location: "westus2", Mode: "drain", Window: "Tue 10:00"}},
	}, nil
}

func (c *fakeCluster) CheckPlan(_ context.Context, b api.Bundle) (api.PlanCheck, error) {
	return api.PlanCheck{OK: true, Version: ptr(version()), Problems: []api.PlanProblem{{File: b.Name, Line: 1, Message: "unused", Warning: true}}, Answers: &api.AnswerChanges{Groups: len(b.Document)}}, nil
}

func (c *fakeCluster) PutPlan(ctx context.Context, b api.Bundle, ifMatch string, t api.Terms) (api.Change, error) {
	if ifMatch != "" && ifMatch != version().Text {
		return api.Change{}, api.Errorf(api.Precondition, "version %q: %s is in service", ifMatch, version().Text)
	}
	return c.take(ctx, t, "put %d bytes and %d files if %q", len(b.Document), len(b.Files), ifMatch)
}

func (c *fakeCluster) EditPlan(ctx context.Context, e api.PlanEdit, _ string, t api.Terms) (api.Change, error) {
	if e.Add != nil {
		return c.take(ctx, t, "add %s capacity %d disabled %t", e.Add.Name, e.Add.Capacity, *e.Add.Disabled)
	}
	return c.take(ctx, t, "edit remove %q now %t scale %q to %d", e.Remove, e.Now, e.Scale, e.To)
}

func (c *fakeCluster) RollbackPlan(ctx context.Context, to string, t api.Terms) (api.Change, error) {
	return c.take(ctx, t, "rollback %s", to)
}

func (c *fakeCluster) PlanDocument(_ context.Context, v string) (api.Bundle, error) {
	if v != "" && v != "42" {
		return api.Bundle{}, api.Errorf(api.NotFound, "plan %q: there is 42", v)
	}
	return api.Bundle{Version: ptr(version()), Document: "{}", Files: []api.File{{Path: "policies/a.xml", SHA256: "ff", Data: []byte("<a/>")}}}, nil
}

func (c *fakeCluster) PlanHistory(context.Context, int) ([]api.PlanEntry, error) {
	return []api.PlanEntry{{Version: version(), At: at("2026-01-02T03:04:05Z"), Serving: true, Bytes: 7}}, nil
}

func (c *fakeCluster) PlanDiff(_ context.Context, from, to string) (api.PlanDiff, error) {
	return api.PlanDiff{From: version(), To: version(), Document: "from " + from + " to " + to}, nil
}

func (c *fakeCluster) Nodes(context.Context) ([]api.Node, error) {
	return []api.Node{{ID: "00ff", Name: "westus2-1", State: "active", Member: "alive", Version: "v1", Registered: at("2026-01-02T03:04:05Z")}}, nil
}

func (c *fakeCluster) ForgetNode(ctx context.Context, node string, t api.Terms) (api.Change, error) {
	return c.take(ctx, t, "forget %s", node)
}

func (c *fakeCluster) Promote(ctx context.Context, node string, t api.Terms) (api.Change, error) {
	return c.take(ctx, t, "promote %s", node)
}

func (c *fakeCluster) Cluster(context.Context) (api.Cluster, error) {
	return api.Cluster{
		Enabled: true, Node: "00ff", Name: "westus2-1", Label: "contoso", Trust: "pinned",
		Members: []api.Member{{ID: "01ff", Name: "eu-1", Address: "192.0.2.1:7946", State: "alive", Since: at("2026-01-02T03:04:05Z"), UDP: "ok"}},
		Keys:    []api.KeyUse{{Fingerprint: "k1", Nodes: []string{"westus2-1"}}},
	}, nil
}

func (c *fakeCluster) ChangeKeys(ctx context.Context, o api.KeyOrder, t api.Terms) (api.Change, error) {
	return c.take(ctx, t, "keys %s %d bytes %s", o.Do, len(o.Key), o.Fingerprint)
}

func (c *fakeCluster) Secrets(context.Context) ([]api.Secret, error) {
	return []api.Secret{{Name: "backend-key", Kind: "value", Version: 1, Fingerprint: "f", Created: at("2026-01-02T03:04:05Z"), By: "socket:0"}}, nil
}

func (c *fakeCluster) SetSecret(ctx context.Context, name string, value []byte, t api.Terms) (api.Change, error) {
	return c.take(ctx, t, "secret %s %d bytes rotate %t", name, len(value), value == nil)
}

func (c *fakeCluster) DeleteSecret(ctx context.Context, name string, t api.Terms) (api.Change, error) {
	return c.take(ctx, t, "delete secret %s", name)
}

func (c *fakeCluster) Tokens(context.Context) ([]api.Token, error) {
	return []api.Token{{Name: "ci", Role: "operator", Created: at("2026-01-02T03:04:05Z"), By: "socket:0"}}, nil
}

func (c *fakeCluster) AddToken(ctx context.Context, described api.Token, t api.Terms) (string, api.Change, error) {
	done, err := c.take(ctx, t, "token %s %s expires %t", described.Name, described.Role, described.Expires != nil)
	return "mrd_secret", done, err
}

func (c *fakeCluster) DeleteToken(ctx context.Context, name string, t api.Terms) (api.Change, error) {
	return c.take(ctx, t, "delete token %s", name)
}

func (c *fakeCluster) StartDrill(ctx context.Context, o api.DrillOrder, t api.Terms) (api.Change, error) {
	return c.take(ctx, t, "drill %s %s for %s, %d signals", o.Location, o.Mode, o.For, len(o.Abort)+len(o.Block))
}

func (c *fakeCluster) AbortDrill(ctx context.Context, id string, t api.Terms) (api.Change, error) {
	return c.take(ctx, t, "abort %s", id)
}

func (c *fakeCluster) Drills(context.Context, int) (api.Drills, error) {
	d, err := c.Drill(context.Background(), "d1")
	return api.Drills{Drills: []api.Drill{d}}, err
}

func (c *fakeCluster) Drill(_ context.Context, id string) (api.Drill, error) {
	if id != "d1" {
		return api.Drill{}, api.Errorf(api.NotFound, "drill %q: there is d1", id)
	}
	return api.Drill{
		ID: id, Location: "westus2", Mode: "drain", State: "running", By: "token:alice", At: at("2026-01-02T03:04:05Z"), Until: at("2026-01-02T03:14:05Z"),
		Curve: []api.DrillPoint{{Second: 1, Answers: 0.5, Arrivals: 1}}, Signals: []api.SignalState{{Name: "ok", Kind: "abort", Good: true}},
	}, nil
}

func (c *fakeCluster) DrillReport(_ context.Context, id, format string) (api.DrillReport, error) {
	kinds := map[string]string{"json": "application/json", "markdown": "text/markdown; charset=utf-8", "html": "text/html; charset=utf-8"}
	return api.DrillReport{ContentType: kinds[format], Body: []byte(`{"drill":"` + id + `"}`)}, nil
}

func (c *fakeCluster) Matrix(context.Context) (api.Matrix, error) {
	target := func(id, conclusion string) api.MatrixTarget {
		return api.MatrixTarget{ID: id, Verdict: "up", Conclusion: conclusion, Cells: []api.Cell{{Observer: "westus2", Verdict: "up", AgeMs: ptr(12.5), Fresh: true}}}
	}
	return api.Matrix{
		Observers: []api.Observer{{Location: "westus2", State: "voting", Conclusion: "ok"}},
		Targets:   []api.MatrixTarget{target("a", "ok"), target("b", "target_down"), target("c", "target_down")},
	}, nil
}
