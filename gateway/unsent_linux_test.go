package gateway

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// TestUnsentIsLimited: the kernel keeps little for a connection.
func TestUnsentIsLimited(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := newCrowd(l, Options{}.withDefaults(), &census{})
	defer c.Close()
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	got, err := c.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer got.Close()
	raw, err := got.(*conn).Conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var most int
	if err := raw.Control(func(fd uintptr) { most, _ = unix.GetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT) }); err != nil || most != mostUnsent {
		t.Errorf("got %d octets and %v, want %d", most, err, mostUnsent)
	}
}

// TestUnreadIsForgotten: of an answer that fits into the kernel's buffers and is
// not read, nothing is kept when its client is given up (scenario E7).
func TestUnreadIsForgotten(t *testing.T) {
	t.Parallel()
	g := start(t, Options{Limits: impatient(), Router: routeFunc(here), Local: backend(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.CopyN(w, endless{}, 1<<20)
	}))})
	c := dial(t, g)
	_ = c.(*net.TCPConn).SetReadBuffer(2304)
	fmt.Fprint(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	eventually(t, "it is given up", func() bool { return g.Counts().Outcomes[OutcomeHere].Aborted == 1 })
	if n, err := io.Copy(io.Discard, c); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("got %d octets and %v, want a reset", n, err)
	}
}
