//go:build linux

package e2e

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"meridian/internal/dnstest"
)

// crowd is many TCP connections to one server.
type crowd struct{ conns []net.Conn }

// gather connects from sources in many networks and sends each some octets.
func gather(t *testing.T, to netip.AddrPort, number int, octets string) *crowd {
	t.Helper()
	c := &crowd{}
	t.Cleanup(c.leave)
	for i := range number {
		d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 1, byte(i/8), 1)}, Timeout: 2 * time.Second}
		conn, err := d.DialContext(t.Context(), "tcp", to.String())
		if err != nil {
			continue // refused or not accepted: the server defends itself
		}
		c.conns = append(c.conns, conn)
		_, _ = conn.Write([]byte(octets)) // it may have been closed already
	}
	return c
}

func (c *crowd) leave() {
	for _, conn := range c.conns {
		_ = conn.Close()
	}
	c.conns = nil
}

// overTCP asks over a connection of its own.
func overTCP(t *testing.T, at netip.AddrPort) error {
	t.Helper()
	query, err := dnstest.Query("A web.gtm.test")
	if err != nil {
		t.Fatal(err)
	}
	_, err = dnstest.TCP(at, query, 5*time.Second)
	return err
}

// TestSlowloris has hundreds of connections that never send a whole query:
// honest clients are served all the same (faults.md D5).
func TestSlowloris(t *testing.T) {
	file := strings.Replace(loneNode("127.0.0.1:0"), "]}\nprobe", "], tcp: {maxConnections: 200}}\nprobe", 1)
	n := serve(t, "", file, loneService("192.0.2.81"))
	at := n.dns(t)
	for _, octets := range []string{"\x00", "\xff\xff", "\xff\xff\x12\x34\x01", "\x00\x40\x12\x34\x01\x00"} {
		gather(t, at, 300, octets)
		failed := 0
		for range 100 {
			if err := overTCP(t, at); err != nil {
				failed++
				t.Logf("after %x: %v", octets, err)
			}
		}
		if failed > 1 {
			t.Errorf("beside 300 connections that sent %x: %d of 100 honest queries over TCP failed, want at most 1", octets, failed)
		}
	}
	if held := n.descriptors(t); held > 200+100 {
		t.Errorf("the node holds %d descriptors beside 200 connections, want at most 100", held-200)
	}
}

// descriptors counts what the node has open.
func (n *node) descriptors(t *testing.T) int {
	t.Helper()
	open, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", n.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	return len(open)
}

// TestDescriptorsRunOut gives a node few file descriptors, so that it serves
// fewer connections at once, or so few that even those run out, and floods it:
// UDP and honest TCP go on, accepting does not spin (faults.md D13).
func TestDescriptorsRunOut(t *testing.T) {
	need(t, "prlimit")
	for _, limit := range []string{"64:64", "32:32"} {
		t.Run(limit, func(t *testing.T) {
			n := newNode(t, "", loneNode("127.0.0.1:0"), loneService("192.0.2.81"))
			n.start(t, "prlimit", "--nofile="+limit)
			n.ready(t)
			n.says(t, startTime, "descriptors are short")
			at := n.dns(t)
			c := gather(t, at, 500, "\x00")
			begin, used := time.Now(), cpu(t, n.cmd.Process.Pid)
			always(t, 2*time.Second, "answers over UDP without descriptors", func() (bool, string) { return healthy(at, "A web.gtm.test") })
			if share := float64(cpu(t, n.cmd.Process.Pid)-used) / float64(time.Since(begin)); share > 0.5 {
				t.Errorf("the node uses %.2f of a core while it has no descriptors, want at most 0.5", share)
			}
			answers := func() (bool, string) {
				err := overTCP(t, at)
				return err == nil, fmt.Sprint(err)
			}
			eventually(t, startTime, "TCP beside 500 connections", answers)
			c.leave()
			eventually(t, startTime, "TCP after descriptors are free", answers)
		})
	}
}

// cpu is the processor time a process has used.
func cpu(t *testing.T, pid int) time.Duration {
	t.Helper()
	text := read(t, fmt.Sprintf("/proc/%d/stat", pid))
	fields := strings.Fields(text[strings.LastIndex(text, ")")+1:])
	ticks := 0
	for _, f := range fields[11:13] { // user and system time, in hundredths of a second
		n, err := strconv.Atoi(f)
		if err != nil {
			t.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// TestSmallPackets asks for large answers where packets are at most 600 octets:
// all arrive, whole or over TCP (faults.md D12).
func TestSmallPackets(t *testing.T) {
	need(t, "ip", "dig")
	ns := newNamespace(t)
	run(t, "ip", "-n", string(ns), "link", "set", "lo", "mtu", "600")
	record := func(name string, strings100 int) string {
		return "  " + name + " TXT" + strings.Repeat(` "`+strings.Repeat("0123456789", 10)+`"`, strings100) + "\n"
	}
	serve(t, ns, strings.Replace(plainNode, "127.0.0.1:0", "127.0.0.1:53", 1),
		head+"records: |\n"+record("small", 1)+record("middle", 10)+record("large", 30)+
			"profiles:\n  - {name: x, trafficRoutingMethod: Priority, endpoints: [{name: a, target: 192.0.2.9, alwaysServe: Enabled}]}\n")
	for name, want := range map[string]int{"small": 1, "middle": 10, "large": 30} {
		for _, words := range [][]string{{"+bufsize=4096"}, {"+bufsize=1232"}, {"+noedns"}, {"+tcp"}} {
			args := append([]string{"dig", "+short", "+time=10", "+tries=1", "@127.0.0.1", "txt", name + ".gtm.test"}, words...)
			out := run(t, ns.command(args...)...)
			if got := strings.Count(out, "0123456789") / 10; got != want {
				t.Errorf("%s: got %d strings, want %d\n%s", strings.Join(args, " "), got, want, out)
			}
		}
	}
}

// TestSecondProcess starts a node on the data directory and addresses of one
// that runs: it ends and says why, and the first goes on.
func TestSecondProcess(t *testing.T) {
	n, at := lone(t, "192.0.2.81")
	second := start(t, nil, "meridian", "serve", "-c", n.path("node.yaml"))
	select {
	case <-second.ended:
	case <-time.After(startTime):
		t.Fatal("a second node runs in the same data directory")
	}
	if code := second.cmd.ProcessState.ExitCode(); code != 1 || !strings.Contains(second.log.String(), "in use") {
		t.Errorf("exit code %d\n%swant 1, and that the directory is in use", code, second.log.String())
	}
	if ok, seen := healthy(at, "A web.gtm.test"); !ok {
		t.Errorf("the first node: %s", seen)
	}
}
