package dnsserver

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"time"
)

const (
	tcpReadBuffer = 4096
	tcpReplyBatch = 16 << 10 // octets of replies collected before they are written
)

// accept is the loop of one listening socket.
func (s *Server) accept(l net.Listener) {
	var pause acceptPause
	for {
		conn, err := l.Accept()
		switch {
		case err == nil:
			s.admit(conn)
		case s.stopping(), errors.Is(err, net.ErrClosed):
			return
		default:
			s.unaccepted(err, &pause)
		}
	}
}

// admit serves a connection, making room for it if need be.
func (s *Server) admit(conn net.Conn) {
	remote, err := netip.ParseAddrPort(conn.RemoteAddr().String())
	if err != nil {
		_ = conn.Close()
		return
	}
	c := &connection{Conn: conn, addr: clientAddr(remote.Addr())}
	c.active(time.Now())
	s.conns.add(c)
	s.running.Go(func() {
		defer s.conns.remove(c)
		w := s.pool.Get().(*worker)
		defer s.pool.Put(w)
		reason := s.serve(c, w)
		if c.evicted.Load() {
			reason = closeEvicted
		}
		w.counters.closed[reason].Add(1)
		_ = c.Close()
	})
}

// serve answers the queries of a connection until it ends. Queries need not
// wait for replies (RFC 7766 §6.2.1.1); since no answer waits for anything, the
// first read is the first answered. Replies to queries that came together
// leave together.
func (s *Server) serve(c *connection, w *worker) closeReason {
	in := bufio.NewReaderSize(c, tcpReadBuffer)
	var query bytes.Buffer
	var replies []byte
	for range s.options.Limits.Queries {
		if err := s.readQuery(c, in, &query); err != nil {
			return s.whyUnread(err)
		}
		now := time.Now()
		c.active(now)
		replies = w.respondTCP(replies, query.Bytes(), c.addr, now)
		if wholeQuery(in) && len(replies) < tcpReplyBatch {
			continue
		}
		if err := s.writeReplies(c, replies, now); err != nil {
			return closeUnread
		}
		replies = replies[:0]
	}
	if err := s.writeReplies(c, replies, time.Now()); err != nil {
		return closeUnread
	}
	return closeQueries
}

// whyUnread tells why no further query came.
func (s *Server) whyUnread(err error) closeReason {
	switch {
	case s.stopping():
		return closeShutdown
	case errors.Is(err, os.ErrDeadlineExceeded):
		return closeIdle
	}
	return closeClient
}

// readQuery reads a message behind its two octets of length, however they are
// cut into packets. All of it must arrive in the idle time; memory grows with
// what arrives, not with what is announced.
func (s *Server) readQuery(c *connection, in *bufio.Reader, query *bytes.Buffer) error {
	query.Reset()
	if !wholeQuery(in) {
		if err := c.SetReadDeadline(time.Now().Add(s.options.Limits.IdleTimeout)); err != nil {
			return err
		}
		if s.stopping() { // after setting a deadline, so that the one of Shutdown is not lost
			return net.ErrClosed
		}
	}
	var length [2]byte
	if _, err := io.ReadFull(in, length[:]); err != nil {
		return err
	}
	_, err := io.CopyN(query, in, int64(binary.BigEndian.Uint16(length[:])))
	return err
}

// wholeQuery reports whether the next query has been read already.
func wholeQuery(in *bufio.Reader) bool {
	if in.Buffered() < 2 {
		return false
	}
	length, _ := in.Peek(2) // is there
	return in.Buffered()-2 >= int(binary.BigEndian.Uint16(length))
}

// respondTCP appends a reply behind its length.
func (w *worker) respondTCP(replies, query []byte, client netip.Addr, now time.Time) []byte {
	start := len(replies) + 2
	out := w.respond(append(replies, 0, 0), query, Peer{client, TCP}, now)
	if len(out) == start {
		return out[:start-2]
	}
	binary.BigEndian.PutUint16(out[start-2:], uint16(len(out)-start))
	return out
}

func (s *Server) writeReplies(c *connection, replies []byte, now time.Time) error {
	if len(replies) == 0 {
		return nil
	}
	if err := c.SetWriteDeadline(now.Add(s.options.Limits.WriteTimeout)); err != nil {
		return err
	}
	_, err := c.Write(replies)
	return err
}
