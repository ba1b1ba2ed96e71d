package healthprobe

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"time"
)

// secure does the TLS handshake and checks the certificate as far as the check
// wants. The state is kept even if the certificate is refused, so that people
// can be shown what was offered.
func (p *NetProber) secure(ctx context.Context, x *exchange, conn net.Conn) (net.Conn, error) {
	x.phase = phaseTLS
	start := time.Now()
	defer func() { x.phases.TLS = time.Since(start) }()
	secure := tls.Client(conn, &tls.Config{
		ServerName: x.target.serverName(),
		NextProtos: []string{"http/1.1"},
		RootCAs:    p.opt.Roots,
		// The certificate is checked in VerifyConnection, by the check's rules.
		InsecureSkipVerify: true, //nolint:gosec // see above
		VerifyConnection: func(state tls.ConnectionState) error {
			x.tls = &state
			return p.verify(x.target, state)
		},
	})
	if err := secure.HandshakeContext(ctx); err != nil {
		return nil, err
	}
	return secure, nil
}

// verify checks the certificate the peer showed.
func (p *NetProber) verify(t Target, state tls.ConnectionState) error {
	if t.Check.Verify == VerifyNone {
		return nil
	}
	opts := x509.VerifyOptions{Roots: p.opt.Roots, Intermediates: x509.NewCertPool()}
	if t.Check.Verify == VerifyFull {
		opts.DNSName = t.serverName()
	}
	for _, c := range state.PeerCertificates[1:] {
		opts.Intermediates.AddCert(c)
	}
	_, err := state.PeerCertificates[0].Verify(opts)
	return err
}
