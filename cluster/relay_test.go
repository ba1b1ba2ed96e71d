package cluster

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// accept takes one relay connection.
func accept(t *testing.T, s *streams) chan net.Conn {
	t.Helper()
	out := make(chan net.Conn, 1)
	go func() {
		defer close(out)
		if c, err := s.relays().Accept(); err == nil {
			out <- c
		}
	}()
	synctest.Wait()
	return out
}

func peerOf(t *testing.T, c net.Conn) NodeID {
	t.Helper()
	p, ok := c.(interface{ Peer() NodeID })
	if !ok {
		t.Fatalf("%T does not say who the peer is", c)
	}
	return p.Peer()
}

// TestRelay: both ends know each other, bytes pass both ways, the end of one
// way leaves the other open, and the streams' end leaves the connection open.
func TestRelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newStreamNet()
		server, s := n.launch(t, 1, nil), n.launch(t, 2, nil)
		accepted := accept(t, server)
		near, err := s.dialRelay(within(t, time.Second), testIdentity(t, 1).ID())
		if err != nil {
			t.Fatal(err)
		}
		far := <-accepted
		if got, want := peerOf(t, near), testIdentity(t, 1).ID(); got != want {
			t.Errorf("who was dialled: got %s, want %s", got, want)
		}
		if got, want := peerOf(t, far), testIdentity(t, 2).ID(); got != want {
			t.Errorf("who has dialled: got %s, want %s", got, want)
		}
		if got := server.relay.inside.count(); got != 1 {
			t.Errorf("open relays: got %d, want 1", got)
		}
		for _, end := range []*streams{server, s} {
			if err := end.shutdown(t.Context()); err != nil {
				t.Error(err)
			}
		}
		time.Sleep(10 * time.Minute) // longer than any time of the handshake
		_, _ = io.WriteString(near, "ping")
		if err := near.(*relayConn).CloseWrite(); err != nil {
			t.Errorf("ending one way: %v", err)
		}
		if got, err := io.ReadAll(far); string(got) != "ping" || err != nil {
			t.Errorf("got %q, %v, want ping", got, err)
		}
		_, _ = io.WriteString(far, "pong")
		far.Close()
		far.Close()
		if got, err := io.ReadAll(near); string(got) != "pong" || err != nil {
			t.Errorf("got %q, %v, want pong", got, err)
		}
		near.Close()
		if got := server.relay.inside.count(); got != 0 {
			t.Errorf("open relays: got %d, want none", got)
		}
	})
}

// TestRelayRefused: who has nobody to accept, or too many connections of a
// node, says so before a byte of the request is sent.
func TestRelayRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newStreamNet()
		server, s := n.start(t, 1, nil), n.start(t, 2, nil)
		to := testIdentity(t, 1).ID()
		refused := func(why, reason string, count float64) {
			t.Helper()
			if _, err := s.dialRelay(within(t, time.Minute), to); !errors.Is(err, ErrRelayRefused) {
				t.Errorf("%s: got %v, want %v", why, err, ErrRelayRefused)
			}
			expectCount(t, server, reason, count)
		}
		refused("nobody accepts", "unserved", 1)
		accepted := accept(t, server)
		server.relay.inside.each = 1
		c, err := s.dialRelay(within(t, time.Second), to)
		if err != nil {
			t.Fatal(err)
		}
		far := <-accepted
		refused("one too many", "busy", 1)
		far.Close()
		c.Close()

		// Accept was called, and is not any more: the connection is cut when it
		// has waited long enough.
		start := time.Now()
		if c, err = s.dialRelay(within(t, time.Minute), to); err != nil {
			t.Fatal(err)
		}
		_, _ = io.ReadAll(c)
		c.Close()
		if got := time.Since(start); got < relayWait || got > relayWait+time.Second {
			t.Errorf("an unaccepted connection: cut after %v, want %v", got, relayWait)
		}
		_ = server.relays().Close()
		refused("closed", "unserved", 3)
		if _, err := server.relays().Accept(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("accepting after Close: got %v, want %v", err, net.ErrClosed)
		}
		if got := server.relay.inside.count(); got != 0 {
			t.Errorf("open relays: got %d, want none", got)
		}
	})
}

// TestRelayCarriesHTTP: a server on the listener and a transport over DialRelay
// understand each other, and handlers see who asks.
func TestRelayCarriesHTTP(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newStreamNet()
		server, s := n.start(t, 1, nil), n.start(t, 2, nil)
		to, me := testIdentity(t, 1).ID(), testIdentity(t, 2).ID()
		type peerKey struct{}
		web := &http.Server{
			ConnContext: func(ctx context.Context, c net.Conn) context.Context {
				return context.WithValue(ctx, peerKey{}, c.(interface{ Peer() NodeID }).Peer())
			},
			Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				peer, _ := r.Context().Value(peerKey{}).(NodeID)
				_, _ = io.WriteString(w, string(peer)+" "+string(body))
			}),
		}
		served := make(chan error, 1)
		go func() { served <- web.Serve(server.relays()) }()
		synctest.Wait()
		transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return s.dialRelay(ctx, to) }}
		for range 3 {
			response, err := (&http.Client{Transport: transport}).Post("http://peer/", "text/plain", strings.NewReader("hello"))
			if err != nil {
				t.Fatal(err)
			}
			got, _ := io.ReadAll(response.Body)
			response.Body.Close()
			if string(got) != string(me)+" hello" {
				t.Errorf("got %q, want the caller and hello", got)
			}
		}
		transport.CloseIdleConnections()
		if err := web.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("serving: got %v", err)
		}
	})
}
