package healthprobe

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestStatuses(t *testing.T) {
	for _, tc := range []struct {
		answer string
		ranges []StatusRange
		want   Reason
		status int
	}{
		{"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", nil, ReasonOK, 200},
		{"HTTP/1.0 200 OK\r\n\r\nuntil close", nil, ReasonOK, 200},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", nil, ReasonOK, 200},
		{"HTTP/1.1 204 No Content\r\n\r\n", nil, ReasonStatus, 204},
		{"HTTP/1.1 204 No Content\r\n\r\n", []StatusRange{{200, 202}, {204, 204}}, ReasonOK, 204},
		{"HTTP/1.1 200 OK\r\n\r\n", []StatusRange{{300, 399}}, ReasonStatus, 200},
		{"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", nil, ReasonStatus, 503},
		{"HTTP/1.1 302 Found\r\nLocation: /status\r\nContent-Length: 0\r\n\r\n", nil, ReasonStatus, 302},
		{"HTTP/1.1 302 Found\r\nLocation: /status\r\nContent-Length: 0\r\n\r\n", []StatusRange{{301, 302}}, ReasonOK, 302},
		{"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", nil, ReasonOK, 200},
		{strings.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", 20) + "HTTP/1.1 200 OK\r\n\r\n", nil, ReasonProtocol, 0},
		{"SSH-2.0-OpenSSH_9.6\r\n\r\n", nil, ReasonProtocol, 0},
		{"HTTP/1.1 banana\r\n\r\n", nil, ReasonProtocol, 0},
		{"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", nil, ReasonProtocol, 0},
		{"", nil, ReasonClosed, 0},
		{"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n", nil, ReasonClosed, 0},
		{"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", nil, ReasonClosed, 200},
	} {
		target := httpTarget(serveRaw(t, respond(tc.answer)))
		target.Check.Ranges = tc.ranges
		got := NewNetProber(ProberOptions{}).Probe(t.Context(), target)
		if got.Reason != tc.want || got.Status != tc.status || !got.Answered {
			t.Errorf("%.60q in %v: got %+v, want %s with status %d", tc.answer, tc.ranges, got, tc.want, tc.status)
		}
	}
}

// A disabled gateway is alive; a leaving one is not, nor is a stranger that
// says the same.
func TestSwitchedOffGateway(t *testing.T) {
	const busy = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nMeridian-Gateway: "
	for _, tc := range []struct {
		answer  string
		gateway bool
		want    Reason
	}{
		{busy + "disabled\r\n\r\n", true, ReasonOK},
		{busy + "disabled\r\n\r\n", false, ReasonStatus},
		{busy + "leaving\r\n\r\n", true, ReasonStatus},
		{"HTTP/1.1 500 Oops\r\nMeridian-Gateway: disabled\r\n\r\n", true, ReasonStatus},
	} {
		target := httpTarget(serveRaw(t, respond(tc.answer)))
		target.Check.Gateway = tc.gateway
		if got := NewNetProber(ProberOptions{}).Probe(t.Context(), target); got.Reason != tc.want {
			t.Errorf("%q, gateway %v: got %+v, want %s", tc.answer, tc.gateway, got, tc.want)
		}
	}
}

func TestRedirectIsNotFollowed(t *testing.T) {
	requests := 0
	at := serveRaw(t, func(w io.Writer, _ <-chan struct{}) {
		requests++ // probes come one after the other
		io.WriteString(w, "HTTP/1.1 301 Moved\r\nLocation: /status\r\nContent-Length: 0\r\n\r\n")
	})
	got := NewNetProber(ProberOptions{}).Probe(t.Context(), httpTarget(at))
	if requests != 1 || got.Detail != `status 301, redirect not followed: "/status"` {
		t.Errorf("got %d requests, detail %q; want 1 and the redirect named", requests, got.Detail)
	}
}

// The hostile targets of fault A8 and the gray failure of A7: bounded in time
// and memory, with a reason that names the cause.
func TestHostileTargets(t *testing.T) {
	var bomb bytes.Buffer
	z, err := gzip.NewWriterLevel(&bomb, gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	pour(z, 8<<20)
	z.Close()
	hang := func(_ io.Writer, done <-chan struct{}) { <-done }
	for _, tc := range []struct {
		name   string
		answer func(io.Writer, <-chan struct{})
		want   Reason
	}{
		{"accepts and hangs", hang, ReasonTimeoutHeaders},
		{"hangs in the header", func(w io.Writer, done <-chan struct{}) {
			io.WriteString(w, "HTTP/1.1 200 OK\r\nX-")
			<-done
		}, ReasonTimeoutHeaders},
		{"drips a header", drip("HTTP/1.1 200 OK\r\nX-Drip: "), ReasonTimeoutHeaders},
		{"drips a body", drip("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"), ReasonTimeoutBody},
		{"10,000 headers", func(w io.Writer, _ <-chan struct{}) {
			io.WriteString(w, "HTTP/1.1 200 OK\r\n")
			for i := range 10000 {
				if _, err := fmt.Fprintf(w, "X-Header-%d: value\r\n", i); err != nil {
					return
				}
			}
		}, ReasonHeadersTooLarge},
		{"one endless header line", func(w io.Writer, _ <-chan struct{}) {
			io.WriteString(w, "HTTP/1.1 200 OK\r\nX: ")
			pour(w, 1<<20)
		}, ReasonHeadersTooLarge},
		{"body of 1 GiB", func(w io.Writer, _ <-chan struct{}) {
			io.WriteString(w, "HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n")
			pour(w, 1<<30)
		}, ReasonOK},
		{"chunks without end", func(w io.Writer, _ <-chan struct{}) {
			io.WriteString(w, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
			for {
				if _, err := io.WriteString(w, "1\r\nx\r\n"); err != nil {
					return
				}
			}
		}, ReasonOK},
		{"gzip bomb", func(w io.Writer, _ <-chan struct{}) {
			fmt.Fprintf(w, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n", bomb.Len())
			w.Write(bomb.Bytes())
		}, ReasonOK},
		{"reset", func(w io.Writer, _ <-chan struct{}) { w.(*net.TCPConn).SetLinger(0) }, ReasonReset},
	} {
		t.Run(tc.name, func(t *testing.T) {
			target := httpTarget(serveRaw(t, tc.answer))
			if strings.HasPrefix(string(tc.want), "timeout") {
				target = short(target)
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			got := NewNetProber(ProberOptions{}).Probe(t.Context(), target)
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			if got.Reason != tc.want || !got.Answered {
				t.Errorf("got %+v, want %s", got, tc.want)
			}
			if limit := target.Check.Timeout + time.Second; took > limit {
				t.Errorf("took %v, want at most the timeout, %v", took, target.Check.Timeout)
			}
			if grown := after.HeapSys - before.HeapSys; int64(grown) > 10<<20 {
				t.Errorf("heap grew by %d bytes", grown)
			}
		})
	}
}

func pour(w io.Writer, n int) {
	block := bytes.Repeat([]byte("x"), 32<<10)
	for ; n > 0; n -= len(block) {
		if _, err := w.Write(block); err != nil {
			return
		}
	}
}

func drip(head string) func(io.Writer, <-chan struct{}) {
	return func(w io.Writer, done <-chan struct{}) {
		io.WriteString(w, head)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				if _, err := io.WriteString(w, "x"); err != nil {
					return
				}
			}
		}
	}
}

func TestCertificates(t *testing.T) {
	good, other := newAuthority(t), newAuthority(t)
	const name = "www.example.com"
	valid := good.issue(t, name, -time.Hour, time.Hour)
	clientWanted := valid.Clone()
	clientWanted.ClientAuth = tls.RequireAnyClientCert
	noSuchName := valid.Clone()
	noSuchName.GetCertificate = func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return nil, errors.New("unknown name") }
	noSuchName.Certificates = nil
	expired := good.issue(t, name, -2*time.Hour, -time.Minute)
	wrongName := good.issue(t, "other.example.com", -time.Hour, time.Hour)
	selfSigned := other.issue(t, name, -time.Hour, time.Hour)
	for _, tc := range []struct {
		name   string
		server *tls.Config
		verify Verify
		want   Reason
	}{
		{"valid", valid, VerifyFull, ReasonOK},
		{"expired", expired, VerifyFull, ReasonTLSExpired},
		{"expired, chain", expired, VerifyChain, ReasonTLSExpired},
		{"expired, none", expired, VerifyNone, ReasonOK},
		{"not yet valid", good.issue(t, name, time.Hour, 2*time.Hour), VerifyFull, ReasonTLSNotYetValid},
		{"wrong name", wrongName, VerifyFull, ReasonTLSNameMismatch},
		{"wrong name, chain", wrongName, VerifyChain, ReasonOK},
		{"unknown authority", selfSigned, VerifyFull, ReasonTLSUnknownAuthority},
		{"unknown authority, chain", selfSigned, VerifyChain, ReasonTLSUnknownAuthority},
		{"unknown authority, none", selfSigned, VerifyNone, ReasonOK},
		{"wants a client certificate", clientWanted, VerifyFull, ReasonTLSAlert},
		{"knows no such name", noSuchName, VerifyFull, ReasonTLSAlert},
	} {
		t.Run(tc.name, func(t *testing.T) {
			target := secureTarget(serveTLS(t, tc.server))
			target.Check.Verify = tc.verify
			got := NewNetProber(ProberOptions{Roots: good.pool}).Probe(t.Context(), target)
			if got.Reason != tc.want || !got.Answered {
				t.Errorf("got %+v, want %s", got, tc.want)
			}
		})
	}
}

func TestNotTLS(t *testing.T) {
	plainText := serveConns(t, "tcp", "127.0.0.1:0", func(c net.Conn, _ <-chan struct{}) {
		io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n")
		io.Copy(io.Discard, c)
	})
	if got := NewNetProber(ProberOptions{}).Probe(t.Context(), secureTarget(plainText)); got.Reason != ReasonProtocol {
		t.Errorf("plain text on a TLS port: got %+v, want %s", got, ReasonProtocol)
	}
	mute := serveConns(t, "tcp", "127.0.0.1:0", func(_ net.Conn, done <-chan struct{}) { <-done })
	if got := NewNetProber(ProberOptions{}).Probe(t.Context(), short(secureTarget(mute))); got.Reason != ReasonTimeoutTLS || !got.Answered {
		t.Errorf("accepts and hangs: got %+v, want %s", got, ReasonTimeoutTLS)
	}
}

func TestConnectReasons(t *testing.T) {
	sys := func(errno syscall.Errno) error {
		return &net.OpError{Op: "dial", Err: fmt.Errorf("connect: %w", errno)}
	}
	for _, tc := range []struct {
		name     string
		err, udp error
		want     Reason
	}{
		{"refused", sys(syscall.ECONNREFUSED), nil, ReasonRefused},
		{"reset", sys(syscall.ECONNRESET), nil, ReasonReset},
		{"a router says unreachable", sys(syscall.EHOSTUNREACH), nil, ReasonUnreachable},
		{"no route here", sys(syscall.ENETUNREACH), sys(syscall.ENETUNREACH), ReasonNoRoute},
		{"no such family here", sys(syscall.EAFNOSUPPORT), nil, ReasonNoRoute},
		{"out of descriptors", sys(syscall.EMFILE), nil, ReasonLocal},
		{"out of ports", sys(syscall.EADDRNOTAVAIL), nil, ReasonLocal},
		{"kernel timeout", sys(syscall.ETIMEDOUT), nil, ReasonTimeoutConnect},
		{"unheard of", errors.New("unheard of"), nil, ReasonLocal},
	} {
		p := NewNetProber(ProberOptions{Dialer: dialFunc(func(_ context.Context, network, _ string) (net.Conn, error) {
			if network == "udp" && tc.udp == nil {
				c, _ := net.Pipe()
				return c, nil
			} else if network == "udp" {
				return nil, tc.udp
			}
			return nil, tc.err
		})})
		got := p.Probe(t.Context(), httpTarget(netip.MustParseAddrPort("192.0.2.1:80")))
		if got.Reason != tc.want || got.Answered != tc.want.Answered() {
			t.Errorf("%s: got %+v, want %s", tc.name, got, tc.want)
		}
	}
}

func TestConnectTimeoutAndCancel(t *testing.T) {
	p := NewNetProber(ProberOptions{Dialer: dialFunc(func(ctx context.Context, _, _ string) (net.Conn, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	})})
	target := short(httpTarget(netip.MustParseAddrPort("192.0.2.1:80")))
	if got := p.Probe(t.Context(), target); got.Reason != ReasonTimeoutConnect || got.Answered {
		t.Errorf("got %+v, want %s unanswered", got, ReasonTimeoutConnect)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got := p.Probe(ctx, target); got.Reason != ReasonCanceled {
		t.Errorf("got %+v, want %s", got, ReasonCanceled)
	}
}

func TestRefusedOnLoopback(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := netip.MustParseAddrPort(l.Addr().String())
	l.Close()
	for _, protocol := range []Protocol{HTTP, HTTPS, TCP} {
		target := httpTarget(at)
		target.Check.Protocol = protocol
		if got := NewNetProber(ProberOptions{}).Probe(t.Context(), target); got.Reason != ReasonRefused || !got.Answered {
			t.Errorf("%v: got %+v, want %s", protocol, got, ReasonRefused)
		}
	}
}

func TestTCP(t *testing.T) {
	for _, address := range []string{"127.0.0.1:0", "[::1]:0"} {
		at := serveConns(t, "tcp", address, func(c net.Conn, _ <-chan struct{}) { io.Copy(io.Discard, c) })
		target := Target{ID: "t", Addr: at.Addr(), Check: tcpCheck(time.Second, time.Second, 0)}
		target.Check.Port = at.Port()
		got := NewNetProber(ProberOptions{}).Probe(t.Context(), target)
		if !got.OK() || got.Addr != at.Addr() || got.Phases.Connect <= 0 || got.Phases.Total < got.Phases.Connect {
			t.Errorf("%s: got %+v, want ok with phases", address, got)
		}
	}
}

func TestLookups(t *testing.T) {
	at := serveRaw(t, respond("HTTP/1.1 200 OK\r\n\r\n"))
	resolver := names{"empty": nil, "mixed": {netip.MustParseAddr("127.0.0.9"), at.Addr()}, "dead": {netip.MustParseAddr("127.0.0.9")}}
	for host, want := range map[string]Reason{
		"gone": ReasonDNSFailure, "empty": ReasonNoAddress, "mixed": ReasonOK, "dead": ReasonRefused, at.Addr().String(): ReasonOK,
	} {
		target := httpTarget(at)
		target.Addr, target.Host = netip.Addr{}, host
		if got := NewNetProber(ProberOptions{Resolver: resolver}).Probe(t.Context(), target); got.Reason != want {
			t.Errorf("%s: got %+v, want %s", host, got, want)
		}
	}
}

type slowResolver struct{}

func (slowResolver) LookupAddrs(ctx context.Context, _ string) ([]netip.Addr, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestLookupTimeout(t *testing.T) {
	target := short(httpTarget(netip.MustParseAddrPort("127.0.0.1:80")))
	target.Addr = netip.Addr{}
	got := NewNetProber(ProberOptions{Resolver: slowResolver{}}).Probe(t.Context(), target)
	if got.Reason != ReasonTimeoutResolve || !got.Reason.Unknown() {
		t.Errorf("got %+v, want %s, which is unknown", got, ReasonTimeoutResolve)
	}
}

// At most eight addresses are tried, each once, in parallel.
func TestManyAddresses(t *testing.T) {
	var addrs []netip.Addr
	for i := range 20 {
		addrs = append(addrs, netip.AddrFrom4([4]byte{192, 0, 2, byte(i)}))
	}
	dialled := make(chan string, 40)
	p := NewNetProber(ProberOptions{
		Resolver: names{"many": append(addrs, addrs...)},
		Dialer: dialFunc(func(ctx context.Context, _, address string) (net.Conn, error) {
			dialled <- address
			<-ctx.Done()
			return nil, ctx.Err()
		}),
	})
	target := short(httpTarget(netip.MustParseAddrPort("192.0.2.1:80")))
	target.Addr, target.Host = netip.Addr{}, "many"
	p.Probe(t.Context(), target)
	close(dialled)
	seen := map[string]bool{}
	for a := range dialled {
		seen[a] = true
	}
	if len(seen) != MaxAddresses {
		t.Errorf("got %d addresses dialled, want %d", len(seen), MaxAddresses)
	}
}

func TestRequest(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(*Target)
		want   []string
	}{
		{"target name and port", func(t *Target) { t.Check.Port = 8080 }, []string{"Host: www.example.com:8080"}},
		{"default port is left out", func(t *Target) { t.Check.Port = 80 }, []string{"Host: www.example.com\r"}},
		{"custom host", func(t *Target) { t.Check.Host = "shop.example.com" }, []string{"Host: shop.example.com\r"}},
		{"address only", func(t *Target) { t.Host, t.Addr, t.Check.Port = "", netip.MustParseAddr("2001:db8::1"), 8080 }, []string{"Host: [2001:db8::1]:8080\r"}},
		{"address only, own port", func(t *Target) { t.Host, t.Addr, t.Check.Port = "", netip.MustParseAddr("2001:db8::1"), 80 }, []string{"Host: [2001:db8::1]\r"}},
		{"headers", func(t *Target) { t.Check.Headers = []Header{{"X-A", "1"}, {"X-A", "2"}} }, []string{"X-A: 1\r\nX-A: 2\r"}},
		{"own user agent", func(t *Target) { t.Check.Headers = []Header{{"user-agent", "me"}} }, []string{"User-Agent: me\r"}},
		{"always", func(*Target) {}, []string{"GET /status HTTP/1.1\r", "User-Agent: Meridian\r", "Connection: close\r"}},
		{"query", func(t *Target) { t.Check.Path = "/a%2Fb?deep=1" }, []string{"GET /a%2Fb?deep=1 HTTP/1.1\r"}},
	} {
		x := &exchange{target: httpTarget(netip.MustParseAddrPort("192.0.2.1:80"))}
		tc.change(&x.target)
		if err := x.target.Validate(); err != nil {
			t.Errorf("%s: %v", tc.name, err)
		}
		if _, err := NewNetProber(ProberOptions{}).newRequest(x); err != nil {
			t.Errorf("%s: %v", tc.name, err)
		}
		for _, line := range tc.want {
			if !strings.Contains(string(x.request), line) {
				t.Errorf("%s: got %q, want it to contain %q", tc.name, x.request, line)
			}
		}
		if strings.Contains(string(x.request), "Accept-Encoding") {
			t.Errorf("%s: got %q, want no offer to decompress", tc.name, x.request)
		}
	}
}

// Each probe has a connection of its own and closes it, though the server would
// keep it.
func TestFreshConnections(t *testing.T) {
	ended := make(chan error, 10)
	at := serveConns(t, "tcp", "127.0.0.1:0", func(c net.Conn, _ <-chan struct{}) {
		r := bufio.NewReader(c)
		if _, err := http.ReadRequest(r); err != nil {
			t.Error(err)
		}
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
		_, err := http.ReadRequest(r)
		ended <- err
	})
	p := NewNetProber(ProberOptions{})
	for range 3 {
		if got := p.Probe(t.Context(), httpTarget(at)); !got.OK() {
			t.Errorf("got %+v", got)
		}
		if err := <-ended; !errors.Is(err, io.EOF) {
			t.Errorf("got %v as the second request, want the connection to end", err)
		}
	}
}
