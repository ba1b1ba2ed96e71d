package cluster

import (
	"context"
	"net"
	"time"
)

// patience is how long a stream may be without an acknowledgement: a node that
// has lost its power or its network does not hold up who waits for it.
const patience = 5 * time.Second

// machine is the network of the machine.
type machine struct{}

func (machine) ListenPacket(addr string) (net.PacketConn, error) {
	return net.ListenPacket("udp", addr)
}

func (machine) Listen(addr string) (net.Listener, error) {
	l := net.ListenConfig{KeepAliveConfig: signsOfLife()}
	return l.Listen(context.Background(), "tcp", addr)
}

func (machine) Dial(ctx context.Context, addr string) (net.Conn, error) {
	d := net.Dialer{KeepAliveConfig: signsOfLife(), Control: limitPatience}
	return d.DialContext(ctx, "tcp", addr)
}

// signsOfLife has idle streams ask for an acknowledgement now and then.
func signsOfLife() net.KeepAliveConfig {
	return net.KeepAliveConfig{Enable: true, Idle: patience, Interval: time.Second, Count: 3}
}
