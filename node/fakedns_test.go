package node

import (
	"net"
	"net/netip"
	"testing"

	"github.com/miekg/dns"
)

// fakeDNS is a DNS server of a test, over UDP and TCP at one address.
type fakeDNS struct{ at netip.AddrPort }

func (f *fakeDNS) servers() []netip.AddrPort { return []netip.AddrPort{f.at} }

// newFakeDNS serves until the test ends; answer fills in a reply.
func newFakeDNS(t *testing.T, at string, answer func(dns.Question, *dns.Msg)) *fakeDNS {
	t.Helper()
	l, err := net.Listen("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	pc, err := net.ListenPacket("udp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	h := dns.HandlerFunc(func(w dns.ResponseWriter, r *dns.Msg) {
		m := new(dns.Msg).SetReply(r)
		answer(r.Question[0], m)
		_ = w.WriteMsg(m)
	})
	for _, s := range []*dns.Server{{Listener: l, Handler: h}, {PacketConn: pc, Handler: h}} {
		started := make(chan struct{})
		s.NotifyStartedFunc = func() { close(started) }
		done := make(chan struct{})
		go func() {
			defer close(done)
			_ = s.ActivateAndServe()
		}()
		<-started
		t.Cleanup(func() {
			_ = s.Shutdown()
			<-done
		})
	}
	return &fakeDNS{netip.MustParseAddrPort(l.Addr().String())}
}

func rr(t *testing.T, text string) dns.RR {
	t.Helper()
	out, err := dns.NewRR(text)
	if err != nil {
		t.Error(err)
	}
	return out
}
