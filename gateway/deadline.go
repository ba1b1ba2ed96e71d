package gateway

import (
	"errors"
	"net"
	"os"
	"sync"
	"time"
)

// readSide is who reads a client's socket, and until when. net/http sets a read
// deadline six times for each request, mostly one that is never waited for: the
// socket hears of it when a read needs it. An earlier one may stay there, as a
// read that meets it goes on.
//
// net/http also reads one octet while a request is served, to learn that the
// client has gone. Lent to an exchange, which learns that itself (attention),
// the socket is not read for it.
type readSide struct {
	socket net.Conn
	mu     sync.Mutex
	want   time.Time // the deadline asked for; zero: none
	have   time.Time // the socket's
	early  bool      // have is not the deadline of the read under way
	spared time.Time // the last deadline after which is read, until have, what had come before it
	reads  bool      // one is under way
	lent   bool      // to an exchange
	over   bool      // the exchange's read is to end
	kept   bool      // ahead has come
	ahead  [1]byte
}

// set is net.Conn's SetReadDeadline.
func (s *readSide) set(t time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.want = t
	if !s.reads || s.early && !s.shortens(t) {
		return nil
	}
	return s.apply()
}

// shortens reports whether the socket's deadline is too late for t. Callers hold
// mu.
func (s *readSide) shortens(t time.Time) bool {
	return !t.IsZero() && (s.have.IsZero() || t.Before(s.have))
}

// apply tells the socket. Callers hold mu.
func (s *readSide) apply() error {
	s.have, s.early = s.want, false
	return s.socket.SetReadDeadline(s.want)
}

// begin enters a read. lent: there is nothing to read for the caller.
func (s *readSide) begin() (lent bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lent {
		return true, nil
	}
	if s.reads = true; s.shortens(s.want) && !(s.want.Equal(s.spared) && time.Now().Before(s.have)) {
		return false, s.apply()
	}
	s.early = !s.have.Equal(s.want)
	return false, nil
}

// read reads. Whom a lent socket does not belong to gets nothing, and no error.
func (s *readSide) read(p []byte) (int, error) {
	lent, err := s.begin()
	if lent {
		return 0, nil
	}
	defer s.end()
	if err != nil || len(p) == 0 {
		return 0, err
	}
	if s.kept {
		s.kept = false
		return copy(p, s.ahead[:]), nil
	}
	for {
		n, err := s.socket.Read(p)
		if n > 0 || err == nil || !s.again(err) {
			return n, err
		}
	}
}

// atHand is how long what the kernel has may take to be read on a busy machine,
// a header in several pieces among it.
const atHand = 200 * time.Millisecond

func (s *readSide) end() {
	s.mu.Lock()
	s.reads = false
	s.mu.Unlock()
}

// again reports whether a read that failed goes on: because its deadline was
// not meant for it, or once for each deadline, to take what the client had sent
// in time. On a machine so busy that a deadline passes between two reads the
// client is not who is slow, and net/http takes the part of a line that it has
// for the whole.
func (s *readSide) again(err error) bool {
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.early {
		return s.apply() == nil
	}
	if s.want.Equal(s.spared) || !s.want.After(atOnce()) {
		return false
	}
	s.spared, s.early, s.have = s.want, true, time.Now().Add(atHand)
	return s.socket.SetReadDeadline(s.have) == nil
}

// atOnce is the deadline by which net/http, and interrupt, end a read under way.
func atOnce() time.Time { return time.Unix(1, 0) }

// lend gives the socket to an exchange without a body, unless somebody reads it.
func (s *readSide) lend() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lent, s.over = !s.reads, false
	return s.lent
}

// look waits until the client has gone, or sent something: that stays for the
// next read, and while it is there nobody looks further. It ends by interrupt
// too.
func (s *readSide) look() (gone bool) {
	if s.kept {
		return false
	}
	s.mu.Lock()
	if !s.over {
		s.have = time.Time{}
		_ = s.socket.SetReadDeadline(s.have) // a closed connection says so when it is read
	}
	s.mu.Unlock()
	n, _ := s.socket.Read(s.ahead[:])
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = n == 1
	return n == 0 && !s.over
}

// interrupt ends look.
func (s *readSide) interrupt() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over, s.have = true, atOnce()
	_ = s.socket.SetReadDeadline(s.have)
}

// giveBack ends a loan. Nobody is in look any more.
func (s *readSide) giveBack() {
	s.mu.Lock()
	s.lent = false
	s.mu.Unlock()
}
