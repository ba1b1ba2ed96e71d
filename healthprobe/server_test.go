package healthprobe

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"testing"
	"time"
)

// serveConns runs handle for every connection to a loopback listener, in a
// goroutine that the test's end waits for. done closes when the test ends.
func serveConns(t *testing.T, network, address string, handle func(c net.Conn, done <-chan struct{})) netip.AddrPort {
	t.Helper()
	l, err := net.Listen(network, address)
	if err != nil {
		t.Skipf("listening on %s: %v", address, err)
	}
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer c.Close()
				handle(c, done)
			})
		}
	})
	t.Cleanup(func() {
		close(done)
		l.Close()
		wg.Wait()
	})
	return netip.MustParseAddrPort(l.Addr().String())
}

// serveRaw answers every request, once its header is read, by answer.
func serveRaw(t *testing.T, answer func(w io.Writer, done <-chan struct{})) netip.AddrPort {
	return serveConns(t, "tcp", "127.0.0.1:0", func(c net.Conn, done <-chan struct{}) {
		if _, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
			answer(c, done)
		}
	})
}

func respond(text string) func(io.Writer, <-chan struct{}) {
	return func(w io.Writer, _ <-chan struct{}) { io.WriteString(w, text) }
}

// serveTLS completes handshakes with the configuration and answers 200.
func serveTLS(t *testing.T, config *tls.Config) netip.AddrPort {
	return serveConns(t, "tcp", "127.0.0.1:0", func(c net.Conn, _ <-chan struct{}) {
		secure := tls.Server(c, config)
		if _, err := http.ReadRequest(bufio.NewReader(secure)); err == nil {
			io.WriteString(secure, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
		}
		secure.Close()
	})
}

// httpTarget probes the address with a status path.
func httpTarget(at netip.AddrPort) Target {
	return Target{
		ID: "t", Addr: at.Addr(), Host: "www.example.com",
		Check: Check{Protocol: HTTP, Port: at.Port(), Path: "/status", Interval: 10 * time.Second, Timeout: 5 * time.Second},
	}
}

// short gives a probe little time, for servers that keep it waiting.
func short(t Target) Target {
	t.Check.Timeout = 500 * time.Millisecond
	return t
}

func secureTarget(at netip.AddrPort) Target {
	t := httpTarget(at)
	t.Check.Protocol = HTTPS
	return t
}

// authority signs test certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pool *x509.CertPool
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	key := newKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test Authority"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	a := &authority{cert: cert, key: key, pool: x509.NewCertPool()}
	a.pool.AddCert(cert)
	return a
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// issue makes a server configuration for name, valid from..to from now.
func (a *authority) issue(t *testing.T, name string, from, to time.Duration) *tls.Config {
	t.Helper()
	key := newKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(from), NotAfter: time.Now().Add(to),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}

// names is a Resolver with fixed answers.
type names map[string][]netip.Addr

func (n names) LookupAddrs(_ context.Context, host string) ([]netip.Addr, error) {
	addrs, ok := n[host]
	if !ok {
		return nil, &net.DNSError{Err: "server misbehaving", Name: host}
	}
	return addrs, nil
}

// dialFunc is a Dialer.
type dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

func (f dialFunc) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return f(ctx, network, address)
}
