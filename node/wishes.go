package node

import (
	"slices"
	"strconv"
	"strings"

	"meridian/configs"
	"meridian/healthprobe"
	"meridian/intent"
	"meridian/routing"
)

// Texts of switches.
const (
	textTrue, textFalse       = "true", "false"
	textEnabled, textDisabled = "Enabled", "Disabled"
)

// wantedOf is what intent.Fold needs to know: the values, and what the plan says
// of everything they are about.
func (g *generation) wantedOf(values []intent.Held) intent.Input {
	in := intent.Input{Values: values, Plan: map[intent.Target]string{}, MinEnabled: g.service.MinEnabledLocations}
	for i := range g.service.Places {
		if p := &g.service.Places[i]; p.Declared {
			o := intent.LocationObject(string(p.Name))
			in.Locations = append(in.Locations, o)
			in.Plan[intent.Target{Object: o, Property: intent.DisableGateway}] = boolText(g.service.Switches.Locations[i] == routing.Off)
		}
	}
	for i := range values {
		t := intent.Target{Object: values[i].Object, Property: values[i].Property}
		if text, known := g.planText(t); known {
			in.Plan[t] = text
		}
	}
	return in
}

// planText returns what the plan says of an object's property; known is false
// where the plan has no such object.
func (g *generation) planText(t intent.Target) (text string, known bool) {
	rest := t.Object.Name()
	switch t.Object.Kind() {
	case "location":
		return g.planLocation(routing.LocationName(rest), t.Property)
	case "profile":
		id, ok := g.structure.ProfileID(routing.ProfileName(rest))
		return statusText(ok && g.service.Switches.Profiles[id] == routing.Off), ok
	case "endpoint":
		id, ok := g.endpointOf(rest)
		if t.Property == intent.Shed {
			return "0", ok
		}
		return statusText(ok && g.service.Switches.Endpoints[id] == routing.Off), ok
	case "backend":
		return g.planBackend(rest, t.Property)
	case "target":
		return "", g.index.monitor[healthprobe.TargetID(rest)] != nil
	case "node":
		return textFalse, true
	}
	return textFalse, t.Object == intent.ServiceObject
}

// planBackend is planText for a backend, whose name is in lower case.
func (g *generation) planBackend(name string, p intent.Property) (text string, known bool) {
	known = slices.ContainsFunc(g.service.Backends, func(b configs.Backend) bool { return strings.EqualFold(b.Name, name) })
	if p == intent.Breaker {
		return "", known
	}
	return textEnabled, known
}

// planLocation is planText for a location: what is not declared can only shed.
func (g *generation) planLocation(name routing.LocationName, p intent.Property) (text string, known bool) {
	id, ok := g.structure.LocationID(name)
	if p == intent.Shed {
		return "0", ok
	}
	declared := ok && g.service.Places[id].Declared
	if p == intent.Removing {
		return textFalse, declared
	}
	return boolText(ok && g.service.Switches.Locations[id] == routing.Off), declared
}

// endpointOf finds an endpoint by "profile/endpoint".
func (g *generation) endpointOf(path string) (routing.EndpointID, bool) {
	profile, endpoint, _ := strings.Cut(path, "/")
	return g.structure.EndpointID(routing.ProfileName(profile), routing.EndpointName(endpoint))
}

func boolText(b bool) string {
	if b {
		return textTrue
	}
	return textFalse
}

func statusText(off bool) string {
	if off {
		return textDisabled
	}
	return textEnabled
}

// apply puts what is wanted into a state that has what the document says.
func (g *generation) apply(st *routing.State, o *intent.Outcome) {
	for t, e := range o.Effective {
		rest := t.Object.Name()
		switch t.Object.Kind() {
		case "location":
			if id, ok := g.structure.LocationID(routing.LocationName(rest)); ok {
				applyLocation(&st.Locations[id], t.Property, &e)
			}
		case "profile":
			if id, ok := g.structure.ProfileID(routing.ProfileName(rest)); ok {
				st.Profiles[id] = switchOf(&e, textDisabled)
			}
		case "endpoint":
			if id, ok := g.endpointOf(rest); ok {
				applyEndpoint(&st.Endpoints[id], t.Property, &e)
			}
		}
	}
}

func applyLocation(l *routing.LocationState, p intent.Property, e *intent.Effective) {
	switch p {
	case intent.DisableGateway:
		l.Switch = switchOf(e, textTrue)
	case intent.Shed:
		l.Shed = shedOf(e)
	}
}

func applyEndpoint(s *routing.EndpointState, p intent.Property, e *intent.Effective) {
	switch p {
	case intent.EndpointStatus:
		s.Switch = switchOf(e, textDisabled)
	case intent.Shed:
		s.Shed = shedOf(e)
	}
}

// switchOf is off above drill: an operator's word is never a drill's.
func switchOf(e *intent.Effective, off string) routing.Switch {
	switch {
	case e.Text == off:
		return routing.Off
	case e.Drill != nil:
		return routing.Drill
	default:
		return routing.On
	}
}

// shedOf is the share that operators or a drill send elsewhere, the greater.
func shedOf(e *intent.Effective) uint16 {
	share := parseShed(e.Text)
	if e.Drill != nil {
		share = max(share, parseShed(e.Drill.Text))
	}
	return share
}

func parseShed(text string) uint16 {
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return 0
	}
	return uint16(min(n, routing.Slots))
}

// forced returns the verdicts that operators put in place of what probes find.
func forced(o *intent.Outcome) map[healthprobe.TargetID]routing.Health {
	out := map[healthprobe.TargetID]routing.Health{}
	for t, e := range o.Effective {
		id, isTarget := strings.CutPrefix(string(t.Object), "target/")
		if !isTarget || t.Property != intent.Verdict {
			continue
		}
		switch e.Text {
		case "up":
			out[healthprobe.TargetID(id)] = routing.Up
		case "down":
			out[healthprobe.TargetID(id)] = routing.Down
		}
	}
	return out
}

// frozen reports whether verdicts move no answer.
func frozen(o *intent.Outcome) bool {
	return o.Effective[intent.Target{Object: intent.ServiceObject, Property: intent.Frozen}].Text == textTrue
}
