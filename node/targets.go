package node

import (
	"net/netip"
	"time"

	"meridian/configs"
	"meridian/dnswire"
	"meridian/gateway"
	"meridian/healthprobe"
	"meridian/routing"
)

// gatewayAddr is one address of one gateway with the target that tells its health.
type gatewayAddr struct {
	location routing.LocationName
	name     string
	addr     netip.Addr
	target   healthprobe.TargetID // empty: not probed
}

// gatewaysOf lists the addresses of all gateways, in document order.
func gatewaysOf(s *configs.Service) []gatewayAddr {
	type place struct {
		name string
		addr netip.Addr
	}
	targets := map[place]healthprobe.TargetID{}
	for i := range s.Monitors {
		if m := &s.Monitors[i]; m.Gateway != "" {
			targets[place{m.Gateway, m.Addr}] = healthprobe.TargetID(m.ID)
		}
	}
	var out []gatewayAddr
	for _, gw := range s.Gateways {
		for _, a := range gw.Addrs {
			out = append(out, gatewayAddr{gw.Location, gw.Name, a, targets[place{gw.Name, a}]})
		}
	}
	return out
}

// flattening is an endpoint that is answered by the addresses of its name.
type flattening struct {
	endpoint routing.EndpointID
	name     dnswire.Name
}

// flattenedOf lists the endpoints whose names are looked up for answers.
func flattenedOf(s *configs.Service) []flattening {
	var out []flattening
	id := routing.EndpointID(0)
	for i := range s.Plan.Profiles {
		p := &s.Plan.Profiles[i]
		for j := range p.Endpoints {
			if t := &p.Endpoints[j].Target; p.Flatten && t.Kind == routing.TargetName {
				out = append(out, flattening{id, dnswire.Name(t.Name)})
			}
			id++
		}
	}
	return out
}

// flattenedNames lists the names to keep looked up, each once.
func (g *generation) flattenedNames() []dnswire.Name {
	seen := map[dnswire.Name]bool{}
	var out []dnswire.Name
	for _, f := range g.index.flattened {
		if !seen[f.name] {
			seen[f.name] = true
			out = append(out, f.name)
		}
	}
	return out
}

// targets converts the monitors of a document. Gateways are asked for their pools
// too where the health of a location hangs on one.
func (g *generation) targets() ([]healthprobe.Target, error) {
	var out []healthprobe.Target
	deep := healthOfLocation(g.service)
	for i := range g.service.Monitors {
		m := &g.service.Monitors[i]
		check, err := checkOf(&m.Check)
		if err != nil {
			return nil, err
		}
		check.Gateway = m.Gateway != ""
		if check.Gateway && deep && check.Path == gateway.StatusPath {
			check.Path += "?deep=1"
		}
		t := healthprobe.Target{ID: healthprobe.TargetID(m.ID), Check: check, Host: m.Host, Addr: m.Addr}
		if err := t.Validate(); err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}

// subjectsOf lists what the council decides about.
func subjectsOf(service *configs.Service) []healthprobe.Subject {
	var out []healthprobe.Subject
	for i := range service.Monitors {
		m := &service.Monitors[i]
		s := healthprobe.Subject{Target: healthprobe.TargetID(m.ID), Own: m.Location, Interval: m.Check.Interval}
		if m.Check.Wait {
			s.Initial = healthprobe.InitialWait
		}
		out = append(out, s)
	}
	return out
}

func checkOf(c *configs.Check) (healthprobe.Check, error) {
	protocol, err := healthprobe.ParseProtocol(c.Protocol)
	if err != nil {
		return healthprobe.Check{}, err
	}
	out := healthprobe.Check{
		Protocol: protocol, Port: c.Port, Path: c.Path, Host: c.HostHeader,
		Interval: c.Interval, Timeout: c.Timeout, Tolerated: c.Tolerated, Rise: c.Rise,
		HoldDown: holdDown(c.HoldDown), Verify: verify(c), ServerName: c.ServerName,
	}
	for _, h := range c.Headers {
		out.Headers = append(out.Headers, healthprobe.Header(h))
	}
	for _, r := range c.Ranges {
		out.Ranges = append(out.Ranges, healthprobe.StatusRange(r))
	}
	if c.Manual {
		out.Failback = healthprobe.FailbackManual
	}
	if c.Wait {
		out.Initial = healthprobe.InitialWait
	}
	return out, nil
}

// holdDown bounds the time a flapping target is held down.
func holdDown(most time.Duration) healthprobe.HoldDown {
	if most == 0 {
		return healthprobe.HoldDown{Off: true}
	}
	return healthprobe.HoldDown{Start: min(30*time.Second, most), Most: most}
}

func verify(c *configs.Check) healthprobe.Verify {
	switch {
	case c.Protocol != "HTTPS" || c.CheckChain && c.CheckName:
		return healthprobe.VerifyFull
	case c.CheckChain:
		return healthprobe.VerifyChain
	default:
		return healthprobe.VerifyNone
	}
}
