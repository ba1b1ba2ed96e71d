package configs

import (
	"cmp"
	"fmt"
	"log/slog"
	"net/netip"
	"path/filepath"
	"time"

	"meridian/routing"
)

// Defaults of a node file.
const (
	defaultDataDir     = "/var/lib/meridian"
	defaultAdminListen = "127.0.0.1:8053"
	dnsPort            = 53

	defaultMaxConnections = 1000
	defaultMaxPerClient   = 64
	defaultMaxQueries     = 10_000
	defaultIdleTimeout    = 10 * time.Second
	maxIdleTimeout        = 5 * time.Minute
	defaultResponses      = 1000
)

// LoadNode reads and checks the node file at name. Environment variables are
// looked up with env (os.LookupEnv). The error is Problems unless the file
// cannot be read.
func LoadNode(name string, env func(string) (string, bool)) (*Node, error) {
	data, err := ReadDocument(name)
	if err != nil {
		return nil, fmt.Errorf("reading node file: %w", err)
	}
	return ParseNode(name, data, env)
}

// ParseNode checks a node file. Name is its path: problems are reported under
// it and relative paths are taken from its folder. The error is Problems.
func ParseNode(name string, data []byte, env func(string) (string, bool)) (*Node, error) {
	src := &source{name: name, data: data}
	r := newReport(src)
	if r.root = parse(src, r); r.root == nil {
		return nil, r.sorted()
	}
	var doc NodeDocument
	decode(r.root, &doc, r, env)
	c := &nodeCompiler{doc: &doc, r: r, dir: filepath.Dir(name)}
	n := c.node()
	n.Warnings = r.sorted()
	if n.Warnings.Fatal() {
		return nil, n.Warnings
	}
	return n, nil
}

// nodeCompiler turns a node document into a Node.
type nodeCompiler struct {
	doc *NodeDocument
	r   *report
	dir string // of the node file
}

func (c *nodeCompiler) node() *Node {
	section := (*path)(nil).key("node")
	d := c.doc
	n := &Node{
		Name:       lower(d.Node.Name),
		Display:    d.Node.Location,
		Location:   routing.ParseLocationName(d.Node.Location),
		Zone:       d.Node.Zone,
		Roles:      rolesOf(d.Node.Roles, d.Gateway.serves()),
		DataDir:    c.file(cmp.Or(d.Node.DataDir, defaultDataDir)),
		Geo:        NodeGeo{Databases: c.files(d.Geo.Databases)},
		Log:        NodeLog{Format: cmp.Or(d.Log.Format, "text"), Level: levelOf(d.Log.Level)},
		PlanSource: cmp.Or(d.PlanSource, "file"),
		Service:    c.file(d.Service),

		SecretsKeyFile: c.file(d.Node.SecretsKeyFile),
	}
	if !c.r.broken(section) {
		c.identity(n, section)
	}
	n.DNS = c.dns(n.Name)
	n.Probe.References = c.addresses(d.Probe.References, 0, (*path)(nil).key("probe").key("references"))
	n.Resolver.Servers = c.addresses(d.Resolver.Servers, dnsPort, (*path)(nil).key("resolver").key("servers"))
	n.Admin = c.admin()
	n.Gateway = c.gateway(n.Roles.Gateway)
	n.Cluster = c.cluster()
	c.plans(n)
	return n
}

// rolesOf returns the roles of names; where there are none every role, gateway
// only if the node has one.
func rolesOf(names []string, gateway bool) Roles {
	if len(names) == 0 {
		return Roles{DNS: true, Gateway: gateway, Probe: true, Admin: true}
	}
	has := func(name string) bool { return contains(names, name) }
	return Roles{DNS: has("dns"), Gateway: has("gateway"), Probe: has("probe"), Admin: has("admin")}
}

// plans checks where the node has its plans from.
func (c *nodeCompiler) plans(n *Node) {
	top := (*path)(nil)
	switch {
	case c.doc.Cluster == nil && n.PlanSource == "api":
		c.r.fail(top.key("planSource"), "api without cluster: want file, a node that decides alone serves its service document")
	case n.Service != "" || n.Cluster != nil && (n.PlanSource == "api" || len(n.Cluster.Join) > 0):
	default:
		c.r.fail(top.key("service"), "is missing: want the path of the service document; only a node with cluster and either planSource api or cluster.join waits for the plan of others")
	}
}

// identity checks who the node is.
func (c *nodeCompiler) identity(n *Node, section *path) {
	if err := checkLabel(n.Name); err != nil {
		c.r.fail(section.key("name"), "%v", err)
	}
	if n.Location == "" {
		c.r.fail(section.key("location"), "%s: want a name with letters or digits", quote(n.Display))
	}
	c.roles(c.doc.Node.Roles, section.key("roles"))
}

func (c *nodeCompiler) roles(names []string, p *path) {
	for i, name := range names {
		if name != "" && contains(names[:i], name) {
			c.r.fail(p.item(i), "%s is there twice: want it once", quote(name))
		}
	}
}

// levelOf returns the level of a name that the document's rules let through;
// none is info.
func levelOf(name string) slog.Level {
	var level slog.Level
	_ = level.UnmarshalText([]byte(name))
	return level
}

// file returns a path of the node file as seen from the working directory.
func (c *nodeCompiler) file(name string) string {
	if name == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(c.dir, filepath.FromSlash(name))
}

func (c *nodeCompiler) files(names []string) []string {
	var out []string
	for _, name := range names {
		out = append(out, c.file(name))
	}
	return out
}

func (c *nodeCompiler) dns(node string) NodeDNS {
	d, p := c.doc.DNS, (*path)(nil).key("dns")
	out := NodeDNS{
		Listen:           d.Listen,
		NSID:             cmp.Or(d.NSID, node),
		CookieSecretFile: c.file(d.CookieSecretFile),
		TCP: TCPLimits{
			MaxConnections: cmp.Or(d.TCP.MaxConnections, defaultMaxConnections),
			MaxPerClient:   cmp.Or(d.TCP.MaxConnectionsPerClient, defaultMaxPerClient),
			MaxQueries:     cmp.Or(d.TCP.MaxQueriesPerConnection, defaultMaxQueries),
			IdleTimeout:    time.Duration(cmp.Or(d.TCP.IdleTimeout, Duration(defaultIdleTimeout))),
		},
		RateLimit: RateLimit{
			Enabled:            orDefault(d.RateLimit.Enabled, true),
			ResponsesPerSecond: cmp.Or(d.RateLimit.ResponsesPerSecond, defaultResponses),
		},
	}
	if idle := out.TCP.IdleTimeout; idle < time.Second || idle > maxIdleTimeout {
		c.r.fail(p.key("tcp").key("idleTimeout"), "%v is out of range: want 1s .. %v", idle, maxIdleTimeout)
	}
	parseEach(c.r, d.Listen, p.key("listen"), parseListen)
	if len(out.Listen) == 0 {
		out.Listen = []string{"0.0.0.0:53", "[::]:53"}
	}
	return out
}

// orDefault returns what p points at, or fallback where the document has
// nothing.
func orDefault[T any](p *T, fallback T) T {
	if p == nil {
		return fallback
	}
	return *p
}

// addresses reads a list of address:port; where port is not 0 it may be left
// out.
func (c *nodeCompiler) addresses(texts []string, port uint16, p *path) []netip.AddrPort {
	return parseEach(c.r, texts, p, func(text string) (netip.AddrPort, error) { return parseServer(text, port) })
}
