package dnsserver

import (
	"encoding/binary"
	"net/netip"
	"syscall"

	"golang.org/x/sys/unix"
)

// sharedSockets is the number of sockets to open for one address.
func sharedSockets(wanted int) int { return wanted }

// udpControl sets the options of a UDP socket: a port shared with its sisters,
// a deep queue, no path MTU discovery and so no fragments by forged ICMP
// (RFC 9715), and on a wildcard address the destination of each packet, so that
// a reply leaves from there (RFC 2181 §4).
func udpControl(addr netip.Addr, queue int) func(string, string, syscall.RawConn) error {
	return func(_, _ string, c syscall.RawConn) error {
		var err error
		if e := c.Control(func(fd uintptr) { err = setUDP(int(fd), addr, queue) }); e != nil {
			return e
		}
		return err
	}
}

func setUDP(fd int, addr netip.Addr, queue int) error {
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEPORT, 1); err != nil {
		return err
	}
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, queue) != nil {
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, queue) // the system grants what it will
	}
	level, discover, info := unix.IPPROTO_IP, unix.IP_MTU_DISCOVER, unix.IP_PKTINFO
	if addr.Is6() {
		level, discover, info = unix.IPPROTO_IPV6, unix.IPV6_MTU_DISCOVER, unix.IPV6_RECVPKTINFO
	}
	if err := unix.SetsockoptInt(fd, level, discover, unix.IP_PMTUDISC_OMIT); err != nil {
		return err
	}
	if !addr.IsUnspecified() {
		return nil
	}
	return unix.SetsockoptInt(fd, level, info, 1)
}

// replyControl turns the control message of a received packet, in place, into
// the one that sends the reply from the address the packet went to. The result
// is empty where there is none.
func replyControl(control []byte) []byte {
	if len(control) < unix.SizeofCmsghdr {
		return nil
	}
	level := int32(binary.NativeEndian.Uint32(control[unix.SizeofCmsghdr-8:]))
	kind := int32(binary.NativeEndian.Uint32(control[unix.SizeofCmsghdr-4:]))
	data := control[unix.CmsgLen(0):]
	switch {
	case level == unix.IPPROTO_IP && kind == unix.IP_PKTINFO && len(data) >= unix.SizeofInet4Pktinfo:
		clear(data[:4]) // the interface: left to routing
		return control[:min(unix.CmsgSpace(unix.SizeofInet4Pktinfo), len(control))]
	case level == unix.IPPROTO_IPV6 && kind == unix.IPV6_PKTINFO && len(data) >= unix.SizeofInet6Pktinfo:
		if data[0] != 0xfe || data[1]&0xc0 != 0x80 { // link-local addresses need theirs
			clear(data[16:20])
		}
		return control[:min(unix.CmsgSpace(unix.SizeofInet6Pktinfo), len(control))]
	}
	return nil
}
