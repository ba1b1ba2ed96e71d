package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"meridian/admin/api"
	"meridian/cluster"
	"meridian/configs"
	"meridian/intent"
	"meridian/routing"
)

// planAPI implements admin.PlanSource, admin.PlanWriter and admin.PlanArchive.
type planAPI struct{ *Node }

// versionOf shows a version.
func versionOf(v intent.PlanVersion) api.PlanVersion {
	return api.PlanVersion{Term: v.Term, Seq: v.Seq, Hash: v.Hash, Text: fmt.Sprintf("%d.%d.%.12s", v.Term, v.Seq, v.Hash)}
}

// Plan shows the plan as the cluster has it.
func (n planAPI) Plan(context.Context) (api.PlanState, error) {
	l, err := n.serving()
	if err != nil {
		return api.PlanState{}, err
	}
	out := api.PlanState{
		Version: versionOf(l.version), Source: n.options.Config.PlanSource, Writer: n.showWriter(),
		At: instant(l.applied), Provisional: l.provisional(), Fork: n.forked.Load() != nil, Held: n.showHeld(),
	}
	if out.Source == "file" && out.Writer.Here {
		out.File = n.loader.path
	}
	if h, known := n.replicas.head(); known {
		out.At, out.By, out.Reason = instant(h.At), h.By, h.Reason
		if out.Source == "file" {
			out.File = h.Source
		}
	}
	out.Nodes, out.Schedules = n.planNodes(l), n.schedules(l)
	return out, nil
}

func (n planAPI) showWriter() api.PlanWriter {
	id := n.writer()
	if id == "" {
		return api.PlanWriter{Why: "no node of the primary location has registered yet"}
	}
	w := api.PlanWriter{Node: string(id), Name: n.nameOf(id), Here: id == n.replicas.id(), Reachable: true}
	if r, known := n.directory().Node(intent.NodeID(id)); known {
		w.Location = r.Location
	}
	switch h, known := n.replicas.head(); {
	case !n.clustered():
		w.Why = "it has no cluster block: it writes its plan alone"
	case known:
		w.Why = fmt.Sprintf("it writes term %d", h.Term)
	default:
		w.Why = "it was the first to register in the primary location"
	}
	if m := n.members()[id]; !w.Here && m.State != "alive" {
		w.Reachable, w.Why = false, w.Why+", and cannot be reached"
	}
	return w
}

func (n planAPI) showHeld() *api.PlanHeld {
	h := n.loader.held.Load()
	if h == nil {
		return nil
	}
	v := versionOf(h.Version)
	out := &api.PlanHeld{Version: &v, Since: h.At.UTC(), Why: h.Error()}
	for _, d := range h.Dangers {
		out.Rules = append(out.Rules, d.Rule)
	}
	for _, r := range h.Refusals {
		out.Problems = append(out.Problems, showRefusal(r))
	}
	return out
}

func showRefusal(r refusal) api.PlanRefusal {
	return api.PlanRefusal{Node: string(r.Node), Name: r.Name, Problems: showProblems(r.Problems)}
}

func showProblems(lines []problemLine) []api.PlanProblem {
	var out []api.PlanProblem
	for _, p := range lines {
		out = append(out, api.PlanProblem(p))
	}
	return out
}

func (n planAPI) planNodes(l *live) []api.PlanNode {
	newest := l.version
	if h, known := n.replicas.head(); known && h.version().Compare(newest) > 0 {
		newest = h.version()
	}
	reports, members := n.reports(), n.members()
	var out []api.PlanNode
	for _, r := range n.registered() {
		x := api.PlanNode{Node: string(r.id), Name: r.Name, Location: string(r.location), Reachable: members[r.id].State == "alive"}
		h, known := reports[r.id]
		if r.id == n.replicas.id() {
			h, known, x.Reachable = heardReport{n.report(), time.Now()}, true, true
		}
		if known {
			v := versionOf(h.plan())
			x.Version, x.Current, x.Heard = &v, h.plan() == newest, instant(h.at)
		}
		if h.Refused != "" {
			x.Refusal = &api.PlanRefusal{Node: string(r.id), Name: r.Name, Problems: []api.PlanProblem{{Message: h.Refused}}}
		}
		out = append(out, x)
	}
	return out
}

// bundleOf reads a plan from the API.
func bundleOf(b api.Bundle) (*configs.Bundle, error) {
	name := b.Name
	if name == "" {
		name = "service.yaml"
	}
	files := map[string][]byte{}
	for _, f := range b.Files {
		files[f.Path] = f.Data
	}
	out, err := configs.NewBundle(name, []byte(b.Document), func(path string) ([]byte, error) {
		if data, there := files[path]; there {
			return data, nil
		}
		return nil, fmt.Errorf("file %q: it is not among the files sent", path)
	})
	if err != nil {
		return nil, api.Errorf(api.Invalid, "%v", err)
	}
	return out, nil
}

// CheckPlan compiles a plan here and at every node that can be reached.
func (n planAPI) CheckPlan(ctx context.Context, in api.Bundle) (api.PlanCheck, error) {
	b, err := bundleOf(in)
	if err != nil {
		return api.PlanCheck{}, err
	}
	before := n.pub.current.Load()
	g, err := n.compiler.compile(b, "api", n.loader.after(), before.lend())
	if err != nil {
		return api.PlanCheck{Problems: showProblems(problemsOf(err))}, nil
	}
	v := versionOf(g.version)
	out := api.PlanCheck{OK: true, Version: &v, Problems: showProblems(problemsOf(g.service.Warnings))}
	if len(g.service.Warnings) == 0 {
		out.Problems = nil
	}
	for _, d := range n.dangers(before, g, nil) {
		out.Rules, out.OK = append(out.Rules, d.Rule+": "+d.Text), false
	}
	for _, r := range n.askOthers(ctx, g) {
		out.Nodes, out.OK = append(out.Nodes, showRefusal(r)), false
	}
	if before != nil {
		out.Answers, out.Hidden = answersOf(differ(before, g)), n.hidden(before, g)
	}
	return out, nil
}

// hidden lists what operators' values hide of a plan.
func (n *Node) hidden(l *live, g *generation) []api.HiddenSetting {
	outcome := intent.Fold(g.wantedOf(n.replicas.wishes()))
	var out []api.HiddenSetting
	for t, e := range outcome.Effective {
		if by := counting(&e); by != nil && effectiveText(&e) != e.Plan && e.Plan != "" {
			out = append(out, api.HiddenSetting{Object: string(t.Object), Property: string(t.Property), Plan: e.Plan, Intent: *n.intentOf(by, l)})
		}
	}
	slices.SortFunc(out, func(a, b api.HiddenSetting) int { return compareText(a.Object+a.Property, b.Object+b.Property) })
	return out
}

// writeOrder is a change of the plan on its way to the node that writes it.
type writeOrder struct {
	Promote bool          `json:"promote,omitempty"`
	Bundle  *api.Bundle   `json:"bundle,omitempty"`
	Edit    *api.PlanEdit `json:"edit,omitempty"`
	To      string        `json:"to,omitempty"` // version to go back to
	IfMatch string        `json:"ifMatch,omitempty"`
	Terms   api.Terms     `json:"terms"`
}

// PutPlan replaces the plan.
func (n planAPI) PutPlan(ctx context.Context, b api.Bundle, ifMatch string, t api.Terms) (api.Change, error) {
	return n.ask(ctx, n.writer(), writeOrder{Bundle: &b, IfMatch: ifMatch, Terms: t})
}

// EditPlan makes one change of the plan.
func (n planAPI) EditPlan(ctx context.Context, e api.PlanEdit, ifMatch string, t api.Terms) (api.Change, error) {
	return n.ask(ctx, n.writer(), writeOrder{Edit: &e, IfMatch: ifMatch, Terms: t})
}

// RollbackPlan makes an older plan the newest.
func (n planAPI) RollbackPlan(ctx context.Context, to string, t api.Terms) (api.Change, error) {
	return n.ask(ctx, n.writer(), writeOrder{To: to, Terms: t})
}

// ask has a node carry an order out: here, or over a stream.
func (n *Node) ask(ctx context.Context, id cluster.NodeID, o writeOrder) (api.Change, error) {
	switch {
	case id == n.replicas.id():
		return n.carryOut(ctx, o)
	case id == "":
		return api.Change{}, api.Errorf(api.Unavailable, "no node writes the plan yet: none of the primary location has registered")
	}
	body, err := json.Marshal(o)
	if err != nil {
		return api.Change{}, err
	}
	answer, err := n.cluster.Call(ctx, id, callWrite, body)
	if err != nil {
		return api.Change{}, n.unreached(id, err)
	}
	var reply writeReply
	if err := json.Unmarshal(answer, &reply); err != nil {
		return api.Change{}, err
	}
	if reply.Kind != "" {
		return api.Change{}, &api.Error{Kind: reply.Kind, Detail: reply.Detail}
	}
	return reply.Change, nil
}

// unreached is the error of an order that its node did not answer.
func (n *Node) unreached(id cluster.NodeID, err error) error {
	var remote *cluster.RemoteError
	if errors.As(err, &remote) {
		return api.Errorf(api.Internal, "node %s: %v", n.nameOf(id), err)
	}
	return api.Errorf(api.Unavailable, "node %s writes the plan and cannot be reached (%v): gateways and answers go on as they are; "+
		"if it is gone, make another node the writer: meridian management promote NODE --reason ...", n.nameOf(id), err)
}

// writeReply answers a writeOrder.
type writeReply struct {
	Change api.Change `json:"change"`
	Kind   api.Kind   `json:"kind,omitempty"` // of the refusal; empty: there is none
	Detail string     `json:"detail,omitempty"`
}

// writeAsked carries out an order that came in at another node.
func (n *Node) writeAsked(ctx context.Context, _ cluster.NodeID, body []byte) ([]byte, error) {
	var o writeOrder
	if err := json.Unmarshal(body, &o); err != nil {
		return nil, fmt.Errorf("reading an order: %w", err)
	}
	c, err := n.carryOut(ctx, o)
	var fault *api.Error
	switch {
	case errors.As(err, &fault):
		return json.Marshal(writeReply{Kind: fault.Kind, Detail: fault.Detail})
	case err != nil:
		return nil, err
	}
	return json.Marshal(writeReply{Change: c})
}

// carryOut changes the plan, as its writer.
func (n *Node) carryOut(ctx context.Context, o writeOrder) (api.Change, error) {
	if o.Promote {
		return n.promote(ctx, o.Terms)
	}
	l := n.pub.current.Load()
	switch {
	case l == nil:
		return api.Change{}, api.Errorf(api.Unavailable, "no plan is in service yet")
	case n.writer() != n.replicas.id():
		return api.Change{}, api.Errorf(api.Unavailable, "node %s does not write the plan: node %s does", n.options.Config.Name, n.nameOf(n.writer()))
	case o.IfMatch != "" && o.IfMatch != versionOf(l.version).Text:
		return api.Change{}, api.Errorf(api.Precondition, "the plan is %s by now, not %s: read it again", versionOf(l.version).Text, o.IfMatch)
	case n.options.Config.PlanSource == "file":
		return api.Change{}, api.Errorf(api.Conflict, "the plan comes from the file %s of node %s (planSource: file): change that file", n.loader.path, n.options.Config.Name)
	}
	if e := o.Edit; e != nil && e.Remove != "" && !e.Now {
		return n.retire(ctx, l, routing.ParseLocationName(e.Remove), o.Terms)
	}
	p := proposal{source: "api", by: o.Terms.By, reason: o.Terms.Reason, bypass: o.Terms.Bypass}
	var err error
	if p.bundle, err = n.ordered(l, o); err != nil {
		return api.Change{}, err
	}
	return n.submit(ctx, p, o.Terms)
}

// ordered makes the plan that an order asks for.
func (n *Node) ordered(l *live, o writeOrder) (*configs.Bundle, error) {
	switch {
	case o.Bundle != nil:
		return bundleOf(*o.Bundle)
	case o.To != "":
		past, err := n.pastNamed(o.To)
		if err != nil {
			return nil, err
		}
		return past.bundle, nil
	}
	b, err := edited(l.bundle, o.Edit)
	if err != nil {
		return nil, api.Errorf(api.Invalid, "%v", err)
	}
	return b, nil
}

func edited(b *configs.Bundle, e *api.PlanEdit) (*configs.Bundle, error) {
	switch {
	case e.Add != nil:
		a := e.Add
		return b.AddLocation(configs.NewLocation{
			Name: a.Name, Latitude: a.Latitude, Longitude: a.Longitude, Capacity: a.Capacity, Zones: a.Zones,
			Enabled: a.Disabled != nil && !*a.Disabled,
		})
	case e.Remove != "":
		return b.RemoveLocation(routing.ParseLocationName(e.Remove))
	default:
		return b.ScaleLocation(routing.ParseLocationName(e.Scale), e.To)
	}
}

// submit commits a plan and waits as the terms say.
func (n *Node) submit(ctx context.Context, p proposal, t api.Terms) (api.Change, error) {
	if err := n.loader.take(ctx); err != nil {
		return api.Change{}, api.Errorf(api.Unavailable, "%v", err)
	}
	c, out, err := n.submitted(ctx, p, t)
	n.loader.give()
	if c == nil {
		return out, err
	}
	out = c.await(ctx, t.Wait, t.Timeout)
	return out, nil
}

// submitted commits a plan; the turn to load is held.
func (n *Node) submitted(ctx context.Context, p proposal, t api.Terms) (c *change, out api.Change, err error) {
	before := n.pub.current.Load()
	out = api.Change{
		Kind: "plan", Object: "plan", By: t.By, Reason: t.Reason, Node: n.options.Config.Name, Wait: t.Wait, DryRun: t.DryRun, Reached: true,
	}
	if p.term == 0 && before != nil && p.bundle.Hash == before.version.Hash {
		out.Noop = true
		return nil, out, nil
	}
	if t.DryRun {
		g, err := n.compiler.compile(p.bundle, p.source, n.loader.after(), before.lend())
		if err != nil {
			return nil, out, api.Errorf(api.Invalid, "%s", reason(err))
		}
		out.Value, out.Answers = versionOf(g.version).Text, answersOf(differ(before, g))
		return nil, out, nil
	}
	out.At = time.Now().UTC()
	diff, err := n.commit(ctx, before, p)
	if err != nil {
		return nil, out, refusedPlanError(err)
	}
	after := n.pub.current.Load()
	out.ID, out.Value, out.Answers = "plan-"+versionOf(after.version).Text, versionOf(after.version).Text, answersOf(diff)
	for _, h := range n.hidden(after, after.generation) {
		out.Notes = append(out.Notes, fmt.Sprintf("%s of %s stays %s: %s said so", h.Property, h.Object, h.Intent.Value, h.Intent.By))
	}
	var messages [][]byte
	for _, e := range n.replicas.plans.Entries() {
		messages = append(messages, e.Message())
	}
	c, err = n.deliver(kindPlan, messages, out, after.durable)
	return c, out, err
}

func refusedPlanError(err error) error {
	var held *HeldPlan
	var problems configs.Problems
	switch {
	case errors.As(err, &held):
		return api.Errorf(api.Conflict, "%v", held)
	case errors.As(err, &problems):
		return api.Errorf(api.Invalid, "%s", reason(err))
	}
	return err
}

// pastNamed finds a plan of the history by version or sequence.
func (n *Node) pastNamed(name string) (*keptPlan, error) {
	for _, p := range slices.Backward(n.history()) {
		if v := p.version(); versionOf(v).Text == name || strconv.FormatUint(v.Seq, 10) == name {
			kept, err := n.past(v)
			if err != nil {
				return nil, api.Errorf(api.Unavailable, "%v", err)
			}
			return kept, nil
		}
	}
	return nil, api.Errorf(api.NotFound, "plan %q: not in the history of node %s", name, n.options.Config.Name)
}

// PlanDocument returns a plan; "" is the one in service.
func (n planAPI) PlanDocument(_ context.Context, version string) (api.Bundle, error) {
	l := n.pub.current.Load()
	if l != nil && (version == "" || version == versionOf(l.version).Text || version == strconv.FormatUint(l.version.Seq, 10)) {
		return showBundle(l.bundle, l.version), nil
	}
	if version == "" {
		return api.Bundle{}, api.Errorf(api.Unavailable, "no plan is in service yet")
	}
	kept, err := n.pastNamed(version)
	if err != nil {
		return api.Bundle{}, err
	}
	return showBundle(kept.bundle, kept.version), nil
}

func showBundle(b *configs.Bundle, v intent.PlanVersion) api.Bundle {
	shown := versionOf(v)
	out := api.Bundle{Version: &shown, Document: string(b.Document), Name: "service.json"}
	for _, f := range b.Files {
		out.Files = append(out.Files, api.File{Path: f.Name, SHA256: sumOf(f.Data), Data: f.Data})
	}
	return out
}

// PlanHistory lists the plans, newest first.
func (n planAPI) PlanHistory(_ context.Context, limit int) ([]api.PlanEntry, error) {
	l := n.pub.current.Load()
	var out []api.PlanEntry
	for _, p := range slices.Backward(n.history()) {
		if len(out) == limit {
			break
		}
		out = append(out, api.PlanEntry{
			Version: versionOf(p.version()), At: p.At, By: p.By, Reason: p.Reason, Writer: p.Writer, Bytes: p.Bytes,
			Serving: l != nil && l.version == p.version(),
		})
	}
	return out, nil
}

// PlanDiff compares two plans in answers, both in the present health.
func (n planAPI) PlanDiff(_ context.Context, from, to string) (api.PlanDiff, error) {
	l, err := n.serving()
	if err != nil {
		return api.PlanDiff{}, err
	}
	if from == "" {
		from = n.planBefore(l)
	}
	a, err := n.compiled(from, l)
	if err != nil {
		return api.PlanDiff{}, err
	}
	b, err := n.compiled(to, l)
	if err != nil {
		return api.PlanDiff{}, err
	}
	base := *l
	base.generation, base.wishes = a, nil
	base.snapshot = a.structure.Publish(fold(a, verdictsOf(l.rulings), l.addrs, nil), nil)
	return api.PlanDiff{
		From: versionOf(a.version), To: versionOf(b.version), Answers: *answersOf(differ(&base, b)),
		Document: unified(a.bundle, b.bundle),
	}, nil
}

// compiled returns a plan compiled; "" is the one in service.
func (n *Node) compiled(name string, l *live) (*generation, error) {
	if name == "" || name == versionOf(l.version).Text || name == strconv.FormatUint(l.version.Seq, 10) {
		return l.generation, nil
	}
	kept, err := n.pastNamed(name)
	if err != nil {
		return nil, err
	}
	g, err := n.compiler.compile(kept.bundle, "history", kept.version, l.generation)
	if err != nil {
		return nil, api.Errorf(api.Invalid, "plan %s cannot be compiled any more: %s", name, reason(err))
	}
	return g, nil
}

// planBefore names the plan before the one in service; that itself where there
// was none.
func (n *Node) planBefore(l *live) string {
	before := ""
	for _, p := range n.history() {
		if p.version().Compare(l.version) < 0 {
			before = versionOf(p.version()).Text
		}
	}
	return before
}
