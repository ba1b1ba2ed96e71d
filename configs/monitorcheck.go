package configs

import (
	"cmp"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"

	"meridian/dnswire"
)

// Defaults of a monitorConfig: Azure's, and those of gateways.
const (
	probeInterval  = 30 // seconds
	probeTimeout   = 10 // seconds
	probeTolerated = 3

	gatewayInterval  = 5 // seconds
	gatewayTimeout   = 3 // seconds
	gatewayTolerated = 2
	gatewayPath      = "/status-0123456789abcdef"

	defaultHoldDown = Duration(10 * time.Minute)
	maxHoldDown     = Duration(time.Hour)
)

// intervalOf and timeoutOf are in seconds, defaults filled in.
func intervalOf(m *MonitorDocument, gateway bool) int {
	if gateway {
		return cmp.Or(m.IntervalInSeconds, gatewayInterval)
	}
	return cmp.Or(m.IntervalInSeconds, probeInterval)
}

func timeoutOf(m *MonitorDocument, gateway bool) int {
	interval := intervalOf(m, gateway)
	if gateway {
		return cmp.Or(m.TimeoutInSeconds, min(gatewayTimeout, interval))
	}
	return cmp.Or(m.TimeoutInSeconds, max(1, min(probeTimeout, interval-1)))
}

// monitorDocument checks how a profile's endpoints are probed, before any
// default that depends on the target.
func (c *compiler) monitorDocument(d *ProfileDocument, gateway bool, p *path) {
	m := d.MonitorConfig
	if m == nil {
		return
	}
	if interval := intervalOf(m, gateway); m.TimeoutInSeconds > interval {
		c.r.fail(p.key("timeoutInSeconds"), "%d with an interval of %d s: want 1 .. %d", m.TimeoutInSeconds, interval, interval)
	}
	if m.Protocol == "TCP" {
		c.tcpMonitor(m, p)
	}
	if m.Path != "" && !validPath(m.Path) {
		c.r.fail(p.key("path"), "%s: want a path that begins with one slash, without spaces and fragment", quote(m.Path))
	}
	c.statusRanges(m.ExpectedStatusCodeRanges, p.key("expectedStatusCodeRanges"))
	if hold := orDefault(m.HoldDown, 0); hold > maxHoldDown {
		c.r.fail(p.key("holdDown"), "%v is out of range: want 0 .. %v", time.Duration(hold), time.Duration(maxHoldDown))
	}
	c.headers(m.CustomHeaders, p.key("customHeaders"))
	c.probeTLS(m, p.key("tls"))
}

// tcpMonitor reports what a TCP probe has no use for.
func (c *compiler) statusRanges(docs []StatusRangeDocument, p *path) {
	for i, r := range docs {
		if r.Min > r.Max && r.Max != 0 {
			c.r.fail(p.item(i), "%d .. %d: want min not above max, 100 .. 999", r.Min, r.Max)
		}
	}
}

func (c *compiler) tcpMonitor(m *MonitorDocument, p *path) {
	if m.Path != "" {
		c.r.fail(p.key("path"), "%s with protocol TCP: want no path", quote(m.Path))
	}
	if n := len(m.ExpectedStatusCodeRanges); n > 0 {
		c.r.fail(p.key("expectedStatusCodeRanges"), "%d ranges with protocol TCP: want none", n)
	}
	if n := len(m.CustomHeaders); n > 0 {
		c.r.fail(p.key("customHeaders"), "%d headers with protocol TCP: want none", n)
	}
}

func validPath(s string) bool {
	if !strings.HasPrefix(s, "/") || strings.HasPrefix(s, "//") || strings.ContainsAny(s, " #") {
		return false
	}
	_, err := url.ParseRequestURI(s)
	return err == nil
}

func (c *compiler) probeTLS(m *MonitorDocument, p *path) {
	if m.TLS == (ProbeTLSDocument{}) {
		return
	}
	if m.Protocol == "HTTP" || m.Protocol == "TCP" {
		c.r.fail(p, "with protocol %s: want it with HTTPS only", m.Protocol)
	}
	chain := orDefault(m.TLS.ValidateCertificateChain, true)
	if !chain && orDefault(m.TLS.ValidateCertificateName, false) {
		c.r.fail(p.key("validateCertificateName"), "true without validateCertificateChain: want the chain checked too; a name means nothing in an unknown certificate")
	}
	if m.TLS.ServerName == "" {
		return
	}
	if _, err := dnswire.ParseHostName(m.TLS.ServerName); err != nil {
		c.r.fail(p.key("serverName"), "%v", err)
	}
}

// headers checks request headers of probes.
func (c *compiler) headers(docs []HeaderDocument, p *path) {
	taken := map[string]int{}
	for i, h := range docs {
		at := p.item(i)
		if first, twice := taken[lower(h.Name)]; twice {
			c.r.fail(at.key("name"), "%s is header %d already: want each header once", quote(h.Name), first)
		}
		taken[lower(h.Name)] = i
		c.headerName(h.Name, at.key("name"))
		c.headerValue(h, at.key("value"))
	}
}

func (c *compiler) headerName(name string, p *path) {
	switch lower(name) {
	case "connection", "content-length", "transfer-encoding", "upgrade", "te", "trailer":
		c.r.fail(p, "%s frames the message: want another header", quote(name))
	}
	if !httpguts.ValidHeaderFieldName(name) {
		c.r.fail(p, "%s is no header name: want letters, digits and hyphens", quote(name))
	}
}

func (c *compiler) headerValue(h HeaderDocument, p *path) {
	if lower(h.Name) == "host" && (!httpguts.ValidHostHeader(h.Value) || strings.ContainsAny(h.Value, "*/ ") || len(h.Value) > 260) {
		c.r.fail(p, "%s: want a host name, with a port if need be, without *", quote(h.Value))
	}
	if !httpguts.ValidHeaderFieldValue(h.Value) {
		c.r.fail(p, "%s is no header value: want visible characters on one line", quote(h.Value))
	}
}
