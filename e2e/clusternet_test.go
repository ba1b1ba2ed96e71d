//go:build linux

package e2e

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
)

// Numbers of hosts that are no regions.
const (
	backendHost   = 101
	targetHost    = 102
	referenceHost = 103
)

// internet is a router in a namespace of its own, and hosts around it, each with
// its own link. What the router drops is lost without a word, as on real links.
type internet struct {
	router namespace
	hosts  map[int]namespace
	pref   int // of the next rule
}

// newInternet makes a router without hosts.
func newInternet(t *testing.T) *internet {
	t.Helper()
	n := &internet{router: newNamespace(t), hosts: map[int]namespace{}, pref: 1000}
	run(t, n.router.command("sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward")...)
	return n
}

// host is the address of a host.
func host(number int) netip.Addr { return netip.AddrFrom4([4]byte{10, 77, byte(number), 2}) }

// attach links a host to the router, once.
func (n *internet) attach(t *testing.T, number int) (namespace, netip.Addr) {
	t.Helper()
	if ns, there := n.hosts[number]; there {
		return ns, host(number)
	}
	ns := newNamespace(t)
	link := fmt.Sprintf("h%d", number)
	run(t, "ip", "-n", string(n.router), "link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", string(ns))
	gateway := fmt.Sprintf("10.77.%d.1", number)
	run(t, "ip", "-n", string(n.router), "address", "add", gateway+"/24", "dev", link)
	run(t, "ip", "-n", string(n.router), "link", "set", link, "up")
	run(t, "ip", "-n", string(ns), "address", "add", host(number).String()+"/24", "dev", "eth0")
	run(t, "ip", "-n", string(ns), "link", "set", "eth0", "up")
	run(t, "ip", "-n", string(ns), "route", "add", "default", "via", gateway)
	n.hosts[number] = ns
	return ns, host(number)
}

// rule has the router treat packets as said, before all it was told later.
func (n *internet) rule(t *testing.T, words string) {
	t.Helper()
	n.pref++
	args := append([]string{"ip", "-n", string(n.router), "rule", "add", "pref", fmt.Sprint(n.pref)}, strings.Fields(words)...)
	run(t, args...)
}

// drop loses what goes from one host to another; further words narrow it down,
// as in "ipproto udp dport 53".
func (n *internet) drop(t *testing.T, from, to int, words string) {
	t.Helper()
	n.rule(t, fmt.Sprintf("from %s to %s %s blackhole", host(from), host(to), words))
}

// split loses all that goes between two groups of hosts.
func (n *internet) split(t *testing.T, left, right []int) {
	t.Helper()
	for _, l := range left {
		for _, r := range right {
			n.drop(t, l, r, "")
			n.drop(t, r, l, "")
		}
	}
}

// heal takes all rules back.
func (n *internet) heal(t *testing.T) {
	t.Helper()
	for pref := 1001; pref <= n.pref; pref++ {
		run(t, "ip", "-n", string(n.router), "rule", "delete", "pref", fmt.Sprint(pref))
	}
	n.pref = 1000
}

// TestInternet checks what the other tests build on.
func TestInternet(t *testing.T) {
	n := newInternet(t)
	one, _ := n.attach(t, 1)
	n.attach(t, 2)
	pings := func() bool {
		_, err := attempt(t, one.command("busybox", "ping", "-c", "1", "-W", "1", host(2).String())...)
		return err == nil
	}
	need(t, "busybox")
	if !pings() {
		t.Fatal("no way from host 1 to host 2")
	}
	n.split(t, []int{1}, []int{2})
	if pings() {
		t.Fatal("the split lets packets through")
	}
	n.heal(t)
	if !pings() {
		t.Fatal("no way after healing")
	}
}
