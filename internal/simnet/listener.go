package simnet

import (
	"net"
	"sync"
)

// listener accepts streams.
type listener struct {
	host *Host
	at   *net.TCPAddr
	in   chan *conn
	done chan struct{}
	once sync.Once
}

func newListener(h *Host, port int) *listener {
	return &listener{
		host: h, at: &net.TCPAddr{IP: net.ParseIP(h.ip), Port: port},
		in: make(chan *conn, backlog), done: make(chan struct{}),
	}
}

// arrive takes a stream in, or closes it: the backlog is full, or nobody
// listens any more.
func (l *listener) arrive(c *conn) {
	select {
	case <-l.done:
		c.end()
		return
	default:
	}
	select {
	case l.in <- c:
	default:
		c.end()
	}
}

func (l *listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.in:
		return c, nil
	case <-l.done:
		return nil, &net.OpError{Op: "accept", Net: "tcp", Source: l.at, Err: net.ErrClosed}
	}
}

func (l *listener) Close() error {
	l.once.Do(func() {
		close(l.done)
		l.host.mu.Lock()
		delete(l.host.listeners, l.at.Port)
		l.host.mu.Unlock()
		for {
			select {
			case c := <-l.in:
				c.end()
				continue
			default:
			}
			return
		}
	})
	return nil
}

func (l *listener) Addr() net.Addr { return l.at }
