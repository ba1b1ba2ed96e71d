package admin

import (
	"context"

	"meridian/admin/api"
)

// Sources below take orders: they change something. api.Terms says who asks,
// why, how long to wait, and whether to do it at all; the server has checked
// its form. A refused order is an error and nothing happened: api.NotFound (no
// such object), api.Invalid (a value that cannot be), api.Conflict (a safety
// rule or the present state stands against it, as planSource file does; the text
// says what to do), api.Precondition (If-Match), api.Unavailable (the node that
// would have to do it cannot be reached, and why). An error of another kind says
// that nobody knows whether it happened. Every other outcome is a Change:
// accepted, on disk here and on a second node's where one is up. A source
// returns when what the terms wait for is the case, when the timeout has passed,
// or when the context ends; the change stands all the same, and Reached is
// false. Where nothing is waited for, Reached is true. An order that changes
// nothing is a Change with Noop. DryRun returns what would change, with Answers.

// Switches writes what operators say: together the switches are one Change,
// named by the first. ReadFreeze shows whether verdicts are frozen.
type Switches interface {
	Switch(ctx context.Context, s []api.Switch, t api.Terms) (api.Change, error)
	ReadFreeze(ctx context.Context) (api.Freeze, error)
}

// ChangeSource knows the changes this node accepted, and those it heard of.
// Change waits by t.Wait and t.Timeout for one (api.NotFound); Changes lists the
// newest first, at most limit.
type ChangeSource interface {
	Change(ctx context.Context, id string, t api.Terms) (api.Change, error)
	Changes(ctx context.Context, limit int) ([]api.Change, error)
}

// PlanSource shows the plan, and checks one: this node compiles it, and asks
// every node it can reach to. A plan that does not compile is no error.
type PlanSource interface {
	Plan(ctx context.Context) (api.PlanState, error)
	CheckPlan(ctx context.Context, b api.Bundle) (api.PlanCheck, error)
}

// PlanWriter writes the plan, at whichever node does. Put replaces it: ifMatch
// is the version it was made from ("" is any), as PlanVersion.Text. Edit makes
// one change of it. Rollback makes an older one the newest.
type PlanWriter interface {
	PutPlan(ctx context.Context, b api.Bundle, ifMatch string, t api.Terms) (api.Change, error)
	EditPlan(ctx context.Context, e api.PlanEdit, ifMatch string, t api.Terms) (api.Change, error)
	RollbackPlan(ctx context.Context, to string, t api.Terms) (api.Change, error)
}

// PlanArchive keeps all plans (api.NotFound). Versions are written as
// PlanVersion.Text or as a seq; "" is the one in service. PlanHistory is newest
// first, at most limit.
type PlanArchive interface {
	PlanDocument(ctx context.Context, version string) (api.Bundle, error)
	PlanHistory(ctx context.Context, limit int) ([]api.PlanEntry, error)
	PlanDiff(ctx context.Context, from, to string) (api.PlanDiff, error)
}

// NodeSource lists the registered nodes by name, forgets one for good, and makes
// another the writer of the plan; nodes are named by id or name.
type NodeSource interface {
	Nodes(ctx context.Context) ([]api.Node, error)
	ForgetNode(ctx context.Context, node string, t api.Terms) (api.Change, error)
	Promote(ctx context.Context, node string, t api.Terms) (api.Change, error)
}

// ClusterSource shows what this node sees of the others, and changes the gossip
// keys of all.
type ClusterSource interface {
	Cluster(ctx context.Context) (api.Cluster, error)
	ChangeKeys(ctx context.Context, o api.KeyOrder, t api.Terms) (api.Change, error)
}

// SecretSource lists secrets without values, and changes one. SetSecret with a
// nil value makes a new random one (rotation).
type SecretSource interface {
	Secrets(ctx context.Context) ([]api.Secret, error)
	SetSecret(ctx context.Context, name string, value []byte, t api.Terms) (api.Change, error)
	DeleteSecret(ctx context.Context, name string, t api.Terms) (api.Change, error)
}

// TokenSource lists bearer tokens, makes one (Created and By are set by the
// source; api.Conflict where the name is taken) and returns its text, which is
// kept nowhere, and deletes one.
type TokenSource interface {
	Tokens(ctx context.Context) ([]api.Token, error)
	AddToken(ctx context.Context, described api.Token, t api.Terms) (clear string, change api.Change, err error)
	DeleteToken(ctx context.Context, name string, t api.Terms) (api.Change, error)
}

// DrillSource starts and aborts drills; the Change's object is "drill/ID".
type DrillSource interface {
	StartDrill(ctx context.Context, o api.DrillOrder, t api.Terms) (api.Change, error)
	AbortDrill(ctx context.Context, id string, t api.Terms) (api.Change, error)
}

// DrillReports shows drills, newest first, at most limit, and what they
// measured. format is json, markdown or html.
type DrillReports interface {
	Drills(ctx context.Context, limit int) (api.Drills, error)
	Drill(ctx context.Context, id string) (api.Drill, error)
	DrillReport(ctx context.Context, id, format string) (api.DrillReport, error)
}

// MatrixSource shows what every observer says of every target, by id.
type MatrixSource interface {
	Matrix(ctx context.Context) (api.Matrix, error)
}
