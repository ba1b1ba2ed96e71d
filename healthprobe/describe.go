package healthprobe

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Description is a probe shown to people ("probe now"): every address, what
// was sent, what came back.
type Description struct {
	Target  TargetID      `json:"target"`
	Host    string        `json:"host,omitempty"`
	At      time.Time     `json:"at"`
	Reason  Reason        `json:"reason"` // the outcome, as Probe would have it
	Detail  string        `json:"detail,omitempty"`
	Resolve time.Duration `json:"resolve"`
	Tries   []Try         `json:"tries"` // one per address
}

// Try is the conversation with one address.
type Try struct {
	Addr       netip.AddrPort `json:"addr"`
	Reason     Reason         `json:"reason"`
	Detail     string         `json:"detail,omitempty"`
	Phases     Phases         `json:"phases"`
	Request    []string       `json:"request,omitempty"` // request line and header fields as sent
	TLS        *TLSInfo       `json:"tls,omitempty"`
	StatusLine string         `json:"status_line,omitempty"`
	Headers    []string       `json:"headers,omitempty"` // of the answer, sorted by name
	Body       string         `json:"body,omitempty"`    // its first 512 bytes
}

// TLSInfo is what the peer showed in the handshake.
type TLSInfo struct {
	Version    string     `json:"version"`
	Cipher     string     `json:"cipher"`
	ServerName string     `json:"server_name"`
	Chain      []CertInfo `json:"chain"` // leaf first
}

// CertInfo is one certificate.
type CertInfo struct {
	Subject   string    `json:"subject"`
	Issuer    string    `json:"issuer"`
	Names     []string  `json:"names,omitempty"` // at most 20
	NotBefore time.Time `json:"not_before"`
	NotAfter  time.Time `json:"not_after"`
}

// Limits of a Description.
const (
	maxChainShown = 10
	maxNamesShown = 20
)

// Describe implements Describer: it probes all addresses of t to their end.
func (p *NetProber) Describe(ctx context.Context, t Target) Description {
	d := Description{Target: t.ID, Host: t.Host, At: time.Now()}
	tries, res := p.look(ctx, t, true)
	d.Resolve, d.Reason, d.Detail = res.Phases.Resolve, res.Reason, res.Detail
	if best := worthiest(tries); best != nil {
		d.Reason, d.Detail = best.reason, best.detail
	}
	for _, x := range tries {
		d.Tries = append(d.Tries, x.describe())
	}
	return d
}

func (x *exchange) describe() Try {
	try := Try{
		Addr:   netip.AddrPortFrom(x.addr, x.target.Check.Port),
		Reason: x.reason, Detail: x.detail, Phases: x.phases, TLS: describeTLS(x.tls),
		Body: strings.ToValidUTF8(string(x.body), "\ufffd"),
	}
	if len(x.request) > 0 {
		try.Request = strings.Split(strings.TrimRight(string(x.request), "\r\n"), "\r\n")
	}
	if x.response != nil {
		try.StatusLine = x.response.Proto + " " + x.response.Status
		try.Headers = headerLines(x.response.Header)
	}
	return try
}

func headerLines(h http.Header) []string {
	var out []string
	for name, values := range h {
		for _, v := range values {
			out = append(out, name+": "+v)
		}
	}
	slices.Sort(out)
	return out
}

func describeTLS(s *tls.ConnectionState) *TLSInfo {
	if s == nil {
		return nil
	}
	info := &TLSInfo{
		Version: tls.VersionName(s.Version), Cipher: tls.CipherSuiteName(s.CipherSuite), ServerName: s.ServerName,
	}
	for _, c := range s.PeerCertificates[:min(len(s.PeerCertificates), maxChainShown)] {
		info.Chain = append(info.Chain, describeCertificate(c))
	}
	return info
}

func describeCertificate(c *x509.Certificate) CertInfo {
	names := slices.Clone(c.DNSNames)
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	return CertInfo{
		Subject: c.Subject.String(), Issuer: c.Issuer.String(),
		Names: names[:min(len(names), maxNamesShown)], NotBefore: c.NotBefore, NotAfter: c.NotAfter,
	}
}
