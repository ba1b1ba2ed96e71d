package h1

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"time"
)

// tunnel is the Body of a 101: the connection, which now belongs to the caller,
// and what came behind the head. The context of the request ends it no more.
type tunnel struct {
	c    *conn
	rest []byte
}

// switched hands the connection over.
func (x *exchange) switched() (*http.Response, error) {
	if x.res.Close {
		return nil, &AnswerError{"101 Switching Protocols with a body, or with Connection: close"}
	}
	if !x.m.upgrade || x.res.Header["Upgrade"] == nil || !hasToken(x.res.Header["Connection"], "upgrade") {
		return nil, &AnswerError{"101 Switching Protocols, which nobody asked for, or without Upgrade and Connection"}
	}
	if x.stop != nil && !x.stop() {
		return nil, context.Cause(x.r.Context())
	}
	c := x.c
	t := &tunnel{c: c, rest: append([]byte(nil), c.in.waiting()...)}
	x.t.buffers.put(c.in)
	c.in = nil
	if c.timed {
		if err := c.nc.SetReadDeadline(time.Time{}); err != nil {
			return nil, err
		}
	}
	x.res.Body, x.res.ContentLength = t, 0
	return &x.res, nil
}

// Read implements io.Reader.
func (t *tunnel) Read(p []byte) (int, error) {
	if len(t.rest) > 0 {
		n := copy(p, t.rest)
		t.rest = t.rest[n:]
		return n, nil
	}
	return t.c.nc.Read(p)
}

// Write implements io.Writer.
func (t *tunnel) Write(p []byte) (int, error) { return t.c.nc.Write(p) }

// Close implements io.Closer.
func (t *tunnel) Close() error {
	t.c.close()
	return nil
}

// CloseWrite ends one direction, where the connection can.
func (t *tunnel) CloseWrite() error {
	if c, ok := t.c.nc.(interface{ CloseWrite() error }); ok {
		return c.CloseWrite()
	}
	return errors.ErrUnsupported
}

// ReadFrom implements io.ReaderFrom: the system may copy from socket to socket.
func (t *tunnel) ReadFrom(r io.Reader) (int64, error) {
	if to, ok := t.c.nc.(*net.TCPConn); ok {
		return to.ReadFrom(r)
	}
	return io.Copy(struct{ io.Writer }{t}, r)
}

// SetDeadline bounds reads and writes, as net.Conn does.
func (t *tunnel) SetDeadline(at time.Time) error { return t.c.nc.SetDeadline(at) }

// SetReadDeadline bounds reads.
func (t *tunnel) SetReadDeadline(at time.Time) error { return t.c.nc.SetReadDeadline(at) }

// SetWriteDeadline bounds writes.
func (t *tunnel) SetWriteDeadline(at time.Time) error { return t.c.nc.SetWriteDeadline(at) }
