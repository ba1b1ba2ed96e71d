package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// How many relay connections of other nodes may be open.
const (
	maxRelaysEach = 4096 // of one node
	maxRelays     = 16384
)

// What a node says first on a relay connection. Only then does the other side
// send: what it sends has somebody to read it.
const (
	greetAccepted = 1
	greetBusy     = 2
	greetUnserved = 3
)

// relayWait is how long an accepted connection waits for Accept.
const relayWait = 10 * time.Second

// relays is the net.Listener of relay connections.
type relays struct {
	address net.Addr
	inside  *gate[NodeID]
	wanted  atomic.Bool // somebody has called Accept
	conns   chan net.Conn
	closed  chan struct{}
	close   sync.Once
}

func newRelays(address net.Addr) *relays {
	return &relays{address: address, inside: newGate[NodeID](maxRelaysEach, maxRelays), conns: make(chan net.Conn), closed: make(chan struct{})}
}

// Accept returns the next connection, a *relayConn.
func (r *relays) Accept() (net.Conn, error) {
	r.wanted.Store(true)
	select {
	case <-r.closed:
		return nil, net.ErrClosed
	case c := <-r.conns:
		return c, nil
	}
}

// Close refuses what comes from now on. Accepted connections stay.
func (r *relays) Close() error {
	r.close.Do(func() { close(r.closed) })
	return nil
}

// Addr is where peer streams are bound.
func (r *relays) Addr() net.Addr { return r.address }

// offer hands a connection to Accept, or refuses it and says why.
func (r *relays) offer(accepting context.Context, conn net.Conn, from NodeID) (greeting byte) {
	switch {
	case !r.serves():
		greeting = greetUnserved
	case !r.inside.enter(from):
		greeting = greetBusy
	default:
		c := &relayConn{Conn: conn, peer: from, release: sync.OnceFunc(func() { r.inside.leave(from) })}
		if greet(conn, greetAccepted) != nil || !r.hand(accepting, c) {
			_ = c.Close() // nothing more is to be said on it
			return greetUnserved
		}
		return greetAccepted
	}
	_ = greet(conn, greeting) // the other side sees the end of the connection
	conn.Close()
	return greeting
}

// serves reports whether somebody accepts.
func (r *relays) serves() bool {
	select {
	case <-r.closed:
		return false
	default:
		return r.wanted.Load()
	}
}

func (r *relays) hand(accepting context.Context, c *relayConn) bool {
	timer := time.NewTimer(relayWait)
	defer timer.Stop()
	select {
	case r.conns <- c:
		return true
	case <-r.closed:
	case <-timer.C:
	case <-accepting.Done():
	}
	return false
}

func greet(conn net.Conn, greeting byte) error {
	if err := conn.SetWriteDeadline(time.Now().Add(handshakeTimeout)); err != nil {
		return err
	}
	if _, err := conn.Write([]byte{greeting}); err != nil {
		return err
	}
	return conn.SetWriteDeadline(time.Time{})
}

// relayConn is a relay connection, at either end.
type relayConn struct {
	net.Conn
	peer    NodeID
	release func()
}

// Peer returns the node at the other end, which has proved who it is.
func (c *relayConn) Peer() NodeID { return c.peer }

// Close ends the connection.
func (c *relayConn) Close() error {
	defer c.release()
	return c.Conn.Close()
}

// CloseWrite tells the other end that no more will come.
func (c *relayConn) CloseWrite() error {
	half, ok := c.Conn.(interface{ CloseWrite() error })
	if !ok {
		return errors.ErrUnsupported
	}
	return half.CloseWrite()
}

// dialRelay opens a relay connection. It returns when the other node has
// somebody who accepts it; ErrRelayRefused: it has not.
func (s *streams) dialRelay(ctx context.Context, to NodeID) (net.Conn, error) {
	conn, err := s.dial(ctx, to, relayProtocol)
	if err != nil {
		return nil, err
	}
	greeting, err := readGreeting(ctx, conn)
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("opening relay connection to node %s: %w", to, err)
	}
	if greeting != greetAccepted {
		conn.Close()
		return nil, fmt.Errorf("opening relay connection to node %s: %w (%d)", to, ErrRelayRefused, greeting)
	}
	return &relayConn{Conn: conn, peer: to, release: func() {}}, nil
}

func readGreeting(ctx context.Context, conn net.Conn) (byte, error) {
	ctx, cancel := context.WithTimeout(ctx, handshakeTimeout)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetReadDeadline(time.Unix(1, 0)) }) // a read fails, or the deadline is taken back
	var b [1]byte
	_, err := io.ReadFull(conn, b[:])
	if !stop() {
		return 0, ctx.Err()
	}
	return b[0], err
}
