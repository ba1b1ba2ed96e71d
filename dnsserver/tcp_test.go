package dnsserver

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"meridian/internal/dnstest"
)

// dial opens a connection to a server for the length of a test.
func dial(t *testing.T, s *Server) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", s.Addrs()[0].String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(dnstest.Patience)); err != nil {
		t.Fatal(err)
	}
	return conn
}

func mustQuery(t testing.TB, line string) []byte {
	t.Helper()
	query, err := dnstest.Query(line)
	if err != nil {
		t.Fatal(err)
	}
	return query
}

// closed reports whether the server has closed a connection.
func closed(conn net.Conn) bool {
	_, err := io.ReadAll(conn)
	var timeout net.Error
	return err == nil || !errors.As(err, &timeout) || !timeout.Timeout()
}

// TestPipelining sends 100 queries before reading a reply (RFC 7766 §6.2.1.1).
func TestPipelining(t *testing.T) {
	s := startServer(t, testOptions(), newWorld(t).view)
	conn := dial(t, s)
	var stream []byte
	for id := range 100 {
		query := mustQuery(t, "TXT big.gtm.test.")
		binary.BigEndian.PutUint16(query, uint16(id))
		stream = append(stream, dnstest.Framed(query)...)
	}
	if _, err := conn.Write(stream); err != nil {
		t.Fatal(err)
	}
	seen := map[uint16]bool{}
	for range 100 {
		reply, err := dnstest.ReadFramed(conn)
		if err != nil {
			t.Fatal(err)
		}
		seen[binary.BigEndian.Uint16(reply)] = true
	}
	if len(seen) != 100 {
		t.Errorf("got replies to %d queries, want 100", len(seen))
	}
}

// TestSplitLength sends a query octet by octet (RFC 7766 §8).
func TestSplitLength(t *testing.T) {
	s := startServer(t, testOptions(), newWorld(t).view)
	conn := dial(t, s)
	for _, c := range dnstest.Framed(mustQuery(t, "A single.gtm.test.")) {
		if _, err := conn.Write([]byte{c}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := dnstest.ReadFramed(conn); err != nil {
		t.Error(err)
	}
}

// TestLargeQuery sends a query larger than the read buffer: well-formed, so
// answered (RFC 8906 §3.1).
func TestLargeQuery(t *testing.T) {
	s := startServer(t, testOptions(), newWorld(t).view)
	query := mustQuery(t, "A single.gtm.test. +noedns")
	query[11] = 1
	query = append(query, 0, 0, 41, 4, 0xd0, 0, 0, 0, 0, 0x50, 0x04, 0, 12, 0x50, 0)
	query = append(query, make([]byte, 0x5000)...)
	reply, err := dnstest.TCP(s.Addrs()[0], query, dnstest.Patience)
	if err != nil {
		t.Fatal(err)
	}
	if reply[3]&15 != 0 {
		t.Errorf("got %x, want NOERROR", reply)
	}
}

// TestSlowloris holds a connection open without ever finishing a query.
func TestSlowloris(t *testing.T) {
	o := testOptions()
	o.Limits.IdleTimeout = 150 * time.Millisecond
	s := startServer(t, o, newWorld(t).view)
	for _, start := range []string{"", "\xff", "\xff\xff", "\x00\x20abc"} {
		conn := dial(t, s)
		if _, err := conn.Write([]byte(start)); err != nil {
			t.Fatal(err)
		}
		if !closed(conn) {
			t.Errorf("after %q: the connection is still open", start)
		}
	}
	if got := s.counters[len(s.counters)-1].closed[closeIdle].Load(); got != 4 {
		t.Errorf("got %d connections closed as idle, want 4", got)
	}
}

// TestQueryCap ends a connection after its share of queries, all answered.
func TestQueryCap(t *testing.T) {
	o := testOptions()
	o.Limits.Queries = 3
	s := startServer(t, o, newWorld(t).view)
	conn := dial(t, s)
	query := dnstest.Framed(mustQuery(t, "A single.gtm.test."))
	for range 3 {
		if _, err := conn.Write(query); err != nil {
			t.Fatal(err)
		}
		if _, err := dnstest.ReadFramed(conn); err != nil {
			t.Fatal(err)
		}
	}
	if !closed(conn) {
		t.Error("the connection is still open")
	}
}

// TestUnreadReplies closes a connection whose client does not read.
func TestUnreadReplies(t *testing.T) {
	o := testOptions()
	o.Limits.WriteTimeout = 100 * time.Millisecond
	o.Limits.Queries = 1 << 20
	s := startServer(t, o, newWorld(t).view)
	conn := dial(t, s)
	query := dnstest.Framed(mustQuery(t, "TXT big.gtm.test."))
	for {
		if _, err := conn.Write(query); err != nil {
			break
		}
	}
	if got := s.counters[len(s.counters)-1].closed[closeUnread].Load(); got != 1 {
		t.Errorf("got %d connections closed as unread, want 1", got)
	}
}

// TestEviction opens more connections than there is room for: the one silent
// longest goes, the others are served.
func TestEviction(t *testing.T) {
	for _, c := range []struct {
		name   string
		limits Limits
	}{
		{"in all", Limits{Connections: 3}},
		{"of one source", Limits{PerSource: 3}},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := testOptions()
			o.Limits = c.limits
			s := startServer(t, o, newWorld(t).view)
			query := dnstest.Framed(mustQuery(t, "A single.gtm.test."))
			var conns []net.Conn
			for range 4 {
				conn := dial(t, s)
				conns = append(conns, conn)
				ping(t, conn, query)
			}
			if !closed(conns[0]) {
				t.Error("the oldest connection is still open")
			}
			for _, conn := range conns[1:] {
				ping(t, conn, query)
			}
			if got := s.conns.len(); got != 3 {
				t.Errorf("got %d connections, want 3", got)
			}
		})
	}
}

func ping(t *testing.T, conn net.Conn, query []byte) {
	t.Helper()
	if _, err := conn.Write(query); err != nil {
		t.Fatal(err)
	}
	if _, err := dnstest.ReadFramed(conn); err != nil {
		t.Fatal(err)
	}
}

// TestHalfClose answers a client that closes its sending side at once.
func TestHalfClose(t *testing.T) {
	s := startServer(t, testOptions(), newWorld(t).view)
	conn := dial(t, s)
	if _, err := conn.Write(dnstest.Framed(mustQuery(t, "A single.gtm.test."))); err != nil {
		t.Fatal(err)
	}
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if _, err := dnstest.ReadFramed(conn); err != nil {
		t.Error(err)
	}
}

// TestShutdown ends idle connections at once and forgets everything.
func TestShutdown(t *testing.T) {
	s, err := New(testOptions())
	if err != nil {
		t.Fatal(err)
	}
	s.Publish(newWorld(t).view)
	s.Start()
	conn := dial(t, s)
	ping(t, conn, dnstest.Framed(mustQuery(t, "A single.gtm.test.")))
	ctx, cancel := context.WithTimeout(context.Background(), dnstest.Patience)
	defer cancel()
	if err := s.Shutdown(ctx); err != nil {
		t.Errorf("got %v", err)
	}
	if !closed(conn) {
		t.Error("the connection is still open")
	}
	if err := s.Shutdown(ctx); err != nil {
		t.Errorf("a second time: got %v", err)
	}
	if _, err := net.Dial("tcp", s.Addrs()[0].String()); err == nil {
		t.Error("the port is still open")
	}
}

// TestShutdownUnstarted closes a server that never served.
func TestShutdownUnstarted(t *testing.T) {
	s, err := New(testOptions())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Shutdown(t.Context()); err != nil {
		t.Errorf("got %v", err)
	}
}
