package gateway

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync/atomic"
	"time"
)

// maxPEM bounds a certificate or key file.
const maxPEM = 1 << 20

// certificates are the pairs of files that TLS listeners show, read again when
// they change.
type certificates struct {
	files  []Certificate
	log    *slog.Logger
	loaded atomic.Pointer[[]*pair]
}

// pair is a certificate and the bytes it was made of.
type pair struct {
	cert      tls.Certificate
	chain     []byte
	key       []byte
	lastError string // of the newest attempt to read it again
}

// loadCertificates reads all pairs; nil without any.
func loadCertificates(files []Certificate, log *slog.Logger) (*certificates, error) {
	if len(files) == 0 {
		return nil, nil
	}
	c := &certificates{files: files, log: log}
	var all []*pair
	var errs []error
	for _, f := range files {
		p, err := readPair(f)
		all = append(all, p)
		errs = append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	c.loaded.Store(&all)
	return c, nil
}

// CertificateState is what a TLS listener shows of a pair of files.
type CertificateState struct {
	File                string // of the certificate
	NotBefore, NotAfter time.Time
	Error               string // why the files cannot be read now: the pair read before stays
}

// Certificates lists what TLS listeners show, as Options.Certificates does.
func (g *Gateway) Certificates() []CertificateState {
	if g.certs == nil {
		return nil
	}
	var out []CertificateState
	for i, p := range *g.certs.loaded.Load() {
		out = append(out, CertificateState{
			File: g.certs.files[i].CertFile, NotBefore: p.cert.Leaf.NotBefore, NotAfter: p.cert.Leaf.NotAfter, Error: p.lastError,
		})
	}
	return out
}

func readPair(f Certificate) (*pair, error) {
	chain, err := readPEM(f.CertFile)
	if err != nil {
		return nil, fmt.Errorf("reading certificate file: %w", err)
	}
	key, err := readPEM(f.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("reading key file: %w", err)
	}
	cert, err := tls.X509KeyPair(chain, key)
	if err != nil {
		return nil, fmt.Errorf("reading certificate %s with key %s: %w", f.CertFile, f.KeyFile, err)
	}
	return &pair{cert: cert, chain: chain, key: key}, nil
}

func readPEM(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxPEM+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxPEM {
		return nil, fmt.Errorf("%s has more than %d bytes", path, maxPEM)
	}
	return data, nil
}

// watch reads the files again at every tick, until done.
func (c *certificates) watch(every time.Duration, done <-chan struct{}) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			c.reload()
		case <-done:
			return
		}
	}
}

// reload takes over what has changed. A pair that cannot be read, as while its
// files are being replaced, stays as it was.
func (c *certificates) reload() {
	old := *c.loaded.Load()
	all := make([]*pair, len(old))
	for i, f := range c.files {
		all[i] = c.renew(f, old[i])
	}
	c.loaded.Store(&all)
}

func (c *certificates) renew(f Certificate, old *pair) *pair {
	p, err := readPair(f)
	if err != nil {
		kept := *old
		kept.lastError = err.Error()
		if kept.lastError != old.lastError {
			c.log.Error("keeping the certificate: its files cannot be read", "cert_file", f.CertFile, "error", err)
		}
		return &kept
	}
	if bytes.Equal(p.chain, old.chain) && bytes.Equal(p.key, old.key) {
		return p
	}
	c.log.Info("certificate replaced", "cert_file", f.CertFile, "not_after", p.cert.Leaf.NotAfter)
	return p
}

// config is for one listener. Client certificates are asked for and not
// verified: whoever trusts one compares it.
func (c *certificates) config(askClient bool) *tls.Config {
	cfg := &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: c.choose, NextProtos: []string{"h2", "http/1.1"}}
	if askClient {
		cfg.ClientAuth = tls.RequestClientCert
	}
	return cfg
}

// choose implements tls.Config.GetCertificate: the first pair that is for the
// name asked for, else the first.
func (c *certificates) choose(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	all := *c.loaded.Load()
	for _, p := range all {
		if hello.SupportsCertificate(&p.cert) == nil {
			return &p.cert, nil
		}
	}
	return &all[0].cert, nil
}
