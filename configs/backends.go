package configs

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"

	"meridian/dnswire"
	"meridian/routing"
)

// Ranges of the durations of a backend.
const (
	shortestSpan       = time.Millisecond
	maxConnectTimeout  = 5 * time.Minute
	maxResponseTimeout = time.Hour
	maxIdleSpan        = time.Hour
)

// backends converts the backends of the document, then its pools, whose members
// may stand anywhere in it.
func (c *compiler) backends() {
	for i := range c.doc.Backends {
		d, p := &c.doc.Backends[i], top("backends").item(i)
		c.backendName(d, i, p.key("name"))
		if d.Type != "Pool" {
			c.single(d, p)
		}
	}
	for i := range c.doc.Backends {
		if d := &c.doc.Backends[i]; d.Type == "Pool" {
			c.pool(d, top("backends").item(i))
		}
	}
	c.out.Retry.Budget = int(c.doc.Safety.RetryBudget)
}

// backendName checks a name and that no other backend has it.
func (c *compiler) backendName(d *BackendDocument, i int, p *path) {
	if d.Name == "" {
		return
	}
	if strings.ContainsAny(d.Name, "*#&+:<>?/\\%{}\"'") || !isPrintable(d.Name) {
		c.r.fail(p, "%s: want letters, digits, spaces, dots, dashes and underscores", quote(d.Name))
	}
	if first, twice := c.backendAt[lower(d.Name)]; twice {
		c.r.fail(p, "%s is the name of backends[%d] already: want a name of its own", quote(d.Name), first)
		return
	}
	c.backendAt[lower(d.Name)] = i
}

// isPrintable reports whether text has only characters that can be seen, and
// spaces.
func isPrintable(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// single converts a backend that is no pool.
func (c *compiler) single(d *BackendDocument, p *path) {
	out := Backend{
		Name: d.Name, Region: c.backendRegion(d.AzureRegion, p.key("azureRegion")),
		Resolve: d.Resolve, EmptyDrains: d.EmptyAnswer == "drain", HTTPVersion: d.HTTPVersion,
		TLS: c.backendTLS(&d.TLS, p.key("tls")), Timeouts: c.backendTimeouts(&d.Timeouts, p.key("timeouts")),
		Credentials: c.credentials(d.Credentials, p.key("credentials")), Proxy: c.proxy(d.Proxy, p.key("proxy")),
	}
	for i := range d.CircuitBreaker.Rules {
		out.Breaker = c.breakerRule(&d.CircuitBreaker.Rules[i], p.key("circuitBreaker").key("rules").item(i))
	}
	if d.Pool != nil {
		c.r.fail(p.key("pool"), "a pool without type: Pool: want both or neither")
	}
	out.URL = c.backendURL(d.URL, p.key("url"))
	if out.URL != nil && out.URL.Scheme == "http" && d.TLS != (BackendTLSDocument{}) {
		c.r.warn(p.key("tls"), "is not used: the url is http")
	}
	c.out.Backends = append(c.out.Backends, out)
}

// backendURL reads the URL of a Single backend.
func (c *compiler) backendURL(text string, p *path) *url.URL {
	if text == "" {
		c.r.fail(p, "is missing: want a URL such as https://backend.example.com/api, or type: Pool")
		return nil
	}
	u, err := parseBackend(text)
	if err != nil {
		c.r.fail(p, "%v", err)
		return nil
	}
	return u
}

// backendRegion reads where a backend is.
func (c *compiler) backendRegion(text string, p *path) string {
	if text == "" || c.r.broken(p) {
		return ""
	}
	id := routing.ParseLocationName(text)
	if id == "" {
		c.r.fail(p, "%s: want a name with letters or digits, such as \"West US 2\"", quote(text))
		return ""
	}
	known := c.options.Region == nil
	if at, there := c.places[id]; there {
		known = c.out.Places[at].Known
	} else if !known {
		_, _, known = c.options.Region(text)
	}
	if !known {
		c.r.warn(p, "%s is no location of this service and no well-known cloud region: it is farther than all others", quote(text))
	}
	return string(id)
}

func (c *compiler) backendTLS(d *BackendTLSDocument, p *path) BackendTLS {
	chain := orDefault(d.ValidateCertificateChain, true)
	name := orDefault(d.ValidateCertificateName, chain)
	if !chain && name {
		c.r.fail(p.key("validateCertificateName"), "true without validateCertificateChain: want the chain checked too; a name means nothing in an unknown certificate")
	}
	if d.ServerName != "" {
		if _, err := dnswire.ParseHostName(d.ServerName); err != nil {
			c.r.fail(p.key("serverName"), "%v", err)
		}
	}
	return BackendTLS{SkipChain: !chain, SkipName: !name, ServerName: d.ServerName, Roots: c.authorities(d.CAFile, p.key("caFile"))}
}

func (c *compiler) backendTimeouts(d *BackendTimeoutsDocument, p *path) BackendTimeouts {
	return BackendTimeouts{
		Connect: c.duration(d.Connect, 0, maxConnectTimeout, p.key("connect")),
		Header:  c.duration(d.Response, 0, maxResponseTimeout, p.key("response")),
		Idle:    c.duration(d.Idle, 0, maxIdleSpan, p.key("idle")),
		Age:     c.duration(d.Age, 0, maxDuration, p.key("age")),
	}
}

// duration checks that a duration the document has is in range; one it has not
// is fallback.
func (c *compiler) duration(d Duration, fallback, most time.Duration, p *path) time.Duration {
	if _, given := c.r.root.find(p); !given || c.r.broken(p) {
		return fallback
	}
	if out := time.Duration(d); out < shortestSpan || out > most {
		c.r.fail(p, "%v is out of range: want %v .. %v", out, shortestSpan, most)
	}
	return time.Duration(d)
}

// proxy converts the proxy of a backend; nil where it has none.
func (c *compiler) proxy(d *ProxyDocument, p *path) *url.URL {
	if d == nil || d.URL == "" {
		return nil
	}
	u, err := parseBackend(d.URL)
	if err != nil || u.Scheme != "http" || u.Path != "" && u.Path != "/" {
		c.r.fail(p.key("url"), "%s: want the URL of a proxy, such as http://192.0.2.8:3128", quoteURL(d.URL))
		return nil
	}
	password := c.credential(d.Password, d.Secret, "password", p)
	switch {
	case d.Username != "":
		u.User = url.UserPassword(d.Username, password)
	case password != "":
		c.r.fail(p, "a password without username: want both or neither")
	}
	return u
}

// findBackend returns a backend or pool of the document by a reference to it: its
// name, /backends/name or an Azure resource id that ends so.
func (c *compiler) findBackend(reference string) (*BackendDocument, bool) {
	name := reference
	if i := strings.LastIndex(lower(reference), "/backends/"); i >= 0 {
		name = reference[i+len("/backends/"):]
	}
	at, known := c.backendAt[lower(name)]
	if !known {
		return nil, false
	}
	return &c.doc.Backends[at], true
}

// backendNames lists the names of all backends and pools.
func (c *compiler) backendNames() []string {
	var out []string
	for i := range c.doc.Backends {
		out = append(out, c.doc.Backends[i].Name)
	}
	return out
}

// unknownBackend reports a reference to a backend that is not there.
func (c *compiler) unknownBackend(reference string, p *path) {
	const most = 20
	names := c.backendNames()
	switch hint := meant(reference, names); {
	case len(names) == 0:
		c.r.fail(p, "%s is no backend: the document has none", quote(reference))
	case len(names) > most:
		c.r.fail(p, "%s%s is no backend: want one of the %d under backends", quote(reference), hint, len(names))
	default:
		slices.Sort(names)
		c.r.fail(p, "%s%s is no backend: want one of %s", quote(reference), hint, strings.Join(names, ", "))
	}
}

// validToken reports whether text is a token of HTTP: a method or a cookie's
// name.
func validToken(text string) bool { return httpguts.ValidHeaderFieldName(text) }
