package gateway

import (
	"errors"
	"hash/maphash"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// census counts connections.
type census struct {
	open     atomic.Int64
	rejected atomic.Uint64
	chatter  atomic.Uint64 // closed for sending much and asking nothing
	resets   atomic.Uint64 // closed for resetting most of their requests
	penalties
}

// mostUnsent is what the kernel takes of an answer beyond what the client lets
// it send: without a limit that is megabytes, and who does not read is not found
// out before.
const mostUnsent = 128 << 10

// crowd is a listener with a limit of open connections: what comes above it is
// closed at once. Close may be called more than once.
type crowd struct {
	net.Listener
	limits  Limits
	trusted []netip.Prefix
	own     atomic.Int64 // open ones of this listener
	all     *census
	debt    int64 // a connection's at most
	once    sync.Once
	err     error
}

func newCrowd(l net.Listener, o Options, all *census) *crowd {
	return &crowd{Listener: l, limits: o.Limits, trusted: o.Trusted, all: all, debt: maxDebt}
}

// Accept implements net.Listener.
func (c *crowd) Accept() (net.Conn, error) {
	for {
		raw, err := c.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if c.own.Load() >= int64(c.limits.Connections) {
			c.all.rejected.Add(1)
			_ = raw.Close()
			continue
		}
		return c.admit(raw), nil
	}
}

// Close implements net.Listener.
func (c *crowd) Close() error {
	c.once.Do(func() { c.err = c.Listener.Close() })
	return c.err
}

func (c *crowd) admit(raw net.Conn) *conn {
	c.own.Add(1)
	c.all.open.Add(1)
	client := addrOf(raw.RemoteAddr())
	out := &conn{
		Conn: raw, crowd: c, opened: time.Now(), client: client,
		address: client.Addr().String(), trusted: within(c.trusted, client.Addr()),
	}
	if tcp, ok := raw.(*net.TCPConn); ok {
		sparing(tcp)
		out.side.socket = tcp
	}
	if !out.trusted {
		out.penalty = c.all.left(client.Addr(), out.opened)
	}
	return out
}

// sparing bounds what the kernel keeps for a connection.
func sparing(t *net.TCPConn) {
	if raw, err := t.SyscallConn(); err == nil {
		_ = raw.Control(limitUnsent)
	}
}

// full reports whether connections are so many that none should be kept.
func (c *crowd) full() bool { return c.own.Load()*10 > int64(c.limits.Connections)*9 }

// conn is an accepted connection. A write that does not get through within
// Limits.Stall fails, whoever writes.
type conn struct {
	net.Conn
	crowd   *crowd
	opened  time.Time
	client  netip.AddrPort
	address string       // of the client
	trusted bool         // a front end whose word on clients counts
	told    atomic.Bool  // to go elsewhere
	armed   atomic.Int64 // when the write deadline was set, in ns since opened
	closed  atomic.Bool
	penalty time.Duration // before the first read
	last    atomic.Pointer[saidElement]
	debt    debt
	resets  resets
	side    readSide
	bounded atomic.Bool // by a write deadline that is not from Write
}

// saidElement is the element of Forwarded for the requests of a connection.
type saidElement struct{ host, scheme, text string }

// element returns what Forwarded says of the connection's client.
func (c *conn) element(host, scheme string) string {
	if last := c.last.Load(); last != nil && last.host == host && last.scheme == scheme {
		return last.text
	}
	said := &saidElement{host, scheme, forwardedElement(c.client.Addr(), host, scheme)}
	c.last.Store(said)
	return said.text
}

// Read implements net.Conn. Who sends much without asking for anything is
// closed.
func (c *conn) Read(p []byte) (int, error) {
	if c.penalty > 0 {
		time.Sleep(c.penalty)
		c.penalty = 0
	}
	var n int
	var err error
	if c.side.socket != nil {
		n, err = c.side.read(p)
	} else {
		n, err = c.Conn.Read(p)
	}
	if n > 0 && c.overdue(n) {
		c.expel(&c.crowd.all.chatter)
		return 0, errChatter
	}
	return n, err
}

// expel closes the connection of an abuser, for a reason that is counted.
func (c *conn) expel(reason *atomic.Uint64) {
	reason.Add(1)
	if !c.trusted { // a front end has other clients too
		c.crowd.all.add(c.client.Addr(), time.Now())
	}
	_ = c.Close() // what else is on it ends too
}

// Write implements net.Conn. The deadline is set anew where a quarter of it
// has passed: mostly a look at the clock.
func (c *conn) Write(p []byte) (int, error) {
	stall := c.crowd.limits.Stall
	age := time.Since(c.opened)
	if last := c.armed.Load(); (last == 0 || age-time.Duration(last) > stall/4) && !c.bounded.Load() {
		c.armed.Store(int64(max(1, age)))
		if err := c.Conn.SetWriteDeadline(c.opened.Add(age + stall)); err != nil {
			return 0, err
		}
	}
	if len(p) >= answerPerUpdate {
		c.debt.pay(int64(len(p) / answerPerUpdate))
	}
	n, err := c.Conn.Write(p)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		c.forget()
	}
	return n, err
}

// forget has the kernel throw away what the client did not take, instead of
// keeping it for minutes after Close.
func (c *conn) forget() {
	if t, ok := c.Conn.(*net.TCPConn); ok {
		_ = t.SetLinger(0)
	}
}

// SetReadDeadline implements net.Conn.
func (c *conn) SetReadDeadline(t time.Time) error {
	if c.side.socket == nil {
		return c.Conn.SetReadDeadline(t)
	}
	return c.side.set(t)
}

// SetWriteDeadline implements net.Conn. The server takes the deadline off after
// each answer: the one that Write has set stays, as the next answer may come
// before Write sets it anew.
func (c *conn) SetWriteDeadline(t time.Time) error {
	switch before := c.bounded.Swap(!t.IsZero()); {
	case before && t.IsZero():
		c.armed.Store(0)
	case t.IsZero():
		return nil
	}
	return c.Conn.SetWriteDeadline(t)
}

// SetDeadline implements net.Conn.
func (c *conn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

// Close implements net.Conn.
func (c *conn) Close() error {
	if !c.closed.Swap(true) {
		c.crowd.own.Add(-1)
		c.crowd.all.open.Add(-1)
	}
	return c.Conn.Close()
}

// CloseWrite half-closes, for tunnels.
func (c *conn) CloseWrite() error {
	half, ok := c.Conn.(interface{ CloseWrite() error })
	if !ok {
		return errors.ErrUnsupported
	}
	return half.CloseWrite()
}

// share is where the connection stands in a spread: [0, 1), the same each time
// it is asked.
func (c *conn) share(seed maphash.Seed) float64 {
	return float64(maphash.Comparable(seed, c.client)>>11) / (1 << 53)
}

// addrOf reads an address as net gives it; zero if it has none.
func addrOf(a net.Addr) netip.AddrPort {
	t, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}
	}
	p := t.AddrPort()
	return netip.AddrPortFrom(p.Addr().Unmap().WithZone(""), p.Port())
}
