package dnsserver

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/miekg/dns"
	"pgregory.net/rapid"

	"meridian/internal/dnstest"
	"meridian/routing"
)

// drawSubnet is a network near those the table tells apart, or anywhere.
func drawSubnet(rt *rapid.T, label string) netip.Prefix {
	near := []string{"81.0.0.0", "81.1.0.0", "81.1.0.16", "81.128.0.0", "8.0.0.0", "9.0.0.0", "10.0.0.0", "203.0.113.0", "2a00::", "2a01::", "2001:db8::"}
	first := netip.MustParseAddr(rapid.SampledFrom(near).Draw(rt, label+" near"))
	octets := first.AsSlice()
	for range rapid.IntRange(0, 2).Draw(rt, label+" flips") {
		bit := rapid.IntRange(0, len(octets)*8-1).Draw(rt, label+" bit")
		octets[bit/8] ^= 0x80 >> (bit % 8)
	}
	addr, _ := netip.AddrFromSlice(octets)
	p, _ := addr.Prefix(rapid.IntRange(0, addr.BitLen()).Draw(rt, label+" bits"))
	return p
}

// subnetReply is what a query with a client subnet gets: the answer as text,
// and the scope.
func subnetReply(rt *rapid.T, w *worker, name, rrtype string, subnet netip.Prefix) (answer string, scope netip.Prefix) {
	query, err := dnstest.Query(fmt.Sprintf("%s %s +subnet=%s", rrtype, name, subnet))
	if err != nil {
		rt.Fatal(err)
	}
	reply := w.respond(nil, query, someClient(UDP), time.Unix(1000, 0))
	sent, _ := dnstest.Option(query, optECS)
	got, ok := dnstest.Option(reply, optECS)
	if !ok || len(got) != len(sent) || !bytes.Equal(got[:3], sent[:3]) || !bytes.Equal(got[4:], sent[4:]) {
		rt.Fatalf("sent subnet %x, got %x: want it back bit for bit", sent, got)
	}
	scope, err = subnet.Addr().Prefix(int(got[3]))
	if err != nil {
		rt.Fatalf("scope %d of a subnet %v", got[3], subnet)
	}
	if subnet.Bits() == 0 && got[3] != 0 {
		rt.Fatalf("scope %d where no subnet was given", got[3])
	}
	var m dns.Msg
	if err := m.Unpack(reply); err != nil {
		rt.Fatal(err)
	}
	m.Extra = nil
	return fmt.Sprint(m.Rcode, m.Answer, m.Ns), scope
}

// steady lists the profiles whose answer is the same for one client: the others
// turn a ring.
func steady() []string {
	return []string{"contoso", "api", "alias", "off", "offtxt", "strict", "single", "v6", "down", "nx", "www", "a.ent"}
}

// TestScopeLaw checks RFC 7871 §7.3: two clients inside one scope get the same
// answer, whatever source lengths were sent, and scopes of a name are
// prefix-free.
func TestScopeLaw(t *testing.T) {
	w := newTestWorker(t, unlimited(), newWorld(t).view)
	rapid.Check(t, func(rt *rapid.T) {
		name := rapid.SampledFrom(steady()).Draw(rt, "name") + ".gtm.test."
		rrtype := rapid.SampledFrom([]string{"A", "AAAA", "HTTPS", "TXT", "CNAME"}).Draw(rt, "type")
		a, b := drawSubnet(rt, "a"), drawSubnet(rt, "b")
		if a.Bits() == 0 || b.Bits() == 0 {
			subnetReply(rt, w, name, rrtype, a)
			return // decided by the resolver's address, for which nobody caches a block
		}
		answerA, scopeA := subnetReply(rt, w, name, rrtype, a)
		answerB, scopeB := subnetReply(rt, w, name, rrtype, b)
		if a.Addr().BitLen() != b.Addr().BitLen() || !scopeA.Overlaps(scopeB) {
			return
		}
		if scopeA != scopeB {
			rt.Fatalf("%v has scope %v, %v has %v: want scopes that do not overlap", a, scopeA, b, scopeB)
		}
		if answerA != answerB {
			rt.Fatalf("%v and %v share the scope %v\nbut get %s\nand %s", a, b, scopeA, answerA, answerB)
		}
	})
}

// TestAnswerIsDecision checks that what is on the wire is what routing decided.
func TestAnswerIsDecision(t *testing.T) {
	world := newWorld(t)
	w := newTestWorker(t, unlimited(), world.view)
	rapid.Check(t, func(rt *rapid.T) {
		id := routing.ProfileID(rapid.IntRange(0, len(world.plan.Profiles)-1).Draw(rt, "profile"))
		p := &world.plan.Profiles[id]
		answers := world.snapshot.Answers(id)
		if p.Name == "apex" || p.Name == "multi" || answers.CNAME {
			return
		}
		subnet := drawSubnet(rt, "client")
		if subnet.Bits() == 0 {
			return
		}
		var d routing.Decision
		world.snapshot.Decide(&routing.Query{Profile: id, Client: routing.Client{Addr: subnet.Addr(), Bits: uint8(subnet.Bits())}}, &d)
		query, err := dnstest.Query(fmt.Sprintf("A %s.gtm.test. +subnet=%s", p.Name, subnet))
		if err != nil {
			rt.Fatal(err)
		}
		var m dns.Msg
		if err := m.Unpack(w.respond(nil, query, someClient(UDP), time.Unix(1000, 0))); err != nil {
			rt.Fatal(err)
		}
		var got, want []netip.Addr
		for _, rr := range m.Answer {
			if rr.Header().Ttl != d.TTL {
				rt.Fatalf("got TTL %d, want %d", rr.Header().Ttl, d.TTL)
			}
			addr, _ := netip.AddrFromSlice(rr.(*dns.A).A.To4())
			got = append(got, addr)
		}
		if answers.IPv4 && d.Set != routing.NoSet {
			want = world.snapshot.Set(d.Set).IPv4
		}
		if !slices.Equal(got, want) {
			rt.Fatalf("%s for %v: got %v, want %v", p.Name, subnet, got, want)
		}
	})
}

// TestHintsLaw checks RFC 9460 §7.3: the hints of an HTTPS record are the
// addresses that A and AAAA questions of the same client get.
func TestHintsLaw(t *testing.T) {
	w := newTestWorker(t, unlimited(), newWorld(t).view)
	rapid.Check(t, func(rt *rapid.T) {
		subnet := drawSubnet(rt, "client")
		if subnet.Bits() == 0 {
			return
		}
		ask := func(rrtype string) []dns.RR {
			query, err := dnstest.Query(fmt.Sprintf("%s contoso.gtm.test. +subnet=%s", rrtype, subnet))
			if err != nil {
				rt.Fatal(err)
			}
			var m dns.Msg
			if err := m.Unpack(w.respond(nil, query, someClient(UDP), time.Unix(1000, 0))); err != nil {
				rt.Fatal(err)
			}
			return m.Answer
		}
		hints := ask("HTTPS")[0].(*dns.HTTPS)
		a, aaaa := ask("A")[0].(*dns.A), ask("AAAA")[0].(*dns.AAAA)
		for _, kv := range hints.Value {
			switch kv.Key() {
			case dns.SVCB_IPV4HINT:
				if kv.String() != a.A.String() {
					rt.Fatalf("got IPv4 hint %v, want %v", kv, a.A)
				}
			case dns.SVCB_IPV6HINT:
				if kv.String() != aaaa.AAAA.String() {
					rt.Fatalf("got IPv6 hint %v, want %v", kv, aaaa.AAAA)
				}
			}
		}
		if len(hints.Value) != 3 {
			rt.Fatalf("got %v, want alpn and two hints", hints)
		}
	})
}

// TestMultiValueRing draws many answers without a subnet: every endpoint comes
// up, never more than maxReturn at a time.
func TestMultiValueRing(t *testing.T) {
	w := newTestWorker(t, unlimited(), newWorld(t).view)
	seen := map[string]int{}
	query := mustQuery(t, "A multi.gtm.test.")
	for range 300 {
		var m dns.Msg
		if err := m.Unpack(w.respond(nil, query, someClient(TCP), time.Unix(1000, 0))); err != nil {
			t.Fatal(err)
		}
		if len(m.Answer) != 2 {
			t.Fatalf("got %d answers, want 2", len(m.Answer))
		}
		for _, rr := range m.Answer {
			seen[rr.(*dns.A).A.String()]++
		}
	}
	if len(seen) != 3 {
		t.Errorf("got %v, want all 3 endpoints", seen)
	}
	for addr, n := range seen {
		if n < 140 || n > 260 { // expected 200, deviation 10.5
			t.Errorf("%s came up %d times in 300, want about 200", addr, n)
		}
	}
}

// TestHealthIsNoError takes everything down in every combination with other
// switches: never SERVFAIL, NXDOMAIN or empty because of health.
func TestHealthIsNoError(t *testing.T) {
	world := newWorld(t)
	rapid.Check(t, func(rt *rapid.T) {
		for i := range world.state.Endpoints {
			e := &world.state.Endpoints[i]
			e.Switch = routing.On
			e.Health = rapid.SampledFrom([]routing.Health{routing.Unchecked, routing.Up, routing.Down}).Draw(rt, "health")
		}
		c := world.content
		c.Snapshot = world.structure.Publish(world.state, world.snapshot)
		view, err := Build(c, world.view)
		if err != nil {
			rt.Fatal(err)
		}
		w := newTestWorker(t, unlimited(), view)
		for _, name := range []string{"api", "single", "down", "alias", "contoso", "multi"} {
			var m dns.Msg
			if err := m.Unpack(w.respond(nil, mustQuery(t, "A "+name+".gtm.test."), someClient(TCP), time.Unix(1000, 0))); err != nil {
				rt.Fatal(err)
			}
			if m.Rcode != dns.RcodeSuccess || len(m.Answer) == 0 {
				rt.Fatalf("%s: got %v", name, &m)
			}
		}
	})
}

// FuzzRespond feeds the whole handler octets and checks what must hold for
// every message.
func FuzzRespond(f *testing.F) {
	for _, c := range rawPackets() {
		f.Add(c.packet, false)
	}
	for _, line := range []string{
		"A contoso.gtm.test. +subnet=81.0.0.0/24 +nsid +cookie=2464c4abcf10c957 +zoneversion", "TXT big.gtm.test. +bufsize=512",
		"HTTPS contoso.gtm.test. +subnet=2a00::/16", "NS huge.gtm.test.", "A chain1.gtm.test. +noedns", "MX x.y.wild.gtm.test.",
		"A www.gtm.test. +subnet=81.1.0.0/28 +keepalive", "A offtxt.gtm.test. +do", "TYPE128 single.gtm.test.", "A host.sub.gtm.test.",
	} {
		query, err := dnstest.Query(line)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(query, true)
	}
	w := newTestWorker(f, unlimited(), newWorld(f).view)
	f.Fuzz(func(t *testing.T, msg []byte, tcp bool) {
		peer := someClient(UDP)
		if tcp {
			peer = someClient(TCP)
		}
		before := w.counters.panics.Load()
		reply := w.respond([]byte("xy"), msg, peer, time.Unix(1559731985, 0))[2:]
		if w.counters.panics.Load() != before {
			t.Fatalf("%x made it panic", msg)
		}
		checkReply(t, msg, reply, peer.Transport)
	})
}

// checkReply checks the invariants of a reply.
func checkReply(t *testing.T, msg, reply []byte, transport Transport) {
	t.Helper()
	if len(msg) < headerSize || msg[2]&0x80 != 0 {
		if len(reply) > 0 {
			t.Fatalf("got %x, want silence", reply)
		}
		return
	}
	checkParse(t, msg)
	var m dns.Msg
	if err := m.Unpack(reply); err != nil {
		t.Fatalf("%x does not parse: %v", reply, err)
	}
	if again, err := m.Pack(); err != nil {
		t.Fatalf("%x cannot be packed again: %v", again, err)
	}
	if m.Id != binary.BigEndian.Uint16(msg) || !m.Response || m.Opcode != int(msg[2]>>3&15) || m.RecursionDesired != (msg[2]&1 != 0) {
		t.Fatalf("header %x for %x", reply[:headerSize], msg[:headerSize])
	}
	if m.RecursionAvailable || m.AuthenticatedData || m.Zero {
		t.Fatalf("RA, AD or Z set: %v", &m)
	}
	if q := len(reply[headerSize:]); len(m.Question) == 1 && q > 0 {
		end := nameEnd(reply, headerSize) + 4
		if !bytes.Equal(reply[headerSize:end], msg[headerSize:min(end, len(msg))]) {
			t.Fatalf("question %x for %x", reply[headerSize:end], msg)
		}
	}
	checkReplyEDNS(t, msg, reply, &m, transport)
}

func checkReplyEDNS(t *testing.T, msg, reply []byte, m *dns.Msg, transport Transport) {
	t.Helper()
	opts := 0
	for _, rr := range m.Extra {
		if rr.Header().Rrtype == dns.TypeOPT {
			opts++
		}
	}
	var in dns.Msg
	if in.Unpack(msg) != nil || in.Opcode != dns.OpcodeQuery || m.Rcode == dns.RcodeFormatError {
		if opts > 1 {
			t.Fatalf("%d OPT records", opts)
		}
		return
	}
	asked := in.IsEdns0()
	if (asked != nil) != (opts == 1) || opts > 1 {
		t.Fatalf("OPT asked %v, got %d", asked != nil, opts)
	}
	size := minUDP
	if asked != nil {
		size = min(max(minUDP, int(asked.UDPSize())), maxUDP)
	}
	if transport == UDP && len(reply) > size {
		t.Fatalf("%d octets, want at most %d", len(reply), size)
	}
	_, sent := dnstest.Option(msg, optECS)
	_, got := dnstest.Option(reply, optECS)
	if sent != got && asked.Version() == 0 {
		t.Fatalf("client subnet asked %v, got %v", sent, got)
	}
}
