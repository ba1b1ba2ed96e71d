package node

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"meridian/admin/api"
	"meridian/configs"
	"meridian/healthprobe"
	"meridian/intent"
	"meridian/routing"
)

// showing implements admin.ProfileSource and admin.LocationSource.
type showing struct{ *Node }

// Profiles lists all profiles in plan order.
func (n showing) Profiles(context.Context) ([]api.Profile, error) {
	l, err := n.serving()
	if err != nil {
		return nil, err
	}
	out := make([]api.Profile, 0, len(l.snapshot.Plan().Profiles))
	for i := range l.snapshot.Plan().Profiles {
		out = append(out, n.profile(l, routing.ProfileID(i)))
	}
	return out, nil
}

// Profile shows one profile.
func (n showing) Profile(_ context.Context, name string) (api.Profile, error) {
	l, err := n.serving()
	if err != nil {
		return api.Profile{}, err
	}
	id, ok := l.structure.ProfileID(routing.ProfileName(strings.ToLower(name)))
	if !ok {
		return api.Profile{}, api.Errorf(api.NotFound, "profile %q: no such profile in plan %d", name, l.serial)
	}
	return n.profile(l, id), nil
}

func (n *Node) profile(l *live, id routing.ProfileID) api.Profile {
	out := l.profile(id)
	out.Settings = n.settings(l, intent.ProfileObject(out.Name), intent.ProfileStatus)
	for i := range out.Endpoints {
		e := &out.Endpoints[i]
		e.Settings = n.settings(l, intent.EndpointObject(out.Name, e.Name), intent.EndpointStatus, intent.Shed)
	}
	return out
}

func (l *live) profile(id routing.ProfileID) api.Profile {
	p := &l.snapshot.Plan().Profiles[id]
	out := api.Profile{
		Name: string(p.Name), FQDN: string(p.Name) + "." + string(l.service.Zones[0].Origin),
		Status: enabled(l.state.Profiles[id]), Method: p.Method.String(), TTL: p.TTL,
		MonitorStatus: l.snapshot.ProfileStatus(id).ProfileString(),
		Serving:       servingOf(l.snapshot.ProfileTier(id)),
	}
	up := 0
	var faults []string
	for i := range p.Endpoints {
		e := l.endpoint(id, i)
		if e.Tier == routing.TierAvailable.String() {
			up++
		} else {
			faults = append(faults, e.Name+": "+e.Why)
		}
		out.Endpoints = append(out.Endpoints, e)
	}
	out.Monitor = l.monitorOf(id)
	out.Why = strings.Join(append([]string{fmt.Sprintf("%d of %d endpoints are available", up, len(p.Endpoints))}, faults...), "; ")
	return out
}

// servingOf says what a profile of a tier answers.
func servingOf(t routing.Tier) string {
	switch t {
	case routing.TierAvailable:
		return "available"
	case routing.TierDrill:
		return "drill"
	case routing.TierDegraded:
		return "bestEffort"
	default:
		return "off"
	}
}

func enabled(s routing.Switch) string {
	if s == routing.Off {
		return "Disabled"
	}
	return "Enabled"
}

func (l *live) endpoint(profile routing.ProfileID, i int) api.Endpoint {
	e := &l.snapshot.Plan().Profiles[profile].Endpoints[i]
	id, _ := l.structure.EndpointID(l.snapshot.Plan().Profiles[profile].Name, e.Name)
	tier := l.snapshot.EndpointTier(id)
	out := api.Endpoint{
		Name: string(e.Name), Place: string(e.Location), Status: enabled(l.state.Endpoints[id].Switch),
		MonitorStatus: l.snapshot.EndpointStatus(id).String(), Tier: tier.String(),
		Candidate: tier != routing.TierOff && tier == l.snapshot.ProfileTier(profile),
		Weight:    e.Weight, Priority: e.Priority, MinChild: e.MinChild, AlwaysServe: e.Serve != routing.ServeProbed,
	}
	switch t := &e.Target; t.Kind {
	case routing.TargetName:
		out.Target = t.Name
	case routing.TargetAddress:
		out.Target = t.Addr.String()
	case routing.TargetProfile:
		out.Profile = string(t.Profile)
	default:
		out.Location = string(t.Location)
	}
	for _, code := range e.Geo {
		out.GeoMapping = append(out.GeoMapping, string(code))
	}
	for _, r := range e.Subnets {
		out.Subnets = append(out.Subnets, r.First.String()+"-"+r.Last.String())
	}
	for _, a := range l.state.Endpoints[id].Addrs {
		out.Addresses = append(out.Addresses, a.String())
	}
	for _, t := range l.targetsOf(profile, i) {
		out.HealthTargets = append(out.HealthTargets, string(t))
	}
	out.Why = l.whyEndpoint(&out, id, e)
	return out
}

// whyEndpoint says in a sentence why an endpoint has its status.
func (l *live) whyEndpoint(e *api.Endpoint, id routing.EndpointID, plan *routing.Endpoint) string {
	switch l.snapshot.EndpointStatus(id) {
	case routing.Disabled:
		if l.state.Endpoints[id].Switch == routing.Off {
			return "disabled by an operator"
		}
		return "its location is disabled"
	case routing.Inactive:
		return "the profile is disabled"
	case routing.Stopped:
		if plan.Target.Kind == routing.TargetProfile {
			return "the nested profile has nothing to answer"
		}
		return "no address is known for it"
	case routing.Unmonitored:
		return "not probed: always served"
	}
	return l.whyHealth(e, plan)
}

// whyHealth says what an endpoint's health follows.
func (l *live) whyHealth(e *api.Endpoint, plan *routing.Endpoint) string {
	switch {
	case plan.Target.Kind == routing.TargetProfile:
		return "follows the nested profile " + string(plan.Target.Profile)
	case len(e.HealthTargets) == 0:
		return "not probed"
	}
	return fmt.Sprintf("%d of %d targets are up", l.countUp(e.HealthTargets), len(e.HealthTargets))
}

func (l *live) countUp(targets []string) int {
	up := 0
	for _, t := range targets {
		if l.health(healthprobe.TargetID(t)) == routing.Up {
			up++
		}
	}
	return up
}

// monitorOf returns the monitor settings of the first endpoint that is probed.
func (l *live) monitorOf(id routing.ProfileID) *api.MonitorConfig {
	for i := range l.snapshot.Plan().Profiles[id].Endpoints {
		if targets := l.targetsOf(id, i); len(targets) > 0 {
			m := monitorConfig(&l.index.monitor[targets[0]].Check)
			return &m
		}
	}
	return nil
}

func monitorConfig(c *configs.Check) api.MonitorConfig {
	m := api.MonitorConfig{
		Protocol: c.Protocol, Port: int(c.Port), Path: c.Path, Interval: c.Interval.Seconds(), Timeout: c.Timeout.Seconds(),
		Tolerated: c.Tolerated, Rise: cmp.Or(c.Rise, 1), Failback: "auto",
	}
	if c.Manual {
		m.Failback = "manual"
	}
	for _, r := range c.Ranges {
		m.Expected = append(m.Expected, fmt.Sprintf("%d-%d", r.Min, r.Max))
	}
	if len(c.Ranges) == 0 && c.Protocol != "TCP" {
		m.Expected = []string{"200-200"}
	}
	return m
}
