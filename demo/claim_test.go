package demo

import (
	"net"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"testing"
)

func TestClaimPicksPorts(t *testing.T) {
	o := Options{}
	if err := claim(&o); err != nil {
		t.Fatal(err)
	}
	for name, port := range map[string]int{"dns": o.DNSPort, "gateway": o.GatewayPort, "admin": o.AdminPort} {
		if port < 1 || port > 65535 {
			t.Errorf("%s port: got %d, want one that is free", name, port)
		}
	}
}

// TestClaimTaken: a port that somebody has is named with the flag that moves
// it, and so is every other at once.
func TestClaimTaken(t *testing.T) {
	packet, err := net.ListenPacket("udp", "127.0.2.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer packet.Close()
	stream, err := net.Listen("tcp", "127.0.3.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	o := Options{DNSPort: packet.LocalAddr().(*net.UDPAddr).Port, GatewayPort: stream.Addr().(*net.TCPAddr).Port}
	err = claim(&o)
	if err == nil {
		t.Fatal("got no error, want one for each taken port")
	}
	for _, want := range []string{
		"--admin-port 0", // as it was asked for
		"udp port " + decimal(o.DNSPort) + " of 127.0.2.1 is taken", "--dns-port ",
		"tcp port " + decimal(o.GatewayPort) + " of 127.0.3.1 is taken", "--gateway-port ",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("got %q, want it to say %q", err, want)
		}
	}
}

// TestAdvice: an address that is missing is told with the command that adds it.
func TestAdvice(t *testing.T) {
	missing := func(a string) refusal {
		return refusal{"udp", netip.MustParseAddr(a), 5300, &net.OpError{Op: "listen", Err: os.NewSyscallError("bind", syscall.EADDRNOTAVAIL)}}
	}
	refused := []refusal{missing("127.0.2.1"), missing("127.0.1.1"), missing("127.0.1.1")}
	for goos, want := range map[string]string{
		"darwin": "add them with:\n    sudo ifconfig lo0 alias 127.0.1.1 up\n    sudo ifconfig lo0 alias 127.0.2.1 up",
		"linux":  "add them with:\n    sudo ip address add 127.0.1.1/32 dev lo\n    sudo ip address add 127.0.2.1/32 dev lo",
	} {
		got := advice(refused, nil, goos)
		if !strings.HasSuffix(got, want) || strings.Contains(got, "move the demo") {
			t.Errorf("%s: got %q, want it to end in %q", goos, got, want)
		}
	}
	privileged := refusal{"tcp", netip.MustParseAddr("127.0.1.1"), 80, os.ErrPermission}
	if got := advice([]refusal{privileged}, []string{"--gateway-port 15300"}, "linux"); !strings.Contains(got, "cannot be bound: permission denied") || !strings.Contains(got, "--gateway-port 15300") {
		t.Errorf("got %q, want the cause and the flag", got)
	}
}
