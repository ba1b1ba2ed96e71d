package cluster

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"
)

// handshakeTimeout is for dialling and for proving who one is.
const handshakeTimeout = 5 * time.Second

// How many connections may be at their handshake.
const (
	maxStrangersEach = 1024 // of one address
	maxStrangers     = 2048
)

// streams are the connections between nodes: calls and relays.
type streams struct {
	o        Options
	proof    proof
	listener net.Listener
	stranger *gate[string]
	calls    *callServer
	relay    *relays
	pool     *pool
	metrics  *streamMetrics
	refusals sparing

	running    sync.WaitGroup
	stopAccept context.CancelFunc // no more connections, handshakes, requests
	stopWork   context.CancelFunc // no more handlers
}

// newStreams binds. The options are complete.
func newStreams(o Options) (*streams, error) {
	p, err := newTLSProof(o.Identity, o.Trusted)
	if err != nil {
		return nil, err
	}
	return newProvedStreams(o, p)
}

func newProvedStreams(o Options, p proof) (*streams, error) {
	listener, err := o.Network.Listen(o.Streams)
	if err != nil {
		return nil, fmt.Errorf("listening for peer streams on %q: %w", o.Streams, err)
	}
	s := &streams{
		o: o, proof: p, listener: listener, stranger: newGate[string](maxStrangersEach, maxStrangers), relay: newRelays(listener.Addr()),
		stopAccept: func() {}, stopWork: func() {},
	}
	s.metrics = newStreamMetrics(s.relay.inside.count)
	if err := s.metrics.register(o.Registerer); err != nil {
		listener.Close()
		return nil, fmt.Errorf("registering metrics of peer streams: %w", err)
	}
	s.calls = newCallServer(o.Handlers, o.Logger, s.metrics)
	s.pool = newPool(func(ctx context.Context, to NodeID) (net.Conn, error) { return s.dial(ctx, to, callProtocol) })
	return s, nil
}

// addr is where streams are bound.
func (s *streams) addr() string { return s.listener.Addr().String() }

// relays accepts relay connections.
func (s *streams) relays() net.Listener { return s.relay }

// start serves until shutdown.
func (s *streams) start() {
	accepting, stopAccept := context.WithCancel(context.Background())
	working, stopWork := context.WithCancel(context.Background())
	s.stopAccept, s.stopWork = stopAccept, stopWork
	s.running.Go(func() { s.accept(accepting, working) })
}

// shutdown takes no more connections and calls, waits for the handlers that
// run until ctx ends, then cancels them. Relay connections belong to who
// accepted or dialled them, and stay.
func (s *streams) shutdown(ctx context.Context) error {
	s.stopAccept()
	err := s.listener.Close()
	if errors.Is(err, net.ErrClosed) {
		err = nil
	}
	_ = s.relay.Close() // never fails
	s.pool.close()
	done := make(chan struct{})
	go func() { s.running.Wait(); close(done) }()
	select {
	case <-done:
	case <-ctx.Done():
		err = errors.Join(err, fmt.Errorf("waiting for calls of other nodes: %w", ctx.Err()))
	}
	s.stopWork()
	<-done
	return err
}

// streamPause is how long to wait after accepting failed, as it does where a
// limit of the system is reached.
const streamPause = 50 * time.Millisecond

func (s *streams) accept(accepting, working context.Context) {
	for {
		conn, err := s.listener.Accept()
		if err == nil {
			s.running.Go(func() { s.serve(accepting, working, conn) })
			continue
		}
		if accepting.Err() != nil || errors.Is(err, net.ErrClosed) {
			return
		}
		if skipped, ok := s.refusals.allow(); ok {
			s.o.Logger.Warn("accepting peer streams failed", "error", err, "lines_skipped", skipped)
		}
		select {
		case <-time.After(streamPause):
		case <-accepting.Done():
			return
		}
	}
}

// serve finds out who has connected and hands the connection on.
func (s *streams) serve(accepting, working context.Context, raw net.Conn) {
	conn, from, protocol, err := s.admit(accepting, raw)
	if err != nil {
		raw.Close()
		if accepting.Err() == nil {
			s.refuse(raw, err)
		}
		return
	}
	if protocol == relayProtocol {
		s.metrics.offered(s.relay.offer(accepting, conn, from))
		return
	}
	s.calls.serve(accepting, working, conn, from)
}

var errCrowded = errors.New("too many connections at their handshake")

func (s *streams) admit(ctx context.Context, raw net.Conn) (conn net.Conn, from NodeID, protocol string, err error) {
	host, _, err := net.SplitHostPort(raw.RemoteAddr().String())
	if err != nil {
		host = "" // an address of another form: all of those are one
	}
	if !s.stranger.enter(host) {
		return nil, "", "", errCrowded
	}
	defer s.stranger.leave(host)
	ctx, cancel := context.WithTimeout(ctx, handshakeTimeout)
	defer cancel()
	return s.proof.server(ctx, raw)
}

func (s *streams) refuse(raw net.Conn, err error) {
	reason := "handshake"
	switch {
	case errors.Is(err, errCrowded):
		reason = "crowded"
	case errors.Is(err, ErrUntrusted):
		reason = "untrusted"
	}
	s.metrics.refuse(reason)
	if skipped, ok := s.refusals.allow(); ok {
		s.o.Logger.LogAttrs(context.Background(), slog.LevelWarn, "peer stream refused",
			slog.String("address", raw.RemoteAddr().String()), slog.String("reason", reason), slog.Any("error", err), slog.Int("lines_skipped", skipped))
	}
}

// dial opens a connection to a node and proves that it is the one.
func (s *streams) dial(ctx context.Context, to NodeID, protocol string) (net.Conn, error) {
	at, err := s.addressOf(to)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, handshakeTimeout)
	defer cancel()
	raw, err := s.o.Network.Dial(ctx, at)
	if err != nil {
		return nil, fmt.Errorf("connecting to node %s: %w", to, err)
	}
	conn, err := s.proof.client(ctx, raw, to, protocol)
	if err != nil {
		raw.Close()
		return nil, fmt.Errorf("connecting to node %s at %s: %w", to, at, err)
	}
	s.metrics.dialled.WithLabelValues(protocol).Inc()
	return conn, nil
}

func (s *streams) addressOf(to NodeID) (string, error) {
	for _, p := range s.o.Roster() {
		if p.ID == to && p.Streams != "" {
			return p.Streams, nil
		}
	}
	return "", fmt.Errorf("node %s: %w", to, ErrUnknownPeer)
}
