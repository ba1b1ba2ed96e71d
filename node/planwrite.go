package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"meridian/admin/api"
	"meridian/cluster"
	"meridian/configs"
	"meridian/routing"
)

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
	answer, err := n.callAlive(ctx, id, callWrite, body)
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
	if err := n.writable(l, o); err != nil {
		return api.Change{}, err
	}
	if e := o.Edit; e != nil && e.Remove != "" && !e.Now {
		return n.retire(ctx, l, routing.ParseLocationName(e.Remove), o.Terms)
	}
	p := proposal{source: "api", by: o.Terms.By, reason: o.Terms.Reason, bypass: o.Terms.Bypass}
	if o.Edit != nil && o.Edit.Now { // that is what it says
		p.bypass = append(slices.Clone(p.bypass), ruleLive)
	}
	p.amend = func(l *live) (*configs.Bundle, error) {
		if err := n.writable(l, o); err != nil { // it may not be any more
			return nil, err
		}
		return n.ordered(l, o)
	}
	return n.submit(ctx, p, o.Terms)
}

// writable refuses an order that this node may not carry out, or that was made
// from another plan.
func (n *Node) writable(l *live, o writeOrder) error {
	switch {
	case l == nil:
		return api.Errorf(api.Unavailable, "no plan is in service yet")
	case n.writer() != n.replicas.id():
		return api.Errorf(api.Unavailable, "node %s does not write the plan: node %s does", n.options.Config.Name, n.nameOf(n.writer()))
	case o.IfMatch != "" && o.IfMatch != versionOf(l.version).Text:
		return api.Errorf(api.Precondition, "the plan is %s by now, not %s: read it again", versionOf(l.version).Text, o.IfMatch)
	case n.options.Config.PlanSource == "file":
		return api.Errorf(api.Conflict, "the plan comes from the file %s of node %s (planSource: file): change that file", n.loader.path, n.options.Config.Name)
	}
	return nil
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
	if p.amend != nil {
		if p.bundle, err = p.amend(before); err != nil {
			return nil, out, err
		}
	}
	if p.term == 0 && before != nil && p.bundle.Hash == before.version.Hash {
		out.Noop = true
		return nil, out, nil
	}
	if t.DryRun {
		out.Value, out.Answers, err = n.rehearse(before, p)
		return nil, out, err
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

// rehearse returns the version a plan would have, and what it would change.
func (n *Node) rehearse(before *live, p proposal) (version string, answers *api.AnswerChanges, err error) {
	g, err := n.compiler.compile(p.bundle, p.source, n.loader.after(), before.lend())
	if err != nil {
		return "", nil, api.Errorf(api.Invalid, "%s", reason(err))
	}
	return versionOf(g.version).Text, answersOf(differ(before, g)), nil
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
