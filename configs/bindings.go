package configs

import "meridian/routing"

// bindings lists the endpoints for which HTTPS records are answered: those
// whose gateways all speak TLS at one port.
func (c *compiler) bindings() {
	locations := map[routing.LocationName][]*Gateway{}
	for i := range c.out.Gateways {
		g := &c.out.Gateways[i]
		locations[g.Location] = append(locations[g.Location], g)
	}
	next := routing.EndpointID(0)
	for i := range c.out.Plan.Profiles {
		for j := range c.out.Plan.Profiles[i].Endpoints {
			target := &c.out.Plan.Profiles[i].Endpoints[j].Target
			if port := tlsPort(locations[target.Location], target); port != 0 {
				c.out.HTTPS[next] = Binding{ALPN: []string{"http/1.1"}, Port: port}
			}
			next++
		}
	}
}

// tlsPort returns the port at which all gateways of a target speak TLS; 0 when
// there is none.
func tlsPort(gateways []*Gateway, target *routing.Target) uint16 {
	if target.Kind != routing.TargetLocation && target.Kind != routing.TargetGateway {
		return 0
	}
	port := uint16(0)
	for _, g := range gateways {
		if target.Kind == routing.TargetGateway && g.Name != target.Node {
			continue
		}
		if !g.TLS || port != 0 && port != g.Port {
			return 0
		}
		port = g.Port
	}
	return port
}
