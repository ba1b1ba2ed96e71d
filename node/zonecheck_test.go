package node

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"meridian/admin/api"
	"meridian/internal/dnstest"
)

// delegatedWorld is a parent and a second name server beside a node that serves
// gtm.test, all on one port.
type delegatedWorld struct {
	parent, second func(name, rrtype string) dnstest.Answer
	notTCP         bool // the second server is dead over TCP
}

const delegated = `name: contoso
zone: gtm.test
nameServers:
  - {name: ns1.gtm.test, addresses: [127.0.0.1]}
  - {name: ns2.gtm.test, addresses: [127.0.0.13]}
profiles:
  - name: shop
    trafficRoutingMethod: Priority
    endpoints: [{name: a, target: 192.0.2.1, alwaysServe: Enabled}]
`

// TestZoneCheck: parent and name servers are compared, and each way in which
// they can differ has its words.
func TestZoneCheck(t *testing.T) {
	ns := []string{"gtm.test. 86400 IN NS ns1.gtm.test.", "gtm.test. 86400 IN NS ns2.gtm.test."}
	glue := []string{"ns1.gtm.test. 86400 IN A 127.0.0.1", "ns2.gtm.test. 86400 IN A 127.0.0.13"}
	refer := func(ns, glue []string) func(string, string) dnstest.Answer {
		return func(string, string) dnstest.Answer { return dnstest.Answer{Authority: ns, Additional: glue} }
	}
	serve := func(serial string, ns []string) func(string, string) dnstest.Answer {
		return func(_, rrtype string) dnstest.Answer {
			if rrtype == "SOA" {
				return dnstest.Answer{Authoritative: true, Answer: []string{"gtm.test. 5 IN SOA ns1.gtm.test. h.gtm.test. " + serial + " 1 1 1 1"}}
			}
			return dnstest.Answer{Authoritative: true, Answer: ns}
		}
	}
	refuse := func(string, string) dnstest.Answer { return dnstest.Answer{Rcode: "REFUSED"} }
	tests := []struct {
		name  string
		world delegatedWorld
		lost  bool // the parent is not found
		want  []string
	}{
		{name: "all agree", world: delegatedWorld{parent: refer(ns, glue), second: serve("1", ns)}},
		{
			name: "parent lists another server", world: delegatedWorld{parent: refer([]string{ns[0], "gtm.test. 1 IN NS old.example."}, glue), second: serve("1", ns)},
			want: []string{"(udp) delegates gtm.test. to [ns1.gtm.test. old.example.], the plan lists [ns1.gtm.test. ns2.gtm.test.]", "(tcp) delegates"},
		},
		{
			name: "parent has old glue", world: delegatedWorld{parent: refer(ns, []string{glue[0], "ns2.gtm.test. 1 IN A 192.0.2.9"}), second: serve("1", ns)},
			want: []string{"(udp) has glue [192.0.2.9] for ns2.gtm.test., the plan lists [127.0.0.13]", "(tcp) has glue"},
		},
		{
			name: "parent has no glue", world: delegatedWorld{parent: refer(ns, nil), second: serve("1", ns)},
			want: []string{"has glue [] for ns1.gtm.test.", "has glue [] for ns2", "has glue [] for ns1", "has glue [] for ns2"},
		},
		{
			name: "parent refuses", world: delegatedWorld{parent: refuse, second: serve("1", ns)},
			want: []string{"delegates gtm.test. to []", "delegates gtm.test. to []"},
		},
		{
			name: "parent not found", lost: true, world: delegatedWorld{parent: refer(ns, glue), second: serve("1", ns)},
			want: []string{"the parent zone of gtm.test. was not found"},
		},
		{
			name: "server dead over TCP", world: delegatedWorld{parent: refer(ns, glue), second: serve("1", ns), notTCP: true},
			want: []string{"does not answer over tcp"},
		},
		{name: "server with serials of its own", world: delegatedWorld{parent: refer(ns, glue), second: serve("7", ns)}},
		{
			name: "server lame", world: delegatedWorld{parent: refer(ns, glue), second: refuse},
			want: []string{"(udp) does not answer with authority for gtm.test.: REFUSED", "(tcp) does not"},
		},
		{
			name: "server lists others", world: delegatedWorld{parent: refer(ns, glue), second: serve("1", ns[:1])},
			want: []string{"(udp) lists [ns1.gtm.test.] for gtm.test., the plan [ns1.gtm.test. ns2.gtm.test.]", "(tcp) lists"},
		},
	}
	var lost atomic.Bool
	recursive := newFakeDNS(t, "127.0.0.1:0", true, func(name, rrtype string) dnstest.Answer {
		switch {
		case lost.Load():
			return dnstest.Answer{Rcode: "SERVFAIL"}
		case name == "test." && rrtype == "NS":
			return dnstest.Answer{Answer: []string{"test. 60 IN NS ns.elsewhere.example."}}
		case name == "ns.elsewhere.example." && rrtype == "A":
			return dnstest.Answer{Answer: []string{"ns.elsewhere.example. 60 IN A 127.0.0.12"}}
		}
		return dnstest.Answer{}
	})
	n := newWorld(t, delegated).start(t, func(o *Options) { o.Config.Resolver.Servers = []netip.AddrPort{recursive.Addr()} })
	n.zone.port = n.DNSAddrs()[0].Port()
	if got := testutil.ToFloat64(n.metrics.delegation); got != -1 {
		t.Errorf("metric before the first check: got %v, want -1", got)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			lost.Store(tt.lost)
			tt.world.start(t, n.zone.port)
			var c api.ZoneCheck
			if code := get(t, n, "POST", "/v1/zone/check", &c); code != 200 {
				t.Fatalf("status: got %d", code)
			}
			if len(c.Text) != len(tt.want) || c.OK != (len(tt.want) == 0) {
				t.Fatalf("got ok %t: %s\nwant %q", c.OK, strings.Join(c.Text, "\n"), tt.want)
			}
			own := func(p api.ZoneProbe) bool { return strings.HasSuffix(p.Detail, ", plan 7") }
			if shown := slices.ContainsFunc(c.Asked, own); shown != (tt.name == "server with serials of its own") {
				t.Errorf("the other server's serial is shown: got %t: %+v", shown, c.Asked)
			}
			for i, want := range tt.want {
				if !strings.Contains(c.Text[i], want) {
					t.Errorf("finding %d: got %q, want %q", i, c.Text[i], want)
				}
			}
			if got := testutil.ToFloat64(n.metrics.delegation); got != number(c.OK) {
				t.Errorf("metric: got %v, want %v", got, number(c.OK))
			}
			if s := status(t, n); s.OK != c.OK || (problem(s, "delegation_differs") == "") != c.OK {
				t.Errorf("status: got ok %t, problems %v", s.OK, s.Problems)
			}
			var z api.Zone
			get(t, n, "GET", "/v1/zone", &z)
			if !tt.lost && z.Parent != "test." || z.Check == nil || z.Serial != 1 || len(z.NameServers) != 2 {
				t.Errorf("zone: got %+v", z)
			}
			if !tt.lost && !tt.world.notTCP && tt.name == "all agree" && len(c.Asked) != 2+2*2*2 {
				t.Errorf("asked: got %d, want the parent twice and each server twice over both transports: %+v", len(c.Asked), c.Asked)
			}
		})
	}
}

// start serves until the test ends.
func (d *delegatedWorld) start(t *testing.T, port uint16) {
	t.Helper()
	at := func(ip string) string { return ip + ":" + strconv.Itoa(int(port)) }
	newFakeDNS(t, at("127.0.0.12"), true, d.parent)
	newFakeDNS(t, at("127.0.0.13"), !d.notTCP, d.second)
}

// TestDelegationLines: what the parent needs, in zone-file syntax, with both
// families of glue and none for names elsewhere.
func TestDelegationLines(t *testing.T) {
	g := compiled(t, strings.Replace(delegated, "  - {name: ns2.gtm.test, addresses: [127.0.0.13]}", `  - {name: ns2.gtm.test, addresses: [192.0.2.2, "2001:db8::2"]}
  - {name: ns.example.net}`, 1), nil)
	got := strings.Join(delegationLines(g.service.Zones[0]), "\n")
	want := `gtm.test. 86400 IN NS ns1.gtm.test.
gtm.test. 86400 IN NS ns2.gtm.test.
gtm.test. 86400 IN NS ns.example.net.
ns1.gtm.test. 86400 IN A 127.0.0.1
ns2.gtm.test. 86400 IN A 192.0.2.2
ns2.gtm.test. 86400 IN AAAA 2001:db8::2`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestZoneCheckIPv6: addresses of both families are asked.
func TestZoneCheckIPv6(t *testing.T) {
	n := newWorld(t, strings.Replace(delegated, "addresses: [127.0.0.13]", `addresses: ["::1"]`, 1)).start(t, nil)
	port := n.DNSAddrs()[0].Port()
	newFakeDNS(t, "[::1]:"+strconv.Itoa(int(port)), true, func(string, string) dnstest.Answer { return dnstest.Answer{Rcode: "REFUSED"} })
	n.zone.port = port
	c := n.zone.check(t.Context())
	asked := 0
	for _, p := range c.Asked {
		if strings.HasPrefix(p.Server, "[::1]:") && p.OK && p.Role == "nameServer" {
			asked++
		}
	}
	if asked != 2 || !strings.Contains(strings.Join(c.Text, "\n"), "REFUSED") {
		t.Errorf("got %d answers over IPv6, %+v, want UDP and TCP", asked, c)
	}
}
