package cluster

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/hashicorp/memberlist"
)

// Limits of the transport.
const (
	maxStreams     = 64       // streams let in at once
	maxFromOne     = 16       // of them from one address
	maxBytes       = 16 << 20 // of all streams together
	packetQueue    = 256
	bindAttempts   = 16
	streamPatience = 5 * time.Second // for a stream to say what it has to
	acceptPause    = 50 * time.Millisecond
)

// transport is memberlist's way to the network. Whatever comes in passes the
// guard first.
type transport struct {
	network   Network
	guard     *guard
	refused   func(path, from string, why error)
	sent      func(kind byte, body []byte) // a message in a packet of ours
	received  func(kind byte, body []byte) // in one of others
	advertise netip.AddrPort

	packets net.PacketConn
	streams net.Listener

	packetCh chan *memberlist.Packet
	streamCh chan net.Conn
	done     chan struct{}
	stop     sync.Once
	wg       sync.WaitGroup
	door     *door
}

// bindTransport binds one port for packets and streams.
func bindTransport(o Options, g *guard) (*transport, error) {
	t := &transport{
		network: o.Network, guard: g,
		packetCh: make(chan *memberlist.Packet, packetQueue), streamCh: make(chan net.Conn),
		done: make(chan struct{}), door: newDoor(),
	}
	if err := t.bind(o.Bind); err != nil {
		return nil, fmt.Errorf("binding gossip: %w", err)
	}
	bound, err := netip.ParseAddrPort(t.streams.Addr().String())
	if err == nil {
		t.advertise, err = advertised(o.Advertise, bound)
	}
	if err != nil {
		t.streams.Close()
		t.packets.Close()
		return nil, fmt.Errorf("choosing the gossip address to advertise: %w", err)
	}
	return t, nil
}

// bind looks for a port that both packets and streams can have.
func (t *transport) bind(at string) error {
	host, port, err := net.SplitHostPort(at)
	if err != nil {
		return err
	}
	for range bindAttempts {
		if t.streams, err = t.network.Listen(at); err != nil {
			return err
		}
		_, chosen, _ := net.SplitHostPort(t.streams.Addr().String())
		if t.packets, err = t.network.ListenPacket(net.JoinHostPort(host, chosen)); err == nil {
			return nil
		}
		t.streams.Close()
		if port != "0" {
			return err
		}
	}
	return err
}

// advertised is where others reach what is bound.
func advertised(configured string, bound netip.AddrPort) (netip.AddrPort, error) {
	if configured != "" {
		return netip.ParseAddrPort(configured)
	}
	ip := bound.Addr().Unmap()
	if ip.IsUnspecified() {
		own, err := interfaceAddress()
		if err != nil {
			return netip.AddrPort{}, err
		}
		ip = own
	}
	return netip.AddrPortFrom(ip, bound.Port()), nil
}

// interfaceAddress returns an address of this machine that others may reach.
func interfaceAddress() (netip.Addr, error) {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return netip.Addr{}, err
	}
	for _, a := range all {
		prefix, err := netip.ParsePrefix(a.String())
		if err == nil && prefix.Addr().IsGlobalUnicast() {
			return prefix.Addr().Unmap(), nil
		}
	}
	return netip.Addr{}, errors.New("no interface has an address that others reach: set advertise")
}

// serve takes in packets and streams until Shutdown.
func (t *transport) serve() {
	t.wg.Go(t.readPackets)
	t.wg.Go(t.accept)
}

func (t *transport) readPackets() {
	b := make([]byte, 64<<10)
	for {
		n, from, err := t.packets.ReadFrom(b)
		switch {
		case t.closed():
			return
		case err != nil:
			t.pause()
			continue
		}
		if err := t.guard.packet(b[:n], t.received); err != nil {
			t.refused("packet", from.String(), err)
			continue
		}
		p := &memberlist.Packet{Buf: append([]byte(nil), b[:n]...), From: from, Timestamp: time.Now()}
		select {
		case t.packetCh <- p:
		default:
			t.refused("packet", from.String(), refusedFlood)
		}
	}
}

// pause keeps an error that does not go away from using a processor up.
func (t *transport) pause() {
	timer := time.NewTimer(acceptPause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-t.done:
	}
}

func (t *transport) closed() bool {
	select {
	case <-t.done:
		return true
	default:
		return false
	}
}

func (t *transport) accept() {
	for {
		c, err := t.streams.Accept()
		switch {
		case t.closed():
			if err == nil {
				c.Close()
			}
			return
		case err != nil:
			t.pause()
			continue
		}
		g := t.door.enter(c)
		if g == nil {
			t.refused("stream", c.RemoteAddr().String(), refusedFlood)
			c.Close()
			continue
		}
		t.wg.Go(func() { t.admit(g) })
	}
}

// admit hears out a stream and hands it to memberlist.
func (t *transport) admit(g *guest) {
	err := g.SetDeadline(time.Now().Add(streamPatience))
	if err == nil {
		g.said, err = t.guard.readStream(g.Conn, true, g.grow)
	}
	if err != nil {
		t.refused("stream", g.RemoteAddr().String(), err)
		g.end()
		return
	}
	select {
	case t.streamCh <- g:
	case <-t.done:
		g.end()
	}
}

// FinalAdvertiseAddr is memberlist.Transport's.
func (t *transport) FinalAdvertiseAddr(string, int) (net.IP, int, error) {
	return t.advertise.Addr().AsSlice(), int(t.advertise.Port()), nil
}

// WriteTo is memberlist.Transport's. Errors pass as they are: memberlist looks
// into them to tell a failed peer from a failure of ours.
func (t *transport) WriteTo(b []byte, addr string) (time.Time, error) {
	at, err := netip.ParseAddrPort(addr)
	if err != nil {
		return time.Time{}, fmt.Errorf("writing packet: %w", err)
	}
	if err := t.guard.packet(b, t.sent); err != nil {
		t.refused("own packet", addr, err)
	}
	now := time.Now()
	_, err = t.packets.WriteTo(b, net.UDPAddrFromAddrPort(at))
	return now, err
}

// WriteToAddress is memberlist.NodeAwareTransport's.
func (t *transport) WriteToAddress(b []byte, a memberlist.Address) (time.Time, error) {
	return t.WriteTo(b, a.Addr)
}

// DialTimeout is memberlist.Transport's. The connection has a deadline from the
// start: memberlist writes messages without one.
func (t *transport) DialTimeout(addr string, timeout time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	d := &dialled{transport: t}
	if !t.door.setOut(d, cancel) {
		return nil, net.ErrClosed
	}
	c, err := t.network.Dial(ctx, addr)
	if err == nil {
		err = c.SetDeadline(time.Now().Add(max(timeout, streamPatience)))
	}
	d.Conn = c
	if !t.door.arrived(d, err == nil) && err == nil {
		err = net.ErrClosed
	}
	if err != nil {
		if c != nil {
			c.Close()
		}
		return nil, err
	}
	return d, nil
}

// DialAddressTimeout is memberlist.NodeAwareTransport's.
func (t *transport) DialAddressTimeout(a memberlist.Address, timeout time.Duration) (net.Conn, error) {
	return t.DialTimeout(a.Addr, timeout)
}

// PacketCh is memberlist.Transport's. It is never closed.
func (t *transport) PacketCh() <-chan *memberlist.Packet { return t.packetCh }

// StreamCh is memberlist.Transport's. It is never closed.
func (t *transport) StreamCh() <-chan net.Conn { return t.streamCh }

// Shutdown closes everything and waits for what reads.
func (t *transport) Shutdown() error {
	t.stop.Do(func() {
		close(t.done)
		t.packets.Close()
		t.streams.Close()
		t.door.shut()
	})
	t.wg.Wait()
	return nil
}
