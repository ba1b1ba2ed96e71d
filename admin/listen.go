package admin

import (
	"fmt"
	"net"
	"net/netip"
)

// listenTCP binds o.Listen, and reports whether that is beyond loopback. It
// refuses that where the options are not fit for it.
func listenTCP(o Options) (l net.Listener, beyond bool, err error) {
	host, _, err := net.SplitHostPort(o.Listen)
	if err != nil {
		return nil, false, fmt.Errorf("admin listen address %q: want host:port: %w", o.Listen, err)
	}
	if err := o.beyondLoopback(); err != nil && !isLoopback(host) {
		return nil, false, err
	}
	if l, err = net.Listen("tcp", o.Listen); err != nil {
		return nil, false, fmt.Errorf("binding admin listen address %q: %w", o.Listen, err)
	}
	bound, ok := l.Addr().(*net.TCPAddr)
	beyond = !ok || !bound.IP.IsLoopback()
	if err := o.beyondLoopback(); err != nil && beyond {
		_ = l.Close()
		return nil, false, fmt.Errorf("%w; it stands for %v", err, l.Addr())
	}
	return l, beyond, nil
}

// isLoopback reports whether host is localhost or a loopback address, with or
// without brackets.
func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	if n := len(host); n > 2 && host[0] == '[' && host[n-1] == ']' {
		host = host[1 : n-1]
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.Unmap().IsLoopback()
}
