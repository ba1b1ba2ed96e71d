package simnet

import (
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

// conn is one end of a stream.
type conn struct {
	host        *Host
	local, peer *net.TCPAddr
	in, out     *pipe
	done        chan struct{}
	once        sync.Once

	reading, writing *deadline
}

// connect makes both ends of a stream from near to a port of far.
func connect(near, far *Host, port int) (a, b *conn) {
	near.mu.Lock()
	near.port++
	from := &net.TCPAddr{IP: net.ParseIP(near.ip), Port: near.port}
	near.mu.Unlock()
	to := &net.TCPAddr{IP: net.ParseIP(far.ip), Port: port}
	there, back := newPipe(near, far), newPipe(far, near)
	return newConn(near, from, to, back, there), newConn(far, to, from, there, back)
}

func newConn(h *Host, local, peer *net.TCPAddr, in, out *pipe) *conn {
	c := &conn{
		host: h, local: local, peer: peer, in: in, out: out, done: make(chan struct{}),
		reading: newDeadline(), writing: newDeadline(),
	}
	h.mu.Lock()
	h.conns[c] = true
	h.mu.Unlock()
	return c
}

func (c *conn) Read(b []byte) (int, error) {
	n, err := c.in.read(b, c.reading.wait(), c.done)
	return n, c.failed("read", err)
}

func (c *conn) Write(b []byte) (int, error) {
	n, err := c.out.write(b, c.writing.wait(), c.done)
	c.host.count(func(t *Traffic) { t.StreamBytes += n })
	return n, c.failed("write", err)
}

// Close ends both directions. What was written still arrives.
func (c *conn) Close() error {
	c.end()
	return nil
}

func (c *conn) end() {
	c.once.Do(func() {
		close(c.done)
		c.reading.stop()
		c.writing.stop()
		c.out.send(nil, true) //nolint:errcheck // the other end may be gone already
		c.in.hangUp()
		c.host.mu.Lock()
		delete(c.host.conns, c)
		c.host.mu.Unlock()
	})
}

// CloseWrite ends our direction.
func (c *conn) CloseWrite() error {
	_, err := c.out.send(nil, true)
	return c.failed("close", err)
}

func (c *conn) LocalAddr() net.Addr  { return c.local }
func (c *conn) RemoteAddr() net.Addr { return c.peer }

func (c *conn) SetDeadline(t time.Time) error {
	c.reading.set(t)
	c.writing.set(t)
	return nil
}

func (c *conn) SetReadDeadline(t time.Time) error {
	c.reading.set(t)
	return nil
}

func (c *conn) SetWriteDeadline(t time.Time) error {
	c.writing.set(t)
	return nil
}

func (c *conn) failed(op string, err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return err
	}
	return &net.OpError{Op: op, Net: "tcp", Source: c.local, Addr: c.peer, Err: err}
}
