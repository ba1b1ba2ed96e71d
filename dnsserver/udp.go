package dnsserver

import (
	"errors"
	"net"
	"net/netip"
	"time"
)

const (
	maxUDPQuery  = 4096 // octets read of a query
	maxControl   = 128
	readBackoff  = 10 * time.Millisecond
	fewReadFails = 8
)

// serveUDP is the loop of one socket.
func (s *Server) serveUDP(conn *net.UDPConn, w *worker) {
	query, control := make([]byte, maxUDPQuery), make([]byte, maxControl)
	reply := make([]byte, 0, maxUDP)
	for fails := 0; ; {
		n, nc, _, from, err := conn.ReadMsgUDPAddrPort(query, control)
		switch {
		case err == nil:
			fails = 0
		case s.stopping(), errors.Is(err, net.ErrClosed):
			return
		default: // an ICMP error of an earlier reply, or a system out of memory
			if fails++; fails > fewReadFails {
				s.pause(readBackoff)
			}
			continue
		}
		source, lost, known := readControl(control[:nc])
		if known {
			w.counters.lost.Store(uint64(lost))
		}
		if from.Port() == 0 {
			w.counters.dropped[dropUnreadable].Add(1)
			continue
		}
		reply = w.respond(reply[:0], query[:n], Peer{clientAddr(from.Addr()), UDP}, time.Now())
		if len(reply) == 0 {
			continue
		}
		if _, _, err := conn.WriteMsgUDPAddrPort(reply, source, from); err != nil {
			w.counters.dropped[dropUnsent].Add(1)
		}
	}
}

// clientAddr is an address as everything behind the sockets knows it.
func clientAddr(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }
