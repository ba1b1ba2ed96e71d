//go:build linux

package e2e

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"meridian/internal/dnstest"
)

// upstream is how a resolver may reach name servers.
type upstream struct {
	number string // of the resolver's address
	six    bool
	tcp    bool
}

func (u upstream) String() string {
	return fmt.Sprintf("%s over %s", map[bool]string{false: "v4", true: "v6"}[u.six], map[bool]string{false: "UDP", true: "TCP"}[u.tcp])
}

// resolved is a question to a resolver and the records that may answer it; none
// with status NOERROR: no data.
type resolved struct {
	question string
	status   string
	oneOf    []string // the answer's last record is one of these
	count    int      // records in the answer
}

// names is a name of every kind, as a resolver in Germany sees it.
func names() []resolved {
	one := func(q string, oneOf ...string) resolved { return resolved{q, "NOERROR", oneOf, 1} }
	return []resolved{
		one("A contoso.gtm.test", "198.51.100.2"), one("AAAA contoso.gtm.test", "2001:db8:2::1"),
		one("A performance.gtm.test", "198.51.100.12"), one("A priority.gtm.test", "198.51.100.22"),
		one("A weighted.gtm.test", "198.51.100.31", "198.51.100.32"), one("A geographic.gtm.test", "198.51.100.41"),
		{"A multivalue.gtm.test", "NOERROR", []string{"198.51.100.51", "198.51.100.52", "198.51.100.53"}, 3},
		one("A subnet.gtm.test", "198.51.100.61"), one("A nested.gtm.test", "198.51.100.72"), one("A us.nested.gtm.test", "198.51.100.71"),
		one("A contoso-westus2-01.regional.gtm.test", "198.51.100.1"), one("AAAA contoso-westus2-01.regional.gtm.test", "2001:db8:1::1"),
		one("A contoso-japaneast-01.regional.gtm.test", "198.51.100.2"), one("A contoso-japaneast-01.direct.gtm.test", "198.51.100.3"),
		one("A westus2-1.node.gtm.test", "198.51.100.1"), one("A japaneast-1.node.gtm.test", "198.51.100.2"),
		one("AAAA six.gtm.test", "2001:db8::6"),
		{"A six.gtm.test", "NOERROR", nil, 0},
		{"AAAA priority.gtm.test", "NOERROR", nil, 0},
		{"A alias.gtm.test", "NOERROR", []string{"198.51.100.200"}, 2},
		{"AAAA alias.gtm.test", "NOERROR", []string{"2001:db8::200"}, 2},
		{"MX alias.gtm.test", "NOERROR", []string{"www.example.test."}, 1},
		{"A www.gtm.test", "NOERROR", []string{"198.51.100.22"}, 2},
		{"A outside.gtm.test", "NOERROR", []string{"198.51.100.200"}, 2},
		{"A chain1.gtm.test", "NOERROR", []string{"198.51.100.91"}, 3},
		{"AAAA chain1.gtm.test", "NOERROR", []string{"2001:db8::91"}, 3},
		{"A to-nothing.gtm.test", "NXDOMAIN", []string{"nothing.gtm.test."}, 1},
		one("A any.thing.wild.gtm.test", "198.51.100.92"), one("TXT star.wild.gtm.test", `"wild"`), one("A under.wild.gtm.test", "198.51.100.93"),
		{"TXT under.wild.gtm.test", "NOERROR", nil, 0},
		{"A x.under.wild.gtm.test", "NXDOMAIN", nil, 0},
		{"A ent.gtm.test", "NOERROR", nil, 0},
		{"A _tcp.gtm.test", "NOERROR", nil, 0},
		{"A regional.gtm.test", "NOERROR", nil, 0},
		{"A node.gtm.test", "NOERROR", nil, 0},
		one("SRV x._tcp.gtm.test", "0 0 443 mail.gtm.test."), one("MX gtm.test", "10 mail.gtm.test."), one("CAA gtm.test", `0 issue "ca.example.test"`),
		one("SOA gtm.test", "ns1.gtm.test. hostmaster.gtm.test. 1 3600 600 1209600 5"),
		{"NS gtm.test", "NOERROR", []string{"ns1.gtm.test.", "ns2.gtm.test."}, 2},
		one("A ns1.gtm.test", "10.53.0.11"), one("AAAA ns2.gtm.test", "fd53::12"),
		one("A host.sub.gtm.test", "198.51.100.210"), one("AAAA host.sub.gtm.test", "2001:db8::210"),
		{"A nothing.sub.gtm.test", "NXDOMAIN", nil, 0},
		one("TYPE65280 unknown.gtm.test", `\# 4 0a000001`),
		{"TYPE1000 weighted.gtm.test", "NOERROR", nil, 0},
		one("HTTPS short.gtm.test", ""),
		{"HTTPS weighted.gtm.test", "NOERROR", nil, 0},
		{"A nx.gtm.test", "NXDOMAIN", nil, 0},
		{"A below.nx.gtm.test", "NXDOMAIN", nil, 0},
		{"A off.gtm.test", "NXDOMAIN", nil, 0},
		one("A api.example.test", "198.51.100.2"), one("HTTPS api.example.test", ""),
		{"TXT api.example.test", "NOERROR", nil, 0},
		one("TXT big.gtm.test", ""),
		{"DS gtm.test", "NOERROR", nil, 0},
	}
}

// resolveAll asks a resolver for every name, over UDP and over TCP.
func (w *world) resolveAll(t *testing.T, number string) {
	t.Helper()
	for _, address := range []string{v4(number), v6(number)} {
		to := netip.AddrPortFrom(netip.MustParseAddr(address), 53)
		for _, q := range names() {
			overTCP := address != v4(number) || strings.HasPrefix(q.question, "TXT big")
			got := w.recursive(t, to, q.question, overTCP)
			if problem := q.differs(got); problem != "" {
				t.Errorf("%s: %s\n%s", q.question, problem, got.text)
			}
		}
	}
}

// recursive asks a resolver.
func (w *world) recursive(t *testing.T, to netip.AddrPort, line string, overTCP bool) (out reply) {
	t.Helper()
	query, err := dnstest.Query(line + " +rd")
	if err != nil {
		t.Fatal(err)
	}
	exchange := dnstest.UDP
	if overTCP {
		exchange = dnstest.TCP
	}
	var msg []byte
	for try := 0; try == 0 || err != nil && try < w.tries; try++ {
		w.ns.inside(t, func() { msg, err = exchange(to, query, 2*dnstest.Patience) })
	}
	if err == nil {
		out.text, err = dnstest.Show(msg)
	}
	if err != nil {
		t.Errorf("asking a resolver for %s: %v", line, err)
	}
	return out
}

func (q *resolved) differs(got reply) string {
	all := got.answers()
	if got.status() != q.status || len(all) != q.count {
		return fmt.Sprintf("got %s with %d records, want %s with %d", got.status(), len(all), q.status, q.count)
	}
	found := q.count == 0 || slices.ContainsFunc(all, func(data string) bool {
		return slices.Contains(q.oneOf, data) || slices.Equal(q.oneOf, []string{""})
	})
	if !found {
		return fmt.Sprintf("got %q, want one of %q", all, q.oneOf)
	}
	return ""
}

// throughUnbound resolves with unbound over each kind of upstream, with strict
// query name minimisation.
func (w *world) throughUnbound(t *testing.T) {
	for _, u := range []upstream{{"20", false, false}, {"21", true, false}, {"22", false, true}, {"23", true, true}} {
		t.Run(u.String(), func(t *testing.T) {
			w.unbound(t, u, "iterator", "")
			w.resolveAll(t, u.number)
		})
	}
}

// unbound starts unbound at the address numbered.
func (w *world) unbound(t *testing.T, u upstream, modules, more string) *process {
	t.Helper()
	yes := map[bool]string{false: "no", true: "yes"}
	file := "unbound" + u.number + ".conf"
	write(t, w.dir, file, fmt.Sprintf(`server:
  interface: %[1]s
  interface: %[2]s
  outgoing-interface: %[3]s
  access-control: 0.0.0.0/0 allow
  access-control: ::/0 allow
  username: ""
  chroot: ""
  directory: %[4]q
  pidfile: ""
  use-syslog: no
  verbosity: 1
  num-threads: 1
  module-config: %[5]q
  root-hints: "hints"
  do-ip4: yes
  do-ip6: yes
  prefer-ip6: %[6]s
  prefer-ip4: %[7]s
  tcp-upstream: %[8]s
  qname-minimisation: yes
  qname-minimisation-strict: yes
  harden-below-nxdomain: yes
  harden-referral-path: yes
  use-caps-for-id: yes
  aggressive-nsec: yes
  do-not-query-localhost: no
  local-zone: "test." nodefault
%[9]s
remote-control:
  control-enable: no
`, v4(u.number), v6(u.number), map[bool]string{false: v4(u.number), true: v6(u.number)}[u.six], w.dir, modules, yes[u.six], yes[!u.six], yes[u.tcp], more))
	p := start(t, nil, w.ns.command("unbound", "-d", "-p", "-c", w.dir+"/"+file)...)
	p.says(t, startTime, "start of service")
	return p
}

// throughNamed resolves with named over each kind of upstream.
func (w *world) throughNamed(t *testing.T) {
	for _, u := range []upstream{{"24", false, false}, {"25", true, false}, {"26", false, true}, {"27", true, true}} {
		t.Run(u.String(), func(t *testing.T) {
			w.named(t, u)
			w.resolveAll(t, u.number)
		})
	}
}

// named starts a recursive named at the address numbered.
func (w *world) named(t *testing.T, u upstream) {
	t.Helper()
	text := w.namedOptions("named"+u.number, u.number)
	text = strings.Replace(text, "minimal-responses yes;", fmt.Sprintf(
		"minimal-responses yes; recursion yes; allow-recursion { any; }; qname-minimization strict; query-source address %s; query-source-v6 address %s;",
		v4(u.number), v6(u.number)), 1)
	family := "server ::/0 { bogus yes; };\n"
	wanted := "0.0.0.0/0"
	if u.six {
		family, wanted = "server 0.0.0.0/0 { bogus yes; };\n", "::/0"
	}
	if u.tcp {
		family += fmt.Sprintf("server %s { tcp-only yes; };\n", wanted)
	}
	text += family + "zone \".\" { type hint; file \"hints\"; };\n"
	file := "named" + u.number + ".conf"
	write(t, w.dir, file, text)
	p := start(t, nil, w.ns.command("named", "-g", "-n", "1", "-c", w.dir+"/"+file)...)
	p.says(t, startTime, " running\n")
}
