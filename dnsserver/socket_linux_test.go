package dnsserver

import (
	"net/netip"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"meridian/internal/dnstest"
)

// option reads an option of the first UDP socket of a server.
func option(t *testing.T, s *Server, index, level, name int) int {
	t.Helper()
	raw, err := s.listeners[index].udp[0].SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var v int
	var inner error
	if err := raw.Control(func(fd uintptr) { v, inner = unix.GetsockoptInt(int(fd), level, name) }); err != nil || inner != nil {
		t.Fatal(err, inner)
	}
	return v
}

// TestSocketOptions reads back what keeps replies unfragmented and sends them
// from the right address.
func TestSocketOptions(t *testing.T) {
	o := testOptions()
	o.Listen = []string{"127.0.0.1:0", "0.0.0.0:0"}
	s := startServer(t, o, newWorld(t).view)
	for i, wildcard := range []int{0, 1} {
		if got := option(t, s, i, unix.IPPROTO_IP, unix.IP_MTU_DISCOVER); got != unix.IP_PMTUDISC_OMIT {
			t.Errorf("%v: got path MTU discovery %d, want none", s.Addrs()[i], got)
		}
		if got := option(t, s, i, unix.IPPROTO_IP, unix.IP_PKTINFO); got != wildcard {
			t.Errorf("%v: got IP_PKTINFO %d, want %d", s.Addrs()[i], got, wildcard)
		}
		if got := option(t, s, i, unix.SOL_SOCKET, unix.SO_REUSEPORT); got != 1 {
			t.Errorf("%v: the port is not shared", s.Addrs()[i])
		}
	}
}

// TestReceiveOverflow overruns the queue of a server that does not read yet:
// what was lost is counted, and what follows is answered.
func TestReceiveOverflow(t *testing.T) {
	o := testOptions()
	o.Limits.ReceiveBuffer, o.Limits.Sockets = 4096, 1
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	s.Publish(newWorld(t).view)
	query := mustQuery(t, "A single.gtm.test.")
	for range 100 {
		if _, err := dnstest.UDP(s.Addrs()[0], query, time.Microsecond); err == nil {
			t.Fatal("a server that was not started answers")
		}
	}
	s.Start()
	defer func() {
		if err := s.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	}()
	answered := false
	for range 20 { // the first may find the queue still full
		if _, err := dnstest.UDP(s.Addrs()[0], query, dnstest.Patience/20); err == nil {
			answered = true
			break
		}
	}
	if !answered {
		t.Fatal("got no reply")
	}
	if got := s.counters[0].lost.Load(); got == 0 || got > 100 {
		t.Errorf("got %d packets lost, want some of 100", got)
	}
}

// TestReadControl reads control messages cut at every octet, and finds the
// destination behind another message.
func TestReadControl(t *testing.T) {
	info := unix.PktInfo4(&unix.Inet4Pktinfo{Ifindex: 3, Spec_dst: [4]byte{192, 0, 2, 1}})
	lost := append([]byte(nil), info[:unix.CmsgSpace(4)]...)
	lost[0] = byte(unix.CmsgLen(4))
	lost[unix.SizeofCmsghdr-8], lost[unix.SizeofCmsghdr-4] = unix.SOL_SOCKET, unix.SO_RXQ_OVFL
	both := append(lost, info...)
	for size := range both {
		readControl(append([]byte(nil), both[:size]...))
	}
	reply, _, known := readControl(both)
	if len(reply) != len(info) || !known {
		t.Fatalf("got %x, %v", reply, known)
	}
	data := reply[unix.CmsgLen(0):]
	if got := netip.AddrFrom4([4]byte(data[4:8])); got.String() != "192.0.2.1" || data[0] != 0 {
		t.Errorf("got source %v, interface %d, want 192.0.2.1 and none", got, data[0])
	}
}
