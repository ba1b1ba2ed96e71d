package dnsserver

import (
	"bytes"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"meridian/internal/dnstest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestWildcardBind asks a wildcard bind at several addresses: each reply comes
// from the address asked (RFC 2181 §4). A connected socket takes no other.
func TestWildcardBind(t *testing.T) {
	o := testOptions()
	o.Listen = []string{":0"}
	s := startServer(t, o, newWorld(t).view)
	query := mustQuery(t, "A single.gtm.test.")
	for _, c := range []struct{ addr, bound string }{
		{"127.0.0.1", "0.0.0.0"}, {"127.0.0.2", "0.0.0.0"}, {"127.1.2.3", "0.0.0.0"}, {"::1", "::"},
	} {
		t.Run(c.addr, func(t *testing.T) {
			for _, at := range s.Addrs() {
				if at.Addr().String() != c.bound {
					continue
				}
				to := netip.AddrPortFrom(netip.MustParseAddr(c.addr), at.Port())
				if _, err := dnstest.UDP(to, query, dnstest.Patience); err != nil {
					t.Error(err)
				}
				if _, err := dnstest.TCP(to, query, dnstest.Patience); err != nil {
					t.Error(err)
				}
				return
			}
			t.Skip("no such family here")
		})
	}
}

// TestManySockets sends from many ports, so that every socket gets some.
func TestManySockets(t *testing.T) {
	o := testOptions()
	o.Limits.Sockets = 4
	s := startServer(t, o, newWorld(t).view)
	query := mustQuery(t, "A single.gtm.test.")
	for range 64 {
		if _, err := dnstest.UDP(s.Addrs()[0], query, dnstest.Patience); err != nil {
			t.Fatal(err)
		}
	}
	used := 0
	for _, c := range s.counters[:4] {
		if c.octets[UDP].Load() > 0 {
			used++
		}
	}
	if used < 2 {
		t.Errorf("got %d sockets with queries of 4, want the kernel to deal them", used)
	}
}

// TestNotReady refuses before the first Publish, with EDE 14.
func TestNotReady(t *testing.T) {
	s := startServer(t, testOptions(), nil)
	want := "REFUSED qr\nquestion single.gtm.test. IN A\nedns 0 1232 ede=14\n"
	if got := ask(t, s, "A single.gtm.test."); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	s.Publish(newWorld(t).view)
	if got := ask(t, s, "A single.gtm.test."); !strings.HasPrefix(got, "NOERROR") {
		t.Errorf("after Publish: got %s", got)
	}
}

// TestPanic answers SERVFAIL where answering panics, counts it, and goes on.
func TestPanic(t *testing.T) {
	world := newWorld(t)
	broken := *world.view
	broken.answers = nil // every dynamic answer is out of range
	var log bytes.Buffer
	o := testOptions()
	o.Logger = slog.New(slog.NewTextHandler(&log, nil))
	w := newTestWorker(t, o, &broken)
	query := mustQuery(t, "A single.gtm.test. +rd")
	for range 3 {
		reply := w.respond(nil, query, someClient(UDP), time.Unix(100, 0))
		if len(reply) != headerSize || reply[3] != byte(rcodeServFail) || reply[2] != 0x81 || !bytes.Equal(reply[:2], query[:2]) {
			t.Fatalf("got %x, want a SERVFAIL header", reply)
		}
	}
	if got := w.counters.panics.Load(); got != 3 {
		t.Errorf("got %d panics counted, want 3", got)
	}
	if got := strings.Count(log.String(), "query caused a panic"); got != 1 {
		t.Errorf("got %d log lines within a second, want 1: %s", got, &log)
	}
	w.server.view.Store(world.view)
	if reply := w.respond(nil, query, someClient(UDP), time.Unix(100, 0)); reply[3] != 0 {
		t.Errorf("after a panic: got %x, want NOERROR", reply)
	}
}

// TestPublishWhileServing changes the view, the cookies and the answers' TTL
// under queries over both transports: each reply is from one view.
func TestPublishWhileServing(t *testing.T) {
	world := newWorld(t)
	c := world.content
	c.Stale = true
	stale, err := Build(c, world.view)
	if err != nil {
		t.Fatal(err)
	}
	s := startServer(t, testOptions(), world.view)
	done := make(chan struct{})
	published := make(chan struct{})
	go func() {
		defer close(published)
		for i := byte(1); ; i++ {
			select {
			case <-done:
				return
			default:
			}
			s.Publish(stale)
			s.SetCookies(CookieSecrets{Current: CookieSecret{i}})
			s.Publish(world.view)
		}
	}()
	for range 200 {
		for _, transport := range []string{"", "tcp "} {
			text := ask(t, s, transport+"A contoso.gtm.test. +cookie=2464c4abcf10c957")
			if marked := strings.Contains(text, "ede=3"); marked != strings.Contains(text, " 10 IN A ") {
				t.Fatalf("a reply of two views: %s", text)
			}
		}
	}
	close(done)
	<-published
}

// TestOptions reports everything out of range at once.
func TestOptions(t *testing.T) {
	_, err := New(Options{
		NSID: strings.Repeat("x", 65), Limits: Limits{Sockets: 300, IdleTimeout: time.Millisecond},
		RateLimit: RateLimit{Answers: -1},
	})
	if err == nil {
		t.Fatal("got no error")
	}
	for _, want := range []string{"listen addresses 0: want 1", "NSID 65: want 0 .. 64", "sockets 300: want 1 .. 256", "idle timeout 1ms", "answers per second -1"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want it to say %q", err, want)
		}
	}
	for _, listen := range []string{"localhost:53", "127.0.0.1", ":x", "127.0.0.1:70000"} {
		if _, err := New(Options{Listen: []string{listen}}); err == nil || !strings.Contains(err.Error(), listen) {
			t.Errorf("listen %q: got %v, want an error that quotes it", listen, err)
		}
	}
}

// TestPortInUse says which address it was.
func TestPortInUse(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	addr := l.Addr().String()
	if _, err := New(Options{Listen: []string{addr}}); err == nil || !strings.Contains(err.Error(), addr) {
		t.Errorf("got %v, want an error about %s", err, addr)
	}
}

// TestMetrics asks a little and reads the counters.
func TestMetrics(t *testing.T) {
	registry := prometheus.NewPedanticRegistry()
	o := testOptions()
	o.Registerer = registry
	s := startServer(t, o, newWorld(t).view)
	ask(t, s, "A single.gtm.test.")
	ask(t, s, "A contoso.gtm.test. +subnet=81.0.0.0/24")
	ask(t, s, "tcp TXT big.gtm.test.")
	ask(t, s, "TXT big.gtm.test.")
	ask(t, s, "TYPE4711 single.gtm.test.")
	got := gather(t, registry)
	for name, want := range map[string]float64{
		"queries_total rcode=NOERROR transport=tcp type=TXT":   1,
		"queries_total rcode=NOERROR transport=udp type=A":     2,
		"queries_total rcode=NOERROR transport=udp type=TXT":   1,
		"queries_total rcode=NOERROR transport=udp type=other": 1,
		"endpoint_answers_total endpoint=a profile=single":     1,
		"location_answers_total location=westeurope":           1,
		"decisions_total method=Performance reason=available":  1,
		"decisions_total method=Priority reason=available":     1,
		"truncated_total":            1,
		"panics_total":               0,
		"zone_serial zone=gtm.test.": 7,
		"ecs_scope_bits family=ipv4": 16,
		"ecs_scope_bits family=ipv6": 0,
	} {
		if v, ok := got["meridian_dns_"+name]; !ok || v != want {
			t.Errorf("%s: got %v, want %v", name, v, want)
		}
	}
}

// gather reads a registry: metric name and labels to value, sums for histograms.
func gather(t *testing.T, r prometheus.Gatherer) map[string]float64 {
	t.Helper()
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := f.GetName()
			for _, l := range m.GetLabel() {
				name += " " + l.GetName() + "=" + l.GetValue()
			}
			out[name] = m.GetCounter().GetValue() + m.GetGauge().GetValue() + m.GetHistogram().GetSampleSum()
		}
	}
	return out
}
