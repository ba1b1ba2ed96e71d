package resolver

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"

	"meridian/dnswire"
)

// listen serves handle over UDP and TCP on one loopback port.
func listen(t *testing.T, handle func(query *dns.Msg, tcp bool) *dns.Msg) netip.AddrPort {
	t.Helper()
	packets, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", packets.LocalAddr().String())
	if err != nil {
		_ = packets.Close()
		t.Skipf("the TCP port beside %s is taken: %v", packets.LocalAddr(), err)
	}
	handler := dns.HandlerFunc(func(w dns.ResponseWriter, query *dns.Msg) {
		_, tcp := w.RemoteAddr().(*net.TCPAddr)
		if msg := handle(query, tcp); msg != nil {
			if err := w.WriteMsg(msg); err != nil {
				t.Errorf("fake server: %v", err)
			}
		}
	})
	for _, server := range []*dns.Server{{PacketConn: packets, Handler: handler}, {Listener: listener, Handler: handler}} {
		started := make(chan struct{})
		server.NotifyStartedFunc = func() { close(started) }
		done := make(chan error)
		go func() { done <- server.ActivateAndServe() }()
		<-started
		t.Cleanup(func() {
			if err := server.Shutdown(); err != nil {
				t.Error(err)
			}
			<-done
		})
	}
	return netip.MustParseAddrPort(packets.LocalAddr().String())
}

func TestLookupOnSockets(t *testing.T) {
	server := listen(t, func(query *dns.Msg, tcp bool) *dns.Msg {
		if !tcp && query.Question[0].Qtype == dns.TypeAAAA {
			return reply(query, "tc")
		}
		return zone(positive())("", "", query)[0]
	})
	r, err := New(Options{Servers: []netip.AddrPort{server}, Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	answer, err := r.Lookup(t.Context(), "x.test.")
	if want := addrs("192.0.2.10 192.0.2.20 2001:db8::1"); err != nil || fmt.Sprint(answer.Addrs) != fmt.Sprint(want) {
		t.Errorf("got %v, %v, want %v", answer, err, want)
	}
	if err := r.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestNobodyListens: a closed port is known at once, not after a timeout.
func TestNobodyListens(t *testing.T) {
	server := netip.MustParseAddrPort("127.0.0.1:9") // a port that nobody is given
	r, err := New(Options{Servers: []netip.AddrPort{server}, Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Lookup(t.Context(), "x.test."); !errors.Is(err, Unreachable) {
		t.Errorf("got %v, want %v", err, Unreachable)
	}
	if err := r.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestQuery(t *testing.T) {
	server := listen(t, func(query *dns.Msg, tcp bool) *dns.Msg {
		text := "aa\nx.test. 60 NS ns1.x.test.\nx.test. 60 TXT \"a b\"\nx.test. 60 TYPE65280 \\# 2 abcd\n"
		text += "authority\nTEST. 30 SOA ns.test. h.test. 42 2 3 4 30\nns1.x.test. 60 A 192.0.2.1\nns1.x.test. 60 AAAA 2001:db8::1"
		msg := reply(query, text)
		msg.Truncated = !tcp
		if query.IsEdns0() != nil {
			msg.SetEdns0(1232, false)
			msg.Rcode = dns.RcodeBadVers
		}
		return msg
	})
	for _, network := range []string{"udp", "tcp"} {
		got, err := Client{}.Query(t.Context(), server, network, "x.test.", dns.TypeNS, QueryOptions{RecursionDesired: true, EDNS: true})
		if err != nil {
			t.Fatal(err)
		}
		if got.RTT <= 0 || got.Size < 100 {
			t.Errorf("%s: got RTT %s and size %d, want both", network, got.RTT, got.Size)
		}
		got.RTT, got.Size = 0, 0
		want := &Reply{
			Server: server, Network: network, Rcode: dns.RcodeBadVers, RcodeName: "BADVERS",
			AA: true, TC: network == "udp", RD: true, EDNS: true,
			Answer: []ReplyRecord{
				{Name: "x.test.", Type: dns.TypeNS, Class: 1, TTL: 60, Data: "ns1.x.test.", Target: "ns1.x.test."},
				{Name: "x.test.", Type: dns.TypeTXT, Class: 1, TTL: 60, Data: `"a b"`},
				{Name: "x.test.", Type: 65280, Class: 1, TTL: 60, Data: `\# 2 abcd`},
			},
			Authority: []ReplyRecord{
				{Name: "test.", Type: dns.TypeSOA, Class: 1, TTL: 30, Data: "ns.test. h.test. 42 2 3 4 30", Serial: 42},
				{Name: "ns1.x.test.", Type: dns.TypeA, Class: 1, TTL: 60, Data: "192.0.2.1", Addr: netip.MustParseAddr("192.0.2.1")},
				{Name: "ns1.x.test.", Type: dns.TypeAAAA, Class: 1, TTL: 60, Data: "2001:db8::1", Addr: netip.MustParseAddr("2001:db8::1")},
			},
		}
		if diff := cmp.Diff(fmt.Sprintf("%+v", want), fmt.Sprintf("%+v", got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", network, diff)
		}
	}
	got, err := Client{}.Query(t.Context(), server, "udp", "x.test.", dns.TypeNS, QueryOptions{})
	if err != nil || got.RD || got.EDNS || got.RcodeName != "NOERROR" {
		t.Errorf("got %+v, %v, want a reply without RD and EDNS", got, err)
	}
}

func TestQueryFails(t *testing.T) {
	silent := listen(t, func(*dns.Msg, bool) *dns.Msg { return nil })
	client := Client{Timeout: 50 * time.Millisecond}
	for _, network := range []string{"udp", "tcp"} {
		if _, err := client.Query(t.Context(), silent, network, "x.test.", dns.TypeA, QueryOptions{}); !errors.Is(err, Timeout) {
			t.Errorf("%s: got %v, want %v", network, err, Timeout)
		}
	}
	if _, err := client.Query(t.Context(), silent, "udp4", dnswire.Root, dns.TypeA, QueryOptions{}); err == nil {
		t.Errorf("network udp4: got nil, want an error")
	}
}
