package cluster

import (
	"context"
	"net"
)

// machine is the network of the machine we run on.
type machine struct{}

func (machine) ListenPacket(addr string) (net.PacketConn, error) {
	return net.ListenPacket("udp", addr)
}

func (machine) Listen(addr string) (net.Listener, error) {
	return net.Listen("tcp", addr)
}

func (machine) Dial(ctx context.Context, addr string) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, "tcp", addr)
}
