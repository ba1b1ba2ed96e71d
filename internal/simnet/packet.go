package simnet

import (
	"net"
	"os"
	"slices"
	"sync"
	"time"
)

// socketBuffer is how many packets wait to be read; more are lost.
const socketBuffer = 512

// packetConn is a socket for packets.
type packetConn struct {
	host *Host
	at   *net.UDPAddr

	in   chan packet
	done chan struct{}
	once sync.Once
	read *deadline
}

type packet struct {
	data []byte
	from *net.UDPAddr
}

func newPacketConn(h *Host, port int) *packetConn {
	return &packetConn{
		host: h, at: &net.UDPAddr{IP: net.ParseIP(h.ip), Port: port},
		in: make(chan packet, socketBuffer), done: make(chan struct{}), read: newDeadline(),
	}
}

func (p *packetConn) ReadFrom(b []byte) (int, net.Addr, error) {
	select {
	case <-p.done:
		return 0, nil, p.failed("read", net.ErrClosed)
	default:
	}
	select {
	case in := <-p.in:
		return copy(b, in.data), in.from, nil
	case <-p.done:
		return 0, nil, p.failed("read", net.ErrClosed)
	case <-p.read.wait():
		return 0, nil, p.failed("read", os.ErrDeadlineExceeded)
	}
}

// WriteTo sends a packet. That it gets lost is no error.
func (p *packetConn) WriteTo(b []byte, to net.Addr) (int, error) {
	select {
	case <-p.done:
		return 0, p.failed("write", net.ErrClosed)
	default:
	}
	addr, ok := to.(*net.UDPAddr)
	if !ok {
		return 0, p.failed("write", net.InvalidAddrError("want a UDP address"))
	}
	p.host.count(func(t *Traffic) { t.Packets++; t.PacketBytes += len(b) })
	in := packet{data: slices.Clone(b), from: p.at}
	p.host.pass(func() { p.send(in, addr) })
	return len(b), nil
}

func (p *packetConn) send(in packet, to *net.UDPAddr) {
	ip := to.IP.String()
	for _, after := range p.host.net.packet(p.host.ip, ip, in.data) {
		time.AfterFunc(after, func() { p.host.net.deliver(ip, to.Port, in) })
	}
}

// deliver puts a packet into the socket it is for, if there is one.
func (n *Network) deliver(ip string, port int, in packet) {
	h := n.host(ip)
	if h == nil {
		return
	}
	h.pass(func() {
		h.mu.Lock()
		p := h.packets[port]
		h.mu.Unlock()
		if p == nil {
			return
		}
		select {
		case p.in <- in:
		default:
		}
	})
}

func (p *packetConn) Close() error {
	p.once.Do(func() {
		close(p.done)
		p.read.stop()
		p.host.mu.Lock()
		delete(p.host.packets, p.at.Port)
		p.host.mu.Unlock()
	})
	return nil
}

func (p *packetConn) LocalAddr() net.Addr { return p.at }

func (p *packetConn) SetDeadline(t time.Time) error { return p.SetReadDeadline(t) }

func (p *packetConn) SetReadDeadline(t time.Time) error {
	p.read.set(t)
	return nil
}

// SetWriteDeadline does nothing: a write never waits.
func (p *packetConn) SetWriteDeadline(time.Time) error { return nil }

func (p *packetConn) failed(op string, err error) error {
	return &net.OpError{Op: op, Net: "udp", Source: p.at, Err: err}
}
