package h1

import (
	"errors"
	"io"
	"net"
	"os"
)

// turn writes a request and reads the first octets of its answer, with one wait
// between the two: the wait begins before the write, so that no look whether the
// answer has come already is needed. It belongs to one connection.
type turn struct {
	out, in   []byte
	sent, got int
	over      bool  // in was read
	err       error // of the system
}

// step is called with the socket, and again when there may be something to read
// after it returned false.
func (t *turn) step(fd uintptr) bool {
	if t.sent < len(t.out) {
		t.sent, t.err = writeNow(fd, t.out)
		return t.sent < len(t.out)
	}
	t.got, t.over, t.err = readNow(fd, t.in)
	return t.over
}

// end says how it ended; err is of the wait.
func (t *turn) end(err error) error {
	switch {
	case err != nil:
		return err
	case t.err != nil && t.over:
		return &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", t.err)}
	case t.err != nil:
		return &net.OpError{Op: "write", Net: "tcp", Err: os.NewSyscallError("write", t.err)}
	case t.over && t.got == 0:
		return io.EOF
	}
	return nil
}

// ask writes a message that is in memory and waits for its answer, as long as
// patience.
func (x *exchange) ask() error {
	c := x.c
	t := &c.turn
	t.out, t.in, t.sent, t.got, t.over, t.err = x.m.out.b, c.in.b, 0, 0, false, nil
	err := c.soon(x.at)
	if err == nil {
		err = t.end(c.raw.Read(c.talk))
	}
	t.out, t.in = nil, nil
	if t.sent < len(x.m.out.b) {
		return x.unasked(t.sent, err)
	}
	x.asked()
	if c.in.w = t.got; t.got > 0 {
		x.first()
		return nil
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return x.late()
	}
	return x.unanswered(x.cause(err))
}

// unasked is for a message of which not all was written: it was late, or the
// socket took a part.
func (x *exchange) unasked(sent int, err error) error {
	if err == nil || sent == 0 && errors.Is(err, os.ErrDeadlineExceeded) {
		x.watch()
		return x.writeRest(sent)
	}
	return x.unsent(sent, err)
}
