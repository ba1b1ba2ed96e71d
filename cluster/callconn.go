package cluster

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"sync"
	"time"
)

// callConn is a call stream at the caller's end: one call at a time. A
// goroutine reads from it as long as it lives, so that the end of a stream is
// seen before the next request goes into it.
type callConn struct {
	conn   net.Conn
	idle   *time.Timer   // closes it; the pool's
	broken chan struct{} // closed when nothing more will be read
	reason error         // why, once broken is closed

	mu      sync.Mutex
	waiting chan answer // of the call that runs; nil: none does
}

func newCallConn(conn net.Conn) *callConn {
	return &callConn{conn: conn, broken: make(chan struct{})}
}

// read gives answers to the calls that wait for them until the stream ends.
func (c *callConn) read() {
	from := bufio.NewReader(c.conn)
	for c.reason == nil {
		c.reason = c.readOne(from)
	}
	c.conn.Close()
	close(c.broken)
}

func (c *callConn) readOne(from *bufio.Reader) error {
	if _, err := from.Peek(1); err != nil {
		return err
	}
	c.mu.Lock()
	waiting := c.waiting
	c.mu.Unlock()
	if waiting == nil {
		return fmt.Errorf("answer to no request: %w", errProtocol)
	}
	a, err := readAnswer(from)
	if err != nil {
		return err
	}
	c.expect(nil)
	waiting <- a // it has room for one
	return nil
}

// expect says who waits for the next answer.
func (c *callConn) expect(waiting chan answer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting = waiting
}

// alive reports whether a request may be sent.
func (c *callConn) alive() bool {
	select {
	case <-c.broken:
		return false
	default:
		return true
	}
}

// roundTrip sends a request and waits for its answer. After an error the
// stream is closed; sent says whether anything of the request got out.
func (c *callConn) roundTrip(ctx context.Context, r request) (a answer, sent bool, err error) {
	waiting := make(chan answer, 1)
	c.expect(waiting)
	stop := context.AfterFunc(ctx, func() { c.conn.Close() })
	sent, err = writeFrame(c.conn, r.head(), r.body)
	if err == nil {
		a, err = c.wait(waiting)
	}
	if !stop() && err == nil {
		err = context.Cause(ctx)
	}
	if err == nil {
		return a, true, nil
	}
	c.conn.Close()
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return answer{}, sent, err
}

func (c *callConn) wait(waiting chan answer) (answer, error) {
	select {
	case a := <-waiting:
		return a, nil
	case <-c.broken:
	}
	select {
	case a := <-waiting: // the stream ended right after it
		return a, nil
	default:
		return answer{}, c.reason
	}
}
