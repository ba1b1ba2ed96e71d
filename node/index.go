package node

import (
	"meridian/configs"
	"meridian/healthprobe"
	"meridian/routing"
)

// index is what follows from a document alone and is asked for often: by every
// publish, every ruling, every view of the API.
type index struct {
	monitor    map[healthprobe.TargetID]*configs.Monitor
	byEndpoint map[routing.EndpointID][]healthprobe.TargetID
	byLocation map[routing.LocationName][]healthprobe.TargetID
	byGateway  map[string][]healthprobe.TargetID
	hashes     map[uint64]healthprobe.TargetID // by healthprobe.TargetHash
	subjects   []healthprobe.Subject           // what the council decides about
	gateways   []gatewayAddr
	flattened  []flattening
}

func newIndex(s *configs.Service) index {
	x := index{
		monitor:    map[healthprobe.TargetID]*configs.Monitor{},
		byEndpoint: map[routing.EndpointID][]healthprobe.TargetID{},
		byLocation: map[routing.LocationName][]healthprobe.TargetID{},
		byGateway:  map[string][]healthprobe.TargetID{},
		hashes:     map[uint64]healthprobe.TargetID{},
		subjects:   subjectsOf(s), gateways: gatewaysOf(s), flattened: flattenedOf(s),
	}
	for i := range s.Monitors {
		m := &s.Monitors[i]
		id := healthprobe.TargetID(m.ID)
		x.monitor[id], x.hashes[healthprobe.TargetHash(id)] = m, id
		if m.Gateway == "" {
			x.byEndpoint[m.Position] = append(x.byEndpoint[m.Position], id)
			continue
		}
		x.byLocation[m.Location] = append(x.byLocation[m.Location], id)
		x.byGateway[m.Gateway] = append(x.byGateway[m.Gateway], id)
	}
	return x
}

// target finds a target by its hash in rows.
func (x *index) target(hash uint64) (healthprobe.TargetID, bool) {
	id, known := x.hashes[hash]
	return id, known
}

// targetsOf lists the targets whose verdicts make an endpoint's health.
func (g *generation) targetsOf(profile routing.ProfileID, i int) []healthprobe.TargetID {
	p := &g.structure.Plan().Profiles[profile]
	switch t := &p.Endpoints[i].Target; t.Kind {
	case routing.TargetLocation:
		return g.index.byLocation[t.Location]
	case routing.TargetGateway:
		return g.index.byGateway[t.Node]
	default:
		id, _ := g.structure.EndpointID(p.Name, p.Endpoints[i].Name)
		return g.index.byEndpoint[id]
	}
}
