package cluster

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
)

// door keeps the streams of gossip: how many there are, from where, and how
// much memory they have.
type door struct {
	mu     sync.Mutex
	conns  map[net.Conn]bool               // open, both ways
	out    map[*dialled]context.CancelFunc // being opened by us
	inside int
	from   map[string]int
	bytes  int
	closed bool
}

func newDoor() *door {
	return &door{conns: map[net.Conn]bool{}, out: map[*dialled]context.CancelFunc{}, from: map[string]int{}}
}

// enter lets a stream in, or returns nil.
func (d *door) enter(c net.Conn) *guest {
	source := hostOf(c.RemoteAddr())
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed || d.inside >= maxStreams || d.from[source] >= maxFromOne {
		return nil
	}
	g := &guest{Conn: c, door: d, source: source}
	d.inside++
	d.from[source]++
	d.conns[g] = true
	return g
}

// setOut notes a stream that we begin to open, and how to give that up.
func (d *door) setOut(c *dialled, cancel context.CancelFunc) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return false
	}
	d.out[c] = cancel
	return true
}

// arrived keeps a stream that we opened, unless it failed or the door is shut.
func (d *door) arrived(c *dialled, opened bool) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.out, c)
	if d.closed || !opened {
		return false
	}
	d.conns[c] = true
	return true
}

// shut closes all streams and lets no more in.
func (d *door) shut() {
	d.mu.Lock()
	d.closed = true
	var all []net.Conn
	for c := range d.conns {
		all = append(all, c)
	}
	for _, cancel := range d.out {
		cancel()
	}
	d.mu.Unlock()
	for _, c := range all {
		c.Close()
	}
}

func hostOf(a net.Addr) string {
	host, _, err := net.SplitHostPort(a.String())
	if err != nil {
		return a.String()
	}
	return host
}

// guest is a stream that others opened. What it said has been read and found
// good; memberlist reads it from here.
type guest struct {
	net.Conn
	door   *door
	source string
	said   []byte
	held   int
	once   sync.Once
}

// grow charges memory to the door.
func (g *guest) grow(n int) bool {
	g.door.mu.Lock()
	defer g.door.mu.Unlock()
	if g.door.bytes+n > maxBytes {
		return false
	}
	g.door.bytes += n
	g.held += n
	return true
}

func (g *guest) Read(b []byte) (int, error) {
	if len(g.said) == 0 {
		return 0, io.EOF
	}
	n := copy(b, g.said)
	g.said = g.said[n:]
	return n, nil
}

func (g *guest) Close() error {
	g.end()
	return nil
}

// end closes the stream and gives back what it took.
func (g *guest) end() {
	g.Conn.Close()
	g.once.Do(func() {
		d := g.door
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.conns, g)
		d.inside--
		d.bytes -= g.held
		if d.from[g.source]--; d.from[g.source] <= 0 {
			delete(d.from, g.source)
		}
	})
}

// dialled is a stream that we opened. The answer passes the guard too.
type dialled struct {
	net.Conn
	transport *transport
	said      []byte
	asked     bool
}

func (d *dialled) Read(b []byte) (int, error) {
	if !d.asked {
		d.asked = true
		said, err := d.transport.guard.readStream(d.Conn, false, func(int) bool { return true })
		if err != nil {
			var why refusal
			if errors.As(err, &why) {
				d.transport.refused("answer", d.RemoteAddr().String(), err)
			}
			return 0, err
		}
		d.said = said
	}
	if len(d.said) == 0 {
		return 0, io.EOF
	}
	n := copy(b, d.said)
	d.said = d.said[n:]
	return n, nil
}

func (d *dialled) Close() error {
	d.transport.door.mu.Lock()
	delete(d.transport.door.conns, d)
	d.transport.door.mu.Unlock()
	return d.Conn.Close()
}
