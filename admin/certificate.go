package admin

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

const (
	maxPEM     = 1 << 20         // bytes of a PEM file that are read
	recheckPEM = 1 * time.Second // between two looks at the files
)

// certificates are the files of a TLS listener, read again by the first
// handshake after a change. Files that cannot be used change nothing.
type certificates struct {
	files   TLS
	log     *slog.Logger
	refused prometheus.Counter // client certificates

	mu      sync.Mutex
	looked  time.Time
	stamps  [3]stamp
	current *credentials
}

// credentials are what the files held.
type credentials struct {
	own     tls.Certificate
	clients *x509.CertPool // nil: client certificates are not asked for
}

// stamp tells whether a file has changed.
type stamp struct {
	modified time.Time
	size     int64
}

// newCertificates reads the files; nil without any.
func newCertificates(files TLS, log *slog.Logger, refused prometheus.Counter) (*certificates, error) {
	if files.Certificate == "" {
		return nil, nil
	}
	c := &certificates{files: files, log: log, refused: refused}
	c.looked, c.stamps = time.Now(), c.look()
	var err error
	c.current, err = files.load()
	return c, err
}

func (t TLS) load() (*credentials, error) {
	var data [3][]byte
	for i, path := range t.paths() {
		var err error
		if data[i], err = readPEM(path); err != nil {
			return nil, fmt.Errorf("reading admin TLS file: %w", err)
		}
	}
	own, err := tls.X509KeyPair(data[0], data[1])
	if err != nil {
		return nil, fmt.Errorf("reading admin TLS certificate %q and key %q: %w", t.Certificate, t.Key, err)
	}
	out := &credentials{own: own}
	if t.ClientCAs != "" {
		out.clients = x509.NewCertPool()
		if !out.clients.AppendCertsFromPEM(data[2]) {
			return nil, fmt.Errorf("reading admin client CAs %q: want at least one certificate in PEM form", t.ClientCAs)
		}
	}
	return out, nil
}

func (t TLS) paths() [3]string { return [3]string{t.Certificate, t.Key, t.ClientCAs} }

// readPEM reads a regular file; nothing for "".
func readPEM(path string) ([]byte, error) {
	if path == "" {
		return nil, nil
	}
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return nil, errors.Join(err, fmt.Errorf("%q: want a regular file", path))
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // read only
	data, err := io.ReadAll(io.LimitReader(f, maxPEM+1))
	if err == nil && len(data) > maxPEM {
		err = fmt.Errorf("%q: more than %d bytes", path, maxPEM)
	}
	return data, err
}

// look returns the stamps of the files as they are.
func (c *certificates) look() (out [3]stamp) {
	for i, path := range c.files.paths() {
		if info, err := os.Stat(path); err == nil {
			out[i] = stamp{info.ModTime(), info.Size()}
		}
	}
	return out
}

// get returns what the files hold now.
func (c *certificates) get() *credentials {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.looked) < recheckPEM {
		return c.current
	}
	c.looked = time.Now()
	stamps := c.look()
	if stamps == c.stamps {
		return c.current
	}
	c.stamps = stamps
	fresh, err := c.files.load()
	if err != nil {
		c.log.Error("changed admin certificates cannot be used, the old ones stay", "error", err)
		return c.current
	}
	c.log.Info("admin certificates were read again")
	c.current = fresh
	return fresh
}

// config is a listener's configuration.
func (c *certificates) config() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
		return c.handshake(c.get()), nil
	}}
}

// handshake is the configuration of one handshake. Sessions are not resumed, so
// that each connection shows its certificate.
func (c *certificates) handshake(now *credentials) *tls.Config {
	out := &tls.Config{
		MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{now.own},
		NextProtos: []string{"http/1.1"}, SessionTicketsDisabled: true,
	}
	if now.clients == nil {
		return out
	}
	out.ClientAuth, out.ClientCAs = tls.RequestClientCert, now.clients
	out.VerifyConnection = func(state tls.ConnectionState) error {
		if len(state.PeerCertificates) == 0 {
			return nil
		}
		err := now.verify(state.PeerCertificates)
		if err != nil {
			c.refused.Inc()
			c.log.Warn("admin client certificate refused", "subject", clip(state.PeerCertificates[0].Subject.String(), 256), "error", err)
		}
		return err
	}
	return out
}

// verify checks a client's chain against the CAs, at this time.
func (c *credentials) verify(chain []*x509.Certificate) error {
	if c.clients == nil {
		return errors.New("client certificates are not accepted")
	}
	between := x509.NewCertPool()
	for _, cert := range chain[1:] {
		between.AddCert(cert)
	}
	_, err := chain[0].Verify(x509.VerifyOptions{
		Roots: c.clients, Intermediates: between, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	return err
}
