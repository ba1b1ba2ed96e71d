package configs

import (
	"cmp"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// Defaults and limits of a gateway.
const (
	defaultGatewayConnections = 10_000
	defaultHeaderBytes        = 64 << 10
	defaultHeaderTimeout      = 10 * time.Second
	maxHeaderTimeout          = 5 * time.Minute
	defaultGatewayIdle        = 2 * time.Minute
	maxGatewayIdle            = time.Hour
	defaultStall              = time.Minute
	maxStall                  = 10 * time.Minute
	defaultRelays             = 4096
	defaultBackendRefresh     = 2 * time.Minute
	maxBackendRefresh         = 24 * time.Hour
	defaultAccessLogRate      = 1000
)

// serves reports whether the section has more than the address for other
// nodes.
func (g *GatewaySection) serves() bool {
	return len(g.Listen) > 0 || len(g.Advertise) > 0 || g.Backend != "" || len(g.Backends.Allow) > 0 || g.Backends.Refresh != 0 || g.Backends.RespectTTL || len(g.TrustedProxies) > 0 ||
		g.AccessLog != nil || g.Direct.Allow != nil || g.Limits != GatewayLimitsSection{}
}

// gateway converts the section of the gateway; nil where the node has none.
func (c *nodeCompiler) gateway(role bool) *NodeGateway {
	d, p := &c.doc.Gateway, (*path)(nil).key("gateway")
	out := &NodeGateway{
		Listen: c.listeners(d.Listen, p.key("listen")),
		Direct: c.direct(d.Direct.Allow, p.key("direct").key("allow")),
		Limits: c.gatewayLimits(&d.Limits, p.key("limits")),

		AllowedBackends: parseEach(c.r, d.Backends.Allow, p.key("backends").key("allow"), parseNetwork),
		BackendRefresh:  c.backendRefresh(&d.Backends, p.key("backends")),
		TrustedProxies:  parseEach(c.r, d.TrustedProxies, p.key("trustedProxies"), parseNetwork),
		AccessLog:       c.accessLog(d.AccessLog),
	}
	out.Advertise = c.advertised(d, out.Listen, role, p)
	out.Backend = c.backend(d.Backend, p.key("backend"))
	switch {
	case role && len(d.Listen) == 0:
		c.r.fail(p.key("listen"), "is missing with the role gateway: want 1 .. 16 addresses, such as [{address: \":80\"}]")
	case !role && d.serves():
		c.r.warn(p, "is not used but for peer: node.roles has no gateway")
	}
	if !role {
		return nil
	}
	return out
}

// listeners converts the addresses at which clients are served.
func (c *nodeCompiler) listeners(docs []ListenerSection, p *path) []GatewayListener {
	var out []GatewayListener
	taken := map[string]int{}
	for i := range docs {
		d, at := &docs[i], p.item(i)
		if _, err := parseListen(d.Address); err != nil && !c.r.broken(at.key("address")) {
			c.r.fail(at.key("address"), "%v", err)
		}
		if first, twice := taken[d.Address]; twice && !strings.HasSuffix(d.Address, ":0") {
			c.r.fail(at.key("address"), "%s is listen[%d] already: want each address once", quote(d.Address), first)
		}
		taken[d.Address] = i
		out = append(out, GatewayListener{Address: d.Address, TLS: c.keyPair(d, at)})
	}
	return out
}

// keyPair returns the certificate of a listener; nil where it speaks no TLS.
func (c *nodeCompiler) keyPair(d *ListenerSection, p *path) *KeyPair {
	switch given := d.Certificate != "" && d.Key != ""; {
	case d.TLS && !given:
		c.r.fail(p.key("tls"), "true without certificate and key: want both files")
	case !d.TLS && (d.Certificate != "" || d.Key != ""):
		c.r.fail(p, "a certificate or key without tls: want tls: true, or neither")
	}
	if !d.TLS {
		return nil
	}
	return &KeyPair{Certificate: c.file(d.Certificate), Key: c.file(d.Key)}
}

// advertised returns what DNS answers for the gateway.
func (c *nodeCompiler) advertised(d *GatewaySection, listeners []GatewayListener, role bool, p *path) []netip.Addr {
	if len(d.Advertise) > 0 {
		once := addressesOnce(map[netip.Addr]string{}, "", func(a netip.Addr, _ string) error {
			return fmt.Errorf("%s is there twice: want each address once", a)
		})
		return parseEach(c.r, d.Advertise, p.key("advertise"), once)
	}
	var out []netip.Addr
	for _, l := range listeners {
		host, err := parseListen(l.Address)
		switch {
		case err == nil && host.IsValid() && !host.IsUnspecified():
			out = appendOnce(out, host.WithZone("").Unmap())
		case err == nil && role:
			c.r.fail(p.key("advertise"), "is missing: want the addresses that DNS answers for this gateway; %s names none", quote(l.Address))
		}
	}
	if len(out) > 8 {
		c.r.fail(p.key("advertise"), "%d addresses of listen: want at most 8, listed here", len(out))
	}
	return out
}

func appendOnce(addrs []netip.Addr, a netip.Addr) []netip.Addr {
	for _, known := range addrs {
		if known == a {
			return addrs
		}
	}
	return append(addrs, a)
}

// backend reads the URL of the server that takes what no API claims; nil where
// there is none.
func (c *nodeCompiler) backend(text string, p *path) *url.URL {
	if text == "" {
		return nil
	}
	u, err := parseBackend(text)
	if err != nil {
		c.r.fail(p, "%v", err)
	}
	return u
}

// accessLog converts where requests are logged; nil where they are not.
func (c *nodeCompiler) accessLog(d *AccessLogSection) *AccessLog {
	if d == nil {
		return nil
	}
	out := &AccessLog{File: d.File, Rate: cmp.Or(d.Rate, defaultAccessLogRate)}
	if out.File != "-" {
		out.File = c.file(out.File)
	}
	return out
}

// parseBackend reads an http or https URL of a host, without user, query and
// fragment.
func parseBackend(text string) (*url.URL, error) {
	wrong := fmt.Errorf("%s: want a URL such as http://127.0.0.1:8080 or https://backend.example.com/api, without user, query and fragment", quoteURL(text))
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || strings.ContainsAny(text, "?#@") {
		return nil, wrong
	}
	if !validHostPort(u.Hostname(), u.Port(), false) || strings.HasSuffix(u.Host, ":") {
		return nil, wrong
	}
	return u, nil
}

// quoteURL quotes a URL unless a password may stand in it.
func quoteURL(text string) string {
	if strings.Contains(text, "@") {
		return "a URL with an @, perhaps after a password"
	}
	return quote(text)
}

// defaultDirect lists loopback and private addresses (RFC 1918, RFC 4193).
func defaultDirect() []netip.Prefix {
	var out []netip.Prefix
	for _, text := range []string{"127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"} {
		out = append(out, netip.MustParsePrefix(text))
	}
	return out
}

// direct returns who may use the direct names.
func (c *nodeCompiler) direct(allow *[]string, p *path) []netip.Prefix {
	if allow == nil {
		return defaultDirect()
	}
	return parseEach(c.r, *allow, p, parseNetwork)
}

func (c *nodeCompiler) gatewayLimits(d *GatewayLimitsSection, p *path) GatewayLimits {
	out := GatewayLimits{
		MaxConnections: cmp.Or(d.MaxConnections, defaultGatewayConnections),
		MaxHeaderBytes: cmp.Or(d.MaxHeaderBytes, defaultHeaderBytes),
		HeaderTimeout:  time.Duration(cmp.Or(d.HeaderTimeout, Duration(defaultHeaderTimeout))),
		IdleTimeout:    time.Duration(cmp.Or(d.IdleTimeout, Duration(defaultGatewayIdle))),
		StallTimeout:   time.Duration(cmp.Or(d.StallTimeout, Duration(defaultStall))),
		MaxRelays:      cmp.Or(d.MaxRelays, defaultRelays),
	}
	c.span(out.HeaderTimeout, time.Second, maxHeaderTimeout, p.key("headerTimeout"))
	c.span(out.IdleTimeout, time.Second, maxGatewayIdle, p.key("idleTimeout"))
	c.span(out.StallTimeout, time.Second, maxStall, p.key("stallTimeout"))
	return out
}

// backendRefresh returns how often names of backends are looked up; 0: when
// their TTL ends.
func (c *nodeCompiler) backendRefresh(d *BackendsSection, p *path) time.Duration {
	switch {
	case d.RespectTTL && d.Refresh != 0:
		c.r.fail(p.key("refresh"), "%v with respectTtl: want one of them", time.Duration(d.Refresh))
	case d.RespectTTL:
		return 0
	}
	out := time.Duration(cmp.Or(d.Refresh, Duration(defaultBackendRefresh)))
	c.span(out, time.Second, maxBackendRefresh, p.key("refresh"))
	return out
}

// span checks that a duration is in range.
func (c *nodeCompiler) span(d, least, most time.Duration, p *path) {
	if d < least || d > most {
		c.r.fail(p, "%v is out of range: want %v .. %v", d, least, most)
	}
}

// validHostPort reports whether host is a unicast address or a host name, and
// port one that can be dialled; only a required port may not be empty.
func validHostPort(host, port string, required bool) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		if _, err := parseAddr(host); err != nil {
			return false
		}
	} else if !isHostName(host) {
		return false
	}
	if port == "" {
		return !required
	}
	n, ok := parseWhole(port)
	return ok && n >= 1 && n <= 65535
}

// splitHostPort is net.SplitHostPort; empty where it fails.
func splitHostPort(text string) (host, port string) {
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		return "", ""
	}
	return host, port
}
