package node

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"meridian/configs"
	"meridian/geo"
)

// guard keeps requests away from addresses that a plan or a DNS answer has no
// business with: this machine, its link, the metadata services of clouds, and
// this gateway itself. What the node file allows is let through. It is immutable.
type guard struct {
	allowed []netip.Prefix
	own     []netip.Addr     // of this gateway
	trusted []netip.AddrPort // gateway.backend of the node file: let through at this port only
	dialer  net.Dialer
}

// guarded lists what is refused beside loopback, link-local and multicast
// addresses: metadata services that have no link-local address.
func guarded() []netip.Addr {
	return []netip.Addr{netip.MustParseAddr("fd00:ec2::254"), netip.MustParseAddr("fd20:ce::254"), netip.MustParseAddr("100.100.100.200")}
}

// dialTime is how long a connection may take where nobody is in more of a hurry.
const dialTime = 10 * time.Second

func newGuard(c *configs.NodeGateway) *guard {
	g := &guard{allowed: c.AllowedBackends, own: slices.Clone(c.Advertise), dialer: net.Dialer{Timeout: dialTime}}
	for _, l := range c.Listen {
		host, _, err := net.SplitHostPort(l.Address)
		if a, bad := netip.ParseAddr(host); err == nil && bad == nil && !a.IsUnspecified() {
			g.own = append(g.own, a.Unmap())
		}
	}
	if c.Backend == nil {
		return g
	}
	for _, a := range literal(c.Backend.Hostname()) {
		port := map[string]uint64{"http": 80, "https": 443}[c.Backend.Scheme]
		if text := c.Backend.Port(); text != "" {
			port, _ = strconv.ParseUint(text, 10, 16) // checked: a port
		}
		g.trusted = append(g.trusted, netip.AddrPortFrom(a, uint16(port))) //nolint:gosec // a port
	}
	return g
}

// literal returns the addresses of a host that nobody has to be asked for: of an
// address itself, and of localhost (RFC 6761 §6.3).
func literal(host string) []netip.Addr {
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a.Unmap()}
	}
	if isLocalhost(host) {
		return []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()}
	}
	return nil
}

// allows says why an address is not to be used. Whether it is the port that the
// node file names is for dial to see.
func (g *guard) allows(a netip.Addr) error {
	a = a.Unmap().WithZone("")
	for _, t := range g.trusted {
		if t.Addr() == a {
			return nil
		}
	}
	return g.check(a)
}

func (g *guard) check(a netip.Addr) error {
	inside := func(p netip.Prefix) bool { return p.Contains(a) }
	if slices.ContainsFunc(g.allowed, inside) {
		return nil
	}
	for _, x := range []netip.Addr{a, geo.Unwrap(a), translated(a)} { // an IPv4 address inside of an IPv6 one leads there too
		if what := g.forbidden(x); what != "" {
			return fmt.Errorf("%s is %s: if backends may be there, allow it in the node file (gateway.backends.allow)", a, what)
		}
	}
	return nil
}

// translated returns the IPv4 address that a translator makes of an address with
// the well-known prefix (RFC 6052 §2.1); others as they are.
func translated(a netip.Addr) netip.Addr {
	raw := a.As16()
	if a.Is4() || raw[0] != 0 || raw[1] != 0x64 || raw[2] != 0xff || raw[3] != 0x9b {
		return a
	}
	return netip.AddrFrom4([4]byte(raw[12:]))
}

// forbidden says what an address is that backends have no business at; "": it may
// be used.
func (g *guard) forbidden(a netip.Addr) string {
	switch {
	case a.IsLoopback():
		return "a loopback address"
	case a.IsLinkLocalUnicast():
		return "a link-local address, where clouds have their metadata"
	case slices.Contains(guarded(), a):
		return "the metadata service of a cloud"
	case a.IsUnspecified() || a.IsMulticast() || a == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		return "no address of one machine"
	case slices.Contains(g.own, a):
		return "an address of this gateway itself"
	}
	return ""
}

// dial connects to an address that may be used.
func (g *guard) dial(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	to = netip.AddrPortFrom(to.Addr().Unmap(), to.Port())
	if !slices.Contains(g.trusted, to) {
		if err := g.check(to.Addr().WithZone("")); err != nil {
			return nil, err
		}
	}
	return g.dialer.DialContext(ctx, "tcp", to.String())
}
