package node

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"meridian/admin/api"
	"meridian/cluster"
	"meridian/intent"
	"meridian/routing"
)

// switching implements admin.Switches and admin.ChangeSource.
type switching struct{ *Node }

// Rules that refuse a switch unless they are bypassed, beside those of intent.
const (
	ruleDegraded = "degraded" // enabling a location whose gateways are down
	ruleRelay    = "relay"    // disabling a location whose late clients nobody could carry

	ruleEmptyPool = "emptyPool" // disabling the last enabled member of a pool
)

// Switch writes what an operator says.
func (n switching) Switch(ctx context.Context, s []api.Switch, t api.Terms) (api.Change, error) {
	commands := make([]intent.Command, 0, len(s))
	for _, x := range s {
		commands = append(commands, intent.Command{
			Object: intent.Object(x.Object), Property: intent.Property(x.Property), Text: x.Text, Reset: x.Reset, For: x.For,
			By: t.By, Reason: t.Reason, Bypass: t.Bypass,
		})
	}
	return n.order(ctx, append(commands, n.stays(commands)...), t)
}

// stays calls off the removal of locations that commands put back into service,
// or of which they take away what operators said.
func (n *Node) stays(commands []intent.Command) []intent.Command {
	l := n.pub.current.Load()
	var out []intent.Command
	for _, c := range commands {
		if l == nil || c.Property != intent.DisableGateway || c.Text == textTrue {
			continue
		}
		if e := l.outcome.At(intent.Target{Object: c.Object, Property: intent.Removing}); e.Text == textTrue {
			out = append(out, intent.Command{Object: c.Object, Property: intent.Removing, Reset: true, By: c.By, Reason: c.Reason})
		}
	}
	return out
}

// order carries commands out: all of them, as one change, or none.
func (n *Node) order(ctx context.Context, commands []intent.Command, t api.Terms) (api.Change, error) {
	n.ordering.Lock()
	c, out, err := n.accept(ctx, commands, t)
	n.ordering.Unlock()
	if c == nil {
		return out, err
	}
	return c.await(ctx, t.Wait, t.Timeout), nil
}

// accept decides about commands and, if they are accepted, writes and delivers
// them. Without a change nothing was written: out says what would be.
func (n *Node) accept(ctx context.Context, commands []intent.Command, t api.Terms) (c *change, out api.Change, err error) {
	l, err := n.serving()
	if err != nil {
		return nil, out, err
	}
	out = api.Change{
		Kind: "intent", Object: string(commands[0].Object), Property: string(commands[0].Property), Value: commands[0].Text,
		By: t.By, Reason: t.Reason, Node: n.options.Config.Name, Wait: t.Wait, DryRun: t.DryRun, Reached: true,
	}
	before := n.inputFor(l, commands)
	drafts, notes, err := draft(before, commands)
	if err != nil {
		return nil, out, l.poolNamed(commands[0].Object, err)
	}
	out.Notes = notes
	now := time.Now()
	id := intent.ID{Time: n.tick(now), Node: intent.NodeID(n.replicas.id())}
	if err := n.admit(ctx, l, commands, drafts, before, id); err != nil {
		return nil, out, err
	}
	switch {
	case t.DryRun:
		out.Noop, out.Answers = len(drafts) == 0, n.preview(l, before.With(drafts, id))
		return nil, out, nil
	case len(drafts) == 0:
		out.Noop = true
		return nil, out, nil
	}
	out.ID, out.At = id.String(), now.UTC()
	if f := commands[0].For; f > 0 {
		out.Until = instant(now.Add(f))
	}
	c, err = n.enter(intent.Stamp(drafts, id), out)
	return c, out, err
}

// inputFor is what is wanted now, with what the plan says of what is to be
// switched.
func (n *Node) inputFor(l *live, commands []intent.Command) intent.Input {
	in := l.wantedOf(n.replicas.wishes())
	for _, c := range commands {
		t := intent.Target{Object: c.Object, Property: c.Property}
		if text, known := l.planText(t); known {
			in.Plan[t] = text
		}
	}
	return in
}

// tick reads this node's clock, past everything it has heard of.
func (n *Node) tick(now time.Time) intent.Time {
	for _, h := range n.replicas.wishes() {
		n.clock.Met(h.Value, intent.NodeID(n.replicas.id()), now)
	}
	return n.clock.Next(now)
}

// draft makes the values that commands come down to.
func draft(in intent.Input, commands []intent.Command) (drafts []intent.Value, notes []string, err error) {
	for _, c := range commands {
		if err := c.Validate(); err != nil {
			return nil, nil, api.Errorf(api.Invalid, "%v", err)
		}
		if _, known := in.Plan[intent.Target{Object: c.Object, Property: c.Property}]; !known && !(c.Reset && said(in, c.Object)) {
			return nil, nil, api.Errorf(api.NotFound, "%s %q: no such %s in the plan", c.Object.Kind(), c.Object.Name(), c.Object.Kind())
		}
		some, note := intent.Drafts(c, in)
		drafts = append(drafts, some...)
		if note == intent.NoteDrill {
			notes = append(notes, fmt.Sprintf("a drill keeps %s out of service: abort it, or wait for its end", c.Object))
		}
	}
	return drafts, notes, nil
}

// said reports whether operators have said anything of an object.
func said(in intent.Input, o intent.Object) bool {
	return slices.ContainsFunc(in.Values, func(h intent.Held) bool { return h.Object == o })
}

// admit refuses drafts against which a safety rule stands.
func (n *Node) admit(ctx context.Context, l *live, commands []intent.Command, drafts []intent.Value, in intent.Input, id intent.ID) error {
	var refused *intent.Refusal
	switch err := intent.Admit(drafts, in, id); {
	case errors.As(err, &refused):
		return api.Errorf(api.Conflict, "%s: another location has to be enabled first, or say --bypass %s with a reason", refused.Why, refused.Rule)
	case err != nil:
		return api.Errorf(api.Invalid, "%v", err)
	case len(drafts) == 0:
		return nil
	}
	next := n.after(l, in.With(drafts, id))
	for _, c := range commands {
		var err error
		switch {
		case c.Property == intent.DisableGateway && c.Object.Kind() == "location":
			err = n.admitLocation(ctx, l, next, c)
		case c.Property == intent.BackendStatus:
			err = l.admitBackend(next, c)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// admitLocation refuses to switch a location on whose gateways are down, and one
// off whose late clients nobody could carry. The end of a drill is never refused.
func (n *Node) admitLocation(ctx context.Context, l, next *live, c intent.Command) error {
	name := routing.LocationName(c.Object.Name())
	was, is := l.off(name), next.off(name)
	if was && !is && !c.Drill && next.snapshot.LocationStatus(name) == routing.Degraded && !slices.Contains(c.Bypass, ruleDegraded) {
		return api.Errorf(api.Conflict, "the gateways of %s are down: enabling it would send clients there all the same when nothing else is up; say --bypass %s with a reason to enable it", name, ruleDegraded)
	}
	if !was && is && !slices.Contains(c.Bypass, ruleRelay) {
		return n.relayable(ctx, l, name)
	}
	return nil
}

// enter signs values, puts them into service here and delivers them.
func (n *Node) enter(values []intent.Value, ordered api.Change) (*change, error) {
	var messages [][]byte
	for _, v := range values {
		body, err := v.Encode()
		if err != nil {
			return nil, api.Errorf(api.Invalid, "%v", err)
		}
		r := n.replicas
		message, _, err := r.intents.Write(r.self, v.Key.String(), cluster.Version{Major: uint64(v.ID.Time)}, body)
		if err != nil {
			return nil, fmt.Errorf("signing intent: %w", err)
		}
		messages = append(messages, message)
	}
	err := n.wishes.do()
	n.kept("intent", err)
	if err != nil {
		ordered.Notes = append(ordered.Notes, "it is in service here but not on this node's disk: "+err.Error())
	}
	n.pub.wait((*publisher).rewish)
	if n.cluster != nil {
		for _, m := range messages {
			n.cluster.Broadcast(kindIntent, m)
		}
	}
	return n.deliver(kindIntent, messages, ordered, err == nil)
}

// preview is what the answers would be.
func (n *Node) preview(l *live, in intent.Input) *api.AnswerChanges {
	return answersOf(differSnapshots(l, l.generation, n.after(l, in).snapshot))
}

// after is what would be in service if operators wanted something else, with
// the nodes that leave back.
func (n *Node) after(l *live, in intent.Input) *live {
	outcome := intent.Fold(in)
	next := *l
	next.outcome, next.state = &outcome, l.stateWith(&outcome, l.rulings, l.addrs, nil)
	next.snapshot = l.structure.Publish(next.state, nil)
	return &next
}

// ReadFreeze shows whether verdicts are frozen.
func (n switching) ReadFreeze(context.Context) (api.Freeze, error) {
	l := n.pub.current.Load()
	if l == nil {
		return api.Freeze{}, nil
	}
	e := l.outcome.At(intent.Target{Object: intent.ServiceObject, Property: intent.Frozen})
	return api.Freeze{Frozen: e.Text == textTrue, Intent: n.intentOf(e.By, l)}, nil
}

// Change waits for a change.
func (n switching) Change(ctx context.Context, id string, t api.Terms) (api.Change, error) {
	c := n.changes.find(id)
	if c == nil {
		return api.Change{}, api.Errorf(api.NotFound, "change %q: node %s accepted no such change, or has restarted since", id, n.options.Config.Name)
	}
	return c.await(ctx, t.Wait, t.Timeout), nil
}

// Changes lists the newest changes.
func (n switching) Changes(_ context.Context, limit int) ([]api.Change, error) {
	var out []api.Change
	for _, c := range n.changes.newest(limit) {
		out = append(out, c.view(api.WaitReachable))
	}
	return out, nil
}

// untilOf returns when the lease of a value in service ends; nil: it has none.
func untilOf(h *intent.Held, l *live) *time.Time {
	if h.For == 0 {
		return nil
	}
	return instant(l.folded.Add(h.Left()))
}

// layerName is a layer as the API has it.
func layerName(l intent.Layer) string { return strings.ToLower(l.String()) }
