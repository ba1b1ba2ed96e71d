package dnsserver

import (
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"meridian/internal/dnstest"
)

// TestTraps holds one row for each fault found in replies of other servers
// (reference/dns.md 4b): a query, and what its reply must not be.
func TestTraps(t *testing.T) {
	w := newTestWorker(t, unlimited(), newWorld(t).view)
	for _, c := range []struct {
		trap, query string
		wrong       func(reply []byte, m *dns.Msg) bool
	}{
		{"two OPT records", "A contoso.gtm.test. +subnet=81.0.0.0/24 +nsid +cookie=2464c4abcf10c957", func(_ []byte, m *dns.Msg) bool {
			return len(m.Extra) != 1 || m.IsEdns0() == nil
		}},
		{"BADVERS as NOTIMP in the header", "A single.gtm.test. +edns=1", func(reply []byte, m *dns.Msg) bool {
			return reply[3]&15 != 0 || m.IsEdns0() == nil || m.IsEdns0().ExtendedRcode() != 16 || m.IsEdns0().Version() != 0
		}},
		{"client cookie echoed without server part", "A single.gtm.test. +cookie=2464c4abcf10c957", func(reply []byte, _ *dns.Msg) bool {
			cookie, _ := dnstest.Option(reply, optCookie)
			return len(cookie) != cookieSize || string(cookie[:8]) != "\x24\x64\xc4\xab\xcf\x10\xc9\x57"
		}},
		{"AD set by an authority", "A single.gtm.test. +ad +do", func(_ []byte, m *dns.Msg) bool { return m.AuthenticatedData }},
		{"RRSIG in an unsigned zone", "A single.gtm.test. +do", func(_ []byte, m *dns.Msg) bool {
			return len(m.Answer) != 1 || !m.IsEdns0().Do()
		}},
		{"NXDOMAIN without SOA", "A nx.gtm.test.", func(_ []byte, m *dns.Msg) bool {
			return m.Rcode != dns.RcodeNameError || len(m.Ns) != 1 || m.Ns[0].Header().Rrtype != dns.TypeSOA
		}},
		{"SOA TTL above its MINIMUM", "TXT single.gtm.test.", func(_ []byte, m *dns.Msg) bool {
			return m.Ns[0].Header().Ttl > m.Ns[0].(*dns.SOA).Minttl
		}},
		{"UDP size mirrored", "A single.gtm.test. +bufsize=4096", func(_ []byte, m *dns.Msg) bool { return m.IsEdns0().UDPSize() != maxUDP }},
		{"suffix match without label boundary", "A evilgtm.test.", func(_ []byte, m *dns.Msg) bool { return m.Rcode != dns.RcodeRefused }},
		{"suffix match inside a label", "A contoso.evilgtm.test.", func(_ []byte, m *dns.Msg) bool { return m.Rcode != dns.RcodeRefused }},
		{"AA clear on own data", "A contoso.gtm.test.", func(_ []byte, m *dns.Msg) bool { return !m.Authoritative }},
		{"AA clear on own denial", "A nx.gtm.test.", func(_ []byte, m *dns.Msg) bool { return !m.Authoritative }},
		{"AA set on a referral", "A host.sub.gtm.test.", func(_ []byte, m *dns.Msg) bool { return m.Authoritative }},
		{"AAAA made up for an IPv4 target", "AAAA single.gtm.test.", func(_ []byte, m *dns.Msg) bool {
			return m.Rcode != dns.RcodeSuccess || len(m.Answer) != 0 || len(m.Ns) != 1
		}},
		{"NODATA at scope 0 that hides others' answers", "A strict.gtm.test. +subnet=9.9.9.0/24", func(reply []byte, m *dns.Msg) bool {
			subnet, _ := dnstest.Option(reply, optECS)
			return len(m.Answer) != 0 || subnet[3] == 0 || m.Ns[0].Header().Ttl > 10
		}},
		{"CNAME beside other data", "ANY alias.gtm.test.", func(_ []byte, m *dns.Msg) bool { return len(m.Answer) != 1 }},
		{"SERVFAIL when everything is down", "A down.gtm.test.", func(_ []byte, m *dns.Msg) bool {
			return m.Rcode != dns.RcodeSuccess || len(m.Answer) == 0
		}},
		{"NXDOMAIN over an empty non-terminal", "A ent.gtm.test.", func(_ []byte, m *dns.Msg) bool { return m.Rcode != dns.RcodeSuccess }},
		{"unknown option echoed", "A single.gtm.test. +ednsopt=100:beef", func(reply []byte, _ *dns.Msg) bool {
			_, ok := dnstest.Option(reply, 100)
			return ok
		}},
		{"NSID volunteered", "A single.gtm.test.", func(reply []byte, _ *dns.Msg) bool {
			_, ok := dnstest.Option(reply, optNSID)
			return ok
		}},
		{"keepalive over UDP", "A single.gtm.test. +keepalive", func(reply []byte, _ *dns.Msg) bool {
			_, ok := dnstest.Option(reply, optKeepalive)
			return ok
		}},
		{"client subnet volunteered", "A contoso.gtm.test.", func(reply []byte, _ *dns.Msg) bool {
			_, ok := dnstest.Option(reply, optECS)
			return ok
		}},
		{"part of an RRset beside TC", "NS huge.gtm.test. +noedns", func(_ []byte, m *dns.Msg) bool {
			return !m.Truncated || len(m.Answer)+len(m.Ns)+len(m.Extra) != 0
		}},
		{"TC for want of room for addresses nobody asked for", "NS gtm.test. +noedns", func(_ []byte, m *dns.Msg) bool { return m.Truncated }},
		{"owner spelled out", "A single.gtm.test. +noedns", func(reply []byte, _ *dns.Msg) bool {
			return len(reply) != headerSize+len("\x06single\x03gtm\x04test\x00")+4+16
		}},
	} {
		t.Run(c.trap, func(t *testing.T) {
			reply := w.respond(nil, mustQuery(t, c.query), someClient(UDP), time.Unix(1559731985, 0))
			var m dns.Msg
			if err := m.Unpack(reply); err != nil {
				t.Fatal(err)
			}
			if c.wrong(reply, &m) {
				t.Errorf("got the fault:\n%v", &m)
			}
		})
	}
}

// TestZoneVersion checks the octets of RFC 9660 §3: labels of the zone, type 0,
// the serial.
func TestZoneVersion(t *testing.T) {
	w := newTestWorker(t, unlimited(), newWorld(t).view)
	reply := w.respond(nil, mustQuery(t, "A single.gtm.test. +zoneversion"), someClient(UDP), time.Unix(1000, 0))
	if got, _ := dnstest.Option(reply, optZoneVersion); string(got) != "\x02\x00\x00\x00\x00\x07" {
		t.Errorf("got %x, want 020000000007", got)
	}
}

// TestExtraTextGivesWay fills a reply up to its limit: the extended error loses
// its text, then itself, before a record is lost (RFC 8914 §3).
func TestExtraTextGivesWay(t *testing.T) {
	const text = "some words"
	for _, c := range []struct {
		room int
		want string
	}{
		{6 + len(text), "\x00\x0f\x00\x0c\x00\x03" + text}, {6 + len(text) - 1, "\x00\x0f\x00\x02\x00\x03"}, {6, "\x00\x0f\x00\x02\x00\x03"}, {5, ""},
	} {
		if got := string(appendEDE(nil, extendedError{3, text}, c.room)); got != c.want {
			t.Errorf("room %d: got %q, want %q", c.room, got, c.want)
		}
	}
	for _, e := range []extendedError{edeStale(), edeNotReady(), edeProhibited(), edeOff(), edeNotAuthoritative(), edeInvalidType()} {
		if len(e.text) > maxExtraText {
			t.Errorf("text %q: want at most %d octets", e.text, maxExtraText)
		}
	}
}

// TestStale marks answers of a node on its own: EDE 3, TTL at most 10 s.
func TestStale(t *testing.T) {
	world := newWorld(t)
	c := world.content
	c.Stale = true
	view, err := Build(c, world.view)
	if err != nil {
		t.Fatal(err)
	}
	w := newTestWorker(t, unlimited(), view)
	for query, want := range map[string]string{
		"A contoso.gtm.test.": "answer contoso.gtm.test. 10 IN A", "A alias.gtm.test.": "answer alias.gtm.test. 10 IN CNAME",
		"A nx.gtm.test.": "authority gtm.test. 15", "TXT gtm.test.": "answer gtm.test. 300",
	} {
		text, err := dnstest.Show(w.respond(nil, mustQuery(t, query), someClient(UDP), time.Unix(1000, 0)))
		if err != nil || !strings.Contains(text, want) || !strings.Contains(text, "ede=3") {
			t.Errorf("%s: got %v %s, want %q and ede=3", query, err, text, want)
		}
	}
}
