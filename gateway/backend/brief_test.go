package backend_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"meridian/gateway/backend"
)

// selfSigned is a certificate for a name, valid from and to so long from now,
// and what trusts it.
func selfSigned(t *testing.T, name string, from, to time.Duration) (tls.Certificate, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(from), NotAfter: time.Now().Add(to), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, form, form, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// TestCertificateReason: why a backend's certificate is not trusted stands within
// what the other gateways are told of the last error.
func TestCertificateReason(t *testing.T) {
	for name, c := range map[string]struct {
		host     string // of the certificate
		from, to time.Duration
		trusted  bool
		want     string
	}{
		"name":    {"other.example", -time.Hour, time.Hour, true, "certificate is valid for other.example"},
		"expired": {"b.example", -2 * time.Hour, -time.Hour, true, "certificate expired at"},
		"future":  {"b.example", time.Hour, 2 * time.Hour, true, "certificate is not valid before"},
		"unknown": {"b.example", -time.Hour, time.Hour, false, "unknown authority"},
	} {
		t.Run(name, func(t *testing.T) {
			cert, roots := selfSigned(t, c.host, c.from, c.to)
			s := httptest.NewUnstartedServer(http.NotFoundHandler())
			s.TLS = &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
			s.Config.ErrorLog = log.New(t.Output(), "", 0)
			s.StartTLS()
			t.Cleanup(s.Close)
			b := single(t, "a", s.URL, rule(1, time.Hour))
			b.TLS.ServerName = "b.example"
			if c.trusted {
				b.TLS.Roots = roots
			}
			set := build(t, start(t, backend.Options{}), backend.Config{Backends: []backend.Backend{b}})
			if _, err := ask(t, find(t, set, "a"), &backend.Call{}); err == nil {
				t.Fatal("got an answer, want the certificate refused")
			}
			row := set.Breakers(time.Now())
			if len(row) != 1 || row[0].Status.LastError.Reason.String() != "BackendConnectionFailure" {
				t.Fatalf("got %+v, want an open breaker for BackendConnectionFailure", row)
			}
			const told = 96 // bytes
			if got := row[0].Status.LastError.Detail; !strings.Contains(got[:min(len(got), told)], c.want) {
				t.Errorf("got %q, want %q within %d bytes", got, c.want, told)
			}
		})
	}
}
