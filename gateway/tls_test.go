package gateway

import (
	"crypto/tls"
	"net"
	"net/http"
	"os"
	"slices"
	"sync/atomic"
	"syscall"
	"testing"
)

// trusting is a client's configuration for a test's self-signed certificates:
// the tests look at them themselves.
func trusting(name string) *tls.Config {
	return &tls.Config{ServerName: name, InsecureSkipVerify: true} //nolint:gosec // see above
}

// overTLS starts a gateway with a certificate for each name.
func overTLS(t *testing.T, ask bool, names ...string) *Gateway {
	t.Helper()
	o := Options{Listen: []Listener{{Address: "127.0.0.1:0", TLS: true, ClientCertificates: ask}}, Router: routeFunc(here), Local: mirror{}}
	for _, name := range names {
		files, _ := certFiles(t, t.TempDir(), name)
		o.Certificates = append(o.Certificates, files)
	}
	return start(t, o)
}

// TestHandshake: versions and protocols that are spoken, and those that are
// not.
func TestHandshake(t *testing.T) {
	addr := overTLS(t, false, "a.example").Addrs()[0].String()
	for name, c := range map[string]struct {
		change func(*tls.Config)
		want   string // protocol; "-": no handshake
	}{
		"no wish":                  {func(*tls.Config) {}, ""},
		"HTTP/2":                   {func(c *tls.Config) { c.NextProtos = []string{"http/1.1", "h2"} }, "h2"},
		"HTTP/1.1":                 {func(c *tls.Config) { c.NextProtos = []string{"http/1.1"} }, "http/1.1"},
		"a protocol we don't have": {func(c *tls.Config) { c.NextProtos = []string{"spdy/3"} }, "-"},
		"TLS 1.2":                  {func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 }, ""},
		"TLS 1.1":                  {func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 }, "-"},
	} {
		cfg := trusting("a.example")
		c.change(cfg)
		conn, err := tls.Dial("tcp", addr, cfg)
		got := "-"
		if err == nil {
			got = conn.ConnectionState().NegotiatedProtocol
			conn.Close()
		}
		if got != c.want {
			t.Errorf("%s: got %q (%v), want %q", name, got, err, c.want)
		}
	}
}

// TestResumption: a client comes back without a full handshake, under both
// versions, and is still known by its certificate.
func TestResumption(t *testing.T) {
	files, leaf := certFiles(t, t.TempDir(), "client.example")
	pair, err := tls.LoadX509KeyPair(files.CertFile, files.KeyFile)
	if err != nil {
		t.Fatal(err)
	}
	g := overTLS(t, true, "a.example")
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		cfg := trusting("a.example")
		cfg.ClientSessionCache, cfg.MaxVersion, cfg.Certificates = tls.NewLRUClientSessionCache(4), version, []tls.Certificate{pair}
		var resumed []bool
		for range 2 {
			tr := &http.Transport{TLSClientConfig: cfg}
			res, text := get(t, &http.Client{Transport: tr}, "https://"+g.Addrs()[0].String())
			tr.CloseIdleConnections()
			resumed = append(resumed, res.TLS.DidResume)
			if s := parseSeen(t, text); s.Arrival.Cert.Subject != leaf.Subject.String() || s.Arrival.Scheme != "https" {
				t.Errorf("got %+v, want the client's certificate", s.Arrival)
			}
		}
		if !slices.Equal(resumed, []bool{false, true}) {
			t.Errorf("version %x: got resumed %v, want the second time", version, resumed)
		}
	}
}

// TestMisdirected: a name that has a certificate of its own is not served over
// a connection for another one; all else is.
func TestMisdirected(t *testing.T) {
	g := overTLS(t, false, "a.example", "b.example")
	for _, c := range []struct {
		server, host string
		want         int
	}{
		{"a.example", "a.example", 200},
		{"a.example", "A.Example.:443", 200},
		{"a.example", "b.example", 421},
		{"b.example", "a.example", 421},
		{"b.example", "unknown.example", 200},
		{"a.example", "unknown.example", 200},
		{"unknown.example", "other.example", 200},
		{"", "b.example", 200},
	} {
		for _, http2 := range []bool{true, false} {
			cfg := trusting(c.server)
			tr := &http.Transport{TLSClientConfig: cfg, ForceAttemptHTTP2: http2}
			req, err := http.NewRequest(http.MethodGet, "https://"+g.Addrs()[0].String(), nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Host = c.host
			res, _ := do(t, &http.Client{Transport: tr}, req)
			tr.CloseIdleConnections()
			if res.StatusCode != c.want || (c.want == 421) != (res.Header.Get("Meridian-Reason") == "misdirected") {
				t.Errorf("%s over a connection for %q: got %d %q, want %d", c.host, c.server, res.StatusCode, res.Header.Get("Meridian-Reason"), c.want)
			}
		}
	}
}

// starved is a listener of a process without descriptors, for some time.
type starved struct {
	net.Listener
	refused atomic.Int64
}

func (s *starved) Accept() (net.Conn, error) {
	if s.refused.Add(1) <= 5 {
		return nil, &net.OpError{Op: "accept", Net: "tcp", Addr: s.Addr(), Err: os.NewSyscallError("accept4", syscall.EMFILE)}
	}
	return s.Listener.Accept()
}

// TestNoDescriptors is scenario E12, at the front: a listener that cannot
// accept goes on when it can.
func TestNoDescriptors(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &starved{Listener: l}
	start(t, Options{Listen: []Listener{{Address: "127.0.0.1:0"}}, Relays: s, Local: mirror{}, Router: routeFunc(here)})
	peers := &peerMap{}
	tr := peers.add(t, "n", l.Addr().String())
	res, _ := get(t, &http.Client{Transport: tr}, "http://relay"+StatusPath)
	if res.StatusCode != 200 || s.refused.Load() <= 5 {
		t.Errorf("got %d after %d tries", res.StatusCode, s.refused.Load())
	}
}
