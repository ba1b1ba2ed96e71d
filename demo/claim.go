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

// claim finds out whether every socket of the demo can be bound, and picks
// ports where the options leave that open. Its error says of every socket that
// cannot be had what to do.
func claim(o *Options) error {
	var gateways, admins []netip.Addr
	for _, p := range places() {
		gateways, admins = append(gateways, p.Addr), append(admins, p.Admin)
	}
	var refused []refusal
	for _, c := range []struct {
		port     *int
		flag     string
		addrs    []netip.Addr
		networks []string
	}{
		{&o.DNSPort, "--dns-port", gateways, []string{"udp", "tcp"}},
		{&o.GatewayPort, "--gateway-port", gateways, []string{"tcp"}},
		{&o.AdminPort, "--admin-port", admins, []string{"tcp"}},
	} {
		port, bad := claimPort(*c.port, c.flag, c.addrs, c.networks)
		*c.port = port
		refused = append(refused, bad...)
	}
	if len(refused) == 0 {
		return nil
	}
	return errors.New(advice(refused, runtime.GOOS))
}

// refusal is a socket that cannot be bound.
type refusal struct {
	network string
	addr    netip.Addr
	port    int
	flag    string
	err     error
}

// claimTries is how many ports are tried where any will do.
const claimTries = 20

// claimPort binds a port at all addresses and lets it go again; port 0 becomes
// one that is free at all of them.
func claimPort(port int, flag string, addrs []netip.Addr, networks []string) (int, []refusal) {
	if port != 0 {
		_, bad := tryPort(port, flag, addrs, networks)
		return port, bad
	}
	var bad []refusal
	for range claimTries {
		var picked int
		if picked, bad = tryPort(0, flag, addrs, networks); len(bad) == 0 {
			return picked, nil
		}
	}
	return 0, bad
}

func tryPort(port int, flag string, addrs []netip.Addr, networks []string) (int, []refusal) {
	var bad []refusal
	for _, addr := range addrs {
		for _, network := range networks {
			closer, bound, err := bind(network, hostPort(addr, port))
			if err != nil {
				bad = append(bad, refusal{network, addr, port, flag, err})
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

// advice says what to do about sockets that cannot be bound.
func advice(refused []refusal, goos string) string {
	var lines, missing, flags []string
	for _, r := range refused {
		switch {
		case errors.Is(r.err, syscall.EADDRNOTAVAIL):
			missing = append(missing, addAddress(r.addr, goos))
		case errors.Is(r.err, syscall.EADDRINUSE):
			lines = append(lines, fmt.Sprintf("%s port %d of %s is taken by another program", r.network, r.port, r.addr))
			flags = append(flags, fmt.Sprintf("%s %d", r.flag, other(r.port)))
		default:
			lines = append(lines, fmt.Sprintf("%s port %d of %s cannot be bound: %v", r.network, r.port, r.addr, r.err))
			flags = append(flags, fmt.Sprintf("%s %d", r.flag, other(r.port)))
		}
	}
	slices.Sort(missing)
	if missing = slices.Compact(missing); len(missing) > 0 {
		lines = append(lines, "this machine lacks loopback addresses that the demo needs; add them with:")
		for _, m := range missing {
			lines = append(lines, "    "+m)
		}
	}
	slices.Sort(flags)
	if flags = slices.Compact(flags); len(flags) > 0 {
		lines = append(lines, "move the demo with: meridian demo "+strings.Join(flags, " "))
	}
	return strings.Join(lines, "\n")
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
