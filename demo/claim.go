package demo

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"syscall"
)

// socket is a port of the demo, at all its locations.
type socket struct {
	port     *int
	usual    int
	flag     string // that moves it; empty: any free port will do
	addrs    []netip.Addr
	networks []string
}

// sockets lists what the demo binds.
func sockets(o *Options) []socket {
	var gateways, admins []netip.Addr
	for _, p := range places() {
		gateways, admins = append(gateways, p.Addr), append(admins, p.Admin)
	}
	return []socket{
		{&o.DNSPort, DefaultDNSPort, "--dns-port", gateways, []string{"udp", "tcp"}},
		{&o.GatewayPort, DefaultGatewayPort, "--gateway-port", gateways, []string{"tcp"}},
		{&o.AdminPort, DefaultAdminPort, "--admin-port", admins, []string{"tcp"}},
		{&o.gossipPort, 0, "", gateways, []string{"udp", "tcp"}},
		{&o.peerPort, 0, "", gateways, []string{"tcp"}},
	}
}

// claim finds out whether every socket of the demo can be bound, and picks
// ports where the options leave that open. Its error says of every socket that
// cannot be had what to do.
func claim(o *Options) error {
	var refused []refusal
	var flags []string // that a demo at other ports needs
	for _, s := range sockets(o) {
		asked := *s.port
		bad := s.claim()
		refused = append(refused, bad...)
		switch {
		case s.flag == "":
		case refusedPort(bad):
			flags = append(flags, fmt.Sprintf("%s %d", s.flag, other(asked)))
		case asked != s.usual:
			flags = append(flags, fmt.Sprintf("%s %d", s.flag, asked))
		}
	}
	if len(refused) == 0 {
		return nil
	}
	return errors.New(advice(refused, flags, runtime.GOOS))
}

// refusedPort reports whether another port would help.
func refusedPort(refused []refusal) bool {
	return slices.ContainsFunc(refused, func(r refusal) bool { return !errors.Is(r.err, syscall.EADDRNOTAVAIL) })
}

// refusal is a socket that cannot be bound.
type refusal struct {
	network string
	addr    netip.Addr
	port    int
	err     error
}

// claimTries is how many ports are tried where any will do.
const claimTries = 20

// claim binds the port at all addresses and lets it go again; port 0 becomes
// one that is free at all of them.
func (s socket) claim() []refusal {
	port, bad := s.try(*s.port)
	for i := 1; i < claimTries && *s.port == 0 && len(bad) > 0; i++ {
		port, bad = s.try(0)
	}
	if len(bad) == 0 {
		*s.port = port
	}
	return bad
}

func (s socket) try(port int) (int, []refusal) {
	var bad []refusal
	for _, addr := range s.addrs {
		for _, network := range s.networks {
			closer, bound, err := bind(network, hostPort(addr, port))
			if err != nil {
				bad = append(bad, refusal{network, addr, port, err})
				continue
			}
			defer func() { _ = closer() }()
			port = bound
		}
	}
	return port, bad
}

// bind binds a socket and returns how to close it, and its port.
func bind(network, address string) (closer func() error, port int, err error) {
	if network == "udp" {
		c, err := net.ListenPacket(network, address)
		if err != nil {
			return nil, 0, err
		}
		return c.Close, c.LocalAddr().(*net.UDPAddr).Port, nil
	}
	l, err := net.Listen(network, address)
	if err != nil {
		return nil, 0, err
	}
	return l.Close, l.Addr().(*net.TCPAddr).Port, nil
}

// advice says what to do about sockets that cannot be bound; flags move those
// whose ports cannot be had.
func advice(refused []refusal, flags []string, goos string) string {
	var lines, missing []string
	for _, r := range refused {
		switch {
		case errors.Is(r.err, syscall.EADDRNOTAVAIL):
			missing = append(missing, "    "+addAddress(r.addr, goos))
		case errors.Is(r.err, syscall.EADDRINUSE):
			lines = append(lines, fmt.Sprintf("%s port %d of %s is taken by another program", r.network, r.port, r.addr))
		default:
			lines = append(lines, fmt.Sprintf("%s port %d of %s cannot be bound: %v", r.network, r.port, r.addr, r.err))
		}
	}
	if len(lines) > 0 {
		lines = append(lines, "move the demo with: meridian demo "+strings.Join(flags, " "))
	}
	slices.Sort(missing)
	if missing = slices.Compact(missing); len(missing) > 0 {
		lines = append(lines, "this machine lacks loopback addresses that the demo needs; add them with:")
	}
	return strings.Join(append(lines, missing...), "\n")
}

// addAddress is the command that adds a loopback address.
func addAddress(a netip.Addr, goos string) string {
	if goos == "linux" {
		return fmt.Sprintf("sudo ip address add %s/32 dev lo", a)
	}
	return fmt.Sprintf("sudo ifconfig lo0 alias %s up", a)
}

// other proposes a port that is not privileged.
func other(port int) int {
	if port < 1024 || port > 55535 {
		return 15300
	}
	return port + 10000
}
