package h1

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
	"time"
)

const (
	bodyBuffer = 32 << 10
	chunkHead  = 10                    // room before a chunk for its size: "7fffffff\r\n"
	sendGrace  = 50 * time.Millisecond // that a sender gets to end after the answer has
)

// sender writes the body of a request while the answer is awaited. The head goes
// with the first octets, or alone where these are late.
type sender struct {
	x    *exchange
	m    *message
	done chan struct{}

	mu   sync.Mutex // held while the head alone is written
	head []byte     // nil: written, or about to be by run
	err  error
}

// send starts a sender. head: none of the message was written yet.
func (x *exchange) send(head bool) {
	s := &sender{x: x, m: x.m, done: make(chan struct{})}
	x.m.handed = true
	if head {
		s.head = x.m.out.b
	}
	x.sender = s
	x.t.pool.sending(1)
	go s.run()
}

func (s *sender) run() {
	x := s.x
	defer x.t.pool.sending(-1)
	defer close(s.done)
	err := s.copy()
	if closing := s.m.body.Close(); err == nil && closing != nil {
		err = &BodyError{Err: closing}
	}
	s.settle(err)
	var body *BodyError
	if errors.As(err, &body) {
		x.c.abort() // what was sent must not look complete
	}
	x.wrote(time.Now(), err)
}

// settle notes how it ended. The head is not needed any more.
func (s *sender) settle(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.err = err
	}
	s.head = nil
	s.x.t.buffers.put(s.m.out)
}

// copy writes the body, framed.
func (s *sender) copy() error {
	b := s.x.t.bodies.get()
	defer s.x.t.bodies.put(b)
	if s.m.length < 0 {
		return s.chunked(b.b)
	}
	for left := s.m.length; left > 0; {
		n, err := s.m.body.Read(b.b[:min(left, int64(len(b.b)))])
		left -= int64(n)
		if n > 0 {
			if failed := s.write(b.b[:n]); failed != nil {
				return failed
			}
		}
		switch {
		case errors.Is(err, io.EOF) && left > 0:
			return &BodyError{Err: fmt.Errorf("content length %d, %d octets are missing: %w", s.m.length, left, io.ErrUnexpectedEOF)}
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return &BodyError{Err: err}
		}
	}
	if err := atEnd(s.m.body); err != nil {
		return &BodyError{Err: fmt.Errorf("content length %d: %w", s.m.length, err)}
	}
	return nil
}

// chunked writes what each Read returns as one chunk, and the trailers.
func (s *sender) chunked(b []byte) error {
	for {
		n, err := s.m.body.Read(b[chunkHead : len(b)-2])
		if n > 0 {
			if failed := s.write(chunk(b, n)); failed != nil {
				return failed
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return s.last()
		case err != nil:
			return &BodyError{Err: err}
		}
	}
}

// chunk frames the n octets that stand in b behind chunkHead.
func chunk(b []byte, n int) []byte {
	var size [chunkHead]byte
	head := append(strconv.AppendInt(size[:0], int64(n), 16), "\r\n"...)
	start := chunkHead - len(head)
	copy(b[start:], head)
	copy(b[chunkHead+n:], "\r\n")
	return b[start : chunkHead+n+2]
}

// last writes the end of a chunked body. Who reads the body fills in the
// trailers before its end.
func (s *sender) last() error {
	b := []byte("0\r\n")
	var err error
	for _, name := range trailerNames(s.m.trailer) {
		if b, err = appendLines(b, name, s.m.trailer[name]); err != nil {
			return &BodyError{Err: err}
		}
	}
	return s.write(append(b, "\r\n"...))
}

// write sends octets of the body, behind the head. It may wait for the backend
// to read: nobody else waits for it.
func (s *sender) write(p []byte) error {
	head := s.take()
	if head == nil {
		return s.put(p)
	}
	if len(head)+len(p) <= cap(head) {
		return s.put(append(head, p...))
	}
	both := net.Buffers{head, p}
	if _, err := both.WriteTo(s.x.c.nc); err != nil {
		return fmt.Errorf("sending the request: %w", err)
	}
	return nil
}

// take returns the head where it was not sent. It waits while flush sends it.
func (s *sender) take() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	head := s.head
	s.head = nil
	return head
}

// flush sends the head where it still waits for the body.
func (s *sender) flush() {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.head == nil {
		return
	}
	s.err = s.put(s.head)
	s.head = nil
}

// put writes.
func (s *sender) put(p []byte) error {
	if _, err := s.x.c.nc.Write(p); err != nil {
		return fmt.Errorf("sending the request: %w", err)
	}
	return nil
}

// failure returns what the sender has failed with.
func (s *sender) failure() error {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// ended reports whether all of the body was sent. A sender that is about to end
// is waited for.
func (s *sender) ended() bool {
	if s == nil {
		return true
	}
	select {
	case <-s.done:
		return s.failure() == nil
	default:
	}
	timer := time.NewTimer(sendGrace)
	defer timer.Stop()
	select {
	case <-s.done:
		return s.failure() == nil
	case <-timer.C:
		return false
	}
}
