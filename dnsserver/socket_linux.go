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
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RXQ_OVFL, 1) // only a number in metrics depends on it
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

// readControl reads the control messages of a received packet. reply is the one
// that sends the reply from the address the packet went to, made in place;
// empty where there is none. lost is how many packets the socket has dropped
// for want of room, where the system says so.
func readControl(control []byte) (reply []byte, lost uint32, known bool) {
	for len(control) >= unix.SizeofCmsghdr {
		size := headerLen(control)
		if size < unix.CmsgLen(0) || size > len(control) {
			return reply, lost, known
		}
		level := int32(binary.NativeEndian.Uint32(control[unix.SizeofCmsghdr-8:]))
		kind := int32(binary.NativeEndian.Uint32(control[unix.SizeofCmsghdr-4:]))
		data := control[unix.CmsgLen(0):size]
		space := min(unix.CmsgSpace(len(data)), len(control))
		switch {
		case level == unix.SOL_SOCKET && kind == unix.SO_RXQ_OVFL && len(data) == 4:
			lost, known = binary.NativeEndian.Uint32(data), true
		case replyFrom(level, kind, data):
			reply = control[:space]
		}
		control = control[space:]
	}
	return reply, lost, known
}

// replyFrom turns a packet's destination into a reply's source. The interface
// is left to routing, but for link-local addresses, which need theirs.
func replyFrom(level, kind int32, data []byte) bool {
	switch {
	case level == unix.IPPROTO_IP && kind == unix.IP_PKTINFO && len(data) == unix.SizeofInet4Pktinfo:
		clear(data[:4])
		return true
	case level == unix.IPPROTO_IPV6 && kind == unix.IPV6_PKTINFO && len(data) == unix.SizeofInet6Pktinfo:
		if data[0] != 0xfe || data[1]&0xc0 != 0x80 {
			clear(data[16:])
		}
		return true
	}
	return false
}

// headerLen is the length of the first control message, header included: the
// header's first field, as wide as the header leaves room for.
func headerLen(control []byte) int {
	if unix.SizeofCmsghdr == 12 {
		return int(binary.NativeEndian.Uint32(control))
	}
	return int(binary.NativeEndian.Uint64(control))
}
