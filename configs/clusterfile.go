package configs

import (
	"cmp"
	"fmt"
	"net"
	"net/netip"
	"strings"

	"meridian/dnswire"
)

// Defaults of a cluster.
const (
	defaultLabel = "meridian"
	defaultBind  = ":7946"
	defaultPeer  = ":7947"
)

// cluster converts the section of the other nodes; nil where there is none.
func (c *nodeCompiler) cluster() *NodeCluster {
	d, p, peer := c.doc.Cluster, (*path)(nil).key("cluster"), (*path)(nil).key("gateway").key("peer")
	if d == nil {
		if text := c.doc.Gateway.Peer; text != "" && !c.r.broken(p) {
			c.r.fail(peer, "%s without cluster: want cluster too, or leave it out; only nodes of a cluster prove who they are", quote(text))
		}
		return nil
	}
	out := &NodeCluster{
		Label: cmp.Or(d.Label, defaultLabel), Bind: cmp.Or(d.Bind, defaultBind), Streams: cmp.Or(c.doc.Gateway.Peer, defaultPeer),
		Advertise: d.Advertise, StreamsAdvertise: d.PeerAdvertise,
		Join: parseEach(c.r, d.Join, p.key("join"), parseJoin), KeyFile: c.file(d.KeyFile), Pinned: d.Trust == "pinned",
	}
	bind := c.listened(out.Bind, p.key("bind"))
	own := c.announced(d.Advertise, p.key("advertise"))
	if d.Advertise == "" && !named(bind) && !c.r.broken(p.key("advertise")) {
		c.r.fail(p.key("advertise"), "is missing: want the IP:port at which other nodes reach this one; bind %s names no address", quote(out.Bind))
	}
	c.announced(d.PeerAdvertise, p.key("peerAdvertise"))
	if out.StreamsAdvertise == "" {
		out.StreamsAdvertise = c.streamsAt(out.Streams, own, bind, p.key("peerAdvertise"))
	}
	if out.Streams == out.Bind && !strings.HasSuffix(out.Bind, ":0") {
		c.r.fail(peer, "%s is cluster.bind already: want a port of its own", quote(out.Streams))
	}
	return out
}

// listened reads an address that is bound.
func (c *nodeCompiler) listened(text string, p *path) netip.Addr {
	host, err := parseListen(text)
	if err != nil {
		c.r.fail(p, "%v", err)
	}
	return host
}

// announced reads an address that other nodes are told; the zero AddrPort where
// there is none.
func (c *nodeCompiler) announced(text string, p *path) netip.AddrPort {
	if text == "" {
		return netip.AddrPort{}
	}
	a, err := parseServer(text, 0)
	if err != nil {
		c.r.fail(p, "%v", err)
	}
	return a
}

// named reports whether a listener's host is one address.
func named(host netip.Addr) bool { return host.IsValid() && !host.IsUnspecified() }

// streamsAt returns where other nodes reach streams, unless it is what is bound:
// the announced address of gossip, else the one it binds, with the port of
// streams.
func (c *nodeCompiler) streamsAt(streams string, own netip.AddrPort, bind netip.Addr, p *path) string {
	host := c.listened(streams, (*path)(nil).key("gateway").key("peer"))
	_, port := splitHostPort(streams)
	open := port == "0" || port == ""
	switch {
	case own.IsValid() && !open:
		return net.JoinHostPort(own.Addr().String(), port)
	case named(host):
		return ""
	case named(bind) && !open:
		return net.JoinHostPort(bind.String(), port)
	}
	if !c.r.broken((*path)(nil).key("cluster").key("advertise")) {
		c.r.fail(p, "is missing: want the IP:port at which other nodes reach gateway.peer %s", quote(streams))
	}
	return ""
}

// parseJoin checks the gossip address of another node: a name or an address,
// and a port.
func parseJoin(text string) (string, error) {
	if host, port := splitHostPort(text); !validHostPort(host, port, true) {
		return "", fmt.Errorf("%s: want host:port, such as 198.51.100.7:7946 or node.example.com:7946", quote(text))
	}
	return text, nil
}

// isHostName reports whether text is a host name.
func isHostName(text string) bool {
	_, err := dnswire.ParseHostName(text)
	return err == nil
}
