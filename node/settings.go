package node

import (
	"slices"

	"meridian/admin/api"
	"meridian/cluster"
	"meridian/intent"
)

// settings shows the properties of an object: what counts, what the plan says,
// and what operators said.
func (n *Node) settings(l *live, o intent.Object, properties ...intent.Property) []api.Setting {
	var out []api.Setting
	for _, p := range properties {
		t := intent.Target{Object: o, Property: p}
		plan, _ := l.planText(t)
		s := api.Setting{Property: string(p), Effective: plan, Plan: plan}
		if e, said := l.outcome.Effective[t]; said {
			s.Effective = effectiveText(&e)
			s.Intent = n.intentOf(counting(&e), l)
			for i := len(e.Layers) - 1; i >= 0; i-- {
				if e.Layers[i] != nil {
					s.Layers = append(s.Layers, *n.intentOf(e.Layers[i], l))
				}
			}
		}
		out = append(out, s)
	}
	return out
}

// counting returns the operator's value that counts; nil: the plan does.
func counting(e *intent.Effective) *intent.Held {
	if e.Drill != nil && (e.By == nil || !e.By.Property.Off(e.Text)) {
		return e.Drill
	}
	return e.By
}

// effectiveText is what counts, drills included.
func effectiveText(e *intent.Effective) string {
	if e.Drill != nil && e.Drill.Property == intent.DisableGateway {
		return textTrue
	}
	return e.Text
}

// intentOf shows a value; nil for nil.
func (n *Node) intentOf(h *intent.Held, l *live) *api.Intent {
	if h == nil {
		return nil
	}
	out := &api.Intent{
		ID: h.ID.String(), Layer: layerName(h.Layer), Value: h.Text, By: h.By, Reason: h.Reason,
		Node: n.nameOf(cluster.NodeID(h.ID.Node)), At: h.ID.Time.Wall().UTC(), Until: untilOf(h, l), Bypass: h.Bypass,
	}
	for _, hold := range l.outcome.Holds {
		if hold.ID == h.ID && hold.Key == h.Key {
			out.Held = hold.Why
		}
	}
	for _, c := range l.outcome.Conflicts {
		if c.Key == h.Key {
			for _, id := range c.IDs {
				out.Conflict = append(out.Conflict, id.String())
			}
		}
	}
	return out
}

// wishEvents writes down what a publish changed of holds, conflicts and switches.
func (j *journal) wishEvents(prev, next *live) {
	first := prev == nil
	was := &intent.Outcome{}
	if !first {
		was = prev.outcome
	}
	j.disputed(was, next.outcome)
	j.switched(was, next, first)
}

// disputed writes down holds and conflicts that were not there before.
func (j *journal) disputed(was, is *intent.Outcome) {
	for _, h := range is.Holds {
		if !heldIn(was, &h) {
			j.event("intent_held", string(h.Object), "%s of %s by %s is held: %s", h.Property, h.Object, h.By, h.Why)
		}
	}
	for _, c := range is.Conflicts {
		if !slices.ContainsFunc(was.Conflicts, func(o intent.Conflict) bool { return o.Key == c.Key && slices.Equal(o.IDs, c.IDs) }) {
			j.event("intent_conflict", string(c.Object), "%s of %s was set to different values at the same time, off wins: %s", c.Property, c.Object, spell(c.Values))
		}
	}
}

// switched writes down what counts now and did not before: at the first publish
// only what operators said.
func (j *journal) switched(was *intent.Outcome, next *live, first bool) {
	is := next.outcome
	for t, e := range is.Effective {
		former := was.Effective[t]
		if effectiveText(&e) != effectiveText(&former) && (!first || e.By != nil) {
			j.event("switched", string(t.Object), "%s of %s is %s%s", t.Property, t.Object, effectiveText(&e), byWhom(counting(&e)))
		}
	}
	for t, former := range was.Effective {
		if _, stays := is.Effective[t]; stays {
			continue
		}
		if plan, known := next.planText(t); known && plan != effectiveText(&former) {
			j.event("switched", string(t.Object), "%s of %s is %s", t.Property, t.Object, unordered(t.Property, plan))
		}
	}
}

// unordered is what counts where no operator says anything any more.
func unordered(p intent.Property, plan string) string {
	switch {
	case plan != "":
		return plan + ", as the plan says"
	case p == intent.Breaker:
		return "what its rule makes it"
	}
	return "what probes find"
}

func byWhom(h *intent.Held) string {
	switch {
	case h == nil:
		return ", as the plan says"
	case h.Reason != "":
		return ", by " + h.By + ": " + h.Reason
	default:
		return ", by " + h.By
	}
}

// spell lists values of one key.
func spell(values []intent.Value) string {
	out := ""
	for i, v := range values {
		if i > 0 {
			out += ", "
		}
		text := v.Text
		if v.Clear {
			text = "nothing"
		}
		out += text + " by " + v.By + " (" + v.ID.String() + ")"
	}
	return out
}
