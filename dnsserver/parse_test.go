package dnsserver

import (
	"bytes"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/miekg/dns"
	"pgregory.net/rapid"

	"meridian/internal/dnstest"
)

// checkParse compares our reading of a query with that of miekg/dns, wherever
// both can read it.
func checkParse(t *testing.T, msg []byte) {
	t.Helper()
	var q query
	var m dns.Msg
	q.header(msg)
	if q.parse(msg) != rcodeSuccess || m.Unpack(msg) != nil || len(m.Question) != 1 {
		return
	}
	name := make([]byte, maxName)
	end, err := dns.PackDomainName(m.Question[0].Name, name, 0, nil, false)
	if err != nil {
		t.Fatalf("%x: name %q cannot be packed: %v", msg, m.Question[0].Name, err)
	}
	if want := appendLower(nil, name[:end]); !bytes.Equal(q.name, want) {
		t.Fatalf("%x: got name %x, want %x", msg, q.name, want)
	}
	if q.rrtype != m.Question[0].Qtype || q.class != m.Question[0].Qclass {
		t.Fatalf("%x: got type %d class %d, want %v", msg, q.rrtype, q.class, m.Question[0])
	}
	opt := m.IsEdns0()
	if (opt != nil) != q.edns.seen {
		t.Fatalf("%x: got OPT %v, want %v", msg, q.edns.seen, opt != nil)
	}
	if opt == nil {
		return
	}
	if q.edns.size != opt.UDPSize() || q.edns.do != opt.Do() || q.edns.version != opt.Version() {
		t.Fatalf("%x: got OPT %+v, want %v", msg, q.edns, opt)
	}
	for _, o := range opt.Option {
		if subnet, ok := o.(*dns.EDNS0_SUBNET); ok && subnet.Family != 0 {
			want, _ := netip.AddrFromSlice(subnet.Address)
			if q.edns.subnet.source != subnet.SourceNetmask || q.edns.subnet.addr.Unmap() != want.Unmap() {
				t.Fatalf("%x: got subnet %+v, want %v", msg, q.edns.subnet, subnet)
			}
		}
	}
}

// TestParseTwin reads generated queries twice.
func TestParseTwin(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		labels := rapid.SliceOfN(rapid.StringMatching(`[a-zA-Z0-9_-]{1,63}`), 0, 6).Draw(rt, "labels")
		m := new(dns.Msg)
		m.SetQuestion(strings.Join(labels, ".")+".", rapid.Uint16().Draw(rt, "type"))
		if rapid.Bool().Draw(rt, "edns") {
			m.SetEdns0(rapid.Uint16().Draw(rt, "size"), rapid.Bool().Draw(rt, "do"))
			subnet := drawSubnet(rt, "subnet")
			family := uint16(1)
			if subnet.Addr().Is6() {
				family = 2
			}
			m.IsEdns0().Option = []dns.EDNS0{&dns.EDNS0_SUBNET{
				Code: optECS, Family: family, SourceNetmask: uint8(subnet.Bits()), Address: subnet.Addr().AsSlice(),
			}}
		}
		msg, err := m.Pack()
		if err != nil {
			return // a name too long
		}
		var q query
		q.header(msg)
		if code := q.parse(msg); code != rcodeSuccess {
			rt.Fatalf("%x: got rcode %d", msg, code)
		}
		checkParse(t, msg)
	})
}

// failingListener fails to accept a number of times, as a system without
// descriptors does, and is then closed.
type failingListener struct {
	net.Listener
	fails int
	at    []time.Time
}

func (l *failingListener) Accept() (net.Conn, error) {
	l.at = append(l.at, time.Now())
	if len(l.at) > l.fails {
		return nil, net.ErrClosed
	}
	return nil, &net.OpError{Op: "accept", Err: syscall.EMFILE}
}

// TestAcceptBacksOff waits longer from failure to failure, up to a second, and
// does not spin.
func TestAcceptBacksOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		o := testOptions().withDefaults()
		o.Logger = slog.New(slog.NewTextHandler(&log, nil))
		s := &Server{options: o, conns: newConnTable(o.Limits), stop: make(chan struct{})}
		l := &failingListener{fails: 12}
		start := time.Now()
		s.accept(l)
		var waits []time.Duration
		for i, at := range l.at[1:] {
			waits = append(waits, at.Sub(l.at[i]))
		}
		if waits[0] != minAcceptPause || waits[len(waits)-1] != maxAcceptPause || !slices.IsSorted(waits) {
			t.Errorf("got waits %v", waits)
		}
		if total := time.Since(start); total < 5*time.Second {
			t.Errorf("12 failures took %v, want some seconds", total)
		}
		if got := strings.Count(log.String(), "\n"); got != 1 {
			t.Errorf("got %d log lines, want 1: %s", got, log.String())
		}
	})
}

// TestFailedBindCloses checks that a failing bind leaves nothing open.
func TestFailedBindCloses(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	port := l.Addr().(*net.TCPAddr).AddrPort().Port()
	taken := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), port)
	free := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.3"), port)
	if _, err := New(Options{Listen: []string{free.String(), taken.String()}}); !errors.Is(err, syscall.EADDRINUSE) {
		t.Fatalf("got %v, want the address to be in use", err)
	}
	again, err := net.Listen("tcp4", free.String())
	if err != nil {
		t.Fatalf("the first address is still bound: %v", err)
	}
	_ = again.Close()
	if _, err := dnstest.UDP(free, []byte("no server"), 50*time.Millisecond); err == nil {
		t.Error("something answers")
	}
}
