package admin

import (
	"fmt"
	"net"
	"net/netip"
)

// listenTCP binds a loopback address.
func listenTCP(address string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("admin listen address %q: want host:port: %w", address, err)
	}
	if !isLoopback(host) {
		return nil, fmt.Errorf("admin listen address %q: the API has no authentication yet, so it is served on loopback (127.0.0.1, [::1], localhost) and on unix sockets only; use an SSH tunnel to reach it from elsewhere", address)
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("binding admin listen address %q: %w", address, err)
	}
	if bound, ok := l.Addr().(*net.TCPAddr); !ok || !bound.IP.IsLoopback() {
		_ = l.Close()
		return nil, fmt.Errorf("admin listen address %q: it stands for %v, which is not loopback", address, l.Addr())
	}
	return l, nil
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
