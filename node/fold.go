package node

import (
	"maps"

	"meridian/dnswire"
	"meridian/healthprobe"
	"meridian/intent"
	"meridian/resolver"
	"meridian/routing"
)

// stateWith makes the State of a generation with what is ruled and what operators
// want: their verdicts stand over the rulings, their switches over the document.
func (g *generation) stateWith(
	o *intent.Outcome, rulings map[healthprobe.TargetID]healthprobe.Ruling, addrs map[dnswire.Name]resolver.Answer, leaving map[string]bool,
) *routing.State {
	health := verdictsOf(rulings)
	maps.Copy(health, forced(o))
	st := fold(g, health, addrs, leaving)
	g.apply(st, o)
	return st
}

// fold makes the State of a generation: what the document switches off, what
// probes found, what flattened names stand for, which nodes leave. All maps may
// be nil.
func fold(
	g *generation, health map[healthprobe.TargetID]routing.Health, addrs map[dnswire.Name]resolver.Answer, leaving map[string]bool,
) *routing.State {
	st := g.structure.NewState()
	copy(st.Profiles, g.service.Switches.Profiles)
	for i, sw := range g.service.Switches.Endpoints {
		st.Endpoints[i].Switch = sw
	}
	for i, sw := range g.service.Switches.Locations {
		st.Locations[i].Switch = sw
	}
	for i := range g.service.Monitors {
		if m := &g.service.Monitors[i]; m.Gateway == "" {
			st.Endpoints[m.Position].Health = health[healthprobe.TargetID(m.ID)]
		}
	}
	for _, gw := range g.index.gateways {
		id, _ := g.structure.LocationID(gw.location)
		found := health[gw.target]
		if leaving[gw.name] {
			found = routing.Down
		}
		st.Locations[id].Gateways = append(st.Locations[id].Gateways, routing.Gateway{
			Node: gw.name, Addr: gw.addr, Health: found,
		})
	}
	for _, f := range g.index.flattened {
		st.Endpoints[f.endpoint].Addrs = addrs[f.name].Addrs
	}
	return st
}
