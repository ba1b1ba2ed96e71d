package admin

import (
	"context"
	"crypto/tls"
	"net"
	"net/netip"
)

// caller is what a connection says of who is at its other end.
type caller struct {
	socket bool   // it came over the unix socket
	uid    int    // of the process at the other end of the socket; -1: unknown
	beyond bool   // the TCP listener is bound beyond loopback
	remote string // address, or "socket"
	source string // remote, or the /64 an IPv6 address is in: what rates are counted by
}

// callerKey is the context's key of the caller.
type callerKey struct{}

// withCaller is an http.Server's ConnContext.
func withCaller(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, callerKey{}, callerAt(conn))
}

// callerOf returns a request's caller; where there was no connection, one from
// beyond loopback whom nobody knows.
func callerOf(ctx context.Context) *caller {
	if c, ok := ctx.Value(callerKey{}).(*caller); ok {
		return c
	}
	return &caller{uid: -1, beyond: true, remote: "unknown", source: "unknown"}
}

func callerAt(conn net.Conn) *caller {
	m, ok := memberAt(conn)
	if !ok {
		return callerOf(context.Background())
	}
	if c, ok := m.Conn.(*net.UnixConn); ok {
		return &caller{socket: true, uid: uidOf(c), remote: "socket", source: "socket"}
	}
	out := &caller{uid: -1, beyond: m.crowd.beyond, remote: conn.RemoteAddr().String()}
	if from, err := netip.ParseAddrPort(out.remote); err == nil {
		out.remote, out.source = from.Addr().Unmap().WithZone("").String(), sourceOf(from.Addr())
	}
	return out
}

// memberAt returns the member of a crowd that a connection is, with or without
// TLS.
func memberAt(conn net.Conn) (*member, bool) {
	if c, ok := conn.(*tls.Conn); ok {
		conn = c.NetConn()
	}
	m, ok := conn.(*member)
	return m, ok
}

// sourceOf returns what rates are counted by: an IPv4 address, or the /64 of an
// IPv6 one, which one machine can have all of.
func sourceOf(a netip.Addr) string {
	a = a.Unmap().WithZone("")
	if a.Is4() {
		return a.String()
	}
	p, err := a.Prefix(64)
	if err != nil {
		return a.String()
	}
	return p.String()
}
