package dnsserver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// listener is an address with its sockets.
type listener struct {
	addr netip.AddrPort
	udp  []*net.UDPConn // several share the port, and the kernel deals packets to them
	tcp  net.Listener
}

const bindAttempts = 16

func defaultSockets() int { return min(runtime.GOMAXPROCS(0), maxSockets) }

// bind opens the sockets of all addresses.
func (s *Server) bind() error {
	for _, text := range s.options.Listen {
		addrs, err := parseListen(text)
		if err != nil {
			return err
		}
		for _, addr := range addrs {
			l, err := s.bindAddr(addr)
			switch {
			case err == nil:
				s.listeners = append(s.listeners, l)
			case len(addrs) > 1 && addr.Addr().Is6() && errors.Is(err, syscall.EAFNOSUPPORT):
				s.options.Logger.Warn("no ipv6 here", "listen", text)
			default:
				return fmt.Errorf("binding dns address %q: %w", text, err)
			}
		}
	}
	return nil
}

// parseListen reads an address with a port. Without a host it stands for all of
// IPv4 and all of IPv6: two sockets, so that each reply has the family of its
// query.
func parseListen(text string) ([]netip.AddrPort, error) {
	if strings.HasPrefix(text, ":") {
		v4, err := netip.ParseAddrPort("0.0.0.0" + text)
		if err != nil {
			return nil, fmt.Errorf("dns address %q: want an IP address and a port 0 .. 65535", text)
		}
		return []netip.AddrPort{v4, netip.AddrPortFrom(netip.IPv6Unspecified(), v4.Port())}, nil
	}
	addr, err := netip.ParseAddrPort(text)
	if err != nil {
		return nil, fmt.Errorf("dns address %q: want an IP address and a port 0 .. 65535", text)
	}
	return []netip.AddrPort{netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port())}, nil
}

// bindAddr opens the sockets of one address. Port 0 becomes one that UDP and
// TCP both have free.
func (s *Server) bindAddr(addr netip.AddrPort) (l *listener, err error) {
	for range bindAttempts {
		if l, err = s.bindOnce(addr); err == nil || addr.Port() != 0 {
			return l, err
		}
	}
	return nil, err
}

func (s *Server) bindOnce(addr netip.AddrPort) (*listener, error) {
	l := &listener{addr: addr}
	config := net.ListenConfig{Control: udpControl(addr.Addr(), s.options.Limits.ReceiveBuffer)}
	for range sharedSockets(s.options.Limits.Sockets) {
		conn, err := config.ListenPacket(context.Background(), network("udp", addr.Addr()), l.addr.String())
		if err != nil {
			return nil, errors.Join(err, l.close())
		}
		u := conn.(*net.UDPConn)
		l.udp = append(l.udp, u)
		l.addr = netip.AddrPortFrom(addr.Addr(), u.LocalAddr().(*net.UDPAddr).AddrPort().Port())
	}
	var err error
	if l.tcp, err = net.Listen(network("tcp", addr.Addr()), l.addr.String()); err != nil {
		return nil, errors.Join(err, l.close())
	}
	return l, nil
}

func network(transport string, addr netip.Addr) string {
	if addr.Is4() {
		return transport + "4"
	}
	return transport + "6"
}

func (l *listener) close() error {
	var errs []error
	for _, u := range l.udp {
		errs = append(errs, u.Close())
	}
	if l.tcp != nil {
		errs = append(errs, l.tcp.Close())
	}
	return errors.Join(errs...)
}

// stopReading ends the loops: UDP at once, connections when their replies are
// out.
func (s *Server) stopReading() {
	past := time.Unix(1, 0)
	for _, l := range s.listeners {
		for _, u := range l.udp {
			_ = u.SetReadDeadline(past) // fails only on a closed socket
		}
		_ = l.tcp.(*net.TCPListener).SetDeadline(past)
	}
	s.conns.hurry(past)
}

func (s *Server) closeSockets() error {
	var errs []error
	for _, l := range s.listeners {
		errs = append(errs, l.close())
	}
	s.listeners = nil
	return errors.Join(errs...)
}
