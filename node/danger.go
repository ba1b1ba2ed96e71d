package node

import (
	"fmt"
	"slices"
	"time"

	"meridian/intent"
	"meridian/routing"
)

// Rules that hold a plan unless they are bypassed.
const (
	ruleMinEnabled = "minEnabledLocations"
	ruleEmpty      = "emptyAnswer"
	ruleLive       = "liveLocation"
	ruleShift      = "maxShiftPerMinute"
)

// dangers lists what a plan would do that no plan may do by accident: nothing
// of it is wrong in itself (that is for the compiler to say).
func (n *Node) dangers(before *live, g *generation, bypass []string) []danger {
	if before == nil || before.provisional() {
		return nil
	}
	outcome := intent.Fold(g.wantedOf(n.replicas.wishes()))
	after := g.structure.Publish(g.stateWith(&outcome, before.rulings, before.addrs, nil), nil)
	var out []danger
	add := func(rule, format string, args ...any) {
		if !slices.Contains(bypass, rule) {
			out = append(out, danger{rule, fmt.Sprintf(format, args...)})
		}
	}
	lessThanMinimum(before, g, &outcome, add)
	if names := emptied(before, g, after); len(names) > 0 {
		add(ruleEmpty, "%d profiles that answer now would answer nothing: %s first", len(names), names[0])
	}
	if names := abandoned(before, g); len(names) > 0 {
		add(ruleLive, "location %s is in service: disable it, and remove it when no client comes any more", names[0])
	}
	if moved, most := n.shifted(time.Now())+n.shift(before, after, g), g.service.MaxShift; most > 0 && most < 100 && moved > float64(most) {
		add(ruleShift, "%.0f %% of the client groups would have got another answer of %s within a minute: want at most %d %%", moved, g.service.Name, most)
	}
	return out
}

// lessThanMinimum tells where fewer locations would be enabled than have to be,
// or what operators have switched off would be on again.
func lessThanMinimum(before *live, g *generation, outcome *intent.Outcome, add func(rule, format string, args ...any)) {
	if on := outcome.Enabled; on < min(g.service.MinEnabledLocations, before.outcome.Enabled) {
		add(ruleMinEnabled, "%d locations would be enabled with what operators have switched off: want at least %d", on, g.service.MinEnabledLocations)
	}
	for _, h := range outcome.Holds {
		if !heldIn(before.outcome, &h) {
			add(ruleMinEnabled, "%s of %s by %s would not count any more: %s", h.Property, h.Object, h.By, h.Why)
		}
	}
}

// heldIn reports whether a value is held already.
func heldIn(o *intent.Outcome, h *intent.Hold) bool {
	return slices.ContainsFunc(o.Holds, func(x intent.Hold) bool { return x.ID == h.ID && x.Key == h.Key })
}

// emptied lists profiles that answer now and would not, though the plan does
// not switch them off.
func emptied(before *live, g *generation, after *routing.Snapshot) []routing.ProfileName {
	var out []routing.ProfileName
	for i := range g.service.Plan.Profiles {
		name := g.service.Plan.Profiles[i].Name
		old, known := before.structure.ProfileID(name)
		if known && before.snapshot.ProfileTier(old) != routing.TierOff &&
			after.ProfileTier(routing.ProfileID(i)) == routing.TierOff && g.service.Switches.Profiles[i] == routing.On {
			out = append(out, name)
		}
	}
	return out
}

// abandoned lists locations that are on now and that the plan leaves out.
func abandoned(before *live, g *generation) []routing.LocationName {
	var out []routing.LocationName
	for i := range before.service.Places {
		p := &before.service.Places[i]
		if _, stays := g.structure.LocationID(p.Name); p.Declared && !stays && before.state.Locations[i].Switch == routing.On {
			out = append(out, p.Name)
		}
	}
	return out
}

// shift returns how many of the client groups get another answer of the gateway
// profile, in percent.
func (n *Node) shift(before *live, after *routing.Snapshot, g *generation) float64 {
	name := routing.ProfileName(g.service.Name)
	id, known := g.structure.ProfileID(name)
	if _, had := before.structure.ProfileID(name); !known || !had {
		return 0
	}
	clients := representatives(g.structure.Clients())
	d, _ := differProfile(before.snapshot, after, id, clients)
	return 100 * float64(d.Groups) / float64(max(1, len(clients)))
}

// planShift is how much a plan moved, and when.
type planShift struct {
	at      time.Time
	percent float64
}

// shifted returns how much the plans of the last minute moved, in percent. The
// turn to load is held, or the figure is for people.
func (n *Node) shifted(now time.Time) (percent float64) {
	n.shiftMu.Lock()
	defer n.shiftMu.Unlock()
	n.shifts = slices.DeleteFunc(n.shifts, func(s planShift) bool { return now.Sub(s.at) >= time.Minute })
	for _, s := range n.shifts {
		percent += s.percent
	}
	return percent
}

// noteShift remembers how much a plan moved that is in service now.
func (n *Node) noteShift(now time.Time, percent float64) {
	n.shiftMu.Lock()
	defer n.shiftMu.Unlock()
	n.shifts = append(n.shifts, planShift{now, percent})
}
