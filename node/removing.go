package node

import (
	"context"
	"fmt"
	"time"

	"meridian/admin/api"
	"meridian/configs"
	"meridian/intent"
	"meridian/routing"
)

// removalEvery is how often a location that is to be removed is looked at.
const removalEvery = 10 * time.Second

// retire begins to remove a location: it is switched off now, and leaves the
// plan when no client comes any more. Whoever writes the plan then does that,
// also after a restart: what is to be done lies in intent.
func (n *Node) retire(ctx context.Context, l *live, name routing.LocationName, t api.Terms) (api.Change, error) {
	if !l.declares(name) {
		return api.Change{}, api.Errorf(api.NotFound, "location %q: no such location in plan %d", name, l.serial)
	}
	if err := n.removable(l, name); err != nil {
		return api.Change{}, api.Errorf(api.Conflict, "location %s cannot be removed: %v", name, err)
	}
	object := intent.LocationObject(string(name))
	out, err := n.order(ctx, []intent.Command{
		{Object: object, Property: intent.DisableGateway, Text: textTrue, By: t.By, Reason: t.Reason, Bypass: t.Bypass},
		{Object: object, Property: intent.Removing, Text: textTrue, By: t.By, Reason: t.Reason, Bypass: t.Bypass},
	}, t)
	if err == nil {
		out.Notes = append(out.Notes, fmt.Sprintf("%s is switched off, and leaves the plan when no late client has come for %s; --now does not wait", name, safeQuiet))
	}
	return out, err
}

// removable says what would be wrong with the plan without a location.
func (n *Node) removable(l *live, name routing.LocationName) error {
	b, err := l.bundle.RemoveLocation(name)
	if err == nil {
		_, err = n.compiler.compile(b, "api", l.version, l.generation)
	}
	return err
}

// finishRemovals takes locations out of the plan to which no client comes any
// more, where this node writes it.
func (n *Node) finishRemovals(ctx context.Context) {
	l := n.pub.current.Load()
	if l == nil || time.Since(n.removalAt) < removalEvery || !n.writes() {
		return
	}
	n.removalAt = time.Now()
	for t, e := range l.outcome.Effective {
		name := routing.LocationName(t.Object.Name())
		if !removing(t, &e) || !l.declares(name) || !l.switchedOff(name) || !n.arrivalsOf(ctx, l, name).SafeToStop {
			continue
		}
		if err := n.finishRemoval(ctx, name, e.By); err != nil {
			n.log.Error("location not removed yet", "location", string(name), "error", err)
		}
	}
}

// removing reports whether an operator wants a location out of the plan.
func removing(t intent.Target, e *intent.Effective) bool {
	return t.Property == intent.Removing && e.Text == textTrue && e.By != nil
}

// switchedOff reports whether an operator, not only a drill, has switched a
// location off.
func (l *live) switchedOff(name routing.LocationName) bool {
	id, known := l.structure.LocationID(name)
	return known && l.state.Locations[id].Switch == routing.Off
}

func (n *Node) finishRemoval(ctx context.Context, name routing.LocationName, by *intent.Held) error {
	terms := api.Terms{By: by.By, Reason: by.Reason, Wait: api.WaitNone, Timeout: pushTime}
	p := proposal{source: "api", by: by.By, reason: by.Reason, amend: func(l *live) (*configs.Bundle, error) { return l.bundle.RemoveLocation(name) }}
	if _, err := n.submit(ctx, p, terms); err != nil {
		return err
	}
	n.journal.event("location_removed", string(intent.LocationObject(string(name))), "%s has left the plan: no client came any more", name)
	object := intent.LocationObject(string(name))
	_, err := n.order(ctx, []intent.Command{
		{Object: object, Property: intent.Removing, Reset: true, By: by.By, Reason: by.Reason},
		{Object: object, Property: intent.DisableGateway, Reset: true, By: by.By, Reason: by.Reason},
	}, terms)
	return err
}
