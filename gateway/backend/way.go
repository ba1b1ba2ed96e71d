package backend

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// The defaults of Timeouts.
const (
	defaultConnect = 5 * time.Second
	defaultHeader  = 300 * time.Second
	defaultIdle    = 90 * time.Second
	defaultAge     = time.Hour
)

func (t Timeouts) orDefaults() Timeouts {
	fill := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	fill(&t.Connect, defaultConnect)
	fill(&t.Header, defaultHeader)
	fill(&t.Idle, defaultIdle)
	fill(&t.Age, defaultAge)
	return t
}

// way is how connections to a backend are made.
type way struct {
	host     string // that addresses are looked up of: the proxy's where there is one
	port     uint16
	literal  netip.Addr // the host, where it is an address
	target   string     // host and port of the URL, for CONNECT
	secure   bool
	proxy    *url.URL
	timeouts Timeouts
	tls      *tls.Config // without ALPN; nil in the clear
}

// newWay reads how b is reached, and the identity of that.
func newWay(b Backend) (way, string, error) {
	w := way{secure: b.URL.Scheme == "https", proxy: b.Proxy, timeouts: b.Timeouts.orDefaults()}
	host, port, err := authority(b.URL)
	if err != nil {
		return way{}, "", err
	}
	w.target = net.JoinHostPort(host, strconv.Itoa(int(port)))
	w.host, w.port = host, port
	if b.Proxy != nil {
		w.host, w.port, err = authority(b.Proxy)
		if err != nil {
			return way{}, "", fmt.Errorf("reading the proxy's URL: %w", err)
		}
	}
	w.literal, _ = literal(w.host)
	if w.secure {
		w.tls, err = b.TLS.config(host, b.Credentials.Certificates)
	}
	return w, wayKey(b, w), err
}

// absolute reports whether requests are written in absolute form, where the host
// is the one that the proxy connects to (RFC 9112 §3.2.2).
func (w way) absolute() bool { return w.proxy != nil && !w.secure }

// authority returns the host in lower case and the port of an http or https URL.
func authority(u *url.URL) (string, uint16, error) {
	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	if host == "" {
		return "", 0, errors.New("URL without a host")
	}
	switch {
	case u.Port() != "":
		n, err := strconv.ParseUint(u.Port(), 10, 16)
		if err != nil || n == 0 {
			return "", 0, fmt.Errorf("port %q is not 1 to 65535", u.Port())
		}
		return host, uint16(n), nil
	case u.Scheme == "https":
		return host, 443, nil
	case u.Scheme == "http":
		return host, 80, nil
	}
	return "", 0, fmt.Errorf("scheme %q is not http or https", u.Scheme)
}

// wayKey is the identity of an origin: what its addresses, connections and
// records depend on.
func wayKey(b Backend, w way) string {
	h := sha256.New()
	fmt.Fprintf(h, "%q %q %t %v %q %t", strings.ToLower(b.Name), w.target, w.secure, w.timeouts, b.Resolve, b.EmptyDrains)
	if b.Proxy != nil {
		fmt.Fprintf(h, " proxy %q", b.Proxy.String())
	}
	fmt.Fprintf(h, " tls %t %t %q %x", b.TLS.SkipChain, b.TLS.SkipName, b.TLS.ServerName, b.TLS.Roots)
	for _, c := range b.Credentials.Certificates {
		fmt.Fprintf(h, " %x", c.Certificate)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// config makes the client's side of TLS for host.
func (t TLS) config(host string, own []tls.Certificate) (*tls.Config, error) {
	name := t.ServerName
	if name == "" {
		name = host
	}
	c := &tls.Config{
		MinVersion: tls.VersionTLS12, ServerName: name, Certificates: own,
		ClientSessionCache: tls.NewLRUClientSessionCache(64),
	}
	if t.Roots != nil {
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool()
		}
		if !pool.AppendCertsFromPEM(t.Roots) {
			return nil, errors.New("reading authorities: no PEM certificate among them")
		}
		c.RootCAs = pool
	}
	if t.SkipChain || t.SkipName {
		c.InsecureSkipVerify = true //nolint:gosec // the operator's choice; what is left to check, VerifyConnection checks
		c.VerifyConnection = func(s tls.ConnectionState) error { return t.verify(s, c.RootCAs, name) }
	}
	return c, nil
}

// verify makes the check that is not switched off, if one is left.
func (t TLS) verify(s tls.ConnectionState, roots *x509.CertPool, name string) error {
	switch {
	case t.SkipChain && t.SkipName:
		return nil
	case t.SkipChain:
		return s.PeerCertificates[0].VerifyHostname(name)
	}
	between := x509.NewCertPool()
	for _, c := range s.PeerCertificates[1:] {
		between.AddCert(c)
	}
	_, err := s.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: between})
	return err
}

// literal returns the address that host is, if it is one.
func literal(host string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Addr{}, false
	}
	return a.WithZone(""), true
}
