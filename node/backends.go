package node

import (
	"net/url"
	"strings"

	"meridian/configs"
	"meridian/gateway/backend"
	"meridian/gateway/breaker"
	"meridian/gateway/expr"
	"meridian/gateway/pipeline"
)

// unclaimedBackend is the name of gateway.backend of the node file among a
// plan's backends. No document can have it.
const unclaimedBackend = "gateway.backend/"

// pipelineOf is what a service document says of requests, and the node file.
func pipelineOf(s *configs.Service, c *configs.Node) pipeline.Config {
	out := pipeline.Config{Deployment: deploymentOf(s, c), Backends: backendsOf(s), Program: s.Policies}
	if u := c.Gateway.Backend; u != nil {
		out.Default = unclaimedBackend
		out.Backends.Backends = append(out.Backends.Backends, backend.Backend{Name: unclaimedBackend, URL: u})
	}
	for i := range s.APIs {
		a := apiOf(&s.APIs[i])
		if a.Backend == "" && a.URL == nil {
			a.Backend = out.Default
		}
		out.APIs = append(out.APIs, a)
	}
	return out
}

// deploymentOf is what policies see as context.Deployment.
func deploymentOf(s *configs.Service, c *configs.Node) expr.Deployment {
	display := c.Display
	for i := range s.Regions {
		if s.Regions[i].Name == c.Location {
			display = s.Regions[i].Display
		}
	}
	return expr.Deployment{
		Region: configs.DeploymentRegion(display), ServiceName: s.Name, ServiceID: s.Name,
		GatewayID: string(c.Location), InstanceID: c.Name,
	}
}

func apiOf(a *configs.API) pipeline.API {
	out := pipeline.API{
		Name: a.Name, DisplayName: a.DisplayName, Path: a.Path, Hosts: a.Hosts, Revision: a.Revision, Version: a.Version,
		Backend: a.Backend, URL: a.URL, Program: a.Program, AsWritten: a.AsWritten,
	}
	for i := range a.Operations {
		o := &a.Operations[i]
		out.Operations = append(out.Operations, pipeline.Operation{
			Name: o.Name, DisplayName: o.DisplayName, Method: o.Method, URLTemplate: o.URLTemplate, Program: o.Program,
		})
	}
	return out
}

func backendsOf(s *configs.Service) backend.Config {
	out := backend.Config{Retry: backend.Retry{Budget: s.Retry.Budget}}
	for i := range s.Backends {
		out.Backends = append(out.Backends, backendOf(&s.Backends[i]))
	}
	for i := range s.Pools {
		out.Pools = append(out.Pools, poolOf(&s.Pools[i]))
	}
	return out
}

func backendOf(b *configs.Backend) backend.Backend {
	return backend.Backend{
		Name: b.Name, URL: b.URL, Region: b.Region, Breaker: ruleOf(b.Breaker),
		Credentials: backend.Credentials{Header: b.Credentials.Header, Query: b.Credentials.Query},
		TLS:         backend.TLS{SkipChain: b.TLS.SkipChain, SkipName: b.TLS.SkipName, ServerName: b.TLS.ServerName, Roots: b.TLS.Roots},
		Proxy:       b.Proxy, Resolve: b.Resolve, HTTPVersion: b.HTTPVersion, EmptyDrains: b.EmptyDrains,
		Timeouts: backend.Timeouts{Connect: b.Timeouts.Connect, Header: b.Timeouts.Header, Idle: b.Timeouts.Idle, Age: b.Timeouts.Age},
	}
}

// ruleOf converts the rule of a breaker. Reasons that are not known never come
// about: the document's reader has warned of them.
func ruleOf(r *configs.BreakerRule) *breaker.Rule {
	if r == nil {
		return nil
	}
	out := &breaker.Rule{
		Count: r.Count, Percentage: r.Percentage, MinimumVolume: r.MinimumVolume,
		Interval: r.Interval, TripDuration: r.TripDuration, AcceptRetryAfter: r.AcceptRetryAfter, FailureStatus: r.FailureStatus,
	}
	for _, s := range r.Statuses {
		out.Statuses = append(out.Statuses, breaker.Range(s))
	}
	for _, text := range r.Reasons {
		if reason, known := breaker.ParseReason(text); known {
			out.Reasons |= breaker.Reasons(reason)
		}
	}
	if h := r.HalfOpen; h != nil {
		out.HalfOpen = &breaker.Recovery{Probes: h.Probes, Successes: h.Successes, Lease: h.Lease, Ramp: h.Ramp}
	}
	return out
}

func poolOf(p *configs.Pool) backend.Pool {
	out := backend.Pool{
		Name: p.Name, PreferRegion: p.PreferRegion, HealthOfLocation: p.HealthOfLocation,
		FailureStatus: p.FailureStatus, SessionCookie: p.SessionCookie,
	}
	for _, m := range p.Members {
		out.Members = append(out.Members, backend.Member{Backend: m.Backend, Priority: m.Priority, Weight: m.Weight})
	}
	return out
}

// hostsOf lists the hosts that requests may be sent to, as backend.Names is asked
// for them.
func hostsOf(c *pipeline.Config) []string {
	var out []string
	add := func(u *url.URL, prefix string) {
		if u != nil {
			out = append(out, prefix+strings.TrimSuffix(u.Hostname(), "."))
		}
	}
	for i := range c.Backends.Backends {
		b := &c.Backends.Backends[i]
		prefix := ""
		if b.Resolve == "dns" {
			prefix = dnsPrefix
		}
		if b.Proxy == nil { // a proxy looks the host up itself
			add(b.URL, prefix)
		}
		add(b.Proxy, "")
	}
	for i := range c.APIs {
		add(c.APIs[i].URL, "")
	}
	return out
}

// healthOfLocation reports whether the health of a location hangs on a pool.
func healthOfLocation(s *configs.Service) bool {
	for i := range s.Pools {
		if s.Pools[i].HealthOfLocation {
			return true
		}
	}
	return false
}
