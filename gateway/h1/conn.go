package h1

import (
	"crypto/tls"
	"errors"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// conn is one connection. One exchange at a time has it.
type conn struct {
	nc      net.Conn
	t       *Transport
	in      *buffer         // nil while it is idle
	raw     syscall.RawConn // nil: no socket of the system
	layered bool            // nc is more than the socket
	state   *tls.ConnectionState
	reused  bool
	timed   bool      // a read deadline may be set
	due     time.Time // of soon; zero: another read deadline is set, or none
	until   time.Time // zero: no bound of age
	idle    time.Time // since when
	abort   func()    // closes nc: for whoever does not have the conn
	turn    turn
	talk    func(fd uintptr) bool // turn.step
	look    func(fd uintptr)
	silent  bool // what look saw
	once    sync.Once
}

// newConn takes nc over.
func newConn(t *Transport, nc net.Conn) *conn {
	c := &conn{nc: nc, t: t, until: t.lifetime()}
	c.abort = func() { nc.Close() }
	c.talk = c.turn.step
	c.look = func(fd uintptr) { c.silent = nothingCame(fd) }
	if s, ok := nc.(interface{ ConnectionState() tls.ConnectionState }); ok {
		state := s.ConnectionState()
		c.state = &state
	}
	socket := nc
	for range 4 {
		inner, ok := socket.(interface{ NetConn() net.Conn })
		if !ok {
			break
		}
		socket, c.layered = inner.NetConn(), true
	}
	if s, ok := socket.(syscall.Conn); ok {
		c.raw, _ = s.SyscallConn() // without it the slow look is left
	}
	return c
}

// fresh reports whether an idle connection may serve another request: nobody
// closed it, and nothing has come that nobody asked for.
func (c *conn) fresh(now time.Time) bool {
	if !c.until.IsZero() && now.After(c.until) {
		return false
	}
	if c.raw != nil {
		c.silent = false
		if c.raw.Control(c.look) != nil || !c.silent {
			return false
		}
	}
	return c.raw != nil && !c.layered || c.quiet()
}

// soon has reads end after patience, or up to twice as long. The socket does not
// hear of it each time.
func (c *conn) soon(now time.Time) error {
	if left := c.due.Sub(now); left >= patience && left <= 2*patience {
		return nil
	}
	c.timed, c.due = true, now.Add(2*patience)
	return c.nc.SetReadDeadline(c.due)
}

// quiet reports whether reading would have to wait. A layer above the socket may
// hold what the socket does not show.
func (c *conn) quiet() bool {
	c.timed, c.due = true, time.Time{}
	if c.nc.SetReadDeadline(time.Unix(1, 0)) != nil {
		return false
	}
	var one [1]byte
	n, err := c.nc.Read(one[:])
	return n == 0 && errors.Is(err, os.ErrDeadlineExceeded)
}

// close ends the connection.
func (c *conn) close() {
	c.once.Do(func() {
		c.nc.Close()
		c.t.buffers.put(c.in)
		c.in = nil
		c.t.pool.left(c)
	})
}
