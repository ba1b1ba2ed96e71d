//go:build linux

package e2e

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"meridian/internal/dnstest"
)

// Addresses of the namespace. Everything has a v4 and a v6 address that end in
// the same number.
const (
	atRoot   = "1"  // the root zone
	atParent = "2"  // test. and example.test.
	atLeaf   = "3"  // sub.gtm.test., delegated by us
	atNS1    = "11" // ours
	atNS2    = "12" // ours
)

func v4(n string) string { return "10.53.0." + n }
func v6(n string) string { return "fd53::" + n }

// world is a small Internet in a namespace: a root, a parent zone, our two name
// servers, a zone we delegate, and clients in several countries.
type world struct {
	ns      namespace
	dir     string
	servers [2]*node
	tries   int // of a question to a resolver, 0 as 1
}

// clients are addresses of real networks, bound to the loopback interface of
// the namespace: no packet leaves it.
func clients() map[string]string {
	return map[string]string{
		"Germany": "141.20.1.1", "Germany, another /24": "81.169.145.1", "USA": "8.8.8.1", "USA, neighbour": "8.8.8.77", "USA, next /24": "8.8.9.1",
		"Japan": "133.11.0.1", "office": "203.0.113.1",
		"Germany v6": "2003:0:1::1", "USA v6": "2001:4860:4860::1",
	}
}

// TestZone asks two name servers in a namespace, directly and through real
// recursive resolvers, and has tshark read every packet.
func TestZone(t *testing.T) {
	needRoot(t)
	need(t, "ip", "named", "dig", "kdig", "drill", "unbound", "tshark")
	w := newWorld(t)
	c := w.capture(t)
	t.Run("dig", func(t *testing.T) { w.digLines(t) })
	t.Run("chaos", func(t *testing.T) { w.chaos(t) })
	t.Run("transfers", func(t *testing.T) { w.transfers(t) })
	t.Run("drill", func(t *testing.T) { w.drill(t) })
	t.Run("kdig", func(t *testing.T) { w.kdigLines(t) })
	t.Run("raw", func(t *testing.T) { w.rawPackets(t) })
	t.Run("same at both servers", func(t *testing.T) { w.sameEverywhere(t) })
	t.Run("delegation checked", func(t *testing.T) { w.delegationChecked(t) })
	t.Run("unbound", func(t *testing.T) { w.throughUnbound(t) })
	t.Run("bind9", func(t *testing.T) { w.throughNamed(t) })
	t.Run("client subnets", func(t *testing.T) { w.throughSubnetCache(t) })
	t.Run("one server dead", func(t *testing.T) { w.oneServer(t) })
	t.Run("decoded", func(t *testing.T) { c.check(t) })
}

func newWorld(t *testing.T) *world {
	t.Helper()
	var addresses []string
	for _, n := range []string{atRoot, atParent, atLeaf, atNS1, atNS2, "20", "21", "22", "23", "24", "25", "26", "27", "28", "29", "30"} {
		addresses = append(addresses, v4(n)+"/32", v6(n)+"/128")
	}
	for _, a := range clients() {
		addresses = append(addresses, netip.PrefixFrom(netip.MustParseAddr(a), netip.MustParseAddr(a).BitLen()).String())
	}
	w := &world{ns: newNamespace(t, addresses...), dir: folder(t)}
	w.startParents(t)
	w.unbound(t, upstream{number: "29"}, "iterator", "")
	service := read(t, "testdata/zone/service.yaml")
	for i, n := range []string{atNS1, atNS2} {
		w.servers[i] = serve(t, w.ns, fmt.Sprintf(`
node: {name: ns%d, location: West Europe, roles: [dns, admin], dataDir: state}
dns: {listen: ["%s:53", "[%s]:53"], rateLimit: {enabled: false}}
resolver: {servers: ["%s"]}
admin: {socket: admin.sock}
service: service.yaml
`, i+1, v4(n), v6(n), v4("29")), service)
	}
	return w
}

// startParents runs one named that is the root, the parent and the child at
// three pairs of addresses.
func (w *world) startParents(t *testing.T) {
	t.Helper()
	soa := "$TTL 3600\n@ SOA ns.test. admin.test. 1 3600 600 86400 60\n"
	servers := func(owner, n string) string { return fmt.Sprintf("%s A %s\n%s AAAA %s\n", owner, v4(n), owner, v6(n)) }
	write(t, w.dir,
		"root.zone", soa+"@ NS a.root.\n"+servers("a.root.", atRoot)+"test. NS ns.test.\n"+servers("ns.test.", atParent),
		"test.zone", soa+"@ NS ns\n"+servers("ns", atParent)+
			"gtm NS ns1.gtm\ngtm NS ns2.gtm\n"+servers("ns1.gtm", atNS1)+servers("ns2.gtm", atNS2),
		"example.zone", soa+"@ NS ns.test.\nwww A 198.51.100.200\nwww AAAA 2001:db8::200\napi NS ns1.gtm.test.\napi NS ns2.gtm.test.\n",
		"sub.zone", soa+"@ NS ns1\n"+servers("ns1", atLeaf)+"host A 198.51.100.210\nhost AAAA 2001:db8::210\n",
		"hints", ". 3600 NS a.root.\n"+servers("a.root.", atRoot),
		"parents.conf", w.namedOptions("parents", atRoot, atParent, atLeaf)+
			view("root", atRoot, ".", "root.zone")+
			view("parent", atParent, "test", "test.zone", "example.test", "example.zone")+
			view("leaf", atLeaf, "sub.gtm.test", "sub.zone"))
	p := start(t, nil, w.ns.command("named", "-g", "-n", "1", "-c", w.dir+"/parents.conf")...)
	p.says(t, startTime, "all zones loaded")
	p.says(t, startTime, " running\n")
}

// namedOptions makes the options of a named that listens at the addresses
// numbered.
func (w *world) namedOptions(name string, numbers ...string) string {
	four, six := "", ""
	for _, n := range numbers {
		four, six = four+v4(n)+"; ", six+v6(n)+"; "
	}
	return fmt.Sprintf("options { directory %q; pid-file \"%s.pid\"; session-keyfile \"%s.key\"; lock-file none; managed-keys-directory %q;\n"+
		"listen-on { %s}; listen-on-v6 { %s}; dnssec-validation no; empty-zones-enable no; allow-query { any; };\n", w.dir, name, name, w.dir, four, six) +
		"minimal-responses yes; };\ncontrols { };\n"
}

// view makes a view of an authoritative named for questions to the address
// numbered: zone, file, zone, file, …
func view(name, number string, zones ...string) string {
	text := fmt.Sprintf("view %s { match-destinations { %s; %s; }; recursion no;\n", name, v4(number), v6(number))
	for i := 0; i < len(zones); i += 2 {
		text += fmt.Sprintf("zone %q { type primary; file %q; };\n", zones[i], zones[i+1])
	}
	return text + "};\n"
}

// dig asks with the arguments given and returns what dig printed.
func (w *world) dig(t *testing.T, args ...string) string {
	t.Helper()
	out, err := attempt(t, w.ns.command(append([]string{"dig", "+time=10", "+tries=1"}, args...)...)...)
	if err != nil && !strings.Contains(out, ";; ") {
		t.Fatalf("dig %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// at is an address of a name server of ours.
func at(number string) netip.AddrPort {
	return netip.AddrPortFrom(netip.MustParseAddr(v4(number)), 53)
}

// ask asks from inside the namespace.
func (w *world) ask(t *testing.T, to netip.AddrPort, line string) (out reply) {
	t.Helper()
	var err error
	w.ns.inside(t, func() { out, err = askWithin(to, line, dnstest.Patience) })
	if err != nil {
		t.Fatalf("asking %s: %v", line, err)
	}
	return out
}

// sameEverywhere asks both servers for what resolvers distribute over them.
func (w *world) sameEverywhere(t *testing.T) {
	for _, name := range []string{"weighted", "performance", "geographic", "nested", "short"} {
		for who, client := range clients() {
			line := "A " + name + ".gtm.test +subnet=" + networkOf(client)
			first, second := w.ask(t, at(atNS1), line), w.ask(t, at(atNS2), line)
			if first.text != second.text {
				t.Errorf("%s (%s):\nns1 says %s\nns2 says %s", line, who, first.text, second.text)
			}
		}
	}
}

// networkOf is what a resolver sends of a client's address.
func networkOf(client string) string {
	a := netip.MustParseAddr(client)
	bits := 24
	if a.Is6() {
		bits = 56
	}
	return netip.PrefixFrom(a, bits).Masked().String()
}

// delegationChecked has the binary compare the parent with the name servers.
func (w *world) delegationChecked(t *testing.T) {
	lines := run(t, "meridian", "zone", "delegation", "--server", w.servers[0].server())
	for _, want := range []string{
		"gtm.test. 86400 IN NS ns1.gtm.test.", "ns2.gtm.test. 86400 IN A 10.53.0.12", "ns2.gtm.test. 86400 IN AAAA fd53::12",
		"api.example.test. 86400 IN NS ns2.gtm.test.",
	} {
		if !strings.Contains(lines, want+"\n") {
			t.Errorf("zone delegation: got\n%swant a line %q", lines, want)
		}
	}
	out, err := attempt(t, "meridian", "zone", "check", "--server", w.servers[0].server())
	if err != nil {
		t.Errorf("zone check: %v\n%s", err, out)
	}
	checkOutput(t, out, []string{
		`10\.53\.0\.2:53\s+parent\s+udp\s+ok`, `\[fd53::2\]:53\s+parent\s+tcp\s+ok`,
		`10\.53\.0\.12:53\s+nameServer\s+udp\s+ok`, `\[fd53::12\]:53\s+nameServer\s+tcp\s+ok`, `parent and name servers agree`,
	}, []string{`FAILED`})
}

// oneServer kills the second name server: the check names it, and a resolver
// that has asked nothing yet resolves everything with the other.
func (w *world) oneServer(t *testing.T) {
	w.servers[1].kill()
	out, err := attempt(t, "meridian", "zone", "check", "--server", w.servers[0].server())
	if err == nil {
		t.Errorf("zone check with a dead name server: exit 0, want 1\n%s", out)
	}
	checkOutput(t, out, []string{`10\.53\.0\.12:53\s+nameServer\s+udp\s+FAILED`, `\[fd53::12\]:53\s+nameServer\s+tcp\s+FAILED`, `10\.53\.0\.11:53\s+nameServer\s+udp\s+ok`}, []string{`agree`})
	w.tries = 3 // as stub resolvers do: unbound may wait long for a dead server before it asks the other
	w.unbound(t, upstream{number: "30"}, "iterator", "")
	w.resolveAll(t, "30")
}
