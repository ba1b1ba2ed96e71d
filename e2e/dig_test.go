//go:build linux

package e2e

import (
	"regexp"
	"strings"
	"testing"
)

// digCase is a command line of dig, what its output must match and what it must
// not.
type digCase struct {
	args string
	want []string
	not  []string
}

// digCases are the lines of the black-box gate (reference dns.md §4a). OPT is
// the line that dig prints of an OPT record.
func digCases() []digCase {
	const (
		noerror = `status: NOERROR`
		negSOA  = `(?m)^gtm\.test\.\s+5\s+IN\s+SOA\s`
		plainA  = `(?m)^\S+\s+\d+\s+IN\s+A\s+198\.51\.100\.`
	)
	zero, one := `ANSWER: 0,`, `ANSWER: 1,`
	return []digCase{
		{"soa gtm.test +norec", []string{`flags: qr aa;`, noerror, `(?m)^gtm\.test\.\s+\d+\s+IN\s+SOA\s`}, []string{`flags: qr aa r`}},
		{"a weighted.gtm.test +rd", []string{`flags: qr aa rd;`, `recursion requested but not available`, plainA}, nil},
		{"a WeIghted.gTm.TEST", []string{`(?m)^;WeIghted\.gTm\.TEST\.\s+IN\s+A$`, noerror, one}, nil},
		{"type1000 weighted.gtm.test", []string{noerror, zero, negSOA}, nil},
		{"a nx.gtm.test", []string{`status: NXDOMAIN`, `flags: qr aa;`, negSOA}, []string{plainA}},
		{"a ent.gtm.test", []string{noerror, zero, negSOA}, nil},
		{"a _tcp.gtm.test", []string{noerror, zero, negSOA}, nil},
		{"a other.example", []string{`status: REFUSED`, `EDE: 20 \(Not Authoritative\)`}, []string{`flags: qr aa`}},
		{"a evilgtm.test", []string{`status: REFUSED`}, nil},
		{"a weighted.gtm.test +edns=1 +noednsneg", []string{`status: BADVERS`, `EDNS: version: 0`, zero}, nil},
		{"a weighted.gtm.test +ednsopt=100:beef", []string{noerror, one}, []string{`OPT=100`}},
		{"a weighted.gtm.test +ednsflags=0x40", []string{`EDNS: version: 0, flags:; udp: 1232`}, []string{`MBZ`}},
		{"a weighted.gtm.test +dnssec", []string{`EDNS: version: 0, flags: do; udp: 1232`}, []string{`RRSIG`, `flags:[^;]* ad`}},
		{"a weighted.gtm.test +noedns", []string{noerror, one}, []string{`EDNS:`}},
		{"a weighted.gtm.test +opcode=15", []string{`status: NOTIMP`, `opcode: RESERVED15`}, nil},
		{"a weighted.gtm.test +opcode=update", []string{`status: NOTIMP`}, nil},
		{"+header-only +nocookie", []string{`status: FORMERR`, `QUERY: 0,`}, nil},
		{"+header-only +cookie", []string{noerror, `COOKIE: [0-9a-f]{48} \(good\)`, `QUERY: 0,`}, nil},
		{"a performance.gtm.test +subnet=141.20.1.0/24", []string{`CLIENT-SUBNET: 141\.20\.1\.0/24/([1-9]|1\d|2\d)\b`, `198\.51\.100\.12$`}, nil},
		{"a performance.gtm.test +subnet=8.8.8.0/24", []string{`CLIENT-SUBNET: 8\.8\.8\.0/24/\d`, `198\.51\.100\.11$`}, nil},
		{"a performance.gtm.test +subnet=133.11.0.0/24", []string{`198\.51\.100\.13$`}, nil},
		{"a performance.gtm.test +subnet=2003::/56", []string{`CLIENT-SUBNET: 2003::/56/\d+`, `198\.51\.100\.12$`}, nil},
		{"a performance.gtm.test +subnet=203.0.113.0/24", []string{`CLIENT-SUBNET: 203\.0\.113\.0/24/28`}, nil},
		{"a weighted.gtm.test +subnet=198.51.100.0/24", []string{`CLIENT-SUBNET: 198\.51\.100\.0/24/24`}, nil},
		{"a weighted.gtm.test +subnet=0.0.0.0/0", []string{`CLIENT-SUBNET: 0\.0\.0\.0/0/0`, one}, nil},
		{"a weighted.gtm.test +subnet=::/0", []string{`CLIENT-SUBNET: ::/0/0`, one}, nil},
		{"a priority.gtm.test +subnet=198.51.100.0/24", []string{`CLIENT-SUBNET: 198\.51\.100\.0/24/0`, `198\.51\.100\.22$`}, nil},
		{"soa gtm.test +subnet=198.51.100.0/24", []string{`CLIENT-SUBNET: 198\.51\.100\.0/24/0`}, nil},
		{"a nx.gtm.test +subnet=198.51.100.0/24", []string{`status: NXDOMAIN`, `CLIENT-SUBNET: 198\.51\.100\.0/24/0`}, nil},
		{"any weighted.gtm.test", []string{`(?m)^weighted\.gtm\.test\.\s+\d+\s+IN\s+HINFO\s+"RFC8482" ""`}, nil},
		{"any weighted.gtm.test +tcp", []string{`HINFO\s+"RFC8482" ""`}, nil},
		{"any alias.gtm.test", []string{`CNAME\s+www\.example\.test\.`}, []string{`HINFO`}},
		{"a weighted.gtm.test +cookie", []string{`COOKIE: [0-9a-f]{48} \(good\)`, one}, nil},
		{"a weighted.gtm.test +cookie=0123456789abcdef00112233445566778899aabbccddeeff", []string{noerror, one, `COOKIE: 0123456789abcdef[0-9a-f]{32}`}, []string{`BADCOOKIE`, `COOKIE: 0123456789abcdef0011`}},
		{"a weighted.gtm.test +nocookie", []string{one}, []string{`COOKIE`}},
		{"txt big.gtm.test +bufsize=512 +ignore", []string{`flags: qr aa tc`, zero}, nil},
		{"txt big.gtm.test +bufsize=4096 +ignore", []string{`flags: qr aa tc`, zero}, nil},
		{"txt big.gtm.test +noedns +ignore", []string{`flags: qr aa tc`}, nil},
		{"txt big.gtm.test +tcp", []string{`flags: qr aa`, one, `MSG SIZE  rcvd: 1[3-9]\d\d`}, []string{`flags: qr aa tc`}},
		{"txt big.gtm.test", []string{`Truncated, retrying in TCP mode`, one}, nil},
		{"a weighted.gtm.test +nsid", []string{`NSID: 6e 73 31 \("ns1"\)`}, nil},
		{"a weighted.gtm.test", []string{one}, []string{`NSID`}},
		{"a weighted.gtm.test +ednsopt=19", []string{`OPT=19: 02 00 00 00 00 01`, one}, nil},
		{"a weighted.gtm.test +tcp +keepalive", []string{`TCP[- ]KEEPALIVE: 10\.0 secs`}, nil},
		{"a weighted.gtm.test +keepalive", []string{one}, []string{`KEEPALIVE:`}},
		{"a weighted.gtm.test +expire", []string{one}, []string{`EXPIRE:`}},
		{"ds gtm.test", []string{noerror, zero, negSOA}, nil},
		{"dnskey gtm.test +dnssec", []string{noerror, zero, negSOA}, []string{`DNSKEY\s+\d`}},
		{"nx.gtm.test +dnssec", []string{`status: NXDOMAIN`, negSOA}, []string{`NSEC`}},
		{"type128 weighted.gtm.test", []string{`status: FORMERR`, `EDE: 30`}, nil},
		{"axfr gtm.test", []string{`Transfer failed`}, []string{`198\.51`}},
		{"https short.gtm.test", []string{`HTTPS\s+1 \. .*ipv4hint=198\.51\.100\.2 .*ipv6hint=2001:db8:2::1`}, nil},
		{"https weighted.gtm.test", []string{noerror, zero, negSOA}, nil},
		{"aaaa short.gtm.test", []string{`AAAA\s+2001:db8:2::1`}, nil},
		{"aaaa weighted.gtm.test", []string{noerror, zero, negSOA}, []string{`AAAA\s+\S*:`}},
		{"caa gtm.test", []string{`CAA\s+0 issue "ca\.example\.test"`}, nil},
		{"type65280 unknown.gtm.test", []string{`TYPE65280\s+\\# 4 0A000001`}, nil},
		{"a alias.gtm.test", []string{one, `CNAME\s+www\.example\.test\.`}, []string{plainA}},
		{"mx alias.gtm.test", []string{one, `CNAME\s+www\.example\.test\.`}, nil},
		{"a chain1.gtm.test", []string{`ANSWER: 3,`, `chain1\.gtm\.test\.\s+3600\s+IN\s+CNAME`, `a\.ent\.gtm\.test\.\s+3600\s+IN\s+A\s+198\.51\.100\.91`}, nil},
		{"a to-nothing.gtm.test", []string{`status: NXDOMAIN`, `CNAME\s+nothing\.gtm\.test\.`, negSOA}, nil},
		{"a x.y.wild.gtm.test", []string{`(?m)^x\.y\.wild\.gtm\.test\.\s+3600\s+IN\s+A\s+198\.51\.100\.92`}, nil},
		{"txt under.wild.gtm.test", []string{noerror, zero, negSOA}, nil},
		{"a x.under.wild.gtm.test", []string{`status: NXDOMAIN`}, nil},
		{"a host.sub.gtm.test", []string{`flags: qr;`, `sub\.gtm\.test\.\s+3600\s+IN\s+NS\s+ns1\.sub\.gtm\.test\.`, `ns1\.sub\.gtm\.test\.\s+3600\s+IN\s+A\s+10\.53\.0\.3`, `AAAA\s+fd53::3`}, []string{`flags:[^;]* aa`}},
		{"ds sub.gtm.test", []string{`flags: qr aa`, noerror, zero, negSOA}, nil},
		{"a off.gtm.test", []string{`status: NXDOMAIN`, negSOA}, nil},
		{"a api.example.test", []string{one, `198\.51\.100\.2$`}, nil},
		{"ns api.example.test", []string{`NS\s+ns1\.gtm\.test\.`, `NS\s+ns2\.gtm\.test\.`}, nil},
		{"a contoso-japaneast-01.direct.gtm.test", []string{`198\.51\.100\.3$`}, nil},
		{"a contoso-japaneast-01.regional.gtm.test", []string{`198\.51\.100\.2$`}, nil},
	}
}

// digLines asks over v4; the words +rd and cookies are dig's defaults.
func (w *world) digLines(t *testing.T) {
	for _, c := range digCases() {
		t.Run(c.args, func(t *testing.T) {
			args := []string{"@" + v4(atNS1)}
			if !strings.Contains(c.args, "+rd") {
				args = append(args, "+norec")
			}
			checkOutput(t, w.dig(t, append(args, strings.Fields(c.args)...)...), c.want, c.not)
		})
	}
	for _, server := range []string{v6(atNS1), v6(atNS2)} {
		for _, transport := range []string{"+notcp", "+tcp"} {
			out := w.dig(t, "@"+server, "a", "priority.gtm.test", transport)
			checkOutput(t, out, []string{`status: NOERROR`, `198\.51\.100\.22$`, regexp.QuoteMeta("SERVER: " + server + "#53")}, nil)
		}
	}
}

func checkOutput(t *testing.T, out string, want, not []string) {
	t.Helper()
	for _, pattern := range want {
		if !regexp.MustCompile(`(?m)` + pattern).MatchString(out) {
			t.Errorf("no match of %s in:\n%s", pattern, out)
		}
	}
	for _, pattern := range not {
		if regexp.MustCompile(`(?m)` + pattern).MatchString(out) {
			t.Errorf("a match of %s in:\n%s", pattern, out)
		}
	}
}

// chaos asks for what tells tales about software.
func (w *world) chaos(t *testing.T) {
	for _, name := range []string{"version.bind", "hostname.bind", "id.server", "version.server", "authors.bind"} {
		checkOutput(t, w.dig(t, "@"+v4(atNS1), "ch", "txt", name), []string{`status: REFUSED`, `ANSWER: 0,`}, []string{`TXT\s+"`})
	}
	checkOutput(t, w.dig(t, "@"+v4(atNS1), "-c", "ANY", "a", "weighted.gtm.test"), []string{`status: REFUSED`}, nil)
	checkOutput(t, w.dig(t, "@"+v4(atNS1), "-c", "HS", "a", "weighted.gtm.test"), []string{`status: REFUSED`}, nil)
}

// transfers asks for the zone.
func (w *world) transfers(t *testing.T) {
	for _, rrtype := range []string{"AXFR", "IXFR"} {
		got := w.ask(t, at(atNS1), rrtype+" gtm.test")
		checkOutput(t, got.text, []string{`^REFUSED`, `ede=18|15:0012`}, []string{`^answer`})
	}
}

// drill is a client of another code base.
func (w *world) drill(t *testing.T) {
	for _, transport := range []string{"-u", "-t"} {
		out := run(t, w.ns.command("drill", transport, "priority.gtm.test", "@"+v4(atNS1), "A")...)
		checkOutput(t, out, []string{`rcode: NOERROR`, `flags: qr aa rd ;`, `198\.51\.100\.22$`}, nil)
	}
}

// kdigLines has kdig keep connections and use options that dig has not.
func (w *world) kdigLines(t *testing.T) {
	kdig := func(args ...string) string {
		return run(t, w.ns.command(append([]string{"kdig", "+time=10", "+retry=0", "@" + v4(atNS1)}, args...)...)...)
	}
	out := kdig("+tcp", "+keepopen", "priority.gtm.test", "A", "a.ent.gtm.test", "AAAA", "gtm.test", "SOA", "nx.gtm.test", "A")
	if n := strings.Count(out, ";; From "+v4(atNS1)+"@53(TCP)"); n != 4 {
		t.Errorf("four questions on one connection: got %d replies\n%s", n, out)
	}
	checkOutput(t, out, []string{`198\.51\.100\.22$`, `2001:db8::91`, `status: NXDOMAIN`}, nil)
	checkOutput(t, kdig("+tcp", "+ednsopt=11", "priority.gtm.test", "A"), []string{`(?i)(edns-tcp-keepalive|option \(11\)|keepalive|11).*0064|10\.0`, `198\.51\.100\.22$`}, nil)
	checkOutput(t, kdig("+padding=128", "priority.gtm.test", "A"), []string{`198\.51\.100\.22$`}, []string{`PADDING`})
	checkOutput(t, kdig("+subnet=2003::/48", "+nsid", "performance.gtm.test", "A"), []string{`CLIENT-SUBNET: 2003::/48/\d+`, `NSID: 6E7331`, `198\.51\.100\.12$`}, nil)
	checkOutput(t, kdig("+notcp", "+ignore", "+bufsize=512", "big.gtm.test", "TXT"), []string{`Flags: qr aa rd tc|Flags: qr aa tc`}, nil)
}
