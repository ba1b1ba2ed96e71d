package configs

import (
	"cmp"
	"strings"
	"time"

	"meridian/routing"
)

// monitors lists what is to be probed: targets of the document's profiles that
// are not always served, and every address of every gateway.
func (c *compiler) monitors() {
	next := routing.EndpointID(0)
	for i := range c.out.Plan.Profiles {
		profile, o := &c.out.Plan.Profiles[i], c.origins[i]
		probed := false
		for j := range profile.Endpoints {
			if m, ok := c.endpointMonitor(profile, o.doc, j); ok {
				m.Position = next
				c.out.Monitors = append(c.out.Monitors, m)
				probed = true
			}
			next++
		}
		if o.doc != nil && o.doc.MonitorConfig != nil && !probed && profile.Name != c.gatewayName() && len(profile.Endpoints) > 0 {
			c.r.warn(o.at.key("monitorConfig"), "no endpoint of this profile is probed by it: gateways, nested profiles and alwaysServe have their own rules")
		}
	}
	c.gatewayMonitors()
}

// endpointMonitor returns how an endpoint of a profile is probed; ok is false
// where it is not.
func (c *compiler) endpointMonitor(profile *routing.Profile, d *ProfileDocument, j int) (m Monitor, ok bool) {
	e := &profile.Endpoints[j]
	named, addressed := e.Target.Kind == routing.TargetName, e.Target.Kind == routing.TargetAddress
	if d == nil || e.Serve != routing.ServeProbed || !named && !addressed || j >= len(d.Endpoints) {
		return Monitor{}, false
	}
	doc := MonitorDocument{}
	if d.MonitorConfig != nil {
		doc = *d.MonitorConfig
	}
	return Monitor{
		ID:       string(profile.Name) + "/" + string(e.Name),
		Profile:  profile.Name,
		Endpoint: e.Name,
		Host:     strings.TrimSuffix(e.Target.Name, "."),
		Addr:     e.Target.Addr,
		Check:    checkOf(&doc, d.Endpoints[j].CustomHeaders, profile.Name == c.gatewayName()),
	}, true
}

// gatewayMonitors lists the addresses of gateways, probed as the gateway
// profile says.
func (c *compiler) gatewayMonitors() {
	doc := MonitorDocument{}
	if at, ok := c.byName[c.gatewayName()]; ok && c.origins[at].doc != nil && c.origins[at].doc.MonitorConfig != nil {
		doc = *c.origins[at].doc.MonitorConfig
	}
	host := c.out.Name + "." + strings.TrimSuffix(string(c.zone), ".")
	for i := range c.out.Gateways {
		g := &c.out.Gateways[i]
		check := gatewayCheck(doc, g, host)
		for _, a := range g.Addrs {
			c.out.Monitors = append(c.out.Monitors, Monitor{
				ID:       "@" + string(g.Location) + "/" + g.Name + "/" + a.String(),
				Location: g.Location, Gateway: g.Name, Addr: a, Check: check,
			})
		}
	}
}

// gatewayCheck fills in the defaults of a gateway. Its certificate is for a
// name, not for its address, so that probes send the service's.
func gatewayCheck(doc MonitorDocument, g *Gateway, host string) Check {
	if doc.Protocol == "" {
		doc.Protocol = "HTTP"
		if g.TLS {
			doc.Protocol = "HTTPS"
		}
	}
	doc.Port = cmp.Or(doc.Port, int(g.Port))
	if doc.Protocol != "TCP" {
		doc.Path = cmp.Or(doc.Path, g.Status, gatewayPath)
	}
	check := checkOf(&doc, nil, true)
	if doc.Protocol != "TCP" {
		check.HostHeader = cmp.Or(check.HostHeader, host)
	}
	return check
}

// checkOf fills in the defaults of a monitorConfig. Headers of the endpoint
// replace those of the profile.
func checkOf(m *MonitorDocument, endpoint []HeaderDocument, gateway bool) Check {
	tolerated := probeTolerated
	if gateway {
		tolerated = gatewayTolerated
	}
	out := Check{
		Protocol:  cmp.Or(m.Protocol, "HTTP"),
		Port:      uint16(m.Port),
		Path:      m.Path,
		Interval:  time.Duration(intervalOf(m, gateway)) * time.Second,
		Timeout:   time.Duration(timeoutOf(m, gateway)) * time.Second,
		Tolerated: orDefault(m.ToleratedNumberOfFailures, tolerated),
		Rise:      cmp.Or(m.Rise, 1),
		Manual:    m.Failback == "manual",
		Wait:      m.Initial == "wait",
		HoldDown:  time.Duration(orDefault(m.HoldDown, defaultHoldDown)),
	}
	out.Port = cmp.Or(out.Port, httpPort(out.Protocol == "HTTPS"))
	if out.Protocol != "TCP" {
		out.request(m, endpoint)
	}
	if out.Protocol == "HTTPS" {
		out.CheckChain = orDefault(m.TLS.ValidateCertificateChain, true)
		out.CheckName = orDefault(m.TLS.ValidateCertificateName, out.CheckChain)
		out.ServerName = m.TLS.ServerName
	}
	return out
}

// request fills in what a probe by HTTP or HTTPS sends, and which answers it
// takes.
func (c *Check) request(m *MonitorDocument, endpoint []HeaderDocument) {
	c.Path = cmp.Or(m.Path, "/")
	c.HostHeader, c.Headers = mergeHeaders(m.CustomHeaders, endpoint)
	for _, r := range m.ExpectedStatusCodeRanges {
		c.Ranges = append(c.Ranges, StatusRange(r))
	}
}

// mergeHeaders takes the Host header apart.
func mergeHeaders(profile, endpoint []HeaderDocument) (host string, out []Header) {
	replaced := map[string]bool{}
	for _, h := range endpoint {
		replaced[lower(h.Name)] = true
	}
	var all []HeaderDocument
	for _, h := range profile {
		if !replaced[lower(h.Name)] {
			all = append(all, h)
		}
	}
	for _, h := range append(all, endpoint...) {
		if lower(h.Name) == "host" {
			host = h.Value
			continue
		}
		out = append(out, Header(h))
	}
	return host, out
}
