package simnet

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"time"
)

// Limits of a host.
const (
	firstPort  = 20000
	backlog    = 128
	maxHeld    = 4096 // packets kept while frozen
	tcpTimeout = 30 * time.Second
)

// Traffic counts what a host has sent.
type Traffic struct{ Packets, PacketBytes, Dials, StreamBytes int }

// Host is a machine with one IP address. It implements what a node takes for
// its network.
type Host struct {
	net *Network
	ip  string

	mu        sync.Mutex
	port      int
	packets   map[int]*packetConn
	listeners map[int]*listener
	conns     map[*conn]bool
	held      []func()
	frozen    bool
	sent      Traffic
}

func newHost(n *Network, ip string) *Host {
	return &Host{
		net: n, ip: ip, port: firstPort,
		packets: map[int]*packetConn{}, listeners: map[int]*listener{}, conns: map[*conn]bool{},
	}
}

// IP returns the host's address.
func (h *Host) IP() string { return h.ip }

// Sent returns what the host has sent so far.
func (h *Host) Sent() Traffic {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.sent
}

// Freeze stops the host's traffic, both ways. What it sends and what it is sent
// meanwhile passes at Thaw, as when a process is stopped and goes on; its
// goroutines run on, which a process's would not.
func (h *Host) Freeze() {
	h.net.mu.Lock()
	h.net.freeze[h] = true
	h.net.mu.Unlock()
	h.mu.Lock()
	h.frozen = true
	h.mu.Unlock()
}

// Thaw ends a Freeze.
func (h *Host) Thaw() {
	h.net.mu.Lock()
	delete(h.net.freeze, h)
	h.net.mu.Unlock()
	h.mu.Lock()
	held := h.held
	h.held, h.frozen = nil, false
	h.mu.Unlock()
	for _, f := range held {
		f()
	}
}

// Kill closes all sockets, as the kernel does when a process dies.
func (h *Host) Kill() {
	h.mu.Lock()
	var all []func() error
	for _, p := range h.packets {
		all = append(all, p.Close)
	}
	for _, l := range h.listeners {
		all = append(all, l.Close)
	}
	for c := range h.conns {
		all = append(all, c.Close)
	}
	h.mu.Unlock()
	for _, f := range all {
		f() //nolint:errcheck // closing a socket in memory cannot fail
	}
}

// pass does f now, or at Thaw.
func (h *Host) pass(f func()) {
	h.mu.Lock()
	if h.frozen {
		if len(h.held) < maxHeld {
			h.held = append(h.held, f)
		}
		h.mu.Unlock()
		return
	}
	h.mu.Unlock()
	f()
}

// bind picks the port of a listen address; h.mu is held.
func (h *Host) bind(network, addr string, taken func(int) bool) (int, error) {
	_, text, err := net.SplitHostPort(addr)
	port := 0
	if err == nil {
		port, err = net.LookupPort(network, text)
	}
	if err != nil {
		return 0, &net.OpError{Op: "listen", Net: network, Err: err}
	}
	if port == 0 {
		h.port++
		port = h.port
	}
	if taken(port) {
		return 0, &net.OpError{Op: "listen", Net: network, Err: fmt.Errorf("%s:%d: %w", h.ip, port, syscall.EADDRINUSE)}
	}
	return port, nil
}

// ListenPacket binds a port for packets; the host part of addr is ignored.
func (h *Host) ListenPacket(addr string) (net.PacketConn, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	port, err := h.bind("udp", addr, func(p int) bool { return h.packets[p] != nil })
	if err != nil {
		return nil, err
	}
	p := newPacketConn(h, port)
	h.packets[port] = p
	return p, nil
}

// Listen binds a port for streams; the host part of addr is ignored.
func (h *Host) Listen(addr string) (net.Listener, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	port, err := h.bind("tcp", addr, func(p int) bool { return h.listeners[p] != nil })
	if err != nil {
		return nil, err
	}
	l := newListener(h, port)
	h.listeners[port] = l
	return l, nil
}

// Dial opens a stream. It takes a round trip, and tries again while nothing
// passes.
func (h *Host) Dial(ctx context.Context, addr string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, tcpTimeout)
	defer cancel()
	h.count(func(t *Traffic) { t.Dials++ })
	at, err := netip.ParseAddrPort(addr)
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: err}
	}
	for again := retransmit; ; again = min(2*again, maxRetransmit) {
		c, wait, err := h.try(at)
		if c != nil || err != nil {
			return h.opened(ctx, c, wait, err, at)
		}
		if pause(ctx, again) != nil {
			return nil, h.refused(at, os.ErrDeadlineExceeded)
		}
	}
}

// try connects to a listener; neither a connection nor an error means that
// nothing passed. Either is known after the round trip.
func (h *Host) try(at netip.AddrPort) (c *conn, roundTrip time.Duration, err error) {
	peer := h.net.host(at.Addr().String())
	if peer == nil {
		return nil, 0, nil
	}
	out, there := h.net.segment(h, peer)
	back, here := h.net.segment(peer, h)
	if !there || !here {
		return nil, 0, nil
	}
	peer.mu.Lock()
	l := peer.listeners[int(at.Port())]
	peer.mu.Unlock()
	if l == nil {
		return nil, out + back, syscall.ECONNREFUSED
	}
	near, far := connect(h, peer, int(at.Port()))
	time.AfterFunc(out, func() { l.arrive(far) })
	return near, out + back, nil
}

func (h *Host) opened(ctx context.Context, c *conn, wait time.Duration, err error, at netip.AddrPort) (net.Conn, error) {
	if pause(ctx, wait) != nil {
		if c != nil {
			c.end()
		}
		return nil, h.refused(at, os.ErrDeadlineExceeded)
	}
	if err != nil {
		return nil, h.refused(at, err)
	}
	return c, nil
}

func (h *Host) refused(at netip.AddrPort, err error) error {
	return &net.OpError{Op: "dial", Net: "tcp", Addr: net.TCPAddrFromAddrPort(at), Err: err}
}

func (h *Host) count(f func(*Traffic)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f(&h.sent)
}

// pause waits for a while, or for ctx.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
