package gateway

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// routeFunc is a Router made of a function.
type routeFunc func(host string, client netip.Addr) Route

func (f routeFunc) Arrive(host string, client netip.Addr) Route { return f(host, client) }

// here serves everything.
func here(string, netip.Addr) Route { return Route{Location: "a", Here: true} }

// switchable is a Router that tests turn.
type switchable struct{ now atomic.Pointer[Route] }

func newSwitchable(r Route) *switchable {
	s := &switchable{}
	s.set(r)
	return s
}

func (s *switchable) set(r Route)                     { s.now.Store(&r) }
func (s *switchable) Arrive(string, netip.Addr) Route { return *s.now.Load() }

// peerMap is Peers by name.
type peerMap struct {
	mu sync.Mutex
	m  map[string]http.RoundTripper
}

func (p *peerMap) RelayTransport(node string) http.RoundTripper {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.m[node]
}

// add makes node reachable at addr over TCP, and returns its transport.
func (p *peerMap) add(t *testing.T, node, addr string) *http.Transport {
	t.Helper()
	tr := NewTransport(func(ctx context.Context) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	})
	t.Cleanup(tr.CloseIdleConnections)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.m == nil {
		p.m = map[string]http.RoundTripper{}
	}
	p.m[node] = tr
	return tr
}

// backend serves h; it is Options.Local and the requests it gets.
func backend(t *testing.T, h http.Handler) http.RoundTripper {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	addr := s.Listener.Addr().String()
	tr := &http.Transport{DisableCompression: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	}, MaxIdleConnsPerHost: 100, ExpectContinueTimeout: 5 * time.Second}
	t.Cleanup(tr.CloseIdleConnections)
	return plainly{tr}
}

// plainly sends every request as http.
type plainly struct{ next http.RoundTripper }

func (p plainly) RoundTrip(r *http.Request) (*http.Response, error) {
	out := r.Clone(r.Context())
	out.URL.Scheme, out.URL.Host = "http", "backend"
	return p.next.RoundTrip(out)
}

// says answers every request with a text.
func says(text string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, text)
	})
}

// start makes and starts a gateway with one plain listener, unless o has
// others, and shuts it down at the end.
func start(t *testing.T, o Options) *Gateway {
	t.Helper()
	return startWith(t, o, func(*Gateway) {})
}

// startWith changes the gateway before it serves.
func startWith(t *testing.T, o Options, change func(*Gateway)) *Gateway {
	t.Helper()
	if len(o.Listen) == 0 {
		o.Listen = []Listener{{Address: "127.0.0.1:0"}}
	}
	if o.Limits.Farewell == 0 {
		o.Limits.Farewell = 10 * time.Millisecond // most tests leave idle connections
	}
	g, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	change(g)
	if err := g.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		_ = g.Shutdown(ctx)
	})
	return g
}

// relayPair is a location that can be off, and one that takes its relays.
type relayPair struct {
	off, on *Gateway
	route   *switchable
	peers   *peerMap
	toPeer  *http.Transport
	away    Route // of the location that is off
}

// newRelayPair: requests that arrive at off are served by offLocal or, as it
// begins, relayed to on, which serves them by onLocal.
func newRelayPair(t *testing.T, offLocal, onLocal http.RoundTripper, change func(off, on *Options)) *relayPair {
	t.Helper()
	p := &relayPair{peers: &peerMap{}}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	on := Options{Local: onLocal, Router: routeFunc(func(string, netip.Addr) Route {
		t.Error("the Router was asked about a relayed request")
		return Route{Refuse: true}
	}), Relays: l, Node: "on-1", Location: "b"}
	p.toPeer = p.peers.add(t, "on-1", l.Addr().String())
	p.away = Route{Location: "b", Nodes: []string{"on-1"}, Late: true, OffSince: time.Now(), TTL: 30 * time.Second}
	p.route = newSwitchable(p.away)
	off := Options{Local: offLocal, Router: p.route, Peers: p.peers, Node: "off-1", Location: "a"}
	if change != nil {
		change(&off, &on)
	}
	p.on = start(t, on)
	p.off = start(t, off)
	return p
}

func (p *relayPair) url() string { return "http://" + p.off.Addrs()[0].String() }

// h1 is a client with kept connections.
func h1(t *testing.T) *http.Client {
	t.Helper()
	tr := &http.Transport{MaxIdleConnsPerHost: 100, DisableCompression: true}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr, Timeout: 30 * time.Second}
}

// h2c speaks HTTP/2 without TLS.
func h2c(t *testing.T) *http.Client {
	t.Helper()
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	tr := &http.Transport{Protocols: protocols}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr, Timeout: 30 * time.Second}
}

// get returns status, header and body.
func get(t *testing.T, c *http.Client, url string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return do(t, c, req)
}

func do(t *testing.T, c *http.Client, req *http.Request) (*http.Response, string) {
	t.Helper()
	res, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(data)
}

// eventually waits for a condition.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.NewTimer(10 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("never came true: %s", what)
		}
	}
}

// certFiles writes a self-signed pair for names.
func certFiles(t *testing.T, dir string, names ...string) (Certificate, *x509.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: names[0], Organization: []string{"Contoso, \"Ltd\""}}, DNSNames: names,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	files := Certificate{CertFile: filepath.Join(dir, "cert.pem"), KeyFile: filepath.Join(dir, "key.pem")}
	writeFile(t, files.KeyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}))
	writeFile(t, files.CertFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	return files, leaf
}

func writeFile(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
