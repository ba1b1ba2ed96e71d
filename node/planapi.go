package node

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"meridian/admin/api"
	"meridian/configs"
	"meridian/intent"
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
		At: instant(l.applied), Provisional: l.provisional(), Fork: n.fork() != nil, Held: n.showHeld(), Rejected: n.showRejected(l),
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
		if by := counting(&e); by != nil && t.Property.Documented() && effectiveText(&e) != e.Plan {
			out = append(out, api.HiddenSetting{Object: string(t.Object), Property: string(t.Property), Plan: e.Plan, Intent: *n.intentOf(by, l)})
		}
	}
	slices.SortFunc(out, func(a, b api.HiddenSetting) int { return compareText(a.Object+a.Property, b.Object+b.Property) })
	return out
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
	former := *l
	former.generation, former.wishes = a, nil
	former.snapshot = a.structure.Publish(fold(a, verdictsOf(l.rulings), l.addrs, nil), nil)
	return api.PlanDiff{
		From: versionOf(a.version), To: versionOf(b.version), Answers: *answersOf(differ(&former, b)),
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
