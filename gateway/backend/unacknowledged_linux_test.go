package backend_test

import (
	"context"
	"net"
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"

	"meridian/gateway/backend"
)

// TestGoneWithoutAWord: connections of any dialer are given up by the kernel when
// nothing is acknowledged for 30 s.
func TestGoneWithoutAWord(t *testing.T) {
	s := serve(t, &hits{status: 200})
	var conn net.Conn
	o := backend.Options{Dial: func(ctx context.Context, a netip.AddrPort) (c net.Conn, err error) {
		var d net.Dialer
		conn, err = d.DialContext(ctx, "tcp", a.String())
		return conn, err
	}}
	if code, err := ask(t, alone(t, o, single(t, "a", s.URL, nil)), &backend.Call{}); code != 200 {
		t.Fatalf("got %d %v", code, err)
	}
	raw, err := conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var ms, idle int
	if err := raw.Control(func(fd uintptr) {
		ms, _ = unix.GetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT)
		idle, _ = unix.GetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_KEEPIDLE)
	}); err != nil {
		t.Fatal(err)
	}
	if ms != 30_000 || idle != 15 {
		t.Errorf("got %d ms unacknowledged and %d s to the first sign of life, want 30000 and 15", ms, idle)
	}
}
